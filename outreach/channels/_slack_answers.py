"""What people say in the channels that an app listens to, and in the threads that are about us.

Slack lists a channel newest first, and without the answers in its threads. So a channel is walked
from its newest message down to the newest one that was read before, a page at a time. Then the
threads that we began, or that began by calling us, are asked one by one, the one first that has
waited longest: an app that Slack does not know well may ask once a minute.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial

from pydantic import BaseModel

from outreach.channels._json import legible
from outreach.channels._slack_api import Api, Json, time_of, ts_of
from outreach.channels._slack_text import plain
from outreach.channels._terms import Term, names, our_link
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page

PAGE = 15
"""What Slack shows an app at once that is distributed outside of its Marketplace."""

BACK = timedelta(days=30)
WATCHED = 50
"""How many of the newest threads are asked for answers."""

LIVELY = timedelta(days=1)
QUIET = timedelta(hours=1)
"""A thread where nobody has spoken for so long (LIVELY) is asked at most so often (QUIET)."""

_SPOKEN = ("", "thread_broadcast", "file_share", "me_message")
"""The subtypes of messages that people write; the others say that somebody joined, and the like."""


class Walk(BaseModel):
    """How far a channel was read. While it is walked down, `below` is the oldest message seen on
    the way and `top` the newest."""

    seen: str
    below: str = ""
    top: str = ""


class Cursor(BaseModel):
    """How far everything was read: channels by id, threads by channel/ts, each with the newest
    answer seen."""

    channels: dict[str, Walk] = {}
    threads: dict[str, str] = {}


class Answers:
    """One app's ears."""

    def __init__(
        self,
        api: Api,
        me: Callable[[], Json],
        listen: Sequence[str],
        terms: tuple[Term, ...],
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._me = me
        self._listen = listen
        self._terms = terms
        self._now = now
        self._user = lru_cache(maxsize=1000)(self._ask_user)
        self._asked: dict[str, datetime] = {}

    def collect(self, cursor: str | None) -> Page:
        """The next page of the first channel, or else thread, that has something new."""
        with legible(Unavailable):
            at = Cursor.model_validate_json(cursor) if cursor else Cursor()
            steps = (
                *(partial(self._walk, at, channel) for channel in self._listen),
                *(partial(self._thread, at, thread) for thread in self._due(at)),
            )
            for step in steps:
                found = step()
                if found is not None:
                    ordered = sorted(found, key=lambda mention: mention.published)
                    return Page(mentions=tuple(ordered), cursor=at.model_dump_json())
        return Page(mentions=(), cursor=cursor)

    def history(self, channel: str, **bounds: object) -> Json:
        """One page of a channel, newest first."""
        return self._api.get("conversations.history", channel=channel, limit=PAGE, **bounds)

    def unreadable(self) -> str:
        """Why messages cannot be read, "" where they can."""
        try:
            for channel in self._listen:
                self.history(channel)
        except Rejected as error:
            return str(error)
        return ""

    def _walk(self, at: Cursor, channel: str) -> list[Mention] | None:
        """The next page down; None where nothing is new."""
        walk = at.channels.setdefault(channel, Walk(seen=ts_of(self._now() - BACK)))
        latest = walk.below or ts_of(self._now() + timedelta(days=1))
        told = self.history(channel, oldest=walk.seen, latest=latest)
        messages = told["messages"]
        if not messages and not walk.below:
            return None
        times = sorted((str(message["ts"]) for message in messages), key=time_of)
        top = walk.top or times[-1]
        more = bool(told["has_more"]) and bool(times)
        at.channels[channel] = (
            Walk(seen=walk.seen, below=times[0], top=top) if more else Walk(seen=top)
        )
        for message in messages:
            self._watch(at, channel, message)
        return self._mentions(messages, channel, at)

    def _watch(self, at: Cursor, channel: str, message: Json) -> None:
        """Keep an eye on the thread of a message of ours, or that calls us."""
        root = str(message.get("thread_ts") or message["ts"])
        thread = f"{channel}/{root}"
        if thread in at.threads or not (self.is_mine(message) or self._is_for_us(message)):
            return
        at.threads[thread] = root
        oldest = ts_of(self._now() - BACK)
        young = (one for one in at.threads if time_of(_ts(one)) > time_of(oldest))
        kept = sorted(young, key=lambda one: time_of(_ts(one)))[-WATCHED:]
        at.threads = {one: at.threads[one] for one in kept}

    def _due(self, at: Cursor) -> list[str]:
        """The threads whose turn it is, who has waited longest first."""
        now = self._now()
        self._asked = {one: asked for one, asked in self._asked.items() if one in at.threads}
        return sorted(
            (
                thread
                for thread, seen in at.threads.items()
                if thread not in self._asked
                or now - time_of(seen) < LIVELY
                or now - self._asked[thread] >= QUIET
            ),
            key=lambda thread: self._asked.get(thread, time_of("0")),
        )

    def _thread(self, at: Cursor, thread: str) -> list[Mention] | None:
        """What was answered in a thread, oldest first, a page; None where nothing is new."""
        channel, root = thread.split("/")
        seen = at.threads[thread]
        told = self._replies(channel, root, seen)
        new = [one for one in told["messages"] if time_of(str(one["ts"])) > time_of(seen)]
        if not new:
            self._asked[thread] = self._now()
            return None
        at.threads[thread] = max((str(one["ts"]) for one in new), key=time_of)
        return self._mentions(new, channel, at)

    def _replies(self, channel: str, root: str, seen: str) -> Json:
        """What follows in a thread, oldest first; nothing where the thread is gone."""
        try:
            return self._api.get(
                "conversations.replies", channel=channel, ts=root, oldest=seen, limit=PAGE
            )
        except Rejected as error:
            if error.status != 404:
                raise
            return {"messages": []}

    def _mentions(self, messages: Sequence[Json], channel: str, at: Cursor) -> list[Mention]:
        told = (self._mention(message, channel, at) for message in messages)
        return [mention for mention in told if mention]

    def _mention(self, message: Json, channel: str, at: Cursor) -> Mention | None:
        """What a message is to us; None where it is ours, a program's, or not for us."""
        if message.get("subtype", "") not in _SPOKEN or message.get("bot_id"):
            return None
        if self.is_mine(message):
            return None
        ts, root = str(message["ts"]), str(message.get("thread_ts") or message["ts"])
        parent = f"{channel}/{root}" if root != ts else None
        if parent in at.threads:
            kind = Kind.REPLY
        elif self._is_for_us(message):
            kind = Kind.MENTION
        else:
            return None
        text = plain(str(message["text"]), self._name)
        return Mention(
            account="",
            id=identifier(channel, ts, root),
            kind=kind,
            author=self._author(str(message["user"])),
            text=text,
            url=self.url(channel, ts, root),
            published=time_of(ts),
            in_reply_to=parent,
            raw=json.dumps(message, ensure_ascii=False),
            original=our_link(self._terms, text) if kind is Kind.MENTION else "",
        )

    def is_mine(self, message: Json) -> bool:
        """Whether we wrote a message."""
        me = self._me()
        return message.get("user") == me["user_id"] or (
            bool(me.get("bot_id")) and message.get("bot_id") == me["bot_id"]
        )

    def _is_for_us(self, message: Json) -> bool:
        """Whether a message calls us, or says a word that we look for."""
        written = str(message.get("text", ""))
        called = f"<@{self._me()['user_id']}" in written
        return called or names(self._terms, plain(written, str))

    def url(self, channel: str, ts: str, root: str) -> str:
        """Where people see a message, as chat.getPermalink writes it."""
        link = f"{str(self._me()['url']).rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
        return link if root in ("", ts) else f"{link}?thread_ts={root}&cid={channel}"

    def _author(self, user: str) -> Author:
        told = self._user(user)
        profile = told.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or told.get("real_name")
        return Author(
            id=user,
            handle=f"@{told.get('name', user)}",
            name=str(name or ""),
            url=f"{str(self._me()['url']).rstrip('/')}/team/{user}",
        )

    def _name(self, user: str) -> str:
        author = self._author(user)
        return author.name or author.handle.removeprefix("@")

    def _ask_user(self, user: str) -> Json:
        """A user, who may be of a workspace that shows us none of its people."""
        try:
            told: Json = self._api.get("users.info", user=user)["user"]
        except Rejected as error:
            if "user_not_" not in error.body:
                raise
            return {}
        return told


def identifier(channel: str, ts: str, root: str = "") -> str:
    """What we call a message: channel/ts, and where it stands in a thread channel/thread/ts.

    A message in a thread cannot be answered by its own ts, only by that of its thread.
    """
    return f"{channel}/{ts}" if root in ("", ts) else f"{channel}/{root}/{ts}"


def _ts(thread: str) -> str:
    return thread.rpartition("/")[2]
