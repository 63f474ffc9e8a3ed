"""The team's page: the digest, as of now."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from outreach.flows.report import report
from outreach.rules.durations import words
from outreach.rules.summary import count, web
from outreach.store.database import Database

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def app(read: Callable[[], Database], mode: str, now: Callable[[], datetime]) -> Starlette:
    """The pages over a database that `read` opens for each request."""
    templates = Environment(
        loader=PackageLoader("outreach.inbox"), autoescape=True, undefined=StrictUndefined
    )
    templates.filters |= {"words": words, "web": web}
    templates.globals |= {"count": count, "mode": mode}

    def digest(request: Request) -> Response:
        database = read()
        try:
            found = report(database, now())
        finally:
            database.close()
        return HTMLResponse(templates.get_template("digest.html").render(digest=found))

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return Starlette(
        routes=[Route("/", digest), Mount("/static", static)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)],
    )
