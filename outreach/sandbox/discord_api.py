"""How Discord speaks: ids, who asks, refusals. What each token may do is in its name.

Every bot may do everything; one that is called `ada-without-content-send` lacks what is named:
`content` is the Message Content intent, `send` the permission to post, `view` to see a channel.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from outreach.sandbox.network import snowflake
from outreach.sandbox.world import Account, Note, World

NAME = "discord"
GUILD = "1000000000000000001"
GENERAL = "1000000000000000002"
LONGEST = 2000
EPOCH = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp() * 1000)
BITS = 22
Json = dict[str, Any]
_FAULTS = {401: (0, "401: Unauthorized"), 422: (50035, "Invalid Form Body")}


class Refused(Exception):
    """A request that is not done, in Discord's words."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.errors = status, code, errors

    def answer(self) -> Response:
        """The refusal on the wire."""
        body: Json = {"message": str(self), "code": self.code}
        return JSONResponse(body | ({"errors": self.errors} if self.errors else {}), self.status)


def unauthorized() -> Refused:
    """No token, or one that is nobody's."""
    return Refused(401, 0, "401: Unauthorized")


def unknown(what: str) -> Refused:
    """There is no such thing."""
    codes = {"Channel": 10003, "Message": 10008, "Webhook": 10015, "Guild": 10004}
    return Refused(404, codes[what], f"Unknown {what}")


def invalid(field: str, code: str, message: str) -> Refused:
    """A body that Discord does not take."""
    errors = {field: {"_errors": [{"code": code, "message": message}]}}
    return Refused(400, 50035, "Invalid Form Body", errors)


def caller(world: World, request: Request) -> Account:
    """The bot of a token; the sandbox makes one of any token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bot" or not token.strip():
        raise unauthorized()
    return world.join(NAME, token.strip())


def lacks(who: Account) -> Sequence[str]:
    """What a bot may not do."""
    return who.handle.partition("-without-")[2].split("-")


def channel_of(request: Request) -> str:
    """The channel of a path."""
    channel = str(request.path_params["channel"])
    if not re.fullmatch(r"\d{1,20}", channel):
        raise invalid("channel_id", "NUMBER_TYPE_COERCE", f'Value "{channel}" is not snowflake.')
    return channel


def new_id(at: datetime, last: str) -> str:
    """A snowflake; the last id may be a note's, channel/message."""
    return snowflake(at, last.rpartition("/")[2], epoch=EPOCH, bits=BITS)


def named(parent: Note | None, new: str, extra: Json) -> str:
    """A note's id: its channel, and its own. An answer is where its parent is."""
    channel = extra.get("channel") or (place(parent) if parent else GENERAL)
    return f"{channel}/{new}"


def place(note: Note) -> str:
    """The channel or thread that a message is in."""
    return note.id.partition("/")[0]


def number(note: Note) -> int:
    """A message's own id."""
    return int(note.page)


def message(world: World, channel: str, identifier: str) -> Note:
    """One message."""
    note = world.note(NAME, f"{channel}/{identifier}")
    if note is None:
        raise unknown("Message")
    return note


def refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal by a fault: 5xx come from the proxy before Discord."""
    if status >= 500:
        return HTMLResponse("<html><body><h1>upstream error</h1></body></html>", status)
    if status == 429:
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
        headers = {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{now.timestamp() + seconds:.3f}",
            "X-RateLimit-Reset-After": f"{seconds:.3f}",
            "X-RateLimit-Scope": "user",
        }
        return JSONResponse(body | {"code": 0}, 429, headers)
    code, said = _FAULTS[status]
    return Refused(400 if status == 422 else status, code, said).answer()
