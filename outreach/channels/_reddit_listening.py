"""Where reading Reddit stands: the inbox first, then the threads that are about us."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from outreach.channels._reddit_api import Api, Thing
from outreach.channels._reddit_mentions import (
    comments,
    said,
    submission_text,
    told,
    written,
)
from outreach.channels._terms import Term, leads_to, names
from outreach.model.errors import Rejected
from outreach.model.mention import Kind, Mention, Page

BACK = timedelta(days=14)
"""How old a thread may be to be read again, and how far the first look goes back."""

OVERLAP = timedelta(minutes=10)
"""How far behind the newest of the inbox is read again."""

KNOWN = 200
"""How many items of that time the cursor remembers; more are given twice."""

WALK_EVERY = timedelta(minutes=10)
WALK_AT_ONCE = 10
"""How many threads one page reads: Reddit takes a hundred requests a minute."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """`heard` is the time of the inbox's newest item (epoch seconds), `known` the items that are
    read again with it. `walked` is when the threads were last read (ISO 8601); while a walk is
    under way, `below` is the thread that it goes on below."""

    heard: float = 0
    known: tuple[str, ...] = ()
    walked: str = ""
    below: str = ""

    @classmethod
    def of(cls, text: str | None) -> "Cursor":
        if not text:
            return cls()
        kept = json.loads(text)
        return cls(**{**kept, "known": tuple(kept["known"])})

    def __str__(self) -> str:
        return json.dumps(self.__dict__)


class Listening:
    """One account's reading, a page at a time. `me` is its name."""

    def __init__(self, api: Api, site: str, terms: tuple[Term, ...], me: str) -> None:
        self._api = api
        self._site = site
        self._terms = terms
        self._me = me

    def page(self, cursor: str | None) -> Page:
        """What came after the cursor; the same cursor where nothing did."""
        at = Cursor.of(cursor)
        new, heard = self._inbox(at)
        if new:
            return _page([told(item, self._site) for item in new], heard)
        now = self._api.now()
        if at.below or not at.walked or now - datetime.fromisoformat(at.walked) >= WALK_EVERY:
            return self._walk(at)
        return Page(mentions=(), cursor=cursor)

    def _inbox(self, at: Cursor) -> tuple[list[Thing], Cursor]:
        """What is new in the inbox, and where reading stands then."""
        first = (self._api.now() - BACK).timestamp()
        since = at.heard - OVERLAP.total_seconds() if at.heard else first
        listed = self._api.listing("/message/inbox", mark="false")
        items = list(takewhile(lambda item: float(item["created_utc"]) >= since, listed))
        heard = max((float(item["created_utc"]) for item in items), default=at.heard)
        again = heard - OVERLAP.total_seconds()
        known = [str(item["name"]) for item in items if float(item["created_utc"]) >= again]
        new = [item for item in items if str(item["name"]) not in at.known]
        theirs = [item for item in new if item.get("author") != self._me]
        return theirs, replace(at, heard=heard, known=tuple(known[:KNOWN]))

    def _walk(self, at: Cursor) -> Page:
        """Threads about us, newest first: the submission of others, and all that is below."""
        found: list[Mention] = []
        answered: list[str] = []
        below, started = "", self._api.now()
        threads = [
            thread for thread in self._threads() if not at.below or _is_older(thread, at.below)
        ]
        for number, thread in enumerate(threads, 1):
            mentions, ours = self._thread(thread)
            found += mentions
            answered += ours
            if number == WALK_AT_ONCE and len(threads) > number:
                below = str(thread["name"])
                break
        walked = replace(at, walked=started.isoformat(), below=below)
        return _page(found, walked, tuple(sorted(set(answered))))

    def _threads(self) -> list[Thing]:
        """Our submissions of the last days, and those of others that link to us or name us."""
        since = self._api.now() - BACK
        found = {thing["name"]: thing for thing in (*self._own(since), *self._searched(since))}
        return sorted(found.values(), key=lambda thing: _age(str(thing["name"])), reverse=True)

    def _own(self, since: datetime) -> Iterator[Thing]:
        listed = self._api.listing(f"/user/{self._me}/submitted", sort="new")
        return takewhile(lambda thing: written(thing) >= since, listed)

    def _searched(self, since: datetime) -> Iterator[Thing]:
        for term in self._terms:
            query = f'url:"{term.bare}"' if term.is_address else f'"{term.words}"'
            listed = self._api.listing("/search", q=query, sort="new", type="link", t="month")
            young = takewhile(lambda thing: written(thing) >= since, listed)
            yield from filter(self._is_about_us, young)
            if term.words.startswith("http"):
                same = self._api.listing("/api/info", url=term.words)
                yield from (thing for thing in same if written(thing) >= since)

    def _is_about_us(self, thing: Thing) -> bool:
        return names(self._terms, submission_text(thing))

    def _thread(self, thread: Thing) -> tuple[list[Mention], list[str]]:
        """The mentions of one thread, and what we answered in it ourselves."""
        ours = thread.get("author") == self._me
        link = "" if thread.get("is_self") else str(thread.get("url") or "")
        original = link if ours or leads_to(self._terms, link) else ""
        found, answered = [], []
        if not ours:
            text = submission_text(thread)
            found.append(said(thread, Kind.MENTION, self._site, text=text, original=original))
        for thing in self._below(thread):
            if thing.get("author") == self._me:
                answered.append(str(thing["parent_id"]))
            elif ours or original:
                found.append(said(thing, Kind.REPLY, self._site, original=original))
            elif names(self._terms, str(thing.get("body"))):
                found.append(said(thing, Kind.MENTION, self._site))
        return found, answered

    def _below(self, thread: Thing) -> list[Thing]:
        """The comments of a thread; none where it is closed to us by now, or gone."""
        if not thread["num_comments"]:
            return []
        try:
            return list(comments(self._api, str(thread["name"])))
        except Rejected as error:
            if error.status not in (403, 404):
                raise
            return []


def _page(mentions: list[Mention], cursor: Cursor, answered: tuple[str, ...] = ()) -> Page:
    """Each once, oldest first."""
    once = {mention.id: mention for mention in mentions}
    ordered = sorted(once.values(), key=lambda mention: (mention.published, mention.id))
    return Page(mentions=tuple(ordered), cursor=str(cursor), answered=answered)


def _is_older(thing: Thing, name: str) -> bool:
    return _age(str(thing["name"])) < _age(name)


def _age(name: str) -> tuple[int, str]:
    """Ids are numbers of base 36: longer is newer."""
    return len(name), name
