"""The built site with a bar on every page, that says what one looks at and follows the files."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.preview.folder import Folder
from outreach.preview.settled import Settled
from outreach.public.app import Headers
from outreach.public.app import app as site_app

_CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-range", b"range")
"""What a browser asks so that it gets less than the whole page."""

_OF_THE_FILE = (b"content-length", b"etag", b"last-modified")

Bar = Callable[[str, bool], str]
"""What to add to a page, by its file on the site, and whether it is shown inside another page."""


class Pages:
    """The site as `folder` builds it, below the path that config.yaml gives it; `nothing` is the
    page that is shown where there is no site."""

    def __init__(
        self, folder: Folder, headers: Headers, bar: Bar, nothing: Callable[[], str]
    ) -> None:
        self._folder = folder
        self._headers = headers
        self._bar = bar
        self._nothing = nothing
        self._served: tuple[Settled | None, ASGIApp] = None, _nowhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settled = self._folder.seen.settled
        if settled is None or not self._folder.site.exists():
            await HTMLResponse(self._nothing())(scope, receive, send)
            return
        base = settled.site.base
        if not f"{scope['path']}/".startswith(f"{base}/"):
            await RedirectResponse(f"{base}/")(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        is_inside = dict(headers).get(b"sec-fetch-dest") == b"iframe"
        file = f"{scope['path'].removeprefix(base).strip('/')}"
        page = _Page(send, lambda: self._bar(file, is_inside))
        inner = {**scope, "headers": headers, "root_path": base}
        await self._site(settled)(inner, receive, page)

    def _site(self, settled: Settled) -> ASGIApp:
        if self._served[0] is not settled:
            site = site_app(self._folder.site, headers=self._headers, layout=settled.site)
            self._served = settled, site
        return self._served[1]


class _Page:
    """Sends on an answer; one that is a page waits until it is whole, and gets the bar."""

    def __init__(self, send: Send, bar: Callable[[], str]) -> None:
        self._send = send
        self._bar = bar
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._whole(self._start)

    async def _whole(self, start: Message) -> None:
        bar = (await run_in_threadpool(self._bar)).encode("utf-8", "replace")
        page, end, rest = bytes(self._body).rpartition(b"</body>")
        whole = page + bar + end + rest if end else rest + bar
        kept = [it for it in start["headers"] if it[0].lower() not in _OF_THE_FILE]
        length = (b"content-length", str(len(whole)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": whole})


def _is_page(start: Message) -> bool:
    types = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return any(value.startswith(b"text/html") for value in types)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    await RedirectResponse("/_preview/")(scope, receive, send)
