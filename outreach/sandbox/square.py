"""The town square: what people see of the sandbox, and where they answer."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.readers import LONGEST_NAME, TooLong, answer, begin, reader
from outreach.sandbox.world import NOTE_EFFECTS, Account, Note, World

SHOWN = 30
COOKIE = "sandbox_reader"
HERE = Path(__file__).parent / "templates"
STATIC = {
    "square.css": "text/css",
    "square.js": "text/javascript",
    "square.svg": "image/svg+xml",
    "bluesky.svg": "image/svg+xml",
}
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A note with everything below it, as (depth, note) in reading order."""

    note: Note
    answers: list[tuple[int, Note]]


def routes(world: World) -> list[Route]:
    """The pages, their forms and their files."""

    async def square(request: Request) -> Response:
        spoken = {name: threads for name in world.networks if (threads := _threads(world, name))}
        columns = spoken or {name: [] for name in world.networks}
        return _page(request, world, "square.html", columns=columns)

    async def profile(request: Request) -> Response:
        who = _account(world, request)
        if who is None:
            return _missing(request, world)
        columns = {who.network: _threads(world, who.network, who)}
        return _page(request, world, "square.html", columns=columns, who=who)

    async def show(request: Request) -> Response:
        note = _note(world, request)
        if note is None:
            return _missing(request, world)
        return _note_page(request, world, note)

    async def reply(request: Request) -> Response:
        return await _reply(request, world)

    async def post(request: Request) -> Response:
        return await _post(request, world)

    async def react(request: Request) -> Response:
        return await _react(request, world)

    async def media(request: Request) -> Response:
        network = request.url.path.split("/")[1]
        file = world.attachments[network].get(request.path_params["id"])
        if file is None or file.content_type not in IMAGES:
            return _missing(request, world)
        return Response(file.path.read_bytes(), media_type=file.content_type, headers=HEADERS)

    async def picture(request: Request) -> Response:
        who = _account(world, request)
        return _missing(request, world) if who is None else _picture(who)

    async def static(request: Request) -> Response:
        name = request.url.path[1:]
        return Response((HERE / name).read_bytes(), media_type=STATIC[name], headers=HEADERS)

    return [
        Route("/", square),
        *(Route(f"/{name}", static) for name in STATIC),
        Route("/{network}/reply", reply, methods=["POST"]),
        Route("/{network}/post", post, methods=["POST"]),
        Route("/{network}/react", react, methods=["POST"]),
        *(Route(f"/{name}/media/{{id}}", media) for name in world.networks),
        Route("/{network}/@{handle}", profile),
        Route("/{network}/@{handle}/picture.svg", picture),
        Route("/{network}/@{handle}/{id}", show),
    ]


async def _reply(request: Request, world: World) -> Response:
    sent = await _form(request)
    note = world.note(request.path_params["network"], sent.get("note"))
    if note is None:
        return _missing(request, world)
    name, text = sent.get("name", ""), sent.get("text", "")
    if not text.strip():
        return _note_page(request, world, note, name=name, problem="Please write something.")
    try:
        written = answer(world, note, name, text)
    except TooLong as error:
        return _note_page(request, world, note, name=name, draft=text, problem=str(error))
    return _back(world, sent, note, written, name)


async def _post(request: Request, world: World) -> Response:
    sent, network = await _form(request), request.path_params["network"]
    if network not in world.networks:
        return _missing(request, world)
    name, title, url = (sent.get(key, "") for key in ("name", "title", "url"))
    try:
        written = begin(world, network, name, sent.get("text", ""), title=title, url=url)
    except TooLong as error:
        return HTMLResponse(str(error), 422, headers=HEADERS)
    return _back(world, sent, written, written, name)


async def _react(request: Request, world: World) -> Response:
    sent = await _form(request)
    note = world.note(request.path_params["network"], sent.get("note"))
    if note is None or sent.get("kind") not in ("like", "repost"):
        return _missing(request, world)
    name = sent.get("name") or _remembered(request)
    world.react(reader(world, note.network, name), note, sent["kind"])
    return _back(world, sent, note, note, name)


def _back(world: World, sent: dict[str, str], note: Note, shown: Note, name: str) -> Response:
    """Where the form was: the square, or the note's own page."""
    page = world.root(note) if sent.get("from") == "note" else None
    path = f"/{page.network}/@{page.author.handle}/{page.page}" if page else "/"
    response = RedirectResponse(f"{path}#{shown.network}-{shown.id}", 303)
    remembered = quote(" ".join(name.split())[:LONGEST_NAME], safe="")
    response.set_cookie(COOKIE, remembered, max_age=30 * 86400, httponly=True, samesite="strict")
    return response


def _note_page(request: Request, world: World, note: Note, **form: str) -> Response:
    thread = _thread(world, world.root(note))
    status = 422 if "problem" in form else 200
    context = {"thread": thread, "chosen": note, **form}
    return _page(request, world, "note.html", status, **context)


def _page(
    request: Request, world: World, template: str, status: int = 200, **context: Any
) -> Response:
    def html(note: Note) -> str:
        return world.networks[note.network].html(request, world, note)

    defaults = {"name": _remembered(request), "problem": "", "draft": "", "chosen": None}
    page = _TEMPLATES.get_template(template).render(
        **{
            **defaults,
            "world": world,
            "html": html,
            "ago": lambda at: ago(at, world.now()),
            "effects": sum(e["effect"] in NOTE_EFFECTS for e in world.ledger.entries),
            **context,
        }
    )
    return HTMLResponse(page, status, headers=HEADERS)


def _missing(request: Request, world: World) -> Response:
    return _page(request, world, "missing.html", 404)


def _threads(world: World, network: str, who: Account | None = None) -> list[Thread]:
    """The newest conversations; of one account, if given, everything it said."""
    newest = (note for note in reversed(world.notes[network].values()) if not note.deleted)
    if who:
        found = [note for note in newest if note.author is who]
    else:
        found = [note for note in newest if world.note(network, note.in_reply_to) is None]
    return [_thread(world, note) for note in found[:SHOWN]]


def _thread(world: World, note: Note) -> Thread:
    def below(parent: Note, depth: int) -> list[tuple[int, Note]]:
        return [
            line
            for child in world.answers(parent)
            for line in ((depth, child), *below(child, depth + 1))
        ]

    return Thread(note=note, answers=below(note, 1))


def _account(world: World, request: Request) -> Account | None:
    return world.account_by_handle(request.path_params["network"], request.path_params["handle"])


def _note(world: World, request: Request) -> Note | None:
    return world.note_on_page(*(request.path_params[n] for n in ("network", "handle", "id")))


async def _form(request: Request) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in (await fields(request)).items()}
    except Malformed:
        return {}


def _remembered(request: Request) -> str:
    try:
        return unquote(request.cookies.get(COOKIE, ""))
    except CookieError:
        return ""


def _picture(who: Account) -> Response:
    """An initial on the account's own colour."""
    hue = zlib.crc32(who.handle.lower().encode()) % 360
    svg = _TEMPLATES.get_template("picture.svg").render(hue=hue, initial=who.name[:1].upper())
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was, the way timelines say it."""
    seconds = max((now - at).total_seconds(), 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return "now"
