"""What Forem makes of Markdown, as far as readers of the square see it."""

import re

from markupsafe import Markup, escape
from starlette.requests import Request

from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

LONGEST = 800_000
_ANCHOR = Markup('<a href="{0}">{0}</a>')
_CODE = re.compile(r"```.*?```|~~~.*?~~~|(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_RAW = re.compile(r"\{% raw %\}(.*?)\{% endraw %\}", re.DOTALL)
_FRONT = re.compile(r"\A\s*---\s*$", re.MULTILINE)


class Broken(ValueError):
    """The Markdown cannot be rendered; says why in Forem's words."""


def length(text: str) -> int:
    """Bytes, as Forem bounds a body."""
    return len(text.encode())


def shown(body: str) -> str:
    """The text that is left where Liquid has run. Raises Broken."""
    if _FRONT.match(body):
        raise Broken("Title can't be blank: the body begins with front matter that has none")
    rest = _RAW.sub("", _CODE.sub("", body))
    if tag := re.search(r"\{%\s*(\w*)", rest):
        raise Broken(f"Liquid syntax error: Unknown tag '{tag[1]}'")
    if "{{" in rest:
        raise Broken("Liquid variables are not allowed in articles")
    kept, at = list[str](), 0
    for code in _CODE.finditer(body):
        kept += [_RAW.sub(r"\1", body[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*kept, _RAW.sub(r"\1", body[at:])])


def comment_html(text: str) -> str:
    """A comment's HTML: paragraphs, every line break kept, links as links."""
    return "".join(f"<p>{_linked(part)}</p>\n\n" for part in text.split("\n\n"))


def html(request: Request, world: World, note: Note) -> Markup:
    """An article, its title first, or a comment, as the square shows it."""
    title = note.extra.get("title", "")
    head = Markup("<strong>{}</strong><br>").format(title) if title else Markup()
    return head + _linked(note.text)


def _linked(text: str) -> Markup:
    pieces, end = [Markup()], 0
    for start, stop in links(text):
        pieces += [escape(text[end:start]), _ANCHOR.format(text[start:stop])]
        end = stop
    return Markup().join([*pieces, escape(text[end:])]).replace("\n", Markup("<br>\n"))
