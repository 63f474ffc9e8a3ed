"""X, as its API version 2 documents it."""

import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import x_entities as entities
from outreach.sandbox import x_media as media
from outreach.sandbox.faults import Publishing
from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.network import Network, snowflake
from outreach.sandbox.world import Account, Note, World
from outreach.sandbox.x_access import CONTRACT, asking
from outreach.sandbox.x_paging import Invalid, page
from outreach.sandbox.x_query import matcher
from outreach.sandbox.x_text import weight

NAME = entities.NAME
LONGEST = 280
DUPLICATE_WINDOW = timedelta(hours=12)
SEARCH_WINDOW = timedelta(days=7)
EPOCH = 1288834974657
RATE_LIMIT = 900
RATE_WINDOW = 900

Handler = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def authorized(
        handler: Handler, scope: str = "tweet.read"
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, scope, request)

        return handle

    publishing = Publishing(world, network, authorized(create, "tweet.write"))
    return [
        Route("/2/tweets", publishing, methods=["POST"]),
        Route("/2/tweets", authorized(show_several), methods=["GET"]),
        Route("/2/tweets/search/recent", authorized(search), methods=["GET"]),
        Route("/2/tweets/{id}", authorized(show), methods=["GET"]),
        Route("/2/tweets/{id}", authorized(delete, "tweet.write"), methods=["DELETE"]),
        Route("/2/media/upload", authorized(media.upload, "media.write"), methods=["POST"]),
        Route("/2/media/upload", authorized(media.status, "media.write"), methods=["GET"]),
        Route("/2/media/metadata", authorized(media.describe, "media.write"), methods=["POST"]),
        Route("/2/users/me", authorized(me, "users.read"), methods=["GET"]),
        Route("/2/users/{id}/tweets", authorized(timeline), methods=["GET"]),
        Route("/2/users/{id}/mentions", authorized(mentions), methods=["GET"]),
        Route("/{handle}/status/{id}", permalink, methods=["GET"]),
    ]


async def permalink(request: Request) -> Response:
    """A post where readers find it, as on x.com; its page is the town square's."""
    handle, note = request.path_params["handle"], request.path_params["id"]
    return RedirectResponse(f"/{NAME}/@{quote(handle)}/{quote(note)}")


async def _handle(world: World, handler: Handler, scope: str, request: Request) -> Response:
    """Authenticate, answer, and say what is wrong in X's words."""
    who = asking(request, world.now())
    if who is None:
        return _refuse(401, world.now(), 0)
    try:
        response = who.refusal(scope) or await handler(world, world.join(NAME, who.name), request)
    except Invalid as error:
        problem = entities.invalid(error.parameter, error.value, error.message)
        response = JSONResponse(problem, 400)
    response.headers.update(_rate_headers(world.now()))
    if who.level:
        response.headers["x-access-level"] = who.level
    return response


async def create(world: World, caller: Account, request: Request) -> Response:
    """POST /2/tweets"""
    sent = await _json(request)
    text, parent, files = sent.get("text", ""), _parent(sent), media.attached(world, sent)
    if not isinstance(text, str) or not (text.strip() or files):
        raise Invalid("text", str(text or ""), "Your Tweet text must not be empty.")
    if weight(text) > LONGEST:
        raise Invalid("text", text, f"Your Tweet text is longer than {LONGEST} characters.")
    quotes = sent.get("quote_tweet_id")
    if refused := _forbidden(world, caller, text, parent, quotes):
        return JSONResponse(entities.blank(403, "Forbidden", refused), 403)
    extra: dict[str, Any] = {"media": files, "quotes": quotes}
    extra = {name: value for name, value in extra.items() if value}
    note = world.create(caller, text, in_reply_to=parent, **extra)
    whole = entities.tweet(world, note)
    data = {name: whole[name] for name in ("id", "text", "edit_history_tweet_ids")}
    return JSONResponse({"data": data}, 201)


def _forbidden(
    world: World, caller: Account, text: str, parent: str | None, quotes: str | None
) -> str:
    """Why X does not take a post that is well-formed; empty if it does."""
    contract = caller.handle.startswith(CONTRACT)
    if parent and world.note(NAME, parent) is None:
        return "You attempted to reply to a Tweet that is deleted or not visible to you."
    if parent and not contract and not _summoned(world, caller, world.notes[NAME][parent]):
        return (
            "Reply to this conversation is not allowed because you have not been mentioned or"
            " otherwise engaged by the author."
        )
    if quotes and not (contract and world.note(NAME, quotes)):
        return "This app may not quote, or the quoted Tweet is not visible to you."
    if _duplicate(world, caller, text, parent):
        return "You are not allowed to create a Tweet with duplicate content."
    return ""


def _summoned(world: World, caller: Account, parent: Note) -> bool:
    """Whether an app may answer: its own user's post, or one that names or quotes this user."""
    quoted = world.note(NAME, parent.extra.get("quotes"))
    return (
        parent.author is caller
        or _names(world, parent, caller)
        or (quoted is not None and quoted.author is caller)
    )


async def show(world: World, caller: Account, request: Request) -> Response:
    """GET /2/tweets/:id"""
    id = request.path_params["id"]
    note = world.note(NAME, id)
    if note is None:
        return JSONResponse({"errors": [entities.not_found("tweet", id)]})
    return entities.tweet_answer(request, world, note)


async def show_several(world: World, caller: Account, request: Request) -> Response:
    """GET /2/tweets"""
    ids = [id for id in request.query_params.get("ids", "").split(",") if id]
    if not 1 <= len(ids) <= 100:
        raise Invalid("ids", ",".join(ids), "The `ids` query parameter takes 1 to 100 ids.")
    found = {id: world.note(NAME, id) for id in ids}
    answer: dict[str, Any] = {}
    if notes := [note for note in found.values() if note]:
        answer = json.loads(bytes(entities.tweets_answer(request, world, notes).body))
    if errors := [entities.not_found("tweet", id) for id, note in found.items() if not note]:
        answer["errors"] = errors
    return JSONResponse(answer)


async def delete(world: World, caller: Account, request: Request) -> Response:
    """DELETE /2/tweets/:id"""
    id = request.path_params["id"]
    note = world.note(NAME, id)
    if note is None:
        return JSONResponse(entities.not_found("tweet", id) | {"status": 404}, 404)
    if note.author is not caller:
        detail = "You are not authorized to delete this Tweet."
        return JSONResponse(entities.blank(403, "Forbidden", detail), 403)
    world.delete(note)
    return JSONResponse({"data": {"deleted": True}})


async def me(world: World, caller: Account, request: Request) -> Response:
    """GET /2/users/me"""
    return entities.user_answer(request, world, caller)


async def timeline(world: World, caller: Account, request: Request) -> Response:
    """GET /2/users/:id/tweets"""
    author = world.account_by_id(NAME, request.path_params["id"])
    if author is None:
        return _no_user(request)
    excluded = request.query_params.get("exclude", "").split(",")
    notes = (note for note in world.listing(NAME) if note.author is author)
    if "replies" in excluded:
        notes = (note for note in notes if note.in_reply_to is None)
    return _paged(request, world, notes, least=5)


async def mentions(world: World, caller: Account, request: Request) -> Response:
    """GET /2/users/:id/mentions"""
    named = world.account_by_id(NAME, request.path_params["id"])
    if named is None:
        return _no_user(request)
    notes = (note for note in world.listing(NAME) if _names(world, note, named))
    return _paged(request, world, notes, least=5)


async def search(world: World, caller: Account, request: Request) -> Response:
    """GET /2/tweets/search/recent"""
    matches = matcher(world, request.query_params.get("query", ""))
    recent = world.now() - SEARCH_WINDOW
    notes = (note for note in world.listing(NAME) if note.at >= recent and matches(note))
    return _paged(request, world, notes, least=10)


def _paged(request: Request, world: World, notes: Iterable[Note], *, least: int) -> Response:
    found, meta = page(request.query_params, notes, least=least)
    return entities.tweets_answer(request, world, found, meta)


def _names(world: World, note: Note, who: Account) -> bool:
    handles = {handle.lower() for handle in entities.named(entities.text_of(world, note))}
    return note.author is not who and who.handle.lower() in handles


def _duplicate(world: World, author: Account, text: str, parent: str | None) -> bool:
    """Whether the account said the very same, to the same person, in the last twelve hours."""
    since = world.now() - DUPLICATE_WINDOW
    return any(
        note.author is author
        and note.at >= since
        and not note.deleted
        and note.text.strip() == text.strip()
        and _addressee(world, note.in_reply_to) == _addressee(world, parent)
        for note in reversed(world.notes[NAME].values())
    )


def _addressee(world: World, parent: str | None) -> str:
    note = world.notes[NAME].get(parent or "")
    return note.author.id if note else ""


def _parent(sent: dict[str, Any]) -> str | None:
    reply = sent.get("reply")
    if reply is None:
        return None
    parent = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if not re.fullmatch(r"[0-9]{1,19}", str(parent)):
        raise Invalid("reply.in_reply_to_tweet_id", str(parent), "is not a Tweet ID")
    return str(parent)


async def _json(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Invalid("body", "", "Requests with a body must be application/json.")
    try:
        return await fields(request)
    except Malformed as error:
        raise Invalid("body", "", f"Invalid JSON: {error}") from error


def _no_user(request: Request) -> Response:
    return JSONResponse({"errors": [entities.not_found("user", request.path_params["id"])]})


def _rate_headers(now: datetime, left: int = RATE_LIMIT - 1, seconds: float = 0) -> dict[str, str]:
    """The headers of every answer; this server counts nobody out."""
    reset = now.timestamp() + (seconds or RATE_WINDOW - now.timestamp() % RATE_WINDOW)
    return {
        "x-rate-limit-limit": str(RATE_LIMIT),
        "x-rate-limit-remaining": str(left),
        "x-rate-limit-reset": str(math.ceil(reset)),
    }


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal in X's words; what others call 422 is 400 here."""
    status = 400 if status == 422 else status
    problems = {
        400: entities.invalid("text", "", "Refused by a fault."),
        401: entities.blank(401, "Unauthorized", "Unauthorized"),
        429: entities.blank(429, "Too Many Requests", "Too Many Requests"),
        500: entities.blank(500, "Internal Server Error", "Something is broken."),
        504: entities.blank(504, "Gateway Timeout", "The upstream did not answer in time."),
    }
    response = JSONResponse(problems[status], status)
    if status == 429:
        response.headers.update(_rate_headers(now, 0, seconds))
    return response


network = Network(
    name=NAME,
    title="X",
    length=LONGEST,
    measure=weight,
    new_id=lambda at, last: snowflake(at, last, epoch=EPOCH, bits=22),
    address=lambda handle, text: f"@{handle} {text}",
    refuse=_refuse,
    html=entities.html,
)
