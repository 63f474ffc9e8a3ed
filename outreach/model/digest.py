"""What the community team reads once a day."""

from dataclasses import dataclass
from datetime import datetime

from outreach.model.mention import Mention


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What we could see of one account, so that "0 replies" never means "could not look".

    `handle` is as whom it speaks. `unread` is why nobody could ever look there.
    """

    account: str
    polled: datetime | None
    replies: int
    error: str = ""
    handle: str = ""
    unread: str = ""


@dataclass(frozen=True, kw_only=True)
class PostReport:
    """One post, where it went and what came back."""

    slug: str
    title: str
    url: str
    syndication: tuple[tuple[str, str], ...]
    mentions: tuple[Mention, ...]
    likes: int = 0
    reposts: int = 0
    bookmarks: int = 0


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One period. `waiting` is ordered longest first; `failures` are deliveries for a human.

    `pending` is how much strangers sent that nobody sees before a person lets it in.
    """

    since: datetime
    until: datetime
    posts: tuple[PostReport, ...]
    waiting: tuple[Mention, ...]
    failures: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    pending: int = 0
