"""One message, and what a channel can carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from outreach.model.post import Media


class NoteKind(StrEnum):
    """The two shapes of ActivityStreams that networks tell apart."""

    NOTE = "note"
    ARTICLE = "article"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One message to one network.

    `original` is the canonical URL of what it announces. `in_reply_to` is the id that the network
    gave the parent. `to` is a recipient, for mail.
    """

    text: str
    kind: NoteKind = NoteKind.NOTE
    title: str = ""
    html: str = ""
    original: str = ""
    media: tuple[Media, ...] = ()
    in_reply_to: str | None = None
    to: str | None = None
    language: str = "en"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one channel can carry.

    `measure` counts a text as the network does, in the unit of `length`. `settle` is how long the
    network may need until what it accepted can be read back.
    """

    length: int
    measure: Callable[[str], int]
    kind: NoteKind = NoteKind.NOTE
    images: int = 0
    alt_length: int = 0
    threads: bool = True
    format: str = "text"
    settle: timedelta = timedelta(seconds=10)
