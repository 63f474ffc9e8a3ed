"""What people said and did to an account: its notifications, and what stands below its statuses."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from outreach.channels._text import plain
from outreach.model.errors import Unavailable
from outreach.model.mention import Author, Kind, Mention, Page

if TYPE_CHECKING:
    from mastodon import Mastodon as Client

PAGE = 40
WORDS = ("mention", "quote")
REACTIONS = {"favourite": Kind.LIKE, "reblog": Kind.REPOST}
WALK_EVERY = timedelta(minutes=10)
WALK_BACK = timedelta(days=7)
WALK_AT_ONCE = 20
"""How many threads one page reads: a server takes 300 requests in five minutes."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far everything was read.

    `seen` is the newest notification. `walked` is when our threads were last read; while a walk
    through them is under way, `below` is the status of ours that it goes on below.
    """

    seen: str = "0"
    walked: datetime | None = None
    below: str = ""

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """A cursor as it was written; older ones are the id of a notification."""
        if not text:
            return cls()
        if not text.startswith("{"):
            return cls(seen=text)
        kept = json.loads(text)
        walked = kept["walked"]
        return cls(
            seen=kept["seen"],
            walked=datetime.fromisoformat(walked) if walked else None,
            below=kept["below"],
        )

    def __str__(self) -> str:
        walked = self.walked.isoformat() if self.walked else ""
        return json.dumps({"seen": self.seen, "walked": walked, "below": self.below})


class Replies:
    """One account's mail, a page at a time: notifications first, then the threads."""

    def __init__(self, client: "Client", me: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._me = me
        self._now = now

    def page(self, cursor: str | None) -> Page:
        """What came after the cursor; the same cursor where nothing did."""
        at = Cursor.read(cursor)
        new = self._notifications(at.seen)
        if new:
            seen = max((str(item["id"]) for item in new), key=age)
            told = (told_by(item, self._me) for item in new)
            return _page([mention for mention in told if mention], replace(at, seen=seen))
        if at.below or at.walked is None or self._now() - at.walked >= WALK_EVERY:
            return self._walk(at)
        return Page(mentions=(), cursor=cursor)

    def _notifications(self, seen: str) -> list[Mapping[str, Any]]:
        """The oldest page of what is newer than `seen`, of types that say something to us.

        Asked with a list of types a server leaves out those that it does not know (Mastodon before
        4.5 has no quotes), and a small one may leave out the list (snac).
        """
        found = self._client.notifications(min_id=seen, limit=PAGE, types=[*WORDS, *REACTIONS])
        return [item for item in found if age(str(item["id"])) > age(seen)]

    def _walk(self, at: Cursor) -> Page:
        """The answers below our statuses of the last days, also those that do not name us."""
        found: list[Mention] = []
        asked = 0
        below = ""
        for status in own(self._client, self._me, self._now() - WALK_BACK, at.below):
            if not status["replies_count"]:
                continue
            found += self._below(str(status["id"]))
            asked += 1
            if asked == WALK_AT_ONCE:
                below = str(status["id"])
                break
        return _page(found, replace(at, walked=self._now(), below=below))

    def _below(self, identifier: str) -> Iterator[Mention]:
        for status in self._client.status_context(identifier)["descendants"]:
            if str(status["account"]["id"]) != self._me:
                yield _said(status, Kind.REPLY, _maybe(status.get("in_reply_to_id")))


def own(client: "Client", me: str, since: datetime, below: str = "") -> Iterator[Mapping[str, Any]]:
    """An account's statuses, newest first, from just below one back to `since`.

    Raises Unavailable where the server shows a full page twice: snac knows no pages, and all that
    there is may be read only where that is less than one.
    """
    start, seen = below, set[str]()
    while True:
        page = client.account_statuses(me, exclude_reblogs=True, limit=PAGE, max_id=below or None)
        by_id = {str(status["id"]): status for status in page}
        new = [id for id in by_id if id not in seen and not (start and age(id) >= age(start))]
        if not new:
            if len(page) >= PAGE:
                raise Unavailable("the server does not show what is older than its first page")
            return
        for id in new:
            if by_id[id]["created_at"] < since:
                return
            yield by_id[id]
        seen |= by_id.keys()
        below = new[-1]


def told_by(notification: Mapping[str, Any], me: str) -> Mention | None:
    """What a notification tells; None where it is about nothing that is still there, or our own."""
    status, kind = notification.get("status"), notification["type"]
    if not status or str(notification["account"]["id"]) == me:
        return None
    if kind in REACTIONS:
        return _reaction(notification, status)
    if kind not in WORDS:
        return None
    if str(status.get("in_reply_to_account_id")) == me:
        return _said(status, Kind.REPLY, _maybe(status.get("in_reply_to_id")))
    quoted = _quoted(status, me)
    if quoted or kind == "quote":
        return _said(status, Kind.QUOTE, quoted)
    return _said(status, Kind.MENTION, _maybe(status.get("in_reply_to_id")))


def age(identifier: str) -> tuple[int, str]:
    """Ids are numbers as text: longer is newer."""
    return len(identifier), identifier


def _page(mentions: list[Mention], cursor: Cursor) -> Page:
    """Each once, oldest first."""
    once = {mention.id: mention for mention in mentions}
    ordered = sorted(once.values(), key=lambda mention: mention.published)
    return Page(mentions=tuple(ordered), cursor=str(cursor))


def _quoted(status: Mapping[str, Any], me: str) -> str | None:
    """The status of ours that this one quotes, where its author let it and it is still there."""
    quoted = (status.get("quote") or {}).get("quoted_status")
    if not quoted or str(quoted["account"]["id"]) != me:
        return None
    return str(quoted["id"])


def _said(status: Mapping[str, Any], kind: Kind, parent: str | None) -> Mention:
    return Mention(
        account="",
        id=str(status["id"]),
        kind=kind,
        author=_author(status["account"]),
        text=plain(status["content"]),
        url=status.get("url") or status["uri"],
        published=status["created_at"].astimezone(UTC),
        in_reply_to=parent,
        raw=json.dumps(status, default=str, ensure_ascii=False),
    )


def _reaction(notification: Mapping[str, Any], status: Mapping[str, Any]) -> Mention:
    """A favourite or a boost, which has no id and no words of its own."""
    return Mention(
        account="",
        id=f"{notification['type']}:{notification['id']}",
        kind=REACTIONS[notification["type"]],
        author=_author(notification["account"]),
        text="",
        url=status.get("url") or status["uri"],
        published=notification["created_at"].astimezone(UTC),
        in_reply_to=str(status["id"]),
        raw=json.dumps(notification, default=str, ensure_ascii=False),
    )


def _author(account: Mapping[str, Any]) -> Author:
    return Author(
        id=str(account["id"]),
        handle=f"@{account['acct']}",
        name=account.get("display_name") or "",
        url=account.get("url") or "",
    )


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)
