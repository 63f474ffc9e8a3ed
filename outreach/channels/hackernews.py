"""Hacker News, read by Algolia's search (hn.algolia.com/api). Programs cannot write there."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from outreach.channels._hackernews_search import Hit, Search
from outreach.channels._hackernews_text import plain
from outreach.channels._settings import ChannelSettings, IsList, Secrets, Words
from outreach.channels._terms import leads_to, terms
from outreach.fetch import Fetch
from outreach.model.mention import Author, Kind, Mention, Page

YOUNG = timedelta(days=14)
"""How long the comments below a story are read; Hacker News closes a thread after that."""

OVERLAP = timedelta(hours=6)
"""How far behind what was read is read again: the index is late at times."""

AT_ONCE = 50
"""How many stories or users one query asks for."""

REMEMBERED = 200
"""How many stories the cursor holds; what it does not is read from its beginning again."""


class Settings(ChannelSettings):
    """`search` are addresses of ours and names; `users` are who we are on Hacker News."""

    kind: Literal["hackernews"]
    search: Words = Field(min_length=1)
    users: Annotated[tuple[str, ...], IsList] = ()


LIMITS = None
sign_in = None


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """`read` is when the newest that was read was written (epoch seconds), `stories` whose
    comments were."""

    read: int = 0
    stories: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None) -> "Cursor":
        if not text:
            return cls()
        kept = json.loads(text)
        return cls(read=kept["read"], stories=tuple(kept["stories"]))

    def __str__(self) -> str:
        return json.dumps({"read": self.read, "stories": self.stories})


class HackerNews:
    """What people say of us there: a Listener."""

    def __init__(
        self, settings: Settings, search: Search, site: str, now: Callable[[], datetime]
    ) -> None:
        self._terms = terms(settings.search)
        self._users = settings.users
        self._search = search
        self._site = site
        self._now = now

    def collect(self, cursor: str | None) -> Page:
        """All that is new since the cursor, and what of the hours before it may have been late."""
        at, now = Cursor.of(cursor), int(self._now().timestamp())
        young = min(at.read or now, now) - int(YOUNG.total_seconds())
        since = at.read - int(OVERLAP.total_seconds()) if at.read else young
        stories = _by_id(self._linking(young))
        below = _by_id(self._below(stories, at, since))
        new = {id: hit for id, hit in stories.items() if id not in at.stories}
        hits = {**_by_id(self._naming(since)), **new, **below}
        ours = {**_by_id(self._written_by_us(since)), **hits}
        found = [
            self._mention(hit, id in below) for id, hit in hits.items() if not self._is_ours(hit)
        ]
        return Page(
            mentions=tuple(sorted(found, key=lambda mention: (mention.published, mention.id))),
            cursor=str(_after(at, ours.values(), stories)),
            answered=tuple(sorted({_parent(hit) for hit in ours.values() if self._is_ours(hit)})),
        )

    def _linking(self, since: int) -> Iterator[Hit]:
        """Stories that lead to us."""
        for term in self._terms:
            if term.is_address:
                found = self._search(
                    "story", since, query=term.bare, restrictSearchableAttributes="url"
                )
                yield from (hit for hit in found if leads_to((term,), hit.get("url") or ""))

    def _naming(self, since: int) -> Iterator[Hit]:
        """Stories and comments that have one of our addresses or names."""
        for term in self._terms:
            for hit in self._search("(story,comment)", since, query=term.bare):
                if term.is_in("\n".join(_texts(hit))):
                    yield hit

    def _below(self, stories: Iterable[str], at: Cursor, since: int) -> Iterator[Hit]:
        """The comments of these stories; of one that is new to the cursor, all."""
        for start, those in (
            (since, [id for id in stories if id in at.stories]),
            (0, [id for id in stories if id not in at.stories]),
        ):
            for tags in _alternatives("story", those):
                yield from self._search(f"comment,{tags}", start)

    def _written_by_us(self, since: int) -> Iterator[Hit]:
        for tags in _alternatives("author", self._users):
            yield from self._search(f"comment,{tags}", since)

    def _is_ours(self, hit: Hit) -> bool:
        return str(hit.get("author")) in self._users

    def _mention(self, hit: Hit, below: bool) -> Mention:
        identifier, user = str(hit["objectID"]), str(hit.get("author") or "")
        about = hit.get("story_url" if hit.get("parent_id") else "url") or ""
        return Mention(
            account="",
            id=identifier,
            kind=Kind.REPLY if below else Kind.MENTION,
            author=Author(id=user, handle=user, url=f"{self._site}/user?id={user}"),
            text="\n\n".join(_texts(hit)),
            url=f"{self._site}/item?id={identifier}",
            published=datetime.fromtimestamp(hit["created_at_i"], UTC),
            in_reply_to=_parent(hit) or None,
            raw=json.dumps(hit, ensure_ascii=False),
            original=about if leads_to(self._terms, about) else "",
        )


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> HackerNews:
    """What is said of us on Hacker News; nothing is asked before its first use."""
    near = f"{settings.base_url.rstrip('/')}/hackernews" if settings.base_url else ""
    search = Search(near or "https://hn.algolia.com", fetch, now)
    return HackerNews(settings, search, near or "https://news.ycombinator.com", now)


def _parent(hit: Hit) -> str:
    """The id of what it answers, "" for a story."""
    return str(hit.get("parent_id") or "")


def _texts(hit: Hit) -> list[str]:
    """What a story or a comment says, piece by piece, as plain text."""
    if hit.get("parent_id"):
        pieces = [plain(hit.get("comment_text") or "")]
    else:
        pieces = [hit.get("title") or "", plain(hit.get("story_text") or ""), hit.get("url") or ""]
    return [piece for piece in pieces if piece]


def _after(at: Cursor, hits: Iterable[Hit], stories: Iterable[str]) -> Cursor:
    newest = max((int(hit["created_at_i"]) for hit in hits), default=0)
    known = sorted(sorted(stories, key=int)[-REMEMBERED:])
    return Cursor(read=max(at.read, newest), stories=tuple(known))


def _alternatives(what: str, those: Sequence[str]) -> Iterator[str]:
    """Tags that stand for any of those, some at a time."""
    for start in range(0, len(those), AT_ONCE):
        some = ",".join(f"{what}_{one}" for one in those[start : start + AT_ONCE])
        yield f"({some})"


def _by_id(hits: Iterable[Hit]) -> dict[str, Hit]:
    return {str(hit["objectID"]): hit for hit in hits}
