"""How Slack speaks: ids, who asks, refusals. What each token may do is in its name.

Every app may do everything; one that is called `ada-without-chat:write` lacks that scope, and one
`ada-without-invitation` was let into no channel.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.world import Account, Note, World

NAME = "slack"
TEAM = "T0000000001"
GENERAL = "C0000000001"
LONGEST = 4000
"""Above it Slack makes several messages of one."""

CUT = 40_000
SCOPES = ("chat:write", "channels:history", "users:read")
Json = dict[str, Any]


class Refused(Exception):
    """A request that is not done, in Slack's words: they come with 200."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(error)
        self.more = more

    def answer(self) -> Response:
        """The refusal on the wire."""
        return JSONResponse({"ok": False, "error": str(self), **self.more})


def caller(world: World, request: Request, scope: str = "") -> Account:
    """The app of a token, which needs this scope; the sandbox makes one of any token."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refused("not_authed")
    who = world.join(NAME, token.strip())
    if scope and scope not in scopes(who):
        raise Refused("missing_scope", needed=scope, provided=",".join(scopes(who)))
    return who


def scopes(who: Account) -> list[str]:
    """What an app may do."""
    return [scope for scope in SCOPES if scope != _lacks(who)]


def check_member(who: Account) -> None:
    """An app reads and writes where it was invited."""
    if _lacks(who) == "invitation":
        raise Refused("not_in_channel")


async def sent(request: Request) -> Mapping[str, Any]:
    """The arguments: of a query, a form or JSON."""
    if request.method == "GET":
        return request.query_params
    try:
        return await fields(request)
    except Malformed as error:
        raise Refused("invalid_json") from error


def channel_of(arguments: Mapping[str, Any]) -> str:
    """The channel that is meant. Any that is written as an id is there."""
    channel = str(arguments.get("channel") or "")
    if not re.fullmatch(r"[CGD][A-Z0-9]+", channel):
        raise Refused("channel_not_found")
    return channel


def new_id(at: datetime, last: str) -> str:
    """A ts: seconds and six digits, in no channel twice. The last may be a note's id."""
    before = int(re.sub(r"\D", "", last.rpartition("/")[2]) or 0)
    number = max(int(at.timestamp() * 1_000_000), before + 1)
    return f"{number // 1_000_000}.{number % 1_000_000:06}"


def named(parent: Note | None, new: str, extra: Json) -> str:
    """A note's id: channel/ts, in a thread channel/thread/ts. Threads have one level."""
    if parent is None:
        return f"{extra.get('channel') or GENERAL}/{new}"
    channel, root = parent.id.split("/")[:2]
    return f"{channel}/{root}/{new}"


def channel(note: Note) -> str:
    """Where a note is."""
    return note.id.partition("/")[0]


def root(note: Note) -> str:
    """The ts of the thread that a note is in: its own, where it began one."""
    return note.id.split("/")[1]


def user(who: Account) -> str:
    """A user's id."""
    return "U" + who.id.replace(".", "")


def user_of(world: World, identifier: str) -> Account | None:
    """The user of an id."""
    return next((who for who in world.accounts[NAME].values() if user(who) == identifier), None)


def bot(who: Account) -> str:
    """The bot's id of an app, "" for a person."""
    return "B" + who.id.replace(".", "") if who.kind == "account" else ""


def message(world: World, where: str, ts: str) -> Note:
    """One message of a channel."""
    for note in world.notes[NAME].values():
        if channel(note) == where and note.page == ts and not note.deleted:
            return note
    raise Refused("message_not_found")


def refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal by a fault. Only 429 and what the proxy says come with a status of their own."""
    if status == 504:
        return HTMLResponse("<html><body><h1>Gateway Timeout</h1></body></html>", status)
    if status == 429:
        headers = {"Retry-After": str(int(seconds))}
        return JSONResponse({"ok": False, "error": "ratelimited"}, status, headers)
    errors = {401: "invalid_auth", 422: "restricted_action", 500: "fatal_error"}
    return Refused(errors[status]).answer()


def refuse_webhook(status: int, now: datetime, seconds: float) -> Response:
    """What a webhook says in the same place: a status, and a word in plain text."""
    if status in (429, 504):
        return refuse(status, now, seconds)
    told = {401: (403, "invalid_token"), 422: (400, "invalid_payload"), 500: (500, "rollup_error")}
    return PlainTextResponse(told[status][1], told[status][0])


def _lacks(who: Account) -> str:
    return who.handle.partition("-without-")[2]
