"""What strangers sent, and the two words that a person has for it."""

from contextlib import closing

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.flows.moderate import moderate
from outreach.inbox._forms import Posted, Render, posted
from outreach.model.errors import Refused
from outreach.store import mentions
from outreach.workspace import Workspace


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
            return self._render("moderation.html", waiting=mentions.pending(database))

    def _decide(self, request: Request, form: Posted) -> Response:
        """One word on one, or on all of its author; then the rest is shown."""
        word, everything = form.get("word", ""), "all" in form
        if word not in ("accept", "spam"):
            return self._render("message.html", 400, title="Say which", what="Accept, or spam.")
        try:
            with closing(self._workspace.write()) as database:
                logged = mentions.one(database, form.get("reply", ""), form.get("account", ""))
                moderate(database, logged, accept=word == "accept", all_of_author=everything)
        except Refused as error:
            return self._render("message.html", 404, title="No such reply", what=str(error))
        return RedirectResponse("/moderation", 303)
