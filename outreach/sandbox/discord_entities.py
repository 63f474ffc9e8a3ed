"""What Discord shows: users, messages, channels and threads as JSON."""

import re
from datetime import datetime, timedelta

from starlette.requests import Request

from outreach.sandbox.discord_api import GUILD, NAME, Json, lacks, number, place
from outreach.sandbox.world import Account, Note, World

DEFAULT, REPLY, STARTER = 0, 19, 21
ARCHIVED_AFTER = timedelta(days=1)
_CALLED = re.compile(r"<@!?(\d+)>")


def user(who: Account) -> Json:
    """A user object. Whoever has a token is a bot."""
    told: Json = {
        "id": who.id,
        "username": who.handle.lower(),
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "global_name": who.name,
        "primary_guild": None,
    }
    return told | ({"bot": True} if who.kind == "account" else {})


def message(request: Request, world: World, note: Note, seen_by: Account | None) -> Json:
    """A message as one bot sees it, with what it answers."""
    told = _bare(request, world, note, seen_by)
    if told["type"] == REPLY:
        answered = world.note(NAME, note.in_reply_to)
        told["referenced_message"] = answered and _bare(request, world, answered, seen_by)
    return told


def _bare(request: Request, world: World, note: Note, seen_by: Account | None) -> Json:
    called = [world.account_by_id(NAME, id) for id in _CALLED.findall(note.text)]
    hidden = seen_by is not None and _is_hidden(note, seen_by, called)
    told: Json = {
        "id": note.page,
        "type": note.extra.get("type", DEFAULT),
        "content": "" if hidden else note.text,
        "channel_id": place(note),
        "author": user(note.author),
        "attachments": [] if hidden else _attachments(request, world, note),
        "embeds": [],
        "mentions": [user(who) for who in called if who],
        "mention_roles": [],
        "mention_everyone": False,
        "timestamp": _time(note.at),
        "edited_timestamp": _time(note.edited) if note.edited else None,
        "flags": 0,
        "components": [],
        "pinned": False,
        "tts": False,
    }
    if note.extra.get("webhook"):
        told["webhook_id"] = note.author.id
    if told["type"] in (REPLY, STARTER) and note.in_reply_to:
        channel, _, answered = note.in_reply_to.partition("/")
        reference = {"type": 0, "channel_id": channel, "message_id": answered, "guild_id": GUILD}
        told["message_reference"] = reference
    return told


def channel(world: World, identifier: str) -> Json:
    """A channel of the one guild, or a thread of it."""
    starter = started(world, identifier)
    if starter is not None:
        return thread(world, starter)
    newest = _newest(world, identifier)
    return {
        "id": identifier,
        "type": 0,
        "guild_id": GUILD,
        "name": f"channel-{identifier}",
        "position": 0,
        "flags": 0,
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [],
        "last_message_id": newest and newest.page,
    }


def started(world: World, identifier: str) -> Note | None:
    """The message that a thread of this id was begun with; it stands in the thread."""
    return next((note for note in threads(world) if place(note) == identifier), None)


def threads(world: World) -> list[Note]:
    """The first message of each thread."""
    return [note for note in world.listing(NAME) if note.extra.get("type") == STARTER]


def thread(world: World, starter: Note) -> Json:
    """A thread. It is archived when nobody has said anything for a day."""
    identifier = place(starter)
    said = [note for note in world.listing(NAME) if place(note) == identifier]
    archived = world.now() - said[0].at >= ARCHIVED_AFTER
    at = said[0].at + ARCHIVED_AFTER if archived else starter.at
    return {
        "id": identifier,
        "type": 11,
        "guild_id": GUILD,
        "parent_id": (starter.in_reply_to or "").partition("/")[0],
        "name": starter.extra["name"],
        "owner_id": starter.author.id,
        "last_message_id": said[0].page,
        "flags": 0,
        "rate_limit_per_user": 0,
        "message_count": len(said) - 1,
        "member_count": 1,
        "total_message_sent": len(said) - 1,
        "thread_metadata": {
            "archived": archived,
            "archive_timestamp": _time(at),
            "auto_archive_duration": ARCHIVED_AFTER // timedelta(minutes=1),
            "locked": False,
            "create_timestamp": _time(starter.at),
        },
    }


def _newest(world: World, identifier: str) -> Note | None:
    said = (note for note in world.listing(NAME) if place(note) == identifier)
    return max(said, key=number, default=None)


def _is_hidden(note: Note, seen_by: Account, called: list[Account | None]) -> bool:
    """Without the intent a bot sees what it wrote itself, and what calls it."""
    ours = note.author is seen_by or any(who is seen_by for who in called)
    return "content" in lacks(seen_by) and not ours


def _attachments(request: Request, world: World, note: Note) -> list[Json]:
    found = []
    for identifier in note.extra.get("attachments", []):
        file = world.attachments[NAME][identifier]
        url = f"{request.base_url}{NAME}/media/{identifier}"
        told: Json = {
            "id": identifier,
            "filename": f"{identifier}.{file.content_type.rpartition('/')[2]}",
            "size": file.path.stat().st_size,
            "content_type": file.content_type,
            "url": url,
            "proxy_url": url,
        }
        found.append(told | ({"description": file.description} if file.description else {}))
    return found


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
