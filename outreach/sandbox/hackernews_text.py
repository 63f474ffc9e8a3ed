"""What Hacker News makes of what people write (news.ycombinator.com/formatdoc)."""

import re

from markupsafe import Markup
from starlette.requests import Request

from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

_SHOWN = 60
_ITALIC = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "/": "&#x2F;"}


def html(text: str) -> str:
    """A text as the site and its index have it: a bare <p> between paragraphs, long links cut."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip())
    return "<p>".join(map(_paragraph, paragraphs))


def page(request: Request, world: World, note: Note) -> Markup:
    """A story or a comment in the town square."""
    title, url = note.extra.get("title", ""), note.extra.get("url", "")
    head = Markup("<b>{}</b> ").format(title) if title else Markup()
    if re.match(r"https?://", url):
        head = Markup('<a href="{}" rel="nofollow"><b>{}</b></a> ').format(url, title)
    return head + Markup(html(note.text))  # noqa: S704 - html() escapes


def _paragraph(text: str) -> str:
    pieces, end = [], 0
    for start, stop in links(text):
        pieces += [_words(text[end:start]), _link(text[start:stop])]
        end = stop
    return "".join([*pieces, _words(text[end:])])


def _words(text: str) -> str:
    return _ITALIC.sub(r"<i>\1</i>", _escaped(text))


def _link(url: str) -> str:
    shown = url if len(url) <= _SHOWN + 3 else url[:_SHOWN] + "..."
    return f'<a href="{_escaped(url)}" rel="nofollow">{_escaped(shown)}</a>'


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)
