"""What came back on Bluesky: what an account is told of, and the threads below its own posts.

A notification's time is the earlier of when its author says that it was made and when the network
met it, so one may turn up behind others: the last hour is read again each time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from itertools import takewhile
from typing import Any

from outreach.channels._session import Session, is_named
from outreach.model.errors import Rejected
from outreach.model.mention import Author, Kind, Mention, Page

REASONS = {
    "reply": Kind.REPLY,
    "mention": Kind.MENTION,
    "quote": Kind.QUOTE,
    "like": Kind.LIKE,
    "repost": Kind.REPOST,
}
LATE = timedelta(hours=1)
"""How far behind the newest notification another one may turn up."""

FIRST = timedelta(days=30)
"""How far back the first read of an account goes."""

EVERY = timedelta(minutes=10)
RECENT = timedelta(days=7)
DEPTH = 100
"""Levels of one answer of getPostThread; its JSON has two levels for each."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Item = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where reading goes on.

    `newest` is the time of the newest notification, `seen` marks those of the hour before it, and
    `walked` is when the threads were read last.
    """

    newest: datetime
    seen: frozenset[str] = frozenset()
    walked: datetime = NEVER

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Also of the older form: a time, and the URIs of that very time."""
        if not text.startswith("{"):
            newest, *uris = text.split(" ")
            return cls(newest=datetime.fromisoformat(newest), seen=frozenset(map(_mark, uris)))
        kept = json.loads(text)
        return cls(
            newest=datetime.fromisoformat(kept["newest"]),
            seen=frozenset(kept["seen"]),
            walked=datetime.fromisoformat(kept["walked"]),
        )

    def __str__(self) -> str:
        kept = {"newest": self.newest.isoformat(), "seen": sorted(self.seen)}
        return json.dumps({**kept, "walked": self.walked.isoformat()}, separators=(",", ":"))

    def behind(self, read: list[Item]) -> "Cursor":
        """The cursor behind the notifications that were read now."""
        newest = max(map(_time, read))
        seen = frozenset(_mark(item["uri"]) for item in read if _time(item) >= newest - LATE)
        return replace(self, newest=newest, seen=seen)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one account is answered. `site` is where readers find a post."""

    session: Session
    site: str
    now: Callable[[], datetime]

    def collect(self, cursor: str | None) -> Page:
        """What is new among the notifications; where that is nothing, and it is time, the threads.

        The threads come again whole each time: their posts are known by their URIs.
        """
        now = self.now()
        at = Cursor(newest=now - FIRST) if cursor is None else Cursor.read(cursor)
        read = list(takewhile(lambda item: _time(item) >= at.newest - LATE, self.notifications()))
        new = [item for item in read if _mark(item["uri"]) not in at.seen]
        if new:
            mentions = [self._mention(item, REASONS[item["reason"]]) for item in new]
            return Page(mentions=_in_order(mentions), cursor=str(at.behind(read)))
        if now - at.walked < EVERY:
            return Page(mentions=(), cursor=cursor)
        below = [self._mention(post, Kind.REPLY) for post in self._threads(now - RECENT)]
        return Page(mentions=_in_order(below), cursor=str(replace(at, walked=now)))

    def notifications(self) -> Iterator[Item]:
        """Those that are answers, newest first."""
        method = "app.bsky.notification.listNotifications"
        for page in self.session.pages(method, reasons=list(REASONS)):
            for item in page["notifications"]:
                if item["reason"] in REASONS:
                    yield item

    def _threads(self, since: datetime) -> list[Item]:
        """What others wrote below our posts since then, each once.

        What lies deeper than one answer of the network goes is asked for in its turn.
        """
        waiting = [post["uri"] for post in self._own(since) if post.get("replyCount")]
        found: dict[str, Item] = {}
        read: set[str] = set()
        while waiting:
            uri = waiting.pop()
            if uri in read:
                continue
            read.add(uri)
            for node in self._thread(uri):
                post = node["post"]
                found[post["uri"]] = post
                if "replies" in node or not post.get("replyCount"):
                    read.add(post["uri"])
                else:
                    waiting.append(post["uri"])
        return [post for post in found.values() if post["author"]["did"] != self.session.did]

    def _own(self, since: datetime) -> Iterator[Item]:
        """Our posts, newest first."""
        for page in self.session.pages("app.bsky.feed.getAuthorFeed", actor=self.session.did):
            for item in page["feed"]:
                if "reason" in item:
                    continue  # a repost
                if _time(item["post"]) < since:
                    return
                yield item["post"]

    def _thread(self, uri: str) -> Iterator[Item]:
        """A post and all below it as threadViewPosts; nothing where it is gone."""
        method = "app.bsky.feed.getPostThread"
        try:
            answer = self.session.get(method, uri=uri, depth=DEPTH, parentHeight=0)
        except Rejected as error:
            if is_named(error, "NotFound"):
                return
            raise
        nodes = [answer["thread"]]
        while nodes:
            node = nodes.pop()
            if "post" in node:  # others are blocked, or not found
                yield node
                nodes += node.get("replies", ())

    def _mention(self, item: Item, kind: Kind) -> Mention:
        """A notification or a postView."""
        author, said = item["author"], item["record"]
        subject = item.get("reasonSubject")
        reaction = kind in (Kind.LIKE, Kind.REPOST)
        parent = said.get("reply", {}).get("parent", {}).get("uri")
        return Mention(
            account="",
            id=item["uri"],
            kind=kind,
            author=Author(
                id=author["did"],
                handle=f"@{author['handle']}",
                name=author.get("displayName") or "",
                url=f"{self.site}/profile/{author['did']}",
            ),
            text=said.get("text", ""),
            url=address(self.site, subject if reaction and subject else item["uri"]),
            published=_time(item),
            in_reply_to=parent or subject,
            raw=json.dumps(item, ensure_ascii=False),
        )


def address(site: str, uri: str) -> str:
    """Where readers find a post."""
    did, _, rkey = uri.removeprefix("at://").split("/")
    return f"{site}/profile/{did}/post/{rkey}"


def _in_order(mentions: list[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda mention: mention.published))


def _time(item: Item) -> datetime:
    """What the network sorts by. UTC."""
    return datetime.fromisoformat(item["indexedAt"]).astimezone(UTC)


def _mark(uri: str) -> str:
    """A URI, short."""
    return blake2s(uri.encode(), digest_size=6).hexdigest()
