"""Plain text as GitHub Flavored Markdown that shows it as written, and the mark that we know it by.

https://github.github.com/gfm/ and docs.github.com, "Basic writing and formatting syntax": GitHub
reads more into a text than Markdown says (names, numbers of issues, emoji, formulas), after the
Markdown is rendered, so no backslash keeps it from that. An empty comment inside does.
"""

import re
from collections.abc import Iterable

from outreach.model.note import Mentioned
from outreach.rules.measure import URL

MARK = len("\n\n<!-- outreach:2222222222222 -->")
"""How many characters the mark of a key takes."""

_MARKED = re.compile(r"<!-- outreach:([2-7a-z]{13}) -->\s*\Z")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SIGN = re.compile(
    r"(?P<indent>^[ \t]+)"
    r"|(?P<bullet>^[-+=])"
    r"|(?P<number>^\d{1,9})(?=[.)](?:\s|$))"
    r"|(?P<cut>(?<!\w)@(?=[a-z0-9])|#(?=\d)|\bGH-(?=\d)|:(?=[a-z0-9_+-]+:))"
    r"|(?P<www>(?<![\w/])www)(?=\.)"
    r"|(?P<dollar>\$)"
    r"|(?P<sign>[\\`*_\[\]<>&#~|])",
    re.MULTILINE | re.IGNORECASE,
)


def markdown(text: str, people: Iterable[Mentioned] = ()) -> str:
    """The text as GitHub has to be told it. Of all names in it only `people` are called."""
    kept = [(*url.span(), f"<{url[0]}>") for url in URL.finditer(text)]
    for person in people:
        named = re.finditer(rf"(?<!\w){re.escape(person.words)}(?![\w-])", text)
        kept += ((*found.span(), found[0]) for found in named)
    inside = {place for start, end, _ in kept for place in range(start, end)}
    signs = (sign for sign in _SIGN.finditer(text) if sign.start() not in inside)
    written, at = [], 0
    for start, end, put in sorted([*kept, *((*sign.span(), _escaped(sign)) for sign in signs)]):
        if start >= at:
            written += [text[at:start], put]
            at = end
    return "".join([*written, text[at:]])


def signed(written: str, key: str) -> str:
    """The Markdown with the mark of a key at its end, which no reader sees."""
    return f"{written}\n\n<!-- outreach:{key} -->"


def key_of(body: str) -> str:
    """The key that a body is marked with; "" where it is none of ours."""
    found = _MARKED.search(body)
    return found[1] if found else ""


def said(body: str) -> str:
    """What somebody wrote, in Markdown as they typed it, without the comments of a template."""
    return _COMMENT.sub("", body.replace("\r\n", "\n")).strip()


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    match found.lastgroup:
        case "indent":
            return "&nbsp;" * len(sign.expandtabs(4))
        case "number" | "www":
            return f"{sign}\\"
        case "cut":
            return f"{sign}<!-- -->"
        case "dollar":
            return "<span>$</span>"
    return f"\\{sign}"
