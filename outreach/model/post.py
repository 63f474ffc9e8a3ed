"""What we wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Media:
    """An image of ours. `alt` None means nobody wrote one; "" means decorative."""

    path: str
    alt: str | None = None
    sha256: str = ""
    content_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One Markdown file of the leader.

    `slug` is the post's identity and the path of its page (`2026/hello`). `published` is None for
    a draft. `syndicate_to` None means every account. `overrides` maps an account to the text that
    the author wrote for it. `correction` is what was put right, `withdrawn` why it was taken
    back. Times are aware, UTC.
    """

    slug: str
    title: str
    body: str
    url: str
    path: str
    published: datetime | None = None
    updated: datetime | None = None
    summary: str = ""
    tags: tuple[str, ...] = ()
    language: str = "en"
    author: str = ""
    media: tuple[Media, ...] = ()
    syndicate_to: tuple[str, ...] | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    correction: str = ""
    withdrawn: str = ""

    @property
    def draft(self) -> bool:
        """Whether the author has not set a date yet."""
        return self.published is None
