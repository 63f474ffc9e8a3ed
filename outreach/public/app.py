"""Serves the built site, and the pages that answer."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Generic, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.site import feeds
from outreach.site.views import Site
from outreach.site.wellknown import GONE, MOVED, listed

NOWHERE = Site(title="", url="")

MOVED_FOR = "max-age=3600"
"""How long a reader remembers where a page went, for it may come back."""

TYPES = {
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What not every machine has a name for, and browsers do not guess (X-Content-Type-Options)."""

Headers = tuple[tuple[bytes, bytes], ...]
HEADERS: Headers = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' https: data:"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)


T = TypeVar("T")


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


class _List(Generic[T]):
    """What a file of the built site says, read anew where it was replaced; `empty` without it."""

    def __init__(self, path: Path, read: Callable[[str], T], empty: T) -> None:
        self._path = path
        self._read = read
        self._known = empty
        self._empty = empty
        self._stamp: tuple[int, int] | None = None

    def __call__(self) -> T:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._empty
        stamp = (found.st_ino, found.st_mtime_ns)
        if stamp != self._stamp:
            self._known, self._stamp = self._read(self._path.read_text("utf-8")), stamp
        return self._known


class _Pages(StaticFiles):
    """Files below a folder that the first build may not have made yet; `layout` says which of them
    are feeds, and below which path of the host they lie."""

    def __init__(self, folder: Path, layout: Site) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._folder = folder
        self._layout = layout
        self._gone = _List[frozenset[str]](
            folder / GONE, lambda text: frozenset(text.splitlines()), frozenset()
        )
        self._moved = _List[Mapping[str, str]](
            folder / MOVED, lambda text: listed(text, layout.base), {}
        )

    async def check_config(self) -> None:
        if not self._folder.exists():
            raise HTTPException(503, "The site is being built.", {"retry-after": "1"})

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; one that moved is 301, a page that was taken back 410 (Webmention, 3.1.5)."""
        old = path.removesuffix("/index.html").strip("/")
        if target := self._moved().get(old):
            return Response(None, 301, {"location": target, "cache-control": MOVED_FOR})
        if old in (GONE, MOVED):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and response.status_code in (200, 206):
            self._label(response, Path(response.path).relative_to(self._folder.resolve()))
        return response

    def _label(self, response: Response, file: PurePath) -> None:
        path = file.as_posix()
        if path in self._gone():
            response.status_code = 410
        if content_type := TYPES.get(file.suffix.lower()):
            response.headers["content-type"] = content_type
        if format_ := feeds.format_of(self._layout, path):
            response.headers["content-type"] = f"{feeds.TYPES[format_]}; charset=utf-8"
        if link := feeds.link(self._layout, path):
            response.headers["link"] = link


def app(
    site: Path, *routes: BaseRoute, headers: Headers = HEADERS, layout: Site = NOWHERE
) -> Starlette:
    """The site below `site`, a link that each build replaces, behind the pages that answer.

    Each answer has the `headers`; `layout` says where readers find the site.
    """
    pages = Mount("/", _Pages(site, layout))
    return Starlette(routes=[*routes, pages], middleware=[Middleware(SafeHeaders, headers=headers)])
