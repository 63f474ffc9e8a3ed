"""What came back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How somebody answered us."""

    REPLY = "reply"
    MENTION = "mention"
    QUOTE = "quote"
    REPOST = "repost"
    LIKE = "like"
    MESSAGE = "message"

    @property
    def has_words(self) -> bool:
        """Whether somebody said something; a like and a repost are only counted."""
        return self not in (Kind.LIKE, Kind.REPOST)


@dataclass(frozen=True, kw_only=True)
class Author:
    """One account of somebody on one network. `handle` is how the network writes it."""

    id: str
    handle: str
    name: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Mention:
    """One thing that somebody said to us or about us.

    `id` and `in_reply_to` are the network's. `text` is plain. `raw` is the network's answer as
    JSON. `withdrawn` means that the author took it back.
    """

    account: str
    id: str
    kind: Kind
    author: Author
    text: str
    url: str
    published: datetime
    in_reply_to: str | None = None
    raw: str = "{}"
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """One step of a Listener. Collecting ends where `cursor` is the one that was asked with."""

    mentions: tuple[Mention, ...]
    cursor: str | None
