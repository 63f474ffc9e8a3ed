"""mrkdwn: how a message's text is kept, and how the app shows it."""

import re

from markupsafe import Markup, escape
from starlette.requests import Request

from outreach.sandbox.links import links
from outreach.sandbox.slack_api import user_of
from outreach.sandbox.world import Note, World

_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')


def entity_text(note: Note) -> str:
    """The text as the API gives it. What a person types into the app is marked up by the app."""
    if note.extra.get("written"):
        return note.text
    made, at = [], 0
    for start, stop in links(note.text):
        made += [_escaped(note.text[at:start]), f"<{_escaped(note.text[start:stop])}>"]
        at = stop
    return "".join([*made, _called(_escaped(note.text[at:]))])


def html(request: Request, world: World, note: Note) -> Markup:
    """A message as the app shows it."""
    pieces, at, text = [Markup()], 0, entity_text(note)
    for match in _MARKED.finditer(text):
        pieces += [escape(_unescaped(text[at : match.start()])), _shown(world, match)]
        at = match.end()
    shown = Markup().join([*pieces, escape(_unescaped(text[at:]))])
    return shown.replace("\n", Markup("<br>"))


def _shown(world: World, match: re.Match[str]) -> Markup:
    what, label = _unescaped(match[1]), _unescaped(match[2] or "")
    if what.startswith("@"):
        who = user_of(world, what[1:])
        return escape(f"@{who.name if who else label or what[1:]}")
    if what.startswith(("http://", "https://")):
        return _ANCHOR.format(what, label or what)
    return escape(label or what.lstrip("!#"))


def _called(text: str) -> str:
    """A user's id that somebody typed with @ stands for the user picked from the app's list."""
    return re.sub(r"(?<!\w)@(U\d+)\b", r"<@\1>", text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
