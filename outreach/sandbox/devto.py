"""dev.to, as the description of Forem's API and the rules of its articles tell it."""

import math
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.addresses import base, page_url, picture_url
from outreach.sandbox.devto_text import LONGEST, Broken, comment_html, html, length, shown
from outreach.sandbox.faults import Publishing
from outreach.sandbox.network import Network
from outreach.sandbox.world import Account, Note, World

NAME = "devto"
TITLE, TAGS, TAG = 128, 4, 30
_COMMENT = "comment-"

Json = dict[str, Any]
Handler = Callable[[World, Account, Request], Awaitable[Response]]


class Invalid(ValueError):
    """What makes an article invalid, in Forem's words."""


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs, and the page of a comment."""

    def own(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, request)

        return handle

    async def comment(request: Request) -> Response:
        note = world.note(NAME, f"{_COMMENT}{request.path_params['code']}")
        if note is None:
            return _problem(404, "not found")
        return RedirectResponse(f"/{NAME}/@{quote(note.author.handle)}/{note.page}")

    publishing = Publishing(world, network, own(create))
    return [
        Route("/api/articles", publishing, methods=["POST"]),
        Route("/api/articles", own(index), methods=["GET"]),
        Route("/api/articles/me/all", own(mine), methods=["GET"]),
        Route("/api/articles/{id:int}", own(update), methods=["PUT"]),
        Route("/api/comments", own(comments), methods=["GET"]),
        Route("/api/users/me", own(me), methods=["GET"]),
        Route("/{handle}/comment/{code:int}", comment, methods=["GET"]),
    ]


async def _handle(world: World, handler: Handler, request: Request) -> Response:
    """Authenticate, answer, and say what is wrong in Forem's way."""
    key = request.headers.get("api-key", "").strip()
    if not key:
        return _problem(401, "unauthorized")
    try:
        return await handler(world, world.join(NAME, key), request)
    except (Invalid, Broken) as problem:
        return _problem(422, str(problem))


async def me(world: World, who: Account, request: Request) -> Response:
    """GET /api/users/me"""
    user = {
        "type_of": "user",
        "id": int(who.id),
        "username": who.handle,
        "name": who.name,
        "twitter_username": None,
        "github_username": None,
        "summary": None,
        "location": None,
        "website_url": None,
        "joined_at": f"{who.at:%b %-d, %Y}",
        "profile_image": picture_url(request, who),
    }
    return JSONResponse(user)


async def create(world: World, who: Account, request: Request) -> Response:
    """POST /api/articles. Published articles alone are kept from having the same address."""
    sent = await _sent(request)
    said = _checked(world, who, sent, None)
    note = world.create(who, shown(said["body_markdown"]), **said)
    return JSONResponse(_article(world, request, note), 201)


async def update(world: World, who: Account, request: Request) -> Response:
    """PUT /api/articles/{id}: what is not told stays as it is."""
    sent = await _sent(request)
    note = world.notes[NAME].get(str(request.path_params["id"]))
    if note is None or note.author is not who or note.in_reply_to is not None:
        return _problem(404, "not found")
    if sent.get("published") is False:
        if not note.deleted:
            world.delete(note)
    else:
        said = _checked(world, who, {**note.extra, **sent}, note)
        world.update(note, shown(said["body_markdown"]), **said)
    return JSONResponse(_article(world, request, note))


async def mine(world: World, who: Account, request: Request) -> Response:
    """GET /api/articles/me/all: drafts first, then the newest first."""
    drafts = [n for n in reversed(world.notes[NAME].values()) if n.deleted and n.author is who]
    notes = [*drafts, *(note for note in world.listing(NAME) if note.author is who)]
    return _page(world, request, [note for note in notes if note.in_reply_to is None])


async def index(world: World, who: Account, request: Request) -> Response:
    """GET /api/articles?username=: somebody's published articles, newest first."""
    author = world.account_by_handle(NAME, request.query_params.get("username", ""))
    notes = [n for n in world.listing(NAME) if n.author is author and n.in_reply_to is None]
    return _page(world, request, notes)


async def comments(world: World, who: Account, request: Request) -> Response:
    """GET /api/comments?a_id=: everything below an article."""
    note = world.note(NAME, request.query_params.get("a_id"))
    if note is None or note.in_reply_to is not None:
        return _problem(404, "not found")
    return JSONResponse([_comment(world, request, each) for each in world.answers(note)])


async def _sent(request: Request) -> Json:
    try:
        sent = (await request.json())["article"]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("param is missing or the value is empty: article") from error
    if not isinstance(sent, dict) or not sent:
        raise Invalid("article param must be a JSON object")
    return sent


def _checked(world: World, who: Account, sent: Json, note: Note | None) -> Json:
    """The fields of a valid article. Raises Invalid, or Broken."""
    title, body = str(sent.get("title") or ""), str(sent.get("body_markdown") or "")
    tags = sent.get("tags") if isinstance(sent.get("tags"), list) else []
    canonical = sent.get("canonical_url") or None
    problems = [*_lengths(title, body), *_tags(tags or []), *_url(canonical)]
    others = [n for n in world.notes[NAME].values() if n is not note and not n.in_reply_to]
    if canonical and any(n.extra["canonical_url"] == canonical and not n.deleted for n in others):
        problems.append("Canonical url has already been taken")
    said = (title, body)
    if any(
        (n.extra["title"], n.extra["body_markdown"]) == said and n.author is who for n in others
    ):
        problems.append("Body markdown has already been taken")
    if problems:
        raise Invalid(", ".join(problems))
    known = ("series", "main_image", "description", "organization_id")
    rest = {name: sent[name] for name in known if sent.get(name) is not None}
    return {
        "title": title,
        "body_markdown": body,
        "canonical_url": canonical,
        "tags": tags,
        "published": bool(sent.get("published")),
        **rest,
    }


def _lengths(title: str, body: str) -> list[str]:
    problems = []
    if not title.strip():
        problems.append("Title can't be blank")
    if len(title) > TITLE:
        problems.append(f"Title is too long (maximum is {TITLE} characters)")
    if length(body) > LONGEST:
        problems.append("Body markdown is too long")
    return problems


def _tags(tags: list[str]) -> list[str]:
    problems = [f"Tag list exceed the maximum of {TAGS} tags"] if len(tags) > TAGS else []
    for tag in tags:
        if not re.fullmatch(r"[^\W_]+", tag) or tag != tag.lower():
            problems.append(f'Tag "{tag}" contains non-alphanumeric or prohibited characters')
        if len(tag) > TAG:
            problems.append(f'Tag "{tag}" is too long (maximum is {TAG} characters)')
    return problems


def _url(canonical: str | None) -> list[str]:
    if canonical is None or urlsplit(canonical).scheme in ("http", "https"):
        return []
    return ["Canonical url is not a valid URL"]


def _page(world: World, request: Request, notes: list[Note]) -> Response:
    asked = request.query_params
    size, number = min(int(asked.get("per_page", "30")), 1000), int(asked.get("page", "1"))
    listed = notes[(number - 1) * size : number * size]
    return JSONResponse([_article(world, request, note) for note in listed])


def _article(world: World, request: Request, note: Note) -> Json:
    below = _everything_below(world, note)
    return {
        "type_of": "article",
        "id": int(note.id),
        "title": note.extra["title"],
        "description": note.extra.get("description", note.text[:100]),
        "published": not note.deleted,
        "published_at": _stamp(note.at),
        "published_timestamp": _stamp(note.at),
        "created_at": _stamp(note.at),
        "edited_at": _stamp(note.edited) if note.edited else None,
        "crossposted_at": None,
        "readable_publish_date": f"{note.at:%b %-d}",
        "last_comment_at": _stamp(max([note.at, *(each.at for each in below)])),
        "slug": note.id,
        "path": urlsplit(page_url(request, note)).path,
        "url": page_url(request, note),
        "canonical_url": note.extra["canonical_url"] or page_url(request, note),
        "cover_image": note.extra.get("main_image"),
        "social_image": note.extra.get("main_image") or f"{base(request)}/{NAME}/card.png",
        "tag_list": note.extra["tags"],
        "tags": ", ".join(note.extra["tags"]),
        "comments_count": len(below),
        "public_reactions_count": 0,
        "positive_reactions_count": 0,
        "reading_time_minutes": 1,
        "body_markdown": note.extra["body_markdown"],
        "user": _user(request, note.author),
    }


def _comment(world: World, request: Request, note: Note) -> Json:
    return {
        "type_of": "comment",
        "id_code": note.id.removeprefix(_COMMENT),
        "created_at": _stamp(note.at),
        "body_html": comment_html(note.text),
        "user": _user(request, note.author),
        "children": [_comment(world, request, each) for each in world.answers(note)],
    }


def _user(request: Request, who: Account) -> Json:
    return {
        "name": who.name,
        "username": who.handle,
        "twitter_username": None,
        "github_username": None,
        "user_id": int(who.id),
        "website_url": None,
        "profile_image": picture_url(request, who),
        "profile_image_90": picture_url(request, who),
    }


def _everything_below(world: World, note: Note) -> list[Note]:
    return [
        n for answer in world.answers(note) for n in (answer, *_everything_below(world, answer))
    ]


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _problem(status: int, error: str) -> Response:
    return JSONResponse({"error": error, "status": status}, status)


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal by a fault."""
    if status in (500, 504):
        return HTMLResponse("<html><body><h1>We're sorry</h1></body></html>", status)
    if status == 429:
        return Response("Retry later\n", 429, {"Retry-After": str(math.ceil(seconds))})
    return _problem(status, {401: "unauthorized", 422: "Refused by a fault"}[status])


def _new_id(at: datetime, last: str) -> str:
    return str(int(last.removeprefix(_COMMENT) or 0) + 1)


network = Network(
    name=NAME,
    title="dev.to",
    length=LONGEST,
    measure=length,
    new_id=_new_id,
    address=lambda handle, text: text,
    refuse=_refuse,
    html=html,
    named=lambda parent, new, extra: new if parent is None else f"{_COMMENT}{new}",
)
