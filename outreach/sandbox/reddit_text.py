"""Reddit's Markdown, as far as people and programs here write it, and its ids."""

import re
from datetime import datetime
from html import escape, unescape

from markupsafe import Markup
from starlette.requests import Request

from outreach.sandbox.cards import card
from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST = 36**6
_SEEN = re.compile(r"\\([!-/:-@\[-`{-~])|(&#?\w+;)| +(?=\n)")


def new_id(at: datetime, last: str) -> str:
    """Numbers of base 36 that grow, whatever stands before them."""
    number, digits = max(int(last.rpartition("_")[2] or "0", 36) + 1, FIRST), ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def shown(markdown: str) -> str:
    """A text as its readers see it: backslashes and entities taken for what they mean."""
    return _SEEN.sub(lambda found: found[1] or unescape(found[2] or ""), markdown).strip()


def html(text: str) -> str:
    """What Reddit makes of a text, its paragraphs apart and its links live."""
    paragraphs = re.split(r"\n{2,}", text.strip())
    inner = ("".join(_inline(one)).replace("\n", "<br/>\n") for one in paragraphs)
    return '<div class="md">' + "\n\n".join(f"<p>{one}</p>" for one in inner) + "\n</div>"


def page(request: Request, world: World, note: Note) -> Markup:
    """A submission or a comment in the town square."""
    if note.in_reply_to:
        return Markup(html(note.text))  # noqa: S704 - html() escapes
    title, url = note.extra.get("title", note.text), note.extra.get("url", "")
    words = Markup(html(shown(note.extra.get("body", note.text))))  # noqa: S704 - html() escapes
    linked = card(url, title, "") if url else Markup()
    return Markup("<b>{}</b> ").format(title) + words + linked


def slug(title: str) -> str:
    """A title as it stands in an address."""
    return "_".join(re.findall(r"\w+", title.lower()))[:50] or "_"


def _inline(text: str) -> list[str]:
    pieces, end = [], 0
    for start, stop in links(text):
        url = escape(text[start:stop])
        pieces += [escape(text[end:start]), f'<a href="{url}">{url}</a>']
        end = stop
    return [*pieces, escape(text[end:])]
