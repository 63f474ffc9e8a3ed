"""Mastodon, as its REST API documents it."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outreach.sandbox import mastodon_entities as entities
from outreach.sandbox import mastodon_media as media
from outreach.sandbox.faults import Publishing
from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.mastodon_instance import instance, v1_instance
from outreach.sandbox.mastodon_notifications import events, notification
from outreach.sandbox.mastodon_oauth import grant
from outreach.sandbox.mastodon_paging import Invalid, Missing, page
from outreach.sandbox.mastodon_text import length, mentions
from outreach.sandbox.network import Network, iso, snowflake
from outreach.sandbox.world import Account, Note, World

NAME = entities.NAME
LONGEST = 500
KEY_LIFE = timedelta(hours=1)
RATE_LIMIT = 300
RATE_WINDOW = 300

VISIBILITIES = ("public", "unlisted", "private", "direct")

Handler = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def open_to(scope: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, scope, handler, request)

        return handle

    def route(method: str, path: str, scope: str, handler: Handler) -> Route:
        return Route(f"/api{path}", open_to(scope, handler), methods=[method])

    async def show_instance(request: Request) -> Response:
        return JSONResponse(instance(request, world))

    async def show_v1_instance(request: Request) -> Response:
        return JSONResponse(v1_instance(request, world))

    publishing = Publishing(world, network, open_to("write:statuses", create))
    return [
        Route("/api/v2/instance", show_instance),
        Route("/api/v1/instance", show_v1_instance),
        Route("/api/v1/statuses", publishing, methods=["POST"]),
        route("GET", "/v1/accounts/verify_credentials", "read:accounts", verify_credentials),
        route("GET", "/v1/accounts/{id}/statuses", "read:statuses", account_statuses),
        route("GET", "/v1/notifications", "read:notifications", notifications),
        route("GET", "/v1/statuses/{id}", "read:statuses", show),
        route("PUT", "/v1/statuses/{id}", "write:statuses", edit),
        route("DELETE", "/v1/statuses/{id}", "write:statuses", delete),
        route("GET", "/v1/statuses/{id}/context", "read:statuses", context),
        route("GET", "/v1/statuses/{id}/source", "read:statuses", source),
        route("POST", "/v1/statuses/{id}/favourite", "write:favourites", favourite),
        route("POST", "/v1/statuses/{id}/reblog", "write:statuses", reblog),
        route("POST", "/v2/media", "write:media", media.upload),
        route("GET", "/v1/media/{id}", "write:media", media.show),
        route("PUT", "/v1/media/{id}", "write:media", media.describe),
    ]


async def _handle(world: World, scope: str, handler: Handler, request: Request) -> Response:
    """Authenticate, look at the token's scopes, answer, and say what is wrong in Mastodon's way."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    granted = grant(token.strip()) if kind.lower() == "bearer" else None
    if granted is None:
        return _refuse(401, world.now(), 0)
    if not granted.covers(scope):
        return _problem(world, 403, "This action is outside the authorized scopes")
    if not granted.account:
        return _problem(world, 422, "This method requires an authenticated user")
    me = world.join(NAME, granted.account)
    try:
        response = await handler(world, me, request)
    except Missing:
        return _problem(world, 404, "Record not found")
    except (Invalid, Malformed) as problem:
        return _problem(world, 422, f"Validation failed: {problem}")
    response.headers.update(_rate_headers(world.now()))
    return response


def _problem(world: World, status: int, message: str) -> Response:
    return JSONResponse(entities.error(message), status, _rate_headers(world.now()))


async def verify_credentials(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/accounts/verify_credentials"""
    return JSONResponse(entities.credential_account(request, world, me))


async def account_statuses(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/accounts/:id/statuses"""
    author = world.account_by_id(NAME, request.path_params["id"])
    if author is None:
        raise Missing
    notes = [n for n in world.listing(NAME) if n.author is author and _visible(n, me)]
    if _true(request.query_params.get("exclude_replies")):
        notes = [note for note in notes if not _answers_another(world, note)]
    shown, headers = page(request, notes, most=40, default=20)
    return JSONResponse(entities.statuses(request, world, shown, me), headers=headers)


async def notifications(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/notifications"""
    wanted = request.query_params.getlist("types[]")
    unwanted = request.query_params.getlist("exclude_types[]")
    found = [
        event
        for event in events(world, me)
        if (not wanted or event.type in wanted)
        and event.type not in unwanted
        and _visible(event.note, me)
    ]
    shown, headers = page(request, found, most=80, default=40)
    told = [notification(request, world, event, me) for event in shown]
    return JSONResponse(told, headers=headers)


async def create(world: World, me: Account, request: Request) -> Response:
    """POST /api/v1/statuses"""
    key = request.headers.get("idempotency-key", "")
    if key and (first := world.note_by_key(me, key, world.now() - KEY_LIFE)):
        if first.deleted:
            raise Missing
        return JSONResponse(entities.status(request, world, first, me))
    sent = await fields(request)
    text, extra = _checked(world, sent)
    quoted = str(sent.get("quoted_status_id") or "")
    if quoted:
        if world.note(NAME, quoted) is None:
            raise Missing
        extra["quote"] = quoted
    parent = sent.get("in_reply_to_id") or None
    if parent is not None and world.note(NAME, str(parent)) is None:
        raise Missing
    note = world.create(
        me, text, key=key, in_reply_to=str(parent) if parent is not None else None, **extra
    )
    return JSONResponse(entities.status(request, world, note, me))


async def show(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/statuses/:id"""
    return JSONResponse(entities.status(request, world, _note(world, me, request), me))


async def edit(world: World, me: Account, request: Request) -> Response:
    """PUT /api/v1/statuses/:id"""
    note = _own_note(world, me, request)
    text, extra = _checked(world, await fields(request), note)
    world.update(note, text, **extra)
    return JSONResponse(entities.status(request, world, note, me))


async def delete(world: World, me: Account, request: Request) -> Response:
    """DELETE /api/v1/statuses/:id"""
    note = _own_note(world, me, request)
    last = {**entities.status(request, world, note, me), "text": note.text}
    world.delete(note)
    return JSONResponse(last)


async def context(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/statuses/:id/context"""
    note = _note(world, me, request)
    ancestors: list[Note] = []
    parent = world.note(NAME, note.in_reply_to)
    while parent:
        ancestors.insert(0, parent)
        parent = world.note(NAME, parent.in_reply_to)
    seen = [note for note in _descendants(world, note) if _visible(note, me)]
    below = entities.statuses(request, world, seen, me)
    above = entities.statuses(request, world, [n for n in ancestors if _visible(n, me)], me)
    return JSONResponse({"ancestors": above, "descendants": below})


async def source(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/statuses/:id/source"""
    note = _own_note(world, me, request)
    spoiler = note.extra.get("spoiler_text", "")
    return JSONResponse({"id": note.id, "text": note.text, "spoiler_text": spoiler})


async def favourite(world: World, me: Account, request: Request) -> Response:
    """POST /api/v1/statuses/:id/favourite"""
    world.react(me, _note(world, me, request), "like")
    return await show(world, me, request)


async def reblog(world: World, me: Account, request: Request) -> Response:
    """POST /api/v1/statuses/:id/reblog"""
    world.react(me, _note(world, me, request), "repost")
    return await show(world, me, request)


def _checked(
    world: World, sent: dict[str, Any], before: Note | None = None
) -> tuple[str, dict[str, Any]]:
    """A status's text and the rest of it, or why it is not valid.

    An edit says everything anew, files included; only language and visibility stay as they were.
    """
    was = before.extra if before else {}
    text, spoiler = str(sent.get("status") or ""), str(sent.get("spoiler_text") or "")
    ids = media.attachable(world, [str(id) for id in sent.get("media_ids") or []], before)
    if not text.strip() and not ids:
        raise Invalid("Text can't be blank")
    if length(text) + length(spoiler) > LONGEST:
        raise Invalid(f"Text character limit of {LONGEST} exceeded")
    visibility = was.get("visibility") or str(sent.get("visibility") or "public")
    if visibility not in VISIBILITIES:
        raise Invalid(f"{visibility!r} is not a visibility")
    return text, {
        "media": ids,
        "spoiler_text": spoiler,
        "sensitive": _true(sent.get("sensitive")) or bool(spoiler),
        "visibility": visibility,
        "language": str(sent.get("language") or was.get("language") or "en"),
    }


def _note(world: World, me: Account, request: Request) -> Note:
    note = world.note(NAME, request.path_params["id"])
    if note is None or not _visible(note, me):
        raise Missing
    return note


def _own_note(world: World, me: Account, request: Request) -> Note:
    note = _note(world, me, request)
    if note.author is not me:
        raise Missing
    return note


def _visible(note: Note, me: Account) -> bool:
    """Whether an account may see a note. Nobody follows anybody here."""
    shown = note.extra.get("visibility", "public") in ("public", "unlisted")
    return shown or note.author is me or me.handle.lower() in mentions(note.text)


def _descendants(world: World, note: Note) -> list[Note]:
    return [n for answer in world.answers(note) for n in (answer, *_descendants(world, answer))]


def _answers_another(world: World, note: Note) -> bool:
    """Answers to oneself are threads, which Mastodon does not count as replies here."""
    parent = world.notes[NAME].get(note.in_reply_to or "")
    return parent is not None and parent.author is not note.author


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1", "on", "t")


def _rate_headers(now: datetime, left: int = RATE_LIMIT - 1, reset: float = 0) -> dict[str, str]:
    """The headers of every answer; this server counts nobody out."""
    seconds = reset or RATE_WINDOW - now.timestamp() % RATE_WINDOW
    return {
        "X-RateLimit-Limit": str(RATE_LIMIT),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": iso(now + timedelta(seconds=seconds)),
    }


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal that Mastodon or the proxy before it would send."""
    if status in (500, 502, 504):
        return Response(
            "<html><body><h1>Something went wrong</h1></body></html>",
            status,
            media_type="text/html",
        )
    messages = {
        401: "The access token is invalid",
        422: "Validation failed: Text is refused by a fault",
        429: "Too many requests",
    }
    response = JSONResponse(entities.error(messages[status]), status)
    if status == 429:
        response.headers["Retry-After"] = str(math.ceil(seconds))
        response.headers.update(_rate_headers(now, 0, seconds))
    return response


network = Network(
    name=NAME,
    title="Mastodon",
    length=LONGEST,
    measure=length,
    new_id=lambda at, last: snowflake(at, last, epoch=0, bits=16),
    address=lambda handle, text: f"@{handle} {text}",
    refuse=_refuse,
    html=lambda request, world, note: Markup(entities.content(request, world, note)),  # noqa: S704
)
