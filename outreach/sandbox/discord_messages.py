"""Messages, as the Message and the Webhook resource document them."""

import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import discord_entities as entities
from outreach.sandbox.discord_api import (
    GUILD,
    LONGEST,
    NAME,
    Json,
    Refused,
    caller,
    channel_of,
    invalid,
    lacks,
    message,
    number,
    place,
    unknown,
)
from outreach.sandbox.forms import Malformed, Upload, fields
from outreach.sandbox.world import Account, Note, World

NONCE_LIFE = timedelta(minutes=5)
"""Discord says "the past few minutes"."""

MOST_FILES = 10
FILE = 10 << 20
REQUEST = 25 << 20
LONGEST_ALT = 1024


async def create(world: World, request: Request) -> Response:
    """POST /channels/{channel}/messages"""
    who, channel = caller(world, request), channel_of(request)
    check_member(who)
    if "send" in lacks(who):
        raise Refused(403, 50013, "Missing Permissions")
    sent = await _sent(request)
    nonce = str(sent.get("nonce") or "")
    if len(nonce) > 25:
        raise invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")
    if nonce and sent.get("enforce_nonce"):
        first = world.note_by_key(who, nonce, world.now() - NONCE_LIFE)
        if first is not None and not first.deleted:
            return JSONResponse(_created(request, world, first, who))
    text, extra = _checked(world, who, sent)
    parent, beside = _parent(world, channel, sent)
    note = world.create(
        who, text, key=nonce, in_reply_to=parent, channel=channel, **extra, **beside
    )
    return JSONResponse(_created(request, world, note, who))


async def listing(world: World, request: Request) -> Response:
    """GET /channels/{channel}/messages: the newest, or the nearest to an id; newest first."""
    who, channel = caller(world, request), channel_of(request)
    check_member(who)
    query = request.query_params
    limit = int(query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    found = sorted((n for n in world.listing(NAME) if place(n) == channel), key=number)
    if "after" in query:
        found = [note for note in found if number(note) > int(query["after"])][:limit]
    elif "before" in query:
        found = [note for note in found if number(note) < int(query["before"])]
    shown = [entities.message(request, world, note, who) for note in found[-limit:]]
    return JSONResponse(shown[::-1])


async def show(world: World, request: Request) -> Response:
    """GET /channels/{channel}/messages/{message}"""
    who = caller(world, request)
    note = message(world, channel_of(request), request.path_params["message"])
    return JSONResponse(entities.message(request, world, note, who))


async def edit(world: World, request: Request) -> Response:
    """PATCH /channels/{channel}/messages/{message}"""
    who = caller(world, request)
    note = message(world, channel_of(request), request.path_params["message"])
    return await _edited(world, request, who, note)


async def delete(world: World, request: Request) -> Response:
    """DELETE /channels/{channel}/messages/{message}"""
    who = caller(world, request)
    note = message(world, channel_of(request), request.path_params["message"])
    if note.author is not who:
        raise Refused(403, 50013, "Missing Permissions")
    world.delete(note)
    return Response(status_code=204)


async def begin_thread(world: World, request: Request) -> Response:
    """POST /channels/{channel}/messages/{message}/threads: a thread has its message's id."""
    who, channel = caller(world, request), channel_of(request)
    note = message(world, channel, request.path_params["message"])
    if entities.started(world, note.page):
        raise Refused(400, 160004, "A thread has already been created for this message")
    name = str((await _sent(request)).get("name") or "")
    if not 1 <= len(name) <= 100:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    begun: Json = {"type": entities.STARTER, "name": name, "channel": note.page}
    starter = world.create(who, "", in_reply_to=note.id, **begun)
    return JSONResponse(entities.thread(world, starter), 201)


async def execute(world: World, request: Request) -> Response:
    """POST /webhooks/{id}/{token}: it knows no nonce and no reference."""
    who = webhook(world, request)
    sent = await _sent(request)
    text, extra = _checked(world, who, sent)
    note = world.create(who, text, channel=webhook_channel(who), webhook=True, **extra)
    if request.query_params.get("wait") != "true":
        return Response(status_code=204)
    return JSONResponse(entities.message(request, world, note, None))


async def show_webhook(world: World, request: Request) -> Response:
    """GET /webhooks/{id}/{token}"""
    who = webhook(world, request)
    told = {
        "id": who.id,
        "type": 1,
        "name": who.name,
        "avatar": None,
        "channel_id": webhook_channel(who),
        "guild_id": GUILD,
        "application_id": None,
        "token": request.path_params["token"],
        "url": str(request.url.replace(query="")),
    }
    return JSONResponse(told)


async def edit_by_webhook(world: World, request: Request) -> Response:
    """PATCH /webhooks/{id}/{token}/messages/{message}"""
    who = webhook(world, request)
    return await _edited(world, request, who, _of_webhook(world, request, who))


async def delete_by_webhook(world: World, request: Request) -> Response:
    """DELETE /webhooks/{id}/{token}/messages/{message}"""
    world.delete(_of_webhook(world, request, webhook(world, request)))
    return Response(status_code=204)


def webhook(world: World, request: Request) -> Account:
    """The webhook of an address; the sandbox makes one of any token but `deleted`."""
    name = str(request.path_params["token"])
    if name == "deleted":
        raise unknown("Webhook")
    return world.join(NAME, name)


def webhook_channel(who: Account) -> str:
    """Each webhook has a channel of its own here."""
    return str(int(who.id) + 1)


def check_member(who: Account) -> None:
    """Nobody posts or reads where they may not look."""
    if "view" in lacks(who):
        raise Refused(403, 50001, "Missing Access")


def _of_webhook(world: World, request: Request, who: Account) -> Note:
    note = message(world, webhook_channel(who), request.path_params["message"])
    if note.author is not who:
        raise unknown("Message")
    return note


async def _edited(world: World, request: Request, who: Account, note: Note) -> Response:
    if note.author is not who:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    text, extra = _checked(world, who, {"content": note.text} | await _sent(request), note)
    world.update(note, text, **extra)
    return JSONResponse(entities.message(request, world, note, who))


async def _sent(request: Request) -> Json:
    """The body: JSON, or a form with files beside it."""
    if len(await request.body()) > REQUEST:
        raise Refused(413, 40005, "Request entity too large")
    try:
        sent = await fields(request)
        if "payload_json" in sent:
            sent = {**sent, **json.loads(sent["payload_json"])}
    except (Malformed, ValueError) as error:
        raise Refused(400, 50109, "The request body contains invalid JSON.") from error
    return sent


def _checked(
    world: World, who: Account, sent: Json, before: Note | None = None
) -> tuple[str, Json]:
    """The text and the files of a message, or why it is not taken."""
    text = str(sent.get("content") or "").strip()
    if len(text) > LONGEST:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {LONGEST} or fewer in length.")
    files = [(name, file) for name, file in sent.items() if isinstance(file, Upload)]
    if not text and not files:
        raise Refused(400, 50006, "Cannot send an empty message")
    if len(files) > MOST_FILES or any(len(file.data) > FILE for _, file in files):
        raise Refused(413, 40005, "Request entity too large")
    told = {str(one.get("id")): one for one in sent.get("attachments") or []}
    if any(len(one.get("description") or "") > LONGEST_ALT for one in told.values()):
        raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {LONGEST_ALT} or fewer.")
    kept = before.extra.get("attachments", []) if before else []
    added = [
        world.attach(who, file.data, file.content_type, _alt(told, name)).id for name, file in files
    ]
    attachments = [id for id in kept if "attachments" not in sent or id in told] + added
    return text, {"attachments": attachments, "called": sent.get("allowed_mentions")}


def _alt(told: Json, field: str) -> str:
    """The description of the file in `files[n]`."""
    number = field.removeprefix("files[").removesuffix("]")
    return str(told.get(number, {}).get("description") or "")


def _parent(world: World, channel: str, sent: Json) -> tuple[str | None, Json]:
    """What a message answers, and of what type that makes it."""
    reference = sent.get("message_reference")
    if reference:
        parent = f"{reference.get('channel_id', channel)}/{reference.get('message_id')}"
        if world.note(NAME, parent) is not None and parent.startswith(f"{channel}/"):
            return parent, {"type": entities.REPLY}
        if reference.get("fail_if_not_exists", True):
            code, what = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message"
            raise invalid("message_reference", code, what)
    starter = entities.started(world, channel)
    return (starter.in_reply_to if starter else None), {}


def _created(request: Request, world: World, note: Note, who: Account) -> Json:
    """Only whoever creates a message is told its nonce."""
    told = entities.message(request, world, note, who)
    return told | ({"nonce": note.key} if note.key else {})
