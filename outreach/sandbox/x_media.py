"""Images on X: uploaded ahead of their post, described, and worked on where they move."""

import base64
import binascii
import re
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.forms import Malformed, Upload, fields
from outreach.sandbox.world import Account, Attachment, World
from outreach.sandbox.x_entities import NAME, media_key, not_found
from outreach.sandbox.x_paging import Invalid

IMAGE, GIF = 5 << 20, 15 << 20
LONGEST_ALT = 1000
MOST = 4
PROCESSING = timedelta(seconds=1)
LIFE = 86_400
_KINDS = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF.{4}WEBP",
}


async def upload(world: World, caller: Account, request: Request) -> Response:
    """POST /2/media/upload"""
    sent = await _fields(request)
    data, category = _data(sent.get("media")), sent.get("media_category")
    kind = next((k for k, start in _KINDS.items() if re.match(start, data, re.DOTALL)), "")
    if category not in ("tweet_image", "tweet_gif"):
        raise Invalid("media_category", str(category), "is not a category of this sandbox")
    if not kind or (category == "tweet_gif") != (kind == "image/gif"):
        raise Invalid("media", kind, "The media is not what its category says")
    if len(data) > (GIF if kind == "image/gif" else IMAGE):
        raise Invalid("media", str(len(data)), "The media is too large")
    kept = world.attach(caller, data, kind, "")
    return JSONResponse({"data": _told(world, kept)})


async def status(world: World, caller: Account, request: Request) -> Response:
    """GET /2/media/upload"""
    return JSONResponse({"data": _told(world, _known(world, request.query_params["media_id"]))})


async def describe(world: World, caller: Account, request: Request) -> Response:
    """POST /2/media/metadata"""
    sent = await _fields(request)
    kept = _known(world, str(sent.get("id")))
    alt = (sent.get("metadata") or {}).get("alt_text") or {}
    text = alt.get("text")
    if not isinstance(text, str) or len(text) > LONGEST_ALT:
        raise Invalid("metadata.alt_text.text", str(text), f"takes {LONGEST_ALT} characters")
    world.describe(NAME, kept, text)
    told = {"alt_text": {"text": text}}
    return JSONResponse({"data": {"id": kept.id, "associated_metadata": told}})


def attached(world: World, sent: dict[str, Any]) -> list[str]:
    """The ids of a new post's media: uploaded, ready, and no more than X takes."""
    media = sent.get("media")
    if media is None:
        return []
    ids = media.get("media_ids") if isinstance(media, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST:
        raise Invalid("media.media_ids", str(ids), f"must have 1 to {MOST} items")
    files = [world.attachments[NAME].get(str(id)) for id in ids]
    if not all(file and _state(world, file) == "succeeded" for file in files):
        raise Invalid("media.media_ids", str(ids), "Your media IDs are invalid.")
    return [str(id) for id in ids]


def _told(world: World, kept: Attachment) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": kept.id,
        "media_key": media_key(kept.id),
        "size": kept.path.stat().st_size,
        "expires_after_secs": LIFE,
        "image": {"image_type": kept.content_type},
    }
    if kept.content_type == "image/gif":
        state = _state(world, kept)
        done = state == "succeeded"
        told["processing_info"] = {"state": state, "progress_percent": 100 if done else 0}
        told["processing_info"] |= {} if done else {"check_after_secs": 1}
    return told


def _state(world: World, kept: Attachment) -> str:
    if kept.content_type != "image/gif":
        return "succeeded"
    begun = world.mark(NAME, f"processing {kept.id}")
    return "succeeded" if world.now() >= begun + PROCESSING else "pending"


def _data(media: object) -> bytes:
    if isinstance(media, Upload):
        return media.data
    try:
        return base64.b64decode(str(media), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("media", "", "is neither a file nor base64") from error


def _known(world: World, id: str) -> Attachment:
    found = world.attachments[NAME].get(id)
    if found is None:
        raise Invalid("media_id", id, str(not_found("media", id)["detail"]))
    return found


async def _fields(request: Request) -> dict[str, Any]:
    try:
        return await fields(request)
    except Malformed as error:
        raise Invalid("body", "", f"Invalid body: {error}") from error
