"""What strangers sent, what is said under our posts, and the words that a person has for it."""

from contextlib import closing

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.flows.moderate import moderate, put_on_page
from outreach.inbox._forms import Posted, Render, posted
from outreach.model.errors import Refused
from outreach.store import conversation, mentions
from outreach.workspace import Workspace

SHOWN = 30
"""How many of the newest replies can be taken from their page here."""


class Moderation:
    """The page /moderation."""

    def __init__(self, workspace: Workspace, render: Render) -> None:
        self._workspace = workspace
        self._render = render

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/moderation", self._show, methods=["GET"]),
            Route("/moderation", posted(self._decide), methods=["POST"]),
        ]

    def _show(self, request: Request) -> Response:
        with closing(self._workspace.read()) as database:
            converse = self._workspace.converse(database)
            held = conversation.undecided(database, self._workspace.held)
            latest = conversation.latest(database, SHOWN) if converse else []
            return self._render(
                "moderation.html",
                waiting=mentions.pending(database),
                held=held,
                shown=[it for it in latest if converse and converse.shows(it)],
            )

    def _decide(self, request: Request, form: Posted) -> Response:
        """One word on one, or on all of its author; then the rest is shown."""
        word, everything = form.get("word", ""), "all" in form
        if word not in ("accept", "spam", "show", "hide"):
            what = "Accept, or spam; show, or hide."
            return self._render("message.html", 400, title="Say which", what=what)
        try:
            with closing(self._workspace.write()) as database:
                logged = mentions.one(database, form.get("reply", ""), form.get("account", ""))
                if word in ("show", "hide"):
                    put_on_page(database, logged, word, all_of_author=everything)
                else:
                    moderate(database, logged, accept=word == "accept", all_of_author=everything)
        except Refused as error:
            return self._render("message.html", 404, title="No such reply", what=str(error))
        return RedirectResponse("/moderation", 303)
