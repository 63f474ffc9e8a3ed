"""What people say in the channels that a bot listens to, and in their threads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from outreach.channels._discord_api import Api, Json, snowflake, time_of
from outreach.channels._discord_text import plain, shown_name
from outreach.channels._json import legible
from outreach.channels._terms import Term, names, our_link
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page

PAGE = 100
BACK = timedelta(days=30)
"""How far back a channel or thread is read that was never read before."""

DEFAULT, REPLY = 0, 19
"""The types of message that people write; the others say that somebody joined, and the like."""

_CONTENT = 1 << 18 | 1 << 19
"""The application's flags that say that it may read what messages say."""

_SHOWN = ("attachments", "embeds", "sticker_items", "poll", "components", "message_snapshots")
NO_INTENT = (
    "Discord hides from this bot what people write: discord.com/developers/applications → your "
    "application → Bot → Privileged Gateway Intents → switch on Message Content Intent → Save"
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A channel, or a thread below one: `parent` is the channel then."""

    id: str
    parent: str = ""


class Answers:
    """One bot's ears. The cursor is, for each place, the newest message that was read there."""

    def __init__(
        self,
        api: Api,
        me: Callable[[], Json],
        guild: Callable[[str], str],
        listen: Sequence[str],
        terms: tuple[Term, ...],
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._me = me
        self._guild = guild
        self._listen = listen
        self._terms = terms
        self._now = now
        self._starters: dict[str, str] = {}

    def collect(self, cursor: str | None) -> Page:
        """The next messages of the first place that has some."""
        with legible(Unavailable):
            seen = dict[str, str](json.loads(cursor)) if cursor else {}
            floor = snowflake(self._now() - BACK)
            for place in self._places(seen, floor):
                after = max(int(seen.get(place.id, 0)), floor)
                found = self.messages(place.id, after)
                if found:
                    return self._page(place, found, seen, floor)
        return Page(mentions=(), cursor=cursor)

    def messages(self, channel: str, after: int, limit: int = PAGE) -> list[Json]:
        """The oldest messages of a channel that are newer than an id, oldest first."""
        found = self._api.get(f"/channels/{channel}/messages", after=after, limit=limit)
        return sorted(found or (), key=lambda message: int(message["id"]))

    def unreadable(self) -> str:
        """Why messages cannot be read, "" where they can."""
        try:
            for channel in self._listen:
                self._api.get(f"/channels/{channel}/messages", limit=1)
        except Rejected as error:
            return str(error)
        return "" if self._may_read() else NO_INTENT

    def _places(self, seen: Mapping[str, str], floor: int) -> Iterator[Place]:
        """The channels, then those of their threads that have something new."""
        yield from (Place(id=channel) for channel in self._listen)
        for thread in self._threads(floor):
            newest = int(thread.get("last_message_id") or 0)
            if newest > max(int(seen.get(thread["id"], 0)), floor):
                yield Place(id=thread["id"], parent=thread["parent_id"])

    def _threads(self, floor: int) -> Iterator[Json]:
        """The active threads below our channels, and the archived ones that are young enough."""
        for guild in dict.fromkeys(map(self._guild, self._listen)):
            for thread in self._api.get(f"/guilds/{guild}/threads/active")["threads"]:
                if thread["parent_id"] in self._listen:
                    yield thread
        for channel in self._listen:
            yield from self._archived(channel, floor)

    def _archived(self, channel: str, floor: int) -> Iterator[Json]:
        path, before = f"/channels/{channel}/threads/archived/public", None
        while True:
            page = self._api.get(path, before=before, limit=PAGE)
            for thread in page["threads"]:
                before = thread["thread_metadata"]["archive_timestamp"]
                if snowflake(datetime.fromisoformat(before)) < floor:
                    return
                yield thread
            if not page["has_more"] or not page["threads"]:
                return

    def _page(
        self, place: Place, found: Sequence[Json], seen: Mapping[str, str], floor: int
    ) -> Page:
        if any(self._is_blank(message) for message in found) and not self._may_read():
            raise Unavailable(NO_INTENT)
        mentions = [self._mention(message, place) for message in found]
        kept = {id: newest for id, newest in seen.items() if int(newest) > floor}
        return Page(
            mentions=tuple(mention for mention in mentions if mention),
            cursor=json.dumps({**kept, place.id: str(found[-1]["id"])}),
        )

    def _is_blank(self, message: Json) -> bool:
        """Whether there is nothing to see of what a person wrote."""
        return (
            message["type"] in (DEFAULT, REPLY)
            and message["author"]["id"] != self._me()["id"]
            and not message["content"]
            and not any(message.get(name) for name in _SHOWN)
        )

    def _may_read(self) -> bool:
        return bool(int(self._api.get("/applications/@me")["flags"]) & _CONTENT)

    def _mention(self, message: Json, place: Place) -> Mention | None:
        """What a message is to us; None where it is ours, a program's, or not for us."""
        if message["type"] not in (DEFAULT, REPLY) or message["author"].get("bot"):
            return None
        text = plain(message)
        kind = self._kind(message, text, place)
        if kind is None:
            return None
        return Mention(
            account="",
            id=f"{place.id}/{message['id']}",
            kind=kind,
            author=self._author(message["author"]),
            text=text,
            url=self.url(place.id, message["id"]),
            published=time_of(message),
            in_reply_to=_parent(message, place),
            raw=json.dumps(message, ensure_ascii=False),
            original=our_link(self._terms, text) if kind is Kind.MENTION else "",
        )

    def _kind(self, message: Json, text: str, place: Place) -> Kind | None:
        mine = self._me()["id"]
        answered = message.get("referenced_message")
        if (answered and answered["author"]["id"] == mine) or self._began(place) == mine:
            return Kind.REPLY
        called = any(user["id"] == mine for user in message["mentions"])
        return Kind.MENTION if called or names(self._terms, text) else None

    def _began(self, place: Place) -> str:
        """Who wrote the message that a thread is below; "" where there is none (any more)."""
        if not place.parent:
            return ""
        if place.id not in self._starters:
            try:
                starter = self._api.get(f"/channels/{place.parent}/messages/{place.id}")
                self._starters[place.id] = str(starter["author"]["id"])
            except Rejected as error:
                if error.status != 404:
                    raise
                self._starters[place.id] = ""
        return self._starters[place.id]

    def _author(self, user: Json) -> Author:
        return Author(
            id=str(user["id"]),
            handle=f"@{user['username']}",
            name=shown_name(user),
            url=f"{self._api.site}/users/{user['id']}",
        )

    def url(self, channel: str, message: str) -> str:
        """Where people see a message."""
        return f"{self._api.site}/channels/{self._guild(channel)}/{channel}/{message}"


def _parent(message: Mapping[str, Any], place: Place) -> str | None:
    """What a message answers: what it says itself, else what its thread is below."""
    reference = message.get("message_reference") or {}
    if message["type"] == REPLY and reference.get("message_id"):
        return f"{reference['channel_id']}/{reference['message_id']}"
    return f"{place.parent}/{place.id}" if place.parent else None
