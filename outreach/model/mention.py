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
    BOOKMARK = "bookmark"
    MESSAGE = "message"

    @property
    def has_words(self) -> bool:
        """Whether somebody said something; a like, a repost and a bookmark are only counted."""
        return self not in (Kind.LIKE, Kind.REPOST, Kind.BOOKMARK)


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
    JSON. `withdrawn` means that the author took it back. `original` is the URL of ours that it is
    about, where it says so itself. `moderate`: anybody at all could send it, so of an author whom
    we do not know yet it waits for a person's yes.
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
    original: str = ""
    moderate: bool = False


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """Mail to `address` came back (RFC 3464). `lasting`: the address is no good any more.

    `key` is that of the letter which came back, as its report says; anybody can write a report.
    """

    address: str
    lasting: bool
    why: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One step of a Listener. Collecting ends where `cursor` is the one that was asked with.

    `answered` are the ids of mentions that we were seen to answer there by other means than ours.
    """

    mentions: tuple[Mention, ...]
    cursor: str | None = None
    answered: tuple[str, ...] = ()
    bounced: tuple[Bounce, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody sent to a page of ours. `id` is ours."""

    id: str
    content_type: str
    body: str
