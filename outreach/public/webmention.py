"""Where those are told who link to our pages (Webmention, 3.2). What it takes is read later."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from urllib.parse import SplitResult, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from outreach.model import mention
from outreach.public._form import Posted, posted
from outreach.public.app import HEADERS, Headers
from outreach.store import posts, received
from outreach.store.database import Database
from outreach.workspace import Workspace

FORM = "application/x-www-form-urlencoded"
SECONDS = 10.0
"""How long a request's body may take."""

LONGEST = 2_000
"""Characters of a URL."""


class Webmentions:
    """POST /webmention; nothing where a folder has no such account.

    It looks at source and target, puts them into a bounded queue, and answers 202. A request has
    nothing else that counts: no cookie, no header, no other field.
    """

    def __init__(
        self, workspace: Workspace, now: Callable[[], datetime], new_key: Callable[[], str]
    ) -> None:
        self._workspace = workspace
        self._site = workspace.layout.url
        self._accounts = workspace.config.linked
        self._now = now
        self._new_key = new_key

    @property
    def routes(self) -> list[Route]:
        return [Route("/webmention", self._post, methods=["POST"])] if self._accounts else []

    @property
    def headers(self) -> Headers:
        """Those of every page of ours, which say where to send a webmention."""
        where = f'<{self._site}/webmention>; rel="webmention"'
        return (*HEADERS, (b"link", where.encode())) if self._accounts else HEADERS

    async def _post(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            return PlainTextResponse(f"Send source and target as {FORM}.\n", 400)
        try:
            form = await asyncio.wait_for(posted(request), SECONDS)
        except TimeoutError:
            return PlainTextResponse("That took too long.\n", 408)
        return await run_in_threadpool(self._take, form)

    def _take(self, form: Posted) -> Response:
        source, target = form.get("source", ""), form.get("target", "")
        if problem := self._malformed(source, target):
            return PlainTextResponse(f"{problem}.\n", 400)
        with closing(self._workspace.connect()) as database:
            page = self._page(database, target)
            if page is None:
                return PlainTextResponse("target is no page of ours that takes webmentions.\n", 400)
            told = urlencode({"source": source, "target": target, "page": page})
            asked = mention.Request(id=self._new_key(), content_type=FORM, body=told)
            host = urlsplit(source).netloc.lower()
            with database.atomic():
                taken = received.add(database, asked, self._accounts[0], host, self._now())
        if not taken:
            return PlainTextResponse("Too much waits already.\n", 429, {"Retry-After": "600"})
        return PlainTextResponse("Thank you. It is looked at soon.\n", 202)

    def _malformed(self, source: str, target: str) -> str:
        """What is wrong with the addresses by themselves; "" where nothing is (3.2.1)."""
        for name, url in (("source", source), ("target", target)):
            parts = _split(url)
            if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
                return f"{name} is not a URL of http or https"
            if "@" in parts.netloc or len(url) > LONGEST:
                return f"{name} has a user in it, or is too long"
        if source.partition("#")[0] == target.partition("#")[0]:
            return "source and target are the same page"
        if f"{source}/".startswith(f"{self._site}/"):
            return "source is a page of ours"
        return ""

    def _page(self, database: Database, target: str) -> str | None:
        """The page of ours that is meant, whatever part of it; None where it takes none."""
        url = target.partition("#")[0].partition("?")[0]
        if url.rstrip("/") == self._site:
            return f"{self._site}/"
        post = posts.at(database, url)
        return None if post is None or post.withdrawn else post.url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 and url.isprintable() and " " not in url else None
    except ValueError:
        return None
