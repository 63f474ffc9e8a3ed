"""Messages, as the chat and the conversations methods document them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.slack_api import (
    CUT,
    NAME,
    Json,
    Refused,
    bot,
    caller,
    channel,
    channel_of,
    check_member,
    message,
    root,
    sent,
    user,
)
from outreach.sandbox.slack_text import entity_text
from outreach.sandbox.world import Account, Note, World

MOST = 999
DEFAULT = 100


async def post(world: World, request: Request) -> Response:
    """chat.postMessage: there is no key, so the same again is another message."""
    who = caller(world, request, "chat:write")
    arguments = await sent(request)
    where = channel_of(arguments)
    check_member(who)
    text = _text(arguments)
    extra: Json = {"channel": where, "metadata": _metadata(arguments), "written": True}
    note = world.create(who, text, in_reply_to=_parent(world, where, arguments), **extra)
    shown = _shown(world, note, with_metadata=True)
    return JSONResponse({"ok": True, "channel": where, "ts": note.page, "message": shown})


async def update(world: World, request: Request) -> Response:
    """chat.update: what it does not say of the metadata stays."""
    who = caller(world, request, "chat:write")
    arguments = await sent(request)
    note = message(world, channel_of(arguments), str(arguments.get("ts")))
    if note.author is not who:
        raise Refused("cant_update_message")
    world.update(note, _text(arguments))
    told = {"channel": channel(note), "ts": note.page, "text": note.text}
    return JSONResponse({"ok": True, **told, "message": _shown(world, note)})


async def delete(world: World, request: Request) -> Response:
    """chat.delete"""
    who = caller(world, request, "chat:write")
    arguments = await sent(request)
    note = message(world, channel_of(arguments), str(arguments.get("ts")))
    if note.author is not who:
        raise Refused("cant_delete_message")
    world.delete(note)
    return JSONResponse({"ok": True, "channel": channel(note), "ts": note.page})


async def history(world: World, request: Request) -> Response:
    """conversations.history: newest first, without what is said in threads."""
    who = caller(world, request, "channels:history")
    arguments = await sent(request)
    where = channel_of(arguments)
    check_member(who)
    listed = [n for n in world.listing(NAME) if channel(n) == where and root(n) == n.page]
    found = sorted((n for n in listed if _within(n, arguments)), key=_age, reverse=True)
    told = _paged(world, found, arguments)
    return JSONResponse({**told, "channel_actions_ts": None, "channel_actions_count": 0})


async def replies(world: World, request: Request) -> Response:
    """conversations.replies: a thread from its first message on, which always comes with it."""
    who = caller(world, request, "channels:history")
    arguments = await sent(request)
    where = channel_of(arguments)
    check_member(who)
    try:
        first = message(world, where, root(message(world, where, str(arguments.get("ts")))))
    except Refused as missing:
        raise Refused("thread_not_found") from missing
    below = [n for n in world.listing(NAME) if channel(n) == where and root(n) == first.page]
    found = [n for n in below if n is not first and _within(n, arguments)]
    return JSONResponse(_paged(world, [first, *sorted(found, key=_age)], arguments))


async def execute(world: World, request: Request) -> Response:
    """POST /services/…: an incoming webhook, which says ok and no more."""
    name = str(request.path_params["address"]).rpartition("/")[2]
    if name == "gone":
        return PlainTextResponse("no_service", 404)
    try:
        text = _text(await fields(request))
    except Malformed:
        return PlainTextResponse("invalid_payload", 400)
    except Refused as refused:
        return PlainTextResponse(str(refused), 400)
    who = world.join(NAME, name)
    world.create(who, text, channel="C" + who.id.replace(".", ""), written=True)
    return PlainTextResponse("ok")


def _text(arguments: Mapping[str, Any]) -> str:
    text = str(arguments.get("text") or "")
    if not text.strip():
        raise Refused("no_text")
    return text[:CUT]


def _metadata(arguments: Mapping[str, Any]) -> Json | None:
    """An event's type and its payload; in a form they are JSON as text."""
    given = arguments.get("metadata")
    metadata = json.loads(given) if isinstance(given, str) and given else given
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    return metadata


def _parent(world: World, where: str, arguments: Mapping[str, Any]) -> str | None:
    """The first message of the thread that is answered."""
    ts = arguments.get("thread_ts")
    if not ts:
        return None
    try:
        return f"{where}/{root(message(world, where, str(ts)))}"
    except Refused as missing:
        raise Refused("thread_not_found") from missing


def _within(note: Note, arguments: Mapping[str, Any]) -> bool:
    """Whether a message is between `oldest` and `latest`, which are left out."""
    age = _age(note)
    oldest, latest = _number(arguments, "oldest"), _number(arguments, "latest")
    inclusive = str(arguments.get("inclusive")).lower() == "true"
    if inclusive and age in (oldest, latest):
        return True
    return (oldest is None or age > oldest) and (latest is None or age < latest)


def _paged(world: World, found: Sequence[Note], arguments: Mapping[str, Any]) -> Json:
    """One page; its cursor is where the next one begins."""
    limit = int(arguments.get("limit") or DEFAULT)
    cursor = str(arguments.get("cursor") or "")
    if not 1 <= limit <= MOST:
        raise Refused("invalid_limit")
    begin = next((i for i, note in enumerate(found) if note.page == cursor), 0)
    page, after = found[begin : begin + limit], found[begin + limit : begin + limit + 1]
    with_metadata = str(arguments.get("include_all_metadata")).lower() == "true"
    told: Json = {
        "ok": True,
        "messages": [_shown(world, note, with_metadata=with_metadata) for note in page],
        "has_more": bool(after),
    }
    if after:
        told["response_metadata"] = {"next_cursor": after[0].page}
    return told


def _shown(world: World, note: Note, *, with_metadata: bool = False) -> Json:
    """A message."""
    told: Json = {"type": "message", "ts": note.page, "text": entity_text(note)}
    told |= _spoken_by(note.author)
    if note.edited:
        told["edited"] = {"user": user(note.author), "ts": f"{note.edited.timestamp():.6f}"}
    if root(note) != note.page:
        told["thread_ts"] = root(note)
    elif answers := world.answers(note):
        told |= {"thread_ts": note.page, "reply_count": len(answers)}
        told["latest_reply"] = max(answers, key=_age).page
    if with_metadata and note.extra.get("metadata"):
        told["metadata"] = note.extra["metadata"]
    return told


def _spoken_by(who: Account) -> Json:
    return {"user": user(who)} | ({"bot_id": bot(who)} if bot(who) else {})


def _age(note: Note) -> int:
    return int(note.page.replace(".", ""))


def _number(arguments: Mapping[str, Any], name: str) -> int | None:
    """A ts as microseconds."""
    value = arguments.get(name)
    if not value:
        return None
    try:
        seconds, _, micro = str(value).partition(".")
        return int(seconds) * 1_000_000 + int(micro.ljust(6, "0")[:6] or 0)
    except ValueError as error:
        raise Refused(f"invalid_ts_{name}") from error
