"""Comments and reactions on our own pages: no account, no script, no cookie."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from datetime import datetime
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.channels.comments import MARK
from outreach.model import mention
from outreach.public import _pages as pages
from outreach.public._form import Posted, is_ours, posted
from outreach.public._pages import OurPage
from outreach.public._rate import Rate
from outreach.public._stamp import SOONEST, Stamps, name_of
from outreach.public._visitor import Visitors
from outreach.public._words import fault, words
from outreach.site.theme import answer as page
from outreach.site.views import clean_site
from outreach.store import conversation, received
from outreach.store.conversation import Standing
from outreach.store.database import Database
from outreach.workspace import Workspace

LARGEST = 64 * 1024
"""Bytes of a form: a letter may be nine of them."""

SECONDS = 10.0
"""How long a request's body may take."""

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # Without a referrer browsers send `Origin: null`, and our form could not be told from others.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}

Message = tuple[str, str]

CLOSED = "No comments here", "This page is not there any more, or takes no comments."
TOO_MANY = "Please try again later", "Many people are writing just now, or you wrote a lot."
STRANGE = (
    "This form is not one of ours",
    "Go to the page that you want to say something about, and write there.",
)
WAITS = (
    "Thank you",
    "Somebody here reads your comment first; then it is on the page. Keep this address: it shows "
    "how your comment stands, and lets you take it back.",
)
STANDS: Mapping[Standing | None, Message] = {
    None: ("There is no such comment", "Copy the whole address, as it was shown to you."),
    Standing.COMING: WAITS,
    Standing.WAITING: WAITS,
    Standing.SHOWN: ("Your comment is on the page", "You can take it back at any time."),
    Standing.GONE: ("Your comment is taken back", "It leaves the page in a moment."),
}
LIKED = "Thank you", "It is counted, and stands on the page in a moment."
LOOK = "Look it over, and change what you like. Then send it."


class Comments:
    """The pages of /comment; none where a folder has no account of that kind.

    A visitor fills in the form of a static page and gets it once more with a stamp on it. What
    comes back so, no sooner than a person needs, goes into the queue. The stamp's token opens their
    own page; a comment's address has only the hash of it.
    """

    def __init__(
        self,
        workspace: Workspace,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
        time_scale: float = 1.0,
    ) -> None:
        self._workspace = workspace
        self._site = clean_site(workspace.layout)
        self._accounts = workspace.config.comments
        self._now = now
        self._new_key = new_key
        self._stamps = Stamps(SOONEST / time_scale)
        self._visitors = Visitors()
        self._comments = Rate()
        self._likes = Rate(most=3_000, of_one=30)

    @property
    def routes(self) -> list[Route]:
        if not self._accounts:
            return []
        return [
            Route("/comment", self._form(self._say), methods=["POST"]),
            Route("/comment/like", self._form(self._like), methods=["POST"]),
            Route("/comment/liked", self._liked, methods=["GET"]),
            Route("/comment/yours", self._yours, methods=["GET"]),
            Route("/comment/yours", self._form(self._take_back), methods=["POST"]),
        ]

    def _form(
        self, take: Callable[[Request, Posted], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Takes a form of our own pages only, and answers off the event loop."""

        async def endpoint(request: Request) -> Response:
            if not is_ours(request, self._site.url):
                return self._show(STRANGE, 403)
            try:
                form = await asyncio.wait_for(posted(request, LARGEST), SECONDS)
            except TimeoutError:
                return self._show(TOO_MANY, 408)
            return await run_in_threadpool(take, request, form)

        return endpoint

    def _say(self, request: Request, form: Posted) -> Response:
        """Show it once more, or take it."""
        with closing(self._workspace.connect()) as database:
            about = pages.find(database, form.get("post", ""))
            if about is None or not about.takes_comments:
                return self._show(CLOSED, 404)
            if form.get("website"):  # only a robot sees that field
                return self._show(WAITS, back=about.url)
            said = words(form)
            if wrong := fault(said):
                return self._once_more(about, said, wrong)
            stamp = self._stamps.read(form.get("stamp", ""), about.slug, self._now())
            if stamp is None:
                return self._once_more(about, said)
            told = {"what": "comment", "id": f"{about.url}{MARK}{stamp.name}", **said}
            known = conversation.standing(database, self._accounts[0], stamp.name)[1]
            if known is None and not self._take(database, told, request, self._comments):
                return self._show(TOO_MANY, 429, back=about.url)
        return self._see("yours", token=stamp.token)

    def _like(self, request: Request, form: Posted) -> Response:
        """Counts without anybody's yes: it has no words, and only so many are let in."""
        with closing(self._workspace.connect()) as database:
            about = pages.find(database, form.get("post", ""))
            if about is None or not about.takes_comments:
                return self._show(CLOSED, 404)
            who = self._visitors.person(request, self._now())
            told = {"what": "like", "id": f"{about.url}#like-{who}"}
            is_robot = bool(form.get("website"))
            if not is_robot and not self._take(database, told, request, self._likes):
                return self._show(TOO_MANY, 429, back=about.url)
        return self._see("liked", post=about.slug)

    def _liked(self, request: Request) -> Response:
        with closing(self._workspace.connect()) as database:
            about = pages.find(database, request.query_params.get("post", ""))
        return self._show(LIKED, back=about.url if about else "")

    def _yours(self, request: Request) -> Response:
        token = request.query_params.get("token", "")
        with closing(self._workspace.connect()) as database:
            return self._stands(token, *self._standing(database, token))

    def _take_back(self, request: Request, form: Posted) -> Response:
        token = form.get("token", "")
        with closing(self._workspace.connect()) as database:
            where, standing = self._standing(database, token)
            if standing in (Standing.WAITING, Standing.SHOWN):
                self._queue(database, {"what": "gone", "id": where}, request)
                standing = Standing.GONE
            return self._stands(token, where, standing)

    def _standing(self, database: Database, token: str) -> tuple[str, Standing | None]:
        return conversation.standing(database, self._accounts[0], name_of(token))

    def _take(
        self, database: Database, told: Mapping[str, str], request: Request, rate: Rate
    ) -> bool:
        """Queue it; False where there is too much already, of them or of all."""
        now = self._now()
        admitted = rate.admits(self._visitors.network(request, now), now)
        return admitted and self._queue(database, told, request)

    def _queue(self, database: Database, told: Mapping[str, str], request: Request) -> bool:
        now = self._now()
        kind = "application/x-www-form-urlencoded"
        asked = mention.Request(id=self._new_key(), content_type=kind, body=urlencode(told))
        who = self._visitors.network(request, now)
        with database.atomic():
            return received.add(database, asked, self._accounts[0], who, now)

    def _see(self, path: str, **query: str) -> Response:
        return RedirectResponse(f"{self._site.base}/comment/{path}?{urlencode(query)}", 303)

    def _stands(self, token: str, where: str, standing: Standing | None) -> Response:
        """How somebody's own comment stands, and the button that takes it back."""
        is_there = standing in (Standing.WAITING, Standing.SHOWN)
        return self._show(
            STANDS[standing],
            200 if standing else 404,
            back=where if standing is Standing.SHOWN else where.partition("#")[0],
            token=token if is_there else "",
        )

    def _once_more(self, about: OurPage, said: Mapping[str, str], wrong: str = "") -> Response:
        stamp = self._stamps.new(about.slug, self._now())
        shown = page(
            "comment.html",
            self._site,
            title="Your comment",
            what=about.title,
            back=about.url,
            token="",
            form={"post": about.slug, **said, "stamp": stamp, "fault": wrong, "hint": LOOK},
        )
        return HTMLResponse(shown, 400 if wrong else 200, HEADERS)

    def _show(
        self, said: Message, status: int = 200, *, back: str = "", token: str = ""
    ) -> Response:
        title, what = said
        shown = page(
            "comment.html", self._site, title=title, what=what, back=back, token=token, form=None
        )
        return HTMLResponse(shown, status, HEADERS)
