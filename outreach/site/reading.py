"""What the theme makes of a rendered text for those who read it."""

import re
from collections.abc import Callable
from html import escape, unescape

LONG = 500
"""From so many words on a post has a table of contents."""

FEW = 3
"""Fewer headings than this are no table."""

WORDS_A_MINUTE = 230

_CHAPTERS = tuple(
    re.compile(rf'<h{level} id="([^"]+)"[^>]*>(.*?)</h{level}>', re.DOTALL) for level in (2, 3)
)
_SELF = re.compile(r'<a class="anchor".*?</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_WIDE = re.compile(r"<(/?table|pre)\b")
_SCROLLING = {
    "table": '<div class="scroll" tabindex="0"><table',
    "/table": "</table></div",
    "pre": '<pre tabindex="0"',
}
_BOX = re.compile(r'<input ([^>]*type="checkbox"[^>]*)>')


def contents(html: str, words: int) -> tuple[tuple[str, str], ...]:
    """The anchor and the text of each chapter of a rendered text: its highest headings of which
    there are some. Nothing for a short text, and for one with such a table of its own."""
    if words < LONG or '<div class="toc">' in html:
        return ()
    for heading in _CHAPTERS:
        if len(found := heading.findall(html)) >= FEW:
            return tuple((unescape(anchor), _plain(inner)) for anchor, inner in found)
    return ()


def minutes(words: int) -> int:
    """How long so many words take to read, at least one minute."""
    return max(1, round(words / WORDS_A_MINUTE))


def accessible(html: str, say: Callable[[str], str]) -> str:
    """Rendered HTML whose wide parts a keyboard can scroll, and whose tasks are said to be done or
    not, in the words of `say` (WCAG 2.2, 2.1.1 and 4.1.2)."""
    html = _WIDE.sub(lambda match: _SCROLLING[match[1]], html)
    return _BOX.sub(lambda match: f"<input {match[1]}{_label(match[1], say)}>", html)


def _label(attributes: str, say: Callable[[str], str]) -> str:
    said = say("done") if re.search(r"\bchecked\b", attributes) else say("to do")
    return f' aria-label="{escape(said)}"'


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _SELF.sub("", html))).split())
