"""Serves the built site, and the pages that answer."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.site.pages import GONE

Headers = tuple[tuple[bytes, bytes], ...]
HEADERS: Headers = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' https: data:"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)


class SafeHeaders:
    """Adds the headers that every page of ours has, and that a page does not set itself."""

    def __init__(self, app: ASGIApp, headers: Headers = HEADERS) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                ours = [(name, value) for name, value in self._headers if name not in own]
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class _Pages(StaticFiles):
    """Files below a folder that the first build may not have made yet. `links` are the Link headers
    that some have, by their path."""

    def __init__(self, directory: Path, links: Mapping[str, str]) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self._links = links

    async def check_config(self) -> None:
        if self.directory is None or not Path(self.directory).exists():
            raise HTTPException(503, "The site is being built.", {"retry-after": "1"})

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; a page that was taken back is 410 (Webmention, 3.1.5)."""
        response = await super().get_response(path, scope)
        file = response.path if isinstance(response, FileResponse) else None
        if file is not None and response.status_code == 200 and Path(file).with_name(GONE).exists():
            response.status_code = 410
        if path in self._links:
            response.headers["link"] = self._links[path]
        return response


def app(
    site: Path,
    *routes: BaseRoute,
    headers: Headers = HEADERS,
    links: Mapping[str, str] = MappingProxyType({}),
) -> Starlette:
    """The site below `site`, a link that each build replaces, behind the pages that answer.

    Each answer has the `headers`, and a file the Link header that `links` has for its path.
    """
    pages = _Pages(site, links)
    return Starlette(
        routes=[*routes, Mount("/", pages)], middleware=[Middleware(SafeHeaders, headers=headers)]
    )
