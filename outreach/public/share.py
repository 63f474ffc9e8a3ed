"""A post to one's own Mastodon server: only its reader knows which that is."""

import re
from contextlib import closing

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.public import _pages as pages
from outreach.public._form import Posted, is_ours, posted
from outreach.site.share import on_mastodon
from outreach.site.theme import answer as page
from outreach.site.views import clean_site
from outreach.workspace import Workspace

HEADERS = {
    # No form-action: Chromium holds it against the redirect, which leads to any server.
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'",
    # Without a referrer browsers send `Origin: null`, and our form could not be told from others.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class Share:
    """The page /share; none where posts are not shared on Mastodon.

    It leads to any server that a reader names, so it takes the form of this page alone, and only
    for a post of ours.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._site = clean_site(workspace.layout)

    @property
    def routes(self) -> list[Route]:
        if "mastodon" not in self._site.share:
            return []
        return [
            Route("/share", self._show, methods=["GET"]),
            Route("/share", self._lead, methods=["POST"]),
        ]

    def _show(self, request: Request) -> Response:
        return self._page(request.query_params)

    async def _lead(self, request: Request) -> Response:
        form = await posted(request)
        if not is_ours(request, self._site.url):
            return await run_in_threadpool(self._page, form)
        return await run_in_threadpool(self._led, form)

    def _led(self, form: Posted) -> Response:
        host = _host(form.get("server", ""))
        with closing(self._workspace.connect()) as database:
            about = pages.find(database, form.get("post", ""))
        if about is None or not host:
            return self._page(form, "This is no server: write it as mastodon.social")
        return RedirectResponse(on_mastodon(host, about.title, about.url), 303, HEADERS)

    def _page(self, asked: Posted, fault: str = "") -> Response:
        with closing(self._workspace.connect()) as database:
            about = pages.find(database, asked.get("post", ""))
        shown = page(
            "mastodon.html",
            self._site,
            about=about,
            typed=asked.get("server", ""),
            fault=fault if about else "",
        )
        status = 404 if about is None else 400 if fault else 200
        return HTMLResponse(shown, status, HEADERS)


def _host(server: str) -> str:
    """The server that somebody means by its name, its address, or by their own handle there."""
    named = re.sub(r"^https?://|/.*$", "", server.strip().lower()).rpartition("@")[2]
    return named if _HOST.fullmatch(named) and len(named) <= 253 else ""
