"""What the world must know of a network that it does not know by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from outreach.sandbox.world import Account, Note, World


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network's own rules, as far as the rest of the sandbox needs them.

    `new_id` makes the id of something created at a time, given the last id handed out. `measure`
    counts a text in the unit of `length`. `address` begins a person's answer to a handle. `refuse`
    is the network's own way to say an HTTP status: given the time, and the seconds to stay away.
    `html` is a note as the network's page shows it. `handle` is an account's name as the network
    writes it. Where notes are put by key, `keyed` makes a note's id of its author and its key, and
    `new_id` makes keys. Where an id says more than its number, `named` makes a note's of the note
    that it answers, a new number, and what else is known of it. `compose` is what the network's
    own app puts beside the words of a person who answers a note. Where people begin threads of
    their own (a forum), `begin` gives what is beside the words of one, out of `title` and `url`.
    """

    name: str
    title: str
    length: int
    measure: Callable[[str], int]
    new_id: Callable[[datetime, str], str]
    address: Callable[[str, str], str]
    refuse: Callable[[int, datetime, float], Response]
    html: "Callable[[Request, World, Note], Markup]"
    handle: Callable[[str], str] = str
    keyed: "Callable[[Account, str], str] | None" = None
    named: "Callable[[Note | None, str, dict[str, Any]], str] | None" = None
    begin: "Callable[[str, str], dict[str, Any]] | None" = None
    compose: "Callable[[World, str, Note | None], dict[str, Any]]" = lambda world, text, parent: {}


def snowflake(at: datetime, last: str, *, epoch: int, bits: int) -> str:
    """An id that carries its time and always grows: milliseconds since `epoch`, then a counter."""
    milliseconds = int(at.timestamp() * 1000) - epoch
    return str(max(milliseconds << bits, int(last or 0) + 1))


def iso(at: datetime) -> str:
    """A time as both networks write it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
