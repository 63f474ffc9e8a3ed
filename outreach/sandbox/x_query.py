"""X's search language, as far as a client of one account uses it."""

import re
from collections.abc import Callable

from outreach.sandbox.world import Note, World
from outreach.sandbox.x_entities import NAME, text_of
from outreach.sandbox.x_paging import Invalid

Match = Callable[[Note], bool]
_TERM = re.compile(r'(-?)(?:(\w+):)?("[^"]*"|\S+)')
LONGEST = 512


def matcher(world: World, query: str) -> Match:
    """What a query means: all of its terms, each possibly negated."""
    if not query.strip() or len(query) > LONGEST:
        raise Invalid("query", query, f"The `query` must have 1 to {LONGEST} characters")
    terms = [_term(world, query, *found) for found in _TERM.findall(query)]
    return lambda note: all(term(note) for term in terms)


def _term(world: World, query: str, minus: str, operator: str, value: str) -> Match:
    matches = _operator(world, query, operator, value.strip('"').lower())
    return (lambda note: not matches(note)) if minus else matches


def _operator(world: World, query: str, operator: str, value: str) -> Match:
    match operator:
        case "conversation_id":
            return lambda note: world.root(note).id == value
        case "from":
            return lambda note: value in (note.author.handle.lower(), note.author.id)
        case "to":
            return lambda note: _addressee(world, note).lower() == value
        case "url":
            return lambda note: value in note.text.lower()
        case "is" if value in ("reply", "retweet", "quote"):
            return lambda note: _is(note, value)
        case "":
            return lambda note: value in text_of(world, note).lower()
    raise Invalid("query", query, f"no operator {operator}:{value} in this sandbox")


def _is(note: Note, what: str) -> bool:
    """Reposts are not found by a search."""
    found = {"reply": note.in_reply_to is not None, "quote": "quotes" in note.extra}
    return found.get(what, False)


def _addressee(world: World, note: Note) -> str:
    parent = world.notes[NAME].get(note.in_reply_to or "")
    return parent.author.handle if parent else ""
