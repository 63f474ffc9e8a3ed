"""The answer box: who asked what, whether it may be answered, and as whom."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach.flows.answer import Answering, answer, answering, worded
from outreach.inbox._forms import Posted, Render, posted
from outreach.model.channel import Priced
from outreach.model.delivery import Activity
from outreach.model.errors import Refused
from outreach.model.note import Note
from outreach.store import accounts, mentions
from outreach.store.database import Database
from outreach.workspace import Workspace


class Answers:
    """The page /answer?account=NAME&reply=ID."""

    def __init__(
        self,
        workspace: Workspace,
        render: Render,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._render = render
        self._now = now
        self._new_key = new_key

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/answer", self._show, methods=["GET"]),
            Route("/answer", posted(self._send), methods=["POST"]),
        ]

    def _show(self, request: Request) -> Response:
        return self._page(request.query_params, "")

    def _send(self, request: Request, form: Posted) -> Response:
        """Queue what was written; what is wrong with it stands above the box, the words in it."""
        by = form.get("by", "").strip()
        if not by:
            return self._page(form, "say who you are")
        try:
            with closing(self._workspace.write()) as database:
                found = self._found(database, form)
                if found.by_hand and not found.refusal:
                    words = worded(found, form.get("text", ""))
                    mention = found.logged.mention
                    return self._render("by_hand.html", found=found, mention=mention, words=words)
                queued = answer(
                    database,
                    found,
                    form.get("text", ""),
                    by=by,
                    new_key=self._new_key,
                    now=self._now(),
                )
        except Refused as error:
            return self._page(form, str(error))
        title = "Held" if queued.error else "On its way"
        what = f"{queued.error}." if queued.error else "The daemon sends it now."
        return self._render("message.html", title=title, what=what)

    def _page(self, asked: Mapping[str, str], error: str) -> Response:
        with closing(self._workspace.read()) as database:
            try:
                found = self._found(database, asked)
            except Refused as missing:
                return self._render("message.html", 404, title="No such reply", what=str(missing))
            mention = found.logged.mention
            account = accounts.one(database, mention.account)
        return self._render(
            "answer.html",
            400 if error else 200,
            found=found,
            mention=mention,
            account=account,
            cost=self._cost(mention.account),
            typed=asked,
            error=error,
        )

    def _found(self, database: Database, asked: Mapping[str, str]) -> Answering:
        logged = mentions.one(database, asked.get("reply", ""), asked.get("account", ""))
        account = logged.mention.account
        if account not in self._workspace.config.accounts:
            raise Refused(f"config.yaml has no account {account!r} any more")
        channel = self._workspace.channel(account, self._now)
        return answering(logged, channel, self._workspace.config.voices)

    def _cost(self, account: str) -> str:
        """What an answer costs, where the network takes money."""
        channel = self._workspace.channel(account, self._now)
        if not isinstance(channel, Priced):
            return ""
        return f"${channel.price(Activity.CREATE, Note(text=''))}"
