"""Who may come in: programs and people of this machine, and no page of another site."""

from email.utils import format_datetime
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.sandbox.world import World

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Door:
    """Refuses foreign hosts and origins, lets time pass, and dates each answer."""

    def __init__(self, app: ASGIApp, *, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif problem := refusal(scope):
            await PlainTextResponse(problem, 403)(scope, receive, send)
        else:
            self.world.stir()
            dated = scope.get("state", {}).get("dated", True)
            await self.app(scope, receive, send if dated else self._dating(send))

    def _dating(self, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self.world.now(), usegmt=True)
                MutableHeaders(scope=message)["Date"] = now
            await send(message)

        return dated


def refusal(scope: Scope) -> str:
    """Why a request is not let in; empty if it is."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        name = None
    if name not in LOOPBACK:
        return "the sandbox answers to 127.0.0.1, localhost and [::1] only\n"
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return ""
    ours = headers.get("origin", f"{scope['scheme']}://{host}") == f"{scope['scheme']}://{host}"
    near = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return "" if ours and near else "this came from another site\n"
