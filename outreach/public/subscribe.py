"""The newsletter's pages: ask for it, confirm it, leave it. No script, no cookie, no account."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from outreach.flows.subscribe import Subscriptions
from outreach.public._form import Posted, body, posted
from outreach.public._rate import Rate
from outreach.site.theme import answer as page
from outreach.site.views import clean_site
from outreach.store.database import Database
from outreach.store.subscribers import Standing, Subscriber, by_token, primary
from outreach.workspace import Workspace

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
AUTONYMS = {
    "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano",
    "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "pl": "Polski", "pt": "Português",
    "ru": "Русский", "uk": "Українська", "zh": "中文",
}  # fmt: skip
"""What a language calls itself."""

ASKED = (
    "Look into your mailbox",
    "If this address is new to us, a mail is on its way. Open its link and say yes there; until "
    "then you get no letters.",
)
TOO_MANY = (
    "Please try again later",
    "Many people are subscribing just now, or this address was asked about too often.",
)
UNKNOWN = (
    "This link belongs to nobody",
    "It may have been cut in two by your mail program: copy the whole of it from the letter.",
)
READER = "You are a reader", "The next letter comes to you. Each has a link that ends it."
GONE = "You get no more letters", "It is done, also for a letter that was on its way to you."


class Subscribe:
    """The pages of /subscribe and /unsubscribe; none where a folder has no newsletter.

    What is shown does not say whether an address is known. Links change nothing: programs that
    scan mail follow them. A mail program's one-click POST (RFC 8058) ends it with no page before.
    """

    def __init__(
        self, workspace: Workspace, now: Callable[[], datetime], new_key: Callable[[], str]
    ) -> None:
        self._workspace = workspace
        self._site = clean_site(workspace.layout)
        self._lists = workspace.config.lists
        self._now = now
        self._new_key = new_key
        self._rate = Rate()

    @property
    def routes(self) -> list[Route]:
        if not self._lists:
            return []
        return [
            Route("/subscribe", self._show, methods=["GET"]),
            Route("/subscribe", self._asked, methods=["POST"]),
            Route("/subscribe/confirm", self._confirmation, methods=["GET"]),
            Route("/subscribe/confirm", self._confirmed, methods=["POST"]),
            Route("/unsubscribe", self._leaving, methods=["GET"]),
            Route("/unsubscribe", self._left, methods=["POST"]),
        ]

    def _show(self, request: Request) -> Response:
        return self._form(dict(request.query_params))

    async def _asked(self, request: Request) -> Response:
        return await run_in_threadpool(self._ask, await posted(request))

    def _ask(self, form: Posted) -> Response:
        address = form.get("address", "")
        if form.get("website"):  # only a robot sees that field
            return self._message(ASKED)
        if not self._rate.admits(address.strip().lower(), self._now()):
            return self._message(TOO_MANY, 429, {"retry-after": "3600"})
        account = form.get("list", self._lists[0])
        if account not in self._lists:
            return self._form(form, "There is no such list any more; choose again.")
        try:
            with closing(self._workspace.connect()) as database:
                language = _language(form)
                self._subscriptions(database).ask(account, address, language, self._now())
        except ValueError as error:
            return self._form(form, f"This is no mail address that we can write to: {error}.")
        return self._message(ASKED)

    def _confirmation(self, request: Request) -> Response:
        reader = self._reader(request)
        if reader is not None and reader.standing is Standing.PENDING:
            what = f"Letters from {self._site.title} will come to {reader.address}."
            return self._question("One more step", what, "/subscribe/confirm", "Yes", reader)
        return self._stands(reader)

    async def _confirmed(self, request: Request) -> Response:
        await body(request)
        return await run_in_threadpool(self._confirm, request)

    def _confirm(self, request: Request) -> Response:
        with closing(self._workspace.connect()) as database:
            return self._stands(self._subscriptions(database).confirm(_token(request), self._now()))

    def _leaving(self, request: Request) -> Response:
        reader = self._reader(request)
        if reader is None or reader.standing is Standing.LEFT:
            return self._stands(reader)
        what = f"Letters from {self._site.title} will not come to {reader.address} any more."
        return self._question("Unsubscribe", what, "/unsubscribe", "Unsubscribe", reader)

    async def _left(self, request: Request) -> Response:
        await body(request)  # List-Unsubscribe=One-Click, in either encoding of a form
        return await run_in_threadpool(self._leave, request)

    def _leave(self, request: Request) -> Response:
        with closing(self._workspace.connect()) as database:
            why = "by the link in a letter"
            found = self._subscriptions(database).leave(_token(request), why, self._now())
        return self._stands(found)

    def _subscriptions(self, database: Database) -> Subscriptions:
        return Subscriptions(
            database=database,
            title=self._site.title,
            url=self._site.url,
            new_key=self._new_key,
        )

    def _reader(self, request: Request) -> Subscriber | None:
        with closing(self._workspace.connect()) as database:
            return by_token(database, _token(request))

    def _form(self, typed: Posted, fault: str = "") -> Response:
        shown = page(
            "subscribe.html",
            self._site,
            lists=self._lists,
            chosen=typed.get("list", self._lists[0]),
            languages=_languages(self._workspace.site),
            language=_language(typed),
            typed=typed.get("address", ""),
            fault=fault,
        )
        return HTMLResponse(shown, 400 if fault else 200, HEADERS)

    def _question(
        self, title: str, what: str, path: str, button: str, reader: Subscriber
    ) -> Response:
        action = f"{path}?{urlencode({'token': reader.token})}"
        return self._message((title, what), action=action, button=button)

    def _stands(self, reader: Subscriber | None) -> Response:
        """How somebody stands now, in words."""
        if reader is None:
            return self._message(UNKNOWN, 404)
        return self._message(READER if reader.standing is Standing.CONFIRMED else GONE)

    def _message(
        self,
        said: tuple[str, str],
        status: int = 200,
        headers: dict[str, str] | None = None,
        *,
        action: str = "",
        button: str = "",
    ) -> Response:
        title, what = said
        shown = page(
            "subscription.html", self._site, title=title, what=what, action=action, button=button
        )
        return HTMLResponse(shown, status, {**HEADERS, **(headers or {})})


def _token(request: Request) -> str:
    return request.query_params.get("token", "")


def _language(form: Posted) -> str:
    """The language that is asked for; what cannot be one is none."""
    code = primary(form.get("language", ""))
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 8 else ""


def _languages(site: Path) -> list[tuple[str, str]]:
    """What the newest posts are written in; nothing before the first build."""
    try:
        items = json.loads((site / "feed.json").read_bytes())["items"]
    except FileNotFoundError:
        return []
    codes = sorted({primary(item["language"]) for item in items})
    return [(code, AUTONYMS.get(code, code)) for code in codes]
