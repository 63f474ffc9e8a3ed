"""Webmention, as the W3C's recommendation has it: pages that hear who links to them, and people
whose pages link to others."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from outreach.sandbox import webmention_pages as pages
from outreach.sandbox.faults import Publishing
from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.network import Network, snowflake
from outreach.sandbox.webmention_people import NAME, People
from outreach.sandbox.world import Note, World

PAGE = "/webmention/page"
ENDPOINT = "/webmention/endpoint"
FORM = "application/x-www-form-urlencoded"


def routes(world: World) -> list[Route]:
    """A page for each tag, the shapes of discovery, and where people write."""

    async def page(request: Request) -> Response:
        return _page(world, request)

    async def status(request: Request) -> Response:
        note = world.note(NAME, request.path_params["id"])
        if note is None:
            return HTMLResponse("There is no such webmention.", 404)
        return HTMLResponse(f"<p>Received: {_html(request, world, note)}</p>")

    async def create(request: Request) -> Response:
        return await _receive(world, request)

    publishing = Publishing(world, network, create)
    here = f"{pages.HERE}/{{number:int}}"
    return [
        Route(f"{PAGE}/{{tag}}", page, methods=["GET"]),
        Route(ENDPOINT, publishing, methods=["POST"]),
        Route("/webmention/status/{id}", status, methods=["GET"]),
        Route(here, pages.show, methods=["GET"]),
        Route(f"{here}/there/", pages.show, methods=["GET"]),
        Route(f"{pages.HERE}/15", publishing, methods=["POST"]),
        Route(f"{here}/endpoint", publishing, methods=["POST"]),
        Route(f"{here}/there/endpoint", publishing, methods=["POST"]),
        *People(world).routes,
    ]


async def _receive(world: World, request: Request) -> Response:
    """Check what was sent (3.2.1). The same source and target again is no second webmention."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return PlainTextResponse(f"send {FORM}", 400)
    try:
        sent = await fields(request)
    except Malformed as error:
        return PlainTextResponse(str(error), 400)
    source, target = str(sent.get("source", "")), str(sent.get("target", ""))
    if problem := _wrong(request, source, target):
        return PlainTextResponse(problem, 400)
    known = world.note(NAME, webmention_id(source, target))
    if known:
        world.update(known, source)
    else:
        whose = urlsplit(source).netloc
        author = world.join(NAME, whose, name=whose, kind="reader")
        known = world.create(author, source, source=source, target=target, at=request.url.path)
    if request.url.path != ENDPOINT:
        return PlainTextResponse("Thank you.", (200, 202)[request.path_params.get("number", 0) % 2])
    base = f"{request.url.scheme}://{request.url.netloc}"
    where = f"{base}/webmention/status/{known.id}"
    return PlainTextResponse("Thank you.", 201, {"Location": where})


def _wrong(request: Request, source: str, target: str) -> str:
    """Why this is no webmention for a page of ours; "" where it is one."""
    for name, url in (("source", source), ("target", target)):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            return f"{name} is not a URL of http or https"
    if source == target:
        return "source and target are the same"
    there = urlsplit(target)
    if there.netloc != request.url.netloc or not there.path.startswith((f"{PAGE}/", pages.HERE)):
        return "target is no page of this site"
    if request.path_params.get("number") == 21 and request.query_params.get("query") != "yes":
        return "the query of the endpoint is gone"
    return ""


def webmention_id(source: str, target: str) -> str:
    """Source and target, in letters that a path may have."""
    return urlsafe_b64encode(f"{source} {target}".encode()).decode()


def _page(world: World, request: Request) -> Response:
    """A page, and all that link to it."""
    here = str(request.url).partition("?")[0]
    got = [note for note in world.listing(NAME) if note.extra.get("target") == here]
    items = "".join(f"<li>{_html(request, world, note)}</li>" for note in got)
    shape = pages.Shape(
        says="", headers=(f"<{ENDPOINT}>; rel=webmention",), body=f"<ul>{items}</ul>"
    )
    return pages.written(request, "What links here", shape)


def _html(request: Request, world: World, note: Note) -> Markup:
    if "target" not in note.extra:
        return Markup("{}").format(note.text)
    return Markup('<a href="{0}">{0}</a> links to <a href="{1}">{1}</a>').format(
        note.text, note.extra["target"]
    )


def _named(parent: Note | None, new: str, extra: dict[str, Any]) -> str:
    """A webmention is what it says, a page of somebody has a number."""
    return webmention_id(extra["source"], extra["target"]) if "target" in extra else new


def _new_id(at: datetime, last: str) -> str:
    return snowflake(at, last if last.isdigit() else "", epoch=0, bits=16)


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """What an endpoint, or the server before it, says instead of taking it."""
    headers = {"Retry-After": str(max(1, round(seconds)))} if status == 429 else {}
    return PlainTextResponse("Not now." if status >= 429 else "Not here.", status, headers)


network = Network(
    name=NAME,
    title="Webmention",
    length=0,
    measure=len,
    new_id=_new_id,
    named=_named,
    address=lambda handle, text: text,
    refuse=_refuse,
    html=_html,
)
