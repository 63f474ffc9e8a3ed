"""GitHub Flavored Markdown, as far as it has to be told what readers see of it.

https://github.github.com/gfm/; docs.github.com, "Basic writing and formatting syntax".
"""

import re
from collections.abc import Iterator
from html import unescape

from markupsafe import Markup, escape
from starlette.requests import Request

from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

LONGEST = 65_536
_ANCHOR = Markup('<a href="{0}">{0}</a>')
_BLOCK = re.compile(
    r"(?m)^(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|(?:[-=]{3,}|(?:\* *){3,})[ \t]*$| {4,}|\t)"
)
_INLINE = re.compile(
    r"(?P<comment><!--.*?-->)"
    r"|<(?P<url>https?://[^\s<>]*)>"
    r"|(?P<tag></?[a-z][^<>\n]*>)"
    r"|\\(?P<sign>[!-/:-@\[-`{-~])"
    r"|(?P<entity>&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});)"
    r"|!?\[(?P<words>[^\[\]\n]*)\]\([^()\s]*\)"
    r"|(?P<mark>\*+|~~|`+|(?<!\w)_|_(?!\w))"
    r"|(?P<bare>https?://[^\s<]+)",
    re.DOTALL | re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w/`])@([a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38})", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<!\w)#(\d+)|\bGH-(\d+)", re.IGNORECASE)
_EMOJI = re.compile(r":[a-z0-9_+-]+:", re.IGNORECASE)


def shown(body: str) -> str:
    """What readers see."""
    return "".join(_pieces(body)).replace("\xa0", " ").strip()


def called(body: str) -> list[str]:
    """The people who are told that they were named: one run of text holds the whole name."""
    return [name for piece in _pieces(body) for name in _NAME.findall(piece)]


def read_into(body: str) -> list[str]:
    """What GitHub makes more of than the text says: numbers of issues, emoji, formulas."""
    found = [match[0] for piece in _pieces(body) for match in _REFERENCE.finditer(piece)]
    found += [match[0] for piece in _pieces(body) for match in _EMOJI.finditer(piece)]
    return found + re.findall(r"(?<![\\>])\$[^\s$](?:[^$\n]*[^\s$])?\$", body)


def _pieces(body: str) -> Iterator[str]:
    """The text, cut where an element of HTML or a comment stands."""
    text, run, at = _BLOCK.sub("", body), "", 0
    for found in _INLINE.finditer(text):
        run += text[at : found.start()]
        at = found.end()
        if found["comment"] or found["tag"]:
            yield run
            run = ""
        elif found["url"] or found["bare"]:
            yield run
            yield found["url"] or found["bare"]
            run = ""
        elif found["entity"]:
            run += unescape(found["entity"])
        else:
            run += found["sign"] or found["words"] or ""
    yield run + text[at:]


def html(request: Request, world: World, note: Note) -> Markup:
    """A discussion, an issue or a comment as a page shows it: its title first."""
    pieces, end = [Markup()], 0
    for start, stop in links(note.text):
        pieces += [escape(note.text[end:start]), _ANCHOR.format(note.text[start:stop])]
        end = stop
    return Markup().join([*pieces, escape(note.text[end:])]).replace("\n", Markup("<br>"))
