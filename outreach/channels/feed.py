"""Any RSS or Atom feed of comments, or of what a search finds (RFC 4287, RSS 2.0, RFC 4685)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from outreach.channels._extra import require
from outreach.channels._feed import Entry, Known, read
from outreach.channels._settings import ChannelSettings, Secrets, Words
from outreach.channels._text import plain
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.errors import Rejected
from outreach.model.mention import Author, Kind, Mention, Page

IN_THE_SANDBOX = "/feed/comments.xml"
"""The feed that a `base_url` has: that of the sandbox's blog."""

ONLY_READ = "a feed is only read"

UNDATED = timedelta(days=1)
"""How long before a feed's first reading an entry counts as said that has no date: it is old."""


def _address(value: str) -> str:
    url = value if "://" in value else f"https://{value}"
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise ValueError("the address of a feed, as https://blog.example/comments/feed/")
    return url


class Settings(ChannelSettings):
    """`url` is the feed. With `search`, only what has one of these words in it counts."""

    kind: Literal["feed"]
    url: Annotated[str, AfterValidator(_address)]
    search: Words = ()


LIMITS = None


class Feed:
    """One feed: Listener, Identified, Tested.

    A feed is a single page. So whoever asks again from where its reading just led is told that it
    rests, and a feed that says something new each time does not keep us.
    """

    def __init__(self, settings: Settings, fetch: Fetch, now: Callable[[], datetime]) -> None:
        base_url = settings.base_url
        self._url = base_url.rstrip("/") + IN_THE_SANDBOX if base_url else settings.url
        self._words = tuple(word.casefold() for word in settings.search)
        self._fetch = fetch
        self._now = now
        self._just_read: str | None = None

    def collect(self, cursor: str | None) -> Page:
        just_read, self._just_read = self._just_read, None
        if cursor is not None and cursor == just_read:
            return Page(mentions=(), cursor=cursor)
        known, now = Known.from_json(cursor), self._now()
        feed = read(self._fetch, self._url, known, now)
        if feed is None:
            return Page(mentions=(), cursor=cursor)
        undated = now if known.url == self._url else now - UNDATED
        found = [_mention(it, now, undated) for it in feed.entries if self._is_wanted(it)]
        self._just_read = feed.known.to_json()
        found.sort(key=lambda mention: mention.published)
        return Page(mentions=tuple(found), cursor=self._just_read)

    def handle(self) -> str:
        """The feed's title."""
        feed = read(self._fetch, self._url, Known(), self._now())
        return (feed.title if feed else "") or urlsplit(self._url).hostname or self._url

    def rights(self) -> Rights:
        try:
            return Rights(handle=self.handle(), write=ONLY_READ)
        except Rejected as error:
            return Rights(handle="", read=str(error), write=ONLY_READ)

    def _is_wanted(self, entry: Entry) -> bool:
        said = f"{entry.title}\n{plain(entry.html)}\n{entry.html}\n{entry.link}".casefold()
        return not self._words or any(word in said for word in self._words)


def _mention(entry: Entry, now: datetime, undated: datetime) -> Mention:
    answers = bool(entry.reply_to or entry.reply_link)
    words = (entry.title if not answers else "", plain(entry.html))
    about = entry.reply_link or entry.link
    return Mention(
        account="",
        id=entry.id,
        kind=Kind.REPLY if answers else Kind.MENTION,
        author=_author(entry),
        text="\n\n".join(dict.fromkeys(filter(None, words))),
        url=entry.link,
        published=min(entry.published or undated, now),
        in_reply_to=entry.reply_to or None,
        raw=entry.raw,
        original=about.partition("#")[0],
    )


def _author(entry: Entry) -> Author:
    """Whoever is named; a feed knows no accounts, so without a name it is the site."""
    site = urlsplit(entry.link).hostname or ""
    name = entry.author or site
    return Author(
        id=entry.author_url or f"{name} at {site}", handle=name, name=name, url=entry.author_url
    )


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> Feed:
    """The feed of these settings; nothing is asked before its first use."""
    require("feed", "feedparser")
    return Feed(settings, fetch, now)


sign_in = None
