"""Mastodon, as its REST API documents it."""

import math
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outreach.sandbox import mastodon_entities as entities
from outreach.sandbox.faults import Publishing
from outreach.sandbox.forms import Malformed, Upload, fields
from outreach.sandbox.mastodon_instance import instance, v1_instance
from outreach.sandbox.mastodon_paging import Invalid, page
from outreach.sandbox.mastodon_text import length, mentions
from outreach.sandbox.network import Network, iso, snowflake
from outreach.sandbox.world import Account, Note, Reaction, World

NAME = entities.NAME
LONGEST = 500
KEY_LIFE = timedelta(hours=1)
RATE_LIMIT = 300
RATE_WINDOW = 300

Handler = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def authorized(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, request)

        return handle

    async def show_instance(request: Request) -> Response:
        return JSONResponse(instance(request, world))

    async def show_v1_instance(request: Request) -> Response:
        return JSONResponse(v1_instance(request, world))

    publishing = Publishing(world, network, authorized(create))
    return [
        Route("/api/v2/instance", show_instance),
        Route("/api/v1/instance", show_v1_instance),
        Route("/api/v1/accounts/verify_credentials", authorized(verify_credentials)),
        Route("/api/v1/accounts/{id}/statuses", authorized(account_statuses)),
        Route("/api/v1/notifications", authorized(notifications)),
        Route("/api/v1/statuses", publishing, methods=["POST"]),
        Route("/api/v1/statuses/{id}", authorized(show), methods=["GET"]),
        Route("/api/v1/statuses/{id}", authorized(edit), methods=["PUT"]),
        Route("/api/v1/statuses/{id}", authorized(delete), methods=["DELETE"]),
        Route("/api/v1/statuses/{id}/context", authorized(context)),
        Route("/api/v1/statuses/{id}/source", authorized(source)),
        Route("/api/v1/statuses/{id}/favourite", authorized(favourite), methods=["POST"]),
        Route("/api/v1/statuses/{id}/reblog", authorized(reblog), methods=["POST"]),
        Route("/api/v2/media", authorized(upload), methods=["POST"]),
        Route("/api/v1/media/{id}", authorized(show_media), methods=["GET"]),
        Route("/api/v1/media/{id}", authorized(describe_media), methods=["PUT"]),
    ]


class Missing(Exception):
    """Something that is not there: 404."""


async def _handle(world: World, handler: Handler, request: Request) -> Response:
    """Authenticate, answer, and say what is wrong in Mastodon's words."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return _refuse(401, world.now(), 0)
    me = world.join(NAME, re.sub(r"\W", "_", token.strip(), flags=re.ASCII))
    try:
        response = await handler(world, me, request)
    except Missing:
        response = JSONResponse(entities.error("Record not found"), 404)
    except (Invalid, Malformed) as error:
        response = JSONResponse(entities.error(f"Validation failed: {error}"), 422)
    response.headers.update(_rate_headers(world.now()))
    return response


async def verify_credentials(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/accounts/verify_credentials"""
    return JSONResponse(entities.credential_account(request, world, me))


async def account_statuses(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/accounts/:id/statuses"""
    author = world.account_by_id(NAME, request.path_params["id"])
    if author is None:
        raise Missing
    notes = [note for note in world.listing(NAME) if note.author is author]
    if _true(request.query_params.get("exclude_replies")):
        notes = [note for note in notes if not _answers_another(world, note)]
    shown, headers = page(request, notes, most=40, default=20)
    return JSONResponse(entities.statuses(request, world, shown, me), headers=headers)


async def notifications(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/notifications"""
    wanted = request.query_params.getlist("types[]")
    unwanted = request.query_params.getlist("exclude_types[]")
    events = [
        event
        for event in _events(world, me)
        if (not wanted or entities.notification_type(event) in wanted)
        and entities.notification_type(event) not in unwanted
    ]
    shown, headers = page(request, events, most=80, default=40)
    told = [entities.notification(request, world, event, me) for event in shown]
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
    parent = sent.get("in_reply_to_id") or None
    if parent is not None and world.note(NAME, str(parent)) is None:
        raise Missing
    note = world.create(
        me, text, key=key, in_reply_to=str(parent) if parent is not None else None, **extra
    )
    return JSONResponse(entities.status(request, world, note, me))


async def show(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/statuses/:id"""
    return JSONResponse(entities.status(request, world, _note(world, request), me))


async def edit(world: World, me: Account, request: Request) -> Response:
    """PUT /api/v1/statuses/:id"""
    note = _own_note(world, me, request)
    text, extra = _checked(world, await fields(request), note.extra)
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
    note = _note(world, request)
    ancestors: list[Note] = []
    parent = world.note(NAME, note.in_reply_to)
    while parent:
        ancestors.insert(0, parent)
        parent = world.note(NAME, parent.in_reply_to)
    below = entities.statuses(request, world, _descendants(world, note), me)
    above = entities.statuses(request, world, ancestors, me)
    return JSONResponse({"ancestors": above, "descendants": below})


async def source(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/statuses/:id/source"""
    note = _own_note(world, me, request)
    spoiler = note.extra.get("spoiler_text", "")
    return JSONResponse({"id": note.id, "text": note.text, "spoiler_text": spoiler})


async def favourite(world: World, me: Account, request: Request) -> Response:
    """POST /api/v1/statuses/:id/favourite"""
    world.react(me, _note(world, request), "like")
    return await show(world, me, request)


async def reblog(world: World, me: Account, request: Request) -> Response:
    """POST /api/v1/statuses/:id/reblog"""
    world.react(me, _note(world, request), "repost")
    return await show(world, me, request)


async def upload(world: World, me: Account, request: Request) -> Response:
    """POST /api/v2/media"""
    sent = await fields(request)
    file = sent.get("file")
    if not isinstance(file, Upload):
        raise Invalid("File can't be blank")
    kept = world.attach(me, file.data, file.content_type, str(sent.get("description", "")))
    return JSONResponse(entities.media_attachment(request, kept))


async def show_media(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/media/:id"""
    file = world.attachments[NAME].get(request.path_params["id"])
    if file is None:
        raise Missing
    return JSONResponse(entities.media_attachment(request, file))


async def describe_media(world: World, me: Account, request: Request) -> Response:
    """PUT /api/v1/media/:id"""
    file = world.attachments[NAME].get(request.path_params["id"])
    if file is None:
        raise Missing
    world.describe(NAME, file, str((await fields(request)).get("description", "")))
    return JSONResponse(entities.media_attachment(request, file))


def _checked(
    world: World, sent: dict[str, Any], before: dict[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """A status's text and the rest of it, or why it is not valid."""
    text, spoiler = str(sent.get("status") or ""), str(sent.get("spoiler_text") or "")
    media = [str(id) for id in sent.get("media_ids") or (before or {}).get("media", [])]
    if any(id not in world.attachments[NAME] for id in media):
        raise Missing
    if not text.strip() and not media:
        raise Invalid("Text can't be blank")
    if length(text) + length(spoiler) > LONGEST:
        raise Invalid(f"Text character limit of {LONGEST} exceeded")
    return text, {
        "media": media,
        "spoiler_text": spoiler,
        "sensitive": _true(sent.get("sensitive")) or bool(spoiler),
        "visibility": str(sent.get("visibility") or "public"),
        "language": str(sent.get("language") or "en"),
    }


def _note(world: World, request: Request) -> Note:
    note = world.note(NAME, request.path_params["id"])
    if note is None:
        raise Missing
    return note


def _own_note(world: World, me: Account, request: Request) -> Note:
    note = _note(world, request)
    if note.author is not me:
        raise Missing
    return note


def _descendants(world: World, note: Note) -> list[Note]:
    return [n for answer in world.answers(note) for n in (answer, *_descendants(world, answer))]


def _answers_another(world: World, note: Note) -> bool:
    """Answers to oneself are threads, which Mastodon does not count as replies here."""
    parent = world.notes[NAME].get(note.in_reply_to or "")
    return parent is not None and parent.author is not note.author


def _events(world: World, me: Account) -> list[Note | Reaction]:
    """What happened to an account, newest first."""
    named = [
        note
        for note in world.listing(NAME)
        if note.author is not me and me.handle.lower() in mentions(note.text)
    ]
    reactions = [
        r
        for r in world.reactions[NAME]
        if r.note.author is me and r.author is not me and not r.note.deleted
    ]
    return sorted([*named, *reactions], key=lambda event: int(event.id), reverse=True)


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
