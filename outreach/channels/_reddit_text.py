"""Markdown as Reddit reads it: our plain text written in it, and what people wrote read back."""

import re
from html import unescape

from outreach.rules.measure import URL

TITLE = 300
"""How long a title may be, in characters."""

_INLINE = re.compile(r"[\\`*_\[\]<>~^|&]")
_BLOCK = re.compile(r"^(?:[#+-]|\d+(?=[.)]))")
_READ = re.compile(r"\\([!-/:-@\[-`{-~])|(?i:&#x200b;)|(&#?\w+;)|[ ]{2,}(?=\n)")


def markdown(text: str) -> str:
    """The text in Markdown that shows it as it was written; bare links stay links."""
    lines = (_line(line) for line in text.strip().split("\n"))
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", "\n".join(lines))


def plain(body: str) -> str:
    """What a person wrote, without backslashes and entities that only Markdown needs."""
    return _READ.sub(lambda found: found[1] or unescape(found[2] or ""), body).strip()


def title_and_body(title: str, text: str) -> tuple[str, str]:
    """A title for a text, its first line where it has none, and the words that are not in it."""
    first, _, rest = text.strip().partition("\n")
    title = " ".join((title or first).split())
    body = rest.strip() if " ".join(first.split()) == title else text
    if len(title) > TITLE:
        return f"{title[: TITLE - 1].rstrip()}…", text
    return title, body


def _line(line: str) -> str:
    line = line.strip()
    if set(line) == {"="}:  # would make a heading of the line before
        return f"&#61;{line[1:]}"
    pieces, end = [], 0
    for link in URL.finditer(line):
        pieces += [_INLINE.sub(r"\\\g<0>", line[end : link.start()]), link[0]]
        end = link.end()
    written = "".join([*pieces, _INLINE.sub(r"\\\g<0>", line[end:])])
    return _BLOCK.sub(_begun, written)


def _begun(found: re.Match[str]) -> str:
    """The beginning of a line that would begin a list or a heading, taken literally."""
    return f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}"
