"""What a Mastodon account is told (methods/notifications)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.requests import Request

from outreach.sandbox.mastodon_entities import NAME, Json, account, status
from outreach.sandbox.mastodon_text import mentions
from outreach.sandbox.network import iso
from outreach.sandbox.world import Account, Note, World

TYPES = {"like": "favourite", "repost": "reblog"}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to somebody. `number` is its id, `type` Mastodon's word for it."""

    number: int
    type: str
    note: Note
    author: Account
    at: datetime

    @property
    def id(self) -> str:
        return str(self.number)


def events(world: World, me: Account) -> list[Event]:
    """Everything that happened to an account, newest first."""
    found = [*_said(world, me), *_done(world, me)]
    return sorted(found, key=lambda event: event.number, reverse=True)


def notification(request: Request, world: World, event: Event, viewer: Account) -> Json:
    """A Notification."""
    return {
        "id": event.id,
        "type": event.type,
        "group_key": f"ungrouped-{event.id}",
        "created_at": iso(event.at),
        "account": account(request, world, event.author),
        "status": status(request, world, event.note, viewer),
    }


def _said(world: World, me: Account) -> Iterator[Event]:
    """Who names an account, and who quotes it; one status may do both, so ids are even and odd."""
    for note in world.listing(NAME):
        if note.author is me:
            continue
        event = partial(Event, note=note, author=note.author, at=note.at)
        if me.handle.lower() in mentions(note.text):
            yield event(number=2 * int(note.id), type="mention")
        quoted = world.note(NAME, note.extra.get("quote"))
        if quoted and quoted.author is me:
            yield event(number=2 * int(note.id) + 1, type="quote")


def _done(world: World, me: Account) -> Iterator[Event]:
    """Who favours or boosts what an account said."""
    for reaction in world.reactions[NAME]:
        if reaction.note.author is me and reaction.author is not me and not reaction.note.deleted:
            yield Event(
                number=2 * int(reaction.id),
                type=TYPES[reaction.kind],
                note=reaction.note,
                author=reaction.author,
                at=reaction.at,
            )
