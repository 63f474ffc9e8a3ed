"""A blog that is not ours, with its feeds (RFC 4287, RFC 4685) and a hub (W3C WebSub)."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from outreach.sandbox.faults import Publishing
from outreach.sandbox.network import Network, iso, snowflake
from outreach.sandbox.world import Note, World

NAME = "feed"
PING = "ping"
LONGEST = 100_000
POSTS, COMMENTS = 10, 50
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}

Endpoint = Callable[[Request], Awaitable[Response]]
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def routes(world: World) -> list[Route]:
    """The two feeds, the pages that they lead to, and the hub. A fault strikes both feeds."""

    def feed(title: str, wanted: Callable[[Note], bool], number: int) -> Publishing:
        async def show(request: Request) -> Response:
            notes = [note for note in world.listing(NAME) if wanted(note)][:number]
            return _feed(request, world, title, notes)

        return Publishing(world, network, show)

    async def page(request: Request) -> Response:
        note = world.note(NAME, request.path_params["id"])
        if note is None or note.in_reply_to:
            return PlainTextResponse("404 Not Found\n", 404)
        return _page(request, world, note)

    async def hub(request: Request) -> Response:
        return await _hub(request, world)

    async def heard(request: Request) -> Response:
        """What the hub was told, for people and tests."""
        return JSONResponse(_heard(world))

    posts = feed("A blog", lambda note: not note.in_reply_to, POSTS)
    comments = feed("Comments on a blog", lambda note: bool(note.in_reply_to), COMMENTS)
    return [
        Route("/feed/blog.xml", posts, methods=["GET"]),
        Route("/feed/comments.xml", comments, methods=["GET"]),
        Route("/feed/posts/{id}", page, methods=["GET"]),
        Route("/feed/hub", hub, methods=["POST"]),
        Route("/feed/hub", heard, methods=["GET"]),
    ]


def _feed(request: Request, world: World, title: str, notes: Iterable[Note]) -> Response:
    """The feed as of now; 304 where the client has it already (RFC 9110, 13.2.2)."""
    entries = [_entry(request, world, note) for note in notes]
    changed = max((entry["changed"] for entry in entries), default=NEVER)
    body = _TEMPLATES.get_template("feed.xml").render(
        title=title, url=str(request.url), entries=entries, updated=iso(changed)
    )
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
    if _has_it(request, etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/atom+xml", headers=headers)


def _has_it(request: Request, etag: str, changed: datetime) -> bool:
    """If-None-Match goes before If-Modified-Since, whose dates are whole seconds."""
    asked = request.headers.get("if-none-match")
    if asked is not None:
        return etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed.replace(microsecond=0) <= since


def _entry(request: Request, world: World, note: Note) -> dict[str, Any]:
    parent = world.notes[NAME].get(note.in_reply_to or "")
    return {
        "id": _tag(note),
        "title": _clean(note.extra.get("title") or f"Comment by {note.author.name}"),
        "link": _link(request, world, note),
        "author": _clean(note.author.name),
        "published": iso(note.at),
        "updated": iso(note.edited or note.at),
        "changed": note.edited or note.at,
        "content": _paragraphs(note.text),
        "parent": parent and {"ref": _tag(parent), "href": _link(request, world, parent)},
    }


def _tag(note: Note) -> str:
    """What the blog calls it for ever (RFC 4151)."""
    return f"tag:blog.example,2026:{note.id}"


def _link(request: Request, world: World, note: Note) -> str:
    root = world.root(note)
    here = f"{request.base_url}feed/posts/{root.id}"
    return here if root is note else f"{here}#comment-{note.id}"


def _page(request: Request, world: World, note: Note) -> Response:
    """A post with the comments below it, as its readers see it."""
    html = _TEMPLATES.get_template("feed.html").render(
        title=note.extra.get("title", ""),
        canonical=_link(request, world, note),
        content=_paragraphs(note.text),
        comments=[(it.id, it.author.name, _paragraphs(it.text)) for it in _below(world, note)],
    )
    return Response(html, media_type="text/html", headers=HEADERS)


def _below(world: World, note: Note) -> Iterable[Note]:
    for answer in world.answers(note):
        yield answer
        yield from _below(world, answer)


async def _hub(request: Request, world: World) -> Response:
    """A publisher says which of its feeds changed (PubSubHubbub 0.4, 7); 204 once that is noted."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    topics = form.get("hub.url", []) + form.get("hub.topic", [])
    if form.get("hub.mode") != ["publish"] or not topics:
        return PlainTextResponse("hub.mode is publish, hub.url is what changed\n", 400)
    if not all(topic.startswith(("http://", "https://")) for topic in topics):
        return PlainTextResponse("hub.url is no address of the web\n", 400)
    for topic in topics:
        world.mark(NAME, f"{PING} {len(world.ledger.entries)} {topic}")
    return Response(status_code=204)


def _heard(world: World) -> list[dict[str, str]]:
    marks = (it for it in world.ledger.entries if (it["network"], it["effect"]) == (NAME, "mark"))
    pings = ((it["id"].split(" ", 2), it["at"]) for it in marks)
    return [{"topic": words[2], "at": at} for words, at in pings if words[0] == PING]


def _paragraphs(text: str) -> Markup:
    parts = _clean(text).strip().split("\n\n")
    lines = (Markup("<br>").join(part.split("\n")) for part in parts)
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in lines)


def _clean(text: str) -> str:
    """Without what XML 1.0 cannot carry."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n"))


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    headers = {"Retry-After": str(round(seconds))} if status == 429 else {}
    return PlainTextResponse(f"{status}\n", status, headers=headers)


network = Network(
    name=NAME,
    title="A blog",
    length=LONGEST,
    measure=len,
    new_id=lambda at, last: snowflake(at, last, epoch=0, bits=22),
    address=lambda handle, text: text,
    refuse=_refuse,
    html=lambda request, world, note: _paragraphs(note.text),
    begin=lambda title, url: {"title": " ".join(title.split()), "url": url},
)
