"""Posts and their images, as the Posts API and the Images API document them."""

import re
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import linkedin_text as little
from outreach.sandbox.addresses import base
from outreach.sandbox.linkedin_ids import NAME, actor, image, target
from outreach.sandbox.linkedin_people import speaking
from outreach.sandbox.linkedin_rest import (
    BadInput,
    Json,
    Refused,
    at,
    body,
    check_method,
    created,
    denied,
    illegal,
    milliseconds,
    missing,
    page,
)
from outreach.sandbox.linkedin_sessions import Session
from outreach.sandbox.world import Account, Note, World

REMEMBERED = timedelta(hours=24)
"""How long the same words are a duplicate, also of a post that was deleted: then of a ghost."""

MOST_IMAGES = 20
LONGEST_ALT = 4086
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}


async def create(world: World, session: Session, request: Request) -> Response:
    """POST /rest/posts"""
    sent = await body(request)
    author = speaking(world, session, sent.get("author"))
    if author is None or not session.may(_writing(author)):
        raise denied("posts.CREATE")
    _check_fixed(sent)
    elements = little.read(_commentary(sent))
    text = little.shown(elements)
    if double := _said_before(world, author, text):
        what, why = f"Content is a duplicate of {double.id}", "Duplicate post is detected"
        raise BadInput(422, "DUPLICATE_POST", what, why)
    content, media = _content(world, sent.get("content"))
    note = world.create(
        author, text, commentary=little.written(elements), content=content, media=media
    )
    return created(note.id)


async def show(world: World, session: Session, request: Request) -> Response:
    """GET /rest/posts/…"""
    note = _post(world, request)
    if not session.may(_reading(note.author)):
        raise denied("posts.GET")
    return JSONResponse(_told(note))


async def find(world: World, session: Session, request: Request) -> Response:
    """GET /rest/posts?q=author: the posts of an organisation, newest first."""
    asked = request.query_params
    if asked.get("q") != "author" or asked.get("sortBy", "LAST_MODIFIED") not in _ORDERS:
        raise illegal("q must be author, sortBy LAST_MODIFIED or CREATED")
    author = speaking(world, session, asked.get("author"))
    if author is None or not session.may(_reading(author)):
        raise denied("posts.FINDER-author")
    notes = [n for n in world.listing(NAME) if n.author is author and n.in_reply_to is None]
    order = _ORDERS[asked.get("sortBy", "LAST_MODIFIED")]
    shown, paging = page(request, sorted(notes, key=order, reverse=True))
    return JSONResponse({"paging": paging, "elements": [_told(note) for note in shown]})


async def update(world: World, session: Session, request: Request) -> Response:
    """POST /rest/posts/… with PARTIAL_UPDATE"""
    check_method(request, "PARTIAL_UPDATE")
    note = _own(world, session, request)
    sent = await body(request)
    changed = at(sent, "patch", "$set")
    if not isinstance(changed, dict) or set(changed) != {"commentary"}:
        raise illegal("only patch.$set.commentary is known here")
    elements = little.read(_commentary(changed))
    world.update(note, little.shown(elements), commentary=little.written(elements))
    return Response(status_code=204)


async def delete(world: World, session: Session, request: Request) -> Response:
    """DELETE /rest/posts/…: also of what was deleted before."""
    known = world.notes[NAME].get(request.path_params["urn"])
    if known is not None and known.deleted and known.in_reply_to is None:
        return Response(status_code=204)
    world.delete(_own(world, session, request))
    return Response(status_code=204)


async def initialize(world: World, session: Session, request: Request) -> Response:
    """POST /rest/images?action=initializeUpload"""
    if request.query_params.get("action") != "initializeUpload":
        raise illegal("action must be initializeUpload")
    owner = speaking(world, session, at(await body(request), "initializeUploadRequest", "owner"))
    if owner is None or not session.may(_writing(owner)):
        raise denied("images.ACTION-initializeUpload")
    urn, until = image(world.now()), world.now() + timedelta(hours=24)
    told: Json = {
        "uploadUrlExpiresAt": milliseconds(until),
        "uploadUrl": f"{base(request)}/dms-uploads/sp/{urn}/0?ca=vector_feedshare",
        "image": urn,
    }
    return JSONResponse({"value": told})


async def upload(world: World, session: Session, request: Request) -> Response:
    """PUT to the upload URL: the image itself."""
    data = await request.body()
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        raise Refused(400, "MEDIA_ASSET_PROCESSING_FAILED", "not a JPG, GIF or PNG")
    world.attach(session.member, data, kind, "", id=request.path_params["urn"])
    return Response(status_code=201)


def _check_fixed(sent: Json) -> None:
    """What a published post must say of itself."""
    wanted = {
        "visibility": ("PUBLIC", "CONNECTIONS", "LOGGED_IN"),
        "lifecycleState": ("PUBLISHED",),
    }
    for name, values in wanted.items():
        if sent.get(name) not in values:
            raise BadInput(422, "FIELD_VALUE_INVALID", f"{name} is invalid", f"{name} is required")
    if at(sent, "distribution", "feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise BadInput(422, "FIELD_VALUE_INVALID", "distribution is invalid", "it is required")


def _commentary(sent: Json) -> str:
    commentary = sent.get("commentary")
    if not isinstance(commentary, str):
        raise BadInput(400, "MISSING_FIELD", "commentary is required", "it is no text")
    size = little.length(little.shown(little.read(commentary)))
    if size > little.LONGEST:
        what = f"ShareCommentary text length ({size} characters) exceeded the maximum allowed"
        why = "Size of array cannot be higher than the maxLength"
        what = f"{what} ({little.LONGEST} characters)"
        raise BadInput(400, "FIELD_ARRAY_SIZE_TOO_HIGH", what, why)
    return commentary


def _said_before(world: World, author: Account, text: str) -> Note | None:
    since = world.now() - REMEMBERED
    return next(
        (
            note
            for note in reversed(world.notes[NAME].values())
            if note.author is author and note.in_reply_to is None
            and note.at >= since and note.text == text
        ),
        None,
    )  # fmt: skip


def _content(world: World, content: Any) -> tuple[Json, list[str]]:
    """What is beside the words, as it is kept; and the images to show."""
    if content is None:
        return {}, []
    if isinstance(at(content, "article"), dict):
        return {"article": _article(world, content["article"])}, []
    images = at(content, "multiImage", "images")
    if isinstance(images, list) and not 2 <= len(images) <= MOST_IMAGES:
        raise illegal(f"multiImage takes 2 to {MOST_IMAGES} images")
    one = at(content, "media")
    listed = images if isinstance(images, list) else [one]
    return content, [_checked(world, each) for each in listed]


def _article(world: World, article: Json) -> Json:
    """The fields of an article are plain text, and LinkedIn fetches none of them itself."""
    if not re.match(r"https?://", str(article.get("source"))) or not article.get("title"):
        raise illegal("an article has a source and a title")
    if "thumbnail" in article:
        _checked(world, {"id": article["thumbnail"]})
    return article


def _checked(world: World, media: Any) -> str:
    urn, alt = str(at(media, "id")), at(media, "altText") or ""
    uploaded = world.attachments[NAME].get(urn)
    if uploaded is None:
        raise illegal(f"{urn} is not an image that was uploaded")
    if len(alt) > LONGEST_ALT:
        raise illegal(f"altText is longer than {LONGEST_ALT}")
    world.describe(NAME, uploaded, alt)
    return urn


def _post(world: World, request: Request) -> Note:
    note = target(world, request.path_params["urn"])
    if note is None or note.in_reply_to is not None:
        raise missing(request.path_params["urn"])
    return note


def _own(world: World, session: Session, request: Request) -> Note:
    note = _post(world, request)
    if speaking(world, session, actor(note.author)) is not note.author:
        raise denied("posts.PARTIAL_UPDATE")
    if not session.may(_writing(note.author)):
        raise denied("posts.PARTIAL_UPDATE")
    return note


def _writing(author: Account) -> str:
    return "w_organization_social" if "organization" in actor(author) else "w_member_social"


def _reading(author: Account) -> str:
    return "r_organization_social" if "organization" in actor(author) else "r_member_social"


def _told(note: Note) -> Json:
    modified = milliseconds(note.edited or note.at)
    told: Json = {
        "id": note.id,
        "author": actor(note.author),
        "commentary": note.extra["commentary"],
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": note.edited is not None},
        "isReshareDisabledByAuthor": False,
        "createdAt": milliseconds(note.at),
        "publishedAt": milliseconds(note.at),
        "lastModifiedAt": modified,
    }
    return told | ({"content": note.extra["content"]} if note.extra["content"] else {})


_ORDERS = {
    "LAST_MODIFIED": lambda note: note.edited or note.at,
    "CREATED": lambda note: note.at,
}
