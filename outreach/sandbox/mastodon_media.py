"""What a Mastodon server does with files (methods/media)."""

import re
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import mastodon_entities as entities
from outreach.sandbox.forms import Upload, fields
from outreach.sandbox.mastodon_entities import (
    DESCRIPTION_LIMIT,
    IMAGE_MATRIX_LIMIT,
    IMAGE_SIZE_LIMIT,
    IMAGE_TYPES,
    MEDIA_LIMIT,
    NAME,
)
from outreach.sandbox.mastodon_paging import Invalid, Missing
from outreach.sandbox.world import Account, Attachment, Note, World

PROCESSING = timedelta(seconds=2)
"""How long a GIF takes: Mastodon makes a film of it, and answers 202 and 206 until it is there."""

_HEADS: tuple[tuple[re.Pattern[bytes], Literal["big", "little"]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR(.{4})(.{4})", re.DOTALL), "big"),
    (re.compile(rb"GIF8[79]a(..)(..)", re.DOTALL), "little"),
)


async def upload(world: World, me: Account, request: Request) -> Response:
    """POST /api/v2/media"""
    sent = await fields(request)
    file = sent.get("file")
    if not isinstance(file, Upload) or not file.data:
        raise Invalid("File can't be blank")
    if file.content_type not in IMAGE_TYPES:
        raise Invalid("File content type is invalid")
    if len(file.data) >= IMAGE_SIZE_LIMIT:
        raise Invalid(f"File file size must be less than {IMAGE_SIZE_LIMIT >> 20} MB")
    if _pixels(file.data) > IMAGE_MATRIX_LIMIT:
        raise Invalid("File has too many pixels")
    kept = world.attach(me, file.data, file.content_type, _description(sent, request))
    return JSONResponse(told(request, world, kept), 200 if ready(world, kept) else 202)


async def show(world: World, me: Account, request: Request) -> Response:
    """GET /api/v1/media/:id"""
    file = _file(world, request)
    return JSONResponse(told(request, world, file), 200 if ready(world, file) else 206)


async def describe(world: World, me: Account, request: Request) -> Response:
    """PUT /api/v1/media/:id"""
    file = _file(world, request)
    world.describe(NAME, file, _description(await fields(request), request))
    return JSONResponse(told(request, world, file), 200 if ready(world, file) else 206)


def told(request: Request, world: World, file: Attachment) -> entities.Json:
    """A MediaAttachment; its URL is null as long as there is nothing to see."""
    shown = entities.media_attachment(request, file)
    return shown if ready(world, file) else {**shown, "url": None}


def ready(world: World, file: Attachment) -> bool:
    """Whether it may be attached. The work on a file begins when it is first looked at: at once."""
    if file.content_type != "image/gif":
        return True
    begun = world.mark(NAME, f"process {file.id}")
    return world.now() - begun >= PROCESSING / world.time_scale


def attachable(world: World, ids: list[str], note: Note | None) -> list[str]:
    """The ids, where a new status, or `note` in an edit, may have these files."""
    if len(ids) > MEDIA_LIMIT:
        raise Invalid(f"Cannot attach more than {MEDIA_LIMIT} files")
    taken = {
        id
        for other in world.notes[NAME].values()
        if other is not note and not other.deleted
        for id in other.extra.get("media", [])
    }
    files = [world.attachments[NAME].get(id) for id in ids if id not in taken]
    known = [file for file in files if file]
    if len(known) < len(ids):
        raise Invalid("Media is not there or already attached")
    if not all(ready(world, file) for file in known):
        raise Invalid("Media is not processed yet")
    return ids


def _file(world: World, request: Request) -> Attachment:
    file = world.attachments[NAME].get(request.path_params["id"])
    if file is None:
        raise Missing
    return file


def _description(sent: dict[str, object], request: Request) -> str:
    """Out of the form or, as Mastodon.py sends it, out of the query."""
    text = str(sent.get("description") or request.query_params.get("description") or "")
    if len(text) > DESCRIPTION_LIMIT:
        raise Invalid(f"Description is longer than {DESCRIPTION_LIMIT} characters")
    return text


def _pixels(data: bytes) -> int:
    """Width by height, as far as the head of a PNG or a GIF says."""
    for head, order in _HEADS:
        if found := head.match(data):
            width, height = (int.from_bytes(side, order) for side in found.groups())
            return width * height
    return 0
