"""What the community team reads once a day."""

from dataclasses import dataclass
from datetime import datetime

from outreach.model.mention import Mention


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What we could see of one account, so that "0 replies" never means "could not look"."""

    account: str
    polled: datetime | None
    replies: int
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class PostReport:
    """One post, where it went and what came back."""

    slug: str
    title: str
    url: str
    syndication: tuple[tuple[str, str], ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One period. `waiting` is ordered longest first; `failures` are deliveries for a human."""

    since: datetime
    until: datetime
    posts: tuple[PostReport, ...]
    waiting: tuple[Mention, ...]
    failures: tuple[str, ...]
    coverage: tuple[Coverage, ...]
