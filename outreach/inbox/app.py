"""The team's pages: the digest as of now, and the accounts."""

import secrets
from collections.abc import Callable
from contextlib import closing
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
from outreach.inbox.answers import Answers
from outreach.inbox.channels import Channels
from outreach.inbox.moderation import Moderation
from outreach.public.app import SafeHeaders
from outreach.rules.durations import words
from outreach.rules.keys import Tids
from outreach.rules.summary import count, liked, web
from outreach.workspace import Workspace

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

# No form-action: Chromium holds it against the redirect to a network's page, too. The referrer
# stays: without it browsers send `Origin: null`, and a form of ours could not be told from others.
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def app(workspace: Workspace, now: Callable[[], datetime]) -> Starlette:
    """The pages over a folder, whose database is opened anew for each request."""
    templates = Environment(
        loader=PackageLoader("outreach.inbox"), autoescape=True, undefined=StrictUndefined
    )
    templates.filters |= {"words": words, "web": web, "liked": liked}
    templates.globals |= {"count": count, "mode": workspace.mode.value}

    def render(template: str, status: int = 200, **values: object) -> Response:
        return HTMLResponse(templates.get_template(template).render(values), status)

    def digest(request: Request) -> Response:
        with closing(workspace.read()) as database:
            return render("digest.html", digest=report(database, now()))

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return Starlette(
        routes=[
            Route("/", digest),
            *Channels(workspace, render, now).routes,
            *Answers(workspace, render, now, Tids(now, secrets.randbelow(1024))).routes,
            *Moderation(workspace, render).routes,
            Mount("/static", static),
        ],
        middleware=[
            Middleware(SafeHeaders, headers=HEADERS),
            Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK),
        ],
    )
