"""The JSON objects of the Mastodon API."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from outreach.sandbox import mastodon_text
from outreach.sandbox.addresses import base, media_url, page_url, picture_url, profile_url
from outreach.sandbox.network import iso
from outreach.sandbox.world import Account, Attachment, Note, World

NAME = "mastodon"
Json = dict[str, Any]
MEDIA_LIMIT = 4
IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
IMAGE_SIZE_LIMIT = 16_777_216
IMAGE_MATRIX_LIMIT = 33_177_600
DESCRIPTION_LIMIT = 1500


def account(request: Request, world: World, who: Account) -> Json:
    """An Account."""
    picture = picture_url(request, who)
    notes = [n for n in world.notes[NAME].values() if n.author is who and not n.deleted]
    return {
        "id": who.id,
        "username": who.handle,
        "acct": who.handle,
        "display_name": who.name,
        "locked": False,
        "bot": False,
        "group": False,
        "discoverable": True,
        "indexable": False,
        "created_at": iso(who.at.replace(hour=0, minute=0, second=0, microsecond=0)),
        "note": "",
        "url": profile_url(request, who),
        "uri": f"{base(request)}/users/{who.handle}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": len(notes),
        "last_status_at": notes[-1].at.date().isoformat() if notes else None,
        "emojis": [],
        "fields": [],
        "roles": [],
    }


def credential_account(request: Request, world: World, who: Account) -> Json:
    """A CredentialAccount: one's own account, with what only its owner may see."""
    source = {
        "privacy": "public",
        "sensitive": False,
        "language": None,
        "note": "",
        "fields": [],
        "follow_requests_count": 0,
        "indexable": False,
    }
    role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
    return {**account(request, world, who), "source": source, "role": role}


def status(request: Request, world: World, note: Note, viewer: Account | None = None) -> Json:
    """A Status as `viewer` sees it."""
    parent = world.notes[NAME].get(note.in_reply_to or "")
    likes, reposts = world.reacted(note, "like"), world.reacted(note, "repost")
    named = [world.account_by_handle(NAME, h) for h in mastodon_text.mentions(note.text)]
    files = [world.attachments[NAME][id] for id in note.extra.get("media", [])]
    return {
        "id": note.id,
        "uri": f"{base(request)}/users/{note.author.handle}/statuses/{note.id}",
        "url": page_url(request, note),
        "created_at": iso(note.at),
        "edited_at": iso(note.edited) if note.edited else None,
        "account": account(request, world, note.author),
        "content": content(request, world, note),
        "spoiler_text": note.extra.get("spoiler_text", ""),
        "sensitive": note.extra.get("sensitive", False),
        "visibility": note.extra.get("visibility", "public"),
        "language": note.extra.get("language"),
        "in_reply_to_id": parent.id if parent and not parent.deleted else None,
        "in_reply_to_account_id": parent.author.id if parent and not parent.deleted else None,
        "replies_count": len(world.answers(note)),
        "reblogs_count": len(reposts),
        "favourites_count": len(likes),
        "quotes_count": sum(
            other.extra.get("quote") == note.id and not other.deleted
            for other in world.notes[NAME].values()
        ),
        "favourited": any(like.author is viewer for like in likes),
        "reblogged": any(repost.author is viewer for repost in reposts),
        "muted": False,
        "bookmarked": False,
        "media_attachments": [media_attachment(request, file) for file in files],
        "mentions": [_mention(request, who) for who in named if who],
        "tags": [_tag(request, tag) for tag in mastodon_text.hashtags(note.text)],
        "emojis": [],
        "reblog": None,
        "card": None,
        "poll": None,
        "quote": _quote(request, world, note, viewer),
        "application": None,
    }


def content(request: Request, world: World, note: Note) -> str:
    """What a note says, as Mastodon's HTML."""

    def profile(handle: str) -> str | None:
        who = world.account_by_handle(NAME, handle)
        return profile_url(request, who) if who else None

    html = mastodon_text.html(note.text, base(request), profile)
    quoted = world.note(NAME, note.extra.get("quote"))
    return html if quoted is None else mastodon_text.re_line(page_url(request, quoted)) + html


def media_attachment(request: Request, file: Attachment) -> Json:
    """A MediaAttachment."""
    url = media_url(request, NAME, file)
    return {
        "id": file.id,
        "type": "image" if file.content_type.startswith("image/") else "unknown",
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "meta": {},
        "description": file.description or None,
        "blurhash": None,
    }


def error(message: str) -> Json:
    """An Error."""
    return {"error": message}


def configuration(length: int) -> Json:
    """What this server takes; the part that both versions of the instance share."""
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": length,
            "max_media_attachments": MEDIA_LIMIT,
            "characters_reserved_per_url": mastodon_text.URL_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": IMAGE_TYPES,
            "description_limit": DESCRIPTION_LIMIT,
            "image_size_limit": IMAGE_SIZE_LIMIT,
            "image_matrix_limit": IMAGE_MATRIX_LIMIT,
            "video_size_limit": 103_809_024,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        },
        "polls": {
            "max_options": 4,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


def _quote(request: Request, world: World, note: Note, viewer: Account | None) -> Json | None:
    """A Quote; what a quoted status quotes itself is a ShallowQuote, which ends the row."""
    if "quote" not in note.extra:
        return None
    quoted = world.note(NAME, note.extra["quote"])
    if quoted is None:
        return {"state": "deleted", "quoted_status": None}
    shown = status(request, world, quoted, viewer)
    if shown["quote"]:
        inner = shown["quote"].get("quoted_status")
        deeper = {"state": shown["quote"]["state"], "quoted_status_id": inner and inner["id"]}
        shown["quote"] = deeper
    return {"state": "accepted", "quoted_status": shown}


def _mention(request: Request, who: Account) -> Json:
    url = profile_url(request, who)
    return {"id": who.id, "username": who.handle, "acct": who.handle, "url": url}


def _tag(request: Request, name: str) -> Json:
    return {"name": name, "url": f"{base(request)}/tags/{name}"}


def statuses(request: Request, world: World, notes: Sequence[Note], viewer: Account) -> list[Json]:
    """Several Statuses."""
    return [status(request, world, note, viewer) for note in notes]
