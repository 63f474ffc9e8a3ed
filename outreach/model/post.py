"""What we wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NAME = 60
"""How many characters of a note without a title stand for it in a list."""


@dataclass(frozen=True, kw_only=True)
class Media:
    """An image of ours. `alt` None means nobody wrote one; "" means decorative."""

    path: str
    alt: str | None = None
    sha256: str = ""
    content_type: str = ""


class Thread(StrEnum):
    """Whether a post goes out as a chain of notes, and whether its parts are numbered."""

    NO = ""
    PLAIN = "plain"
    NUMBERED = "numbered"


LINK = "link"
"""As `first_reply`: the first reply to our note carries the link, and the note does not."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One Markdown file of the leader: a post, or a note that has no title.

    `slug` is the post's identity and the path of its page (`2026/hello`). `path` is its file, from
    the folder's root. `url` is "" for what has no page. `text` is the body as plain text, its
    paragraphs apart; "" until somebody needs it. `published` is None for a draft. `syndicate_to`
    None means every account. `overrides` maps an account to the text that the author wrote for it.
    `first_reply` is a text for the first reply, or LINK. `warning` stands before the text.
    `correction` is what was put right, `withdrawn` why it was taken back. Times are aware, UTC.
    """

    slug: str
    title: str
    body: str
    url: str
    path: str
    text: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    summary: str = ""
    tags: tuple[str, ...] = ()
    language: str = "en"
    author: str = ""
    media: tuple[Media, ...] = ()
    syndicate_to: tuple[str, ...] | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    thread: Thread = Thread.NO
    first_reply: str = ""
    warning: str = ""
    correction: str = ""
    withdrawn: str = ""

    @property
    def draft(self) -> bool:
        """Whether the author has not set a date yet."""
        return self.published is None

    @property
    def name(self) -> str:
        """What to call it in a list: its title, or how it begins."""
        if self.title:
            return self.title
        words = " ".join(self.text.split())
        return words if len(words) <= NAME else words[: NAME - 1].rstrip() + "…"
