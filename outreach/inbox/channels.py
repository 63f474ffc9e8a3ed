"""The accounts: how each stands, and signing in."""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.channels._signin import Consent, Form
from outreach.flows.connect import Standing, answered, standing
from outreach.inbox._forms import Posted, Render, posted
from outreach.model.errors import OutreachError, Refused, Unavailable, Uncertain
from outreach.workspace import Workspace

LIFE = timedelta(minutes=10)
"""How long a person may be away on a network's page."""

OVER = (
    "It is done already, or was begun more than ten minutes ago; then begin it again. If it was "
    "begun on the command line, which waits for the answer, copy the address of this page there."
)
SOMEBODY = "somebody on the accounts page"


@dataclass(frozen=True, kw_only=True)
class Away:
    """Somebody who has gone to a network's page to say yes, and has not come back."""

    account: str
    by: str
    way: Consent
    kept: Mapping[str, str]
    until: datetime


class Channels:
    """The pages below /channels. Who is away is kept in memory, and is good for one answer."""

    def __init__(self, workspace: Workspace, render: Render, now: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._render = render
        self._now = now
        self._away: dict[str, Away] = {}
        self._lock = threading.Lock()

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/channels", self._list),
            Route("/channels/callback", self._return, name="callback"),
            Route("/channels/{account:path}/sign-in", self._show, methods=["GET"]),
            Route("/channels/{account:path}/sign-in", posted(self._sign_in), methods=["POST"]),
            Route("/channels/{account:path}/code", posted(self._paste), methods=["POST"]),
        ]

    def _list(self, request: Request) -> Response:
        here = self._standing()
        done = [one for one in here if one.account.name == request.query_params.get("signed-in")]
        return self._render("channels.html", accounts=here, done=done)

    def _show(self, request: Request) -> Response:
        return self._page(request.path_params["account"], {})

    def _sign_in(self, request: Request, form: Posted) -> Response:
        """Try what was typed, or send the person to the network's page."""
        account = request.path_params["account"]
        if account not in self._workspace.config.accounts:
            return self._missing(account)
        try:
            way = self._workspace.sign_in(account, self._now)
            if isinstance(way, Form):
                values = {field.name: form.get(field.name, "") for field in way.fields}
                return self._done(account, way.submit(values), form)
            ours = "" if "copy" in form else str(request.url_for("callback"))
            begun = way.begin(ours)
        except OutreachError as error:
            return self._page(account, form, error)
        self._leave(account, way, begun.kept, form)
        return RedirectResponse(begun.url, 303)

    def _return(self, request: Request) -> Response:
        """Somebody comes back from a network's page."""
        answer = dict(request.query_params)
        with self._lock:
            names = [name for name, away in self._away.items() if _is_answer(answer, away.kept)]
        away = self._take(names[0]) if names else None
        if away is None:
            return self._render("message.html", 400, title="This sign-in is over", what=OVER)
        return self._finish(away, answer)

    def _paste(self, request: Request, form: Posted) -> Response:
        """Somebody carries the network's answer here by hand."""
        account = request.path_params["account"]
        with self._lock:
            away = self._away.get(account)
        try:
            answer = answered(form.get("answer", ""), away.kept if away else {})
            away = self._take(account)
            if away is None:
                raise Refused("this sign-in was begun more than ten minutes ago; begin it again")
        except Refused as error:
            return self._page(account, form, error)
        return self._finish(away, answer)

    def _finish(self, away: Away, answer: Mapping[str, str]) -> Response:
        try:
            return self._done(away.account, away.way.finish(away.kept, answer), {"by": away.by})
        except OutreachError as error:
            return self._page(away.account, {"by": away.by}, error)

    def _leave(self, account: str, way: Consent, kept: Mapping[str, str], form: Posted) -> None:
        until = self._now() + LIFE
        away = Away(account=account, by=_by(form), way=way, kept=kept, until=until)
        with self._lock:
            self._away[account] = away

    def _take(self, account: str) -> Away | None:
        """Who is away for the account, if they are back in time; they are not away any more."""
        with self._lock:
            away = self._away.pop(account, None)
        return away if away is not None and away.until > self._now() else None

    def _done(self, account: str, handle: str, form: Posted) -> Response:
        self._workspace.signed_in(account, handle, _by(form), self._now())
        return RedirectResponse(f"/channels?signed-in={quote(account)}", 303)

    def _page(self, account: str, form: Posted, error: OutreachError | None = None) -> Response:
        """The page to sign in on, with what went wrong; nothing secret stays in its fields."""
        if account not in self._workspace.config.accounts:
            return self._missing(account)
        (one,) = (one for one in self._standing() if one.account.name == account)
        way: Form | Consent | None = None
        try:
            way = self._workspace.sign_in(account, self._now)
        except OutreachError as missing:
            error = error or missing
        return self._render(
            "sign_in.html",
            _status(error),
            one=one,
            fields=way.fields if isinstance(way, Form) else (),
            consent=isinstance(way, Consent),
            typed=form,
            by=form.get("by", one.account.connected_by),
            error=error,
        )

    def _standing(self) -> list[Standing]:
        """The accounts of config.yaml, in its order."""
        with closing(self._workspace.read()) as database:
            found = {one.account.name: one for one in standing(database, self._now())}
        return [found[name] for name in self._workspace.config.accounts]

    def _missing(self, account: str) -> Response:
        what = f"config.yaml has no account {account!r}."
        return self._render("message.html", 404, title="No such account", what=what)


def _is_answer(answer: Mapping[str, str], kept: Mapping[str, str]) -> bool:
    return "state" in kept and answer.get("state") == kept["state"]


def _by(form: Posted) -> str:
    return form.get("by", "").strip() or SOMEBODY


def _status(error: OutreachError | None) -> int:
    if error is None:
        return 200
    return 502 if isinstance(error, (Unavailable, Uncertain)) else 400
