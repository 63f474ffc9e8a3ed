"""What we wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NAME = 60
"""How many characters of a note without a title stand for it in a list."""


@dataclass(frozen=True, kw_only=True)
class Media:
    """An image of ours. `alt` None means nobody wrote one; "" means decorative.

    `url` is where our site shows it, "" until somebody needs it.
    """

    path: str
    alt: str | None = None
    sha256: str = ""
    content_type: str = ""
    url: str = ""


class Letter(StrEnum):
    """Whether a post goes to the newsletter's subscribers: not, as well, or to nobody else."""

    NO = "no"
    WITH = "with"
    ONLY = "only"


class Thread(StrEnum):
    """Whether a post goes out as a chain of notes, and whether its parts are numbered."""

    NO = ""
    PLAIN = "plain"
    NUMBERED = "numbered"


LINK = "link"
"""As `first_reply`: the first reply to our note carries the link, and the note does not."""


def is_address(path: str) -> bool:
    """Whether a post's path is an address of the web, not a file of the folder."""
    return path.startswith(("https://", "http://"))


@dataclass(frozen=True, kw_only=True)
class Post:
    """One Markdown file of the leader: a post, or a note that has no title.

    `slug` is the post's identity and the path of its page (`2026/hello`). `path` is its file, from
    the folder's root, or the address of a feed and the id of its entry there. `url` is "" for what
    has no page. `text` is the body as plain text, its paragraphs apart, `html` and `markdown` the
    body with addresses that lead to our site from anywhere; each is "" until somebody needs it.
    `published` is None for a draft. `syndicate_to` None means every account. `overrides` maps an
    account to the text that the author wrote for it. `first_reply` is a text for the first reply,
    or LINK. `warning` stands before the text.
    `id` names the post in feeds where that is not its address. `aliases` are old addresses from the
    site's root. `translation` is what a post and its translations have in common; `is_translation`
    says that it is not the original. `is_page` is a plain page: in no feed, never announced; `menu`
    is its place in the navigation. Nobody may see the post before its `embargo`.
    `correction` is what was put right, `withdrawn` why it was taken back. Times are aware, UTC.
    """

    slug: str
    title: str
    body: str
    url: str
    path: str
    text: str = ""
    html: str = ""
    markdown: str = ""
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
    email: Letter = Letter.NO
    series: str = ""
    correction: str = ""
    withdrawn: str = ""
    id: str = ""
    aliases: tuple[str, ...] = ()
    translation: str = ""
    is_translation: bool = False
    embargo: datetime | None = None
    is_page: bool = False
    menu: int | None = None
    comments: bool = True

    @property
    def authors(self) -> tuple[str, ...]:
        """Who wrote it, one by one; `author` names several with commas."""
        return tuple(filter(None, (name.strip() for name in self.author.split(","))))

    @property
    def is_followed(self) -> bool:
        """Whether it came by the feed of another site, where its page is; `path` is that entry."""
        return is_address(self.path)

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
