"""One message, and what a channel can carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from outreach.model.post import Media


class Audience(StrEnum):
    """To whom a network carries a note: all who look, each subscriber, or each page it links to.

    HERE is no network: the note stands on our own page, under what it answers.
    """

    EVERYONE = "everyone"
    SUBSCRIBERS = "subscribers"
    LINKED = "linked"
    HERE = "here"


class NoteKind(StrEnum):
    """The two shapes of ActivityStreams that networks tell apart."""

    NOTE = "note"
    ARTICLE = "article"


@dataclass(frozen=True, kw_only=True)
class Card:
    """The preview of a link, for networks that fetch none themselves."""

    url: str
    title: str
    description: str = ""
    image: Media | None = None


@dataclass(frozen=True, kw_only=True)
class Mentioned:
    """Somebody whom a note names: `words` as they stand in its text, `handle` as the network
    knows them (an account, a DID, a URN)."""

    words: str
    handle: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """One message to one network.

    `original` is the URL of what it announces, as the text links to it. `in_reply_to` is the id
    that the network gave the parent. `to` is whom it goes to where not everyone: a mail address,
    the URL of a page that we link to. `warning` is what a reader sees before the text (a content
    warning). `content` is the hash of a text and html that many notes share; they stand there once
    the note is claimed. `unsubscribe` is the recipient's own way out, on our site. An ARTICLE has
    its whole body in `text` and `html`, and may be one of a `series`.
    """

    text: str
    kind: NoteKind = NoteKind.NOTE
    title: str = ""
    html: str = ""
    original: str = ""
    media: tuple[Media, ...] = ()
    card: Card | None = None
    mentions: tuple[Mentioned, ...] = ()
    warning: str = ""
    in_reply_to: str | None = None
    to: str | None = None
    language: str = "en"
    tags: tuple[str, ...] = ()
    series: str = ""
    content: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one channel can carry.

    `measure` counts a text as the network does, in the unit of `length`. `settle` is how long the
    network may need until what it accepted can be read back. `image_bytes`, `image_side` (pixels)
    and `image_types` bound one image, 0 means unbounded.

    `cards`: a link's preview is made of what we send, its image of `card_bytes` at most.
    `names_whom`: an answer reaches who it answers only if its text names them. `warnings`: a
    content warning is shown, and counts. `format` is how an ARTICLE's text is written: text or
    markdown. `spacing` is the least time between two notes. `deduplication` says in words what
    keeps the network from taking the same note twice.
    """

    length: int
    measure: Callable[[str], int]
    kind: NoteKind = NoteKind.NOTE
    images: int = 0
    image_bytes: int = 0
    image_side: int = 0
    cards: bool = False
    card_bytes: int = 0
    image_types: tuple[str, ...] = ("image/jpeg", "image/png")
    alt_length: int = 0
    threads: bool = True
    names_whom: bool = False
    warnings: bool = False
    format: str = "text"
    audience: Audience = Audience.EVERYONE
    spacing: timedelta = timedelta(0)
    deduplication: str = "none"
    settle: timedelta = timedelta(seconds=10)
