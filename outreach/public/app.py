"""Serves the built site."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' https: data:"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)


class SafeHeaders:
    """Adds the headers that every page of ours has."""

    def __init__(self, app: ASGIApp, headers: tuple[tuple[bytes, bytes], ...] = HEADERS) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class _Pages(StaticFiles):
    """Files below a folder that the first build may not have made yet."""

    async def check_config(self) -> None:
        if self.directory is None or not Path(self.directory).exists():
            raise HTTPException(503, "The site is being built.", {"retry-after": "1"})


def app(site: Path) -> Starlette:
    """The site below `site`, a link that each build replaces."""
    pages = _Pages(directory=site, html=True, check_dir=False)
    return Starlette(routes=[Mount("/", pages)], middleware=[Middleware(SafeHeaders)])
