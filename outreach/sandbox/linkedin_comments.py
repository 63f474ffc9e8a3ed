"""Comments, as the Comments API and the Social Metadata API document them."""

import re
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.linkedin_ids import NAME, activity, actor, company_of, number, target
from outreach.sandbox.linkedin_people import speaking
from outreach.sandbox.linkedin_rest import (
    BadInput,
    Json,
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
from outreach.sandbox.linkedin_text import LONGEST_COMMENT, length
from outreach.sandbox.world import Account, Note, World


async def create(world: World, session: Session, request: Request) -> Response:
    """POST /rest/socialActions/…/comments; what a member says goes to /v2."""
    sent = await body(request)
    who = _speaker(world, session, request, sent.get("actor"), "CREATE")
    parent = _target(world, request)
    text = _text(at(sent, "message", "text"))
    if target(world, str(sent.get("object"))) is None:
        raise illegal("object must be the post that is commented on")
    note = world.create(who, text, in_reply_to=parent.id)
    return created(number(note.id), _told(world, note))


async def find(world: World, session: Session, request: Request) -> Response:
    """GET /rest/socialActions/…/comments: of a post its comments, of a comment its answers."""
    parent = _target(world, request)
    _check_readable(world, session, parent)
    indexed = {note.id for note in world.listing(NAME)}
    shown = [note for note in world.answers(parent) if note.id in indexed]
    elements, paging = page(request, shown)
    return JSONResponse({"paging": paging, "elements": [_told(world, one) for one in elements]})


async def update(world: World, session: Session, request: Request) -> Response:
    """POST /rest/socialActions/…/comments/… with PARTIAL_UPDATE"""
    check_method(request, "PARTIAL_UPDATE")
    note = _own(world, session, request, "PARTIAL_UPDATE")
    sent = await body(request)
    world.update(note, _text(at(sent, "patch", "message", "$set", "text")))
    return JSONResponse(_told(world, note))


async def delete(world: World, session: Session, request: Request) -> Response:
    """DELETE /rest/socialActions/…/comments/…"""
    world.delete(_own(world, session, request, "DELETE"))
    return Response(status_code=204)


async def metadata(world: World, session: Session, request: Request) -> Response:
    """GET /rest/socialMetadata?ids=List(…): how much was said to several posts."""
    listed = re.search(r"(?:^|&)ids=List\(([^()&]+)\)", request.url.query)
    if listed is None:
        raise illegal("ids must be a List of URNs, each encoded")
    results: Json = {}
    for urn in map(unquote, listed[1].split(",")):
        note = target(world, urn)
        if note is not None:
            _check_readable(world, session, note)
            results[urn] = _metadata(world, urn, note)
    return JSONResponse({"results": results, "statuses": {}, "errors": {}})


def _metadata(world: World, urn: str, note: Note) -> Json:
    def below(parent: Note) -> int:
        return sum(1 + below(child) for child in world.answers(parent))

    likes = len(world.reacted(note, "like"))
    summary = {"LIKE": {"reactionType": "LIKE", "count": likes}} if likes else {}
    return {
        "entity": urn,
        "reactionSummaries": summary,
        "commentSummary": {"count": below(note), "topLevelCount": len(world.answers(note))},
        "commentsState": "OPEN",
    }


def _speaker(world: World, session: Session, request: Request, urn: object, method: str) -> Account:
    """Who comments. A member without partner access is heard on the unversioned path only."""
    who = speaking(world, session, urn)
    unversioned = request.url.path.startswith("/v2/")
    if who is None:
        wanted: tuple[str, ...] = ()
    elif company_of(who):
        wanted = ("w_organization_social", "w_organization_social_feed")
    else:
        wanted = ("w_member_social",) if unversioned else ("w_member_social_feed",)
    if who is None or not session.may(*wanted):
        raise denied(f"partnerApiSocialActions.{method}")
    return who


def _check_readable(world: World, session: Session, note: Note) -> None:
    """Comments on a member's posts are kept from all but a few partners."""
    author = world.root(note).author
    readable = company_of(author) and speaking(world, session, actor(author)) is author
    if not readable or not session.may("r_organization_social", "r_organization_social_feed"):
        raise denied("partnerApiSocialActions.GET_ALL")


def _target(world: World, request: Request) -> Note:
    note = target(world, request.path_params["target"])
    if note is None:
        raise missing(request.path_params["target"])
    return note


def _own(world: World, session: Session, request: Request, method: str) -> Note:
    """The comment of a URL, which the caller wrote."""
    urn, key = request.path_params["target"], request.path_params["key"]
    above = re.match(r"urn:li:comment:\((urn:li:activity:\d+),", urn)
    root = target(world, above[1] if above else urn)
    where = activity(root) if root else urn
    note = target(world, f"urn:li:comment:({where},{key})")
    if note is None:
        raise missing(f"{urn} {key}")
    speaker = request.query_params.get("actor", actor(session.member))
    if _speaker(world, session, request, speaker, method) is not note.author:
        raise denied(f"partnerApiSocialActions.{method}")
    return note


def _text(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise BadInput(400, "MISSING_FIELD", "message.text is required", "it is empty")
    if length(text) > LONGEST_COMMENT:
        what = f"Comment text is longer than {LONGEST_COMMENT} characters"
        raise BadInput(400, "FIELD_LENGTH_TOO_LONG", what, "it is too long")
    return text


def _told(world: World, note: Note) -> Json:
    """A comment. Its text is plain, in no format."""
    where = activity(world.root(note))
    told: Json = {
        "actor": actor(note.author),
        "commentUrn": note.id,
        "created": {"actor": actor(note.author), "time": milliseconds(note.at)},
        "id": number(note.id),
        "lastModified": {
            "actor": actor(note.author),
            "time": milliseconds(note.edited or note.at),
        },
        "message": {"attributes": [], "text": note.text},
        "object": where,
    }
    parent = target(world, note.in_reply_to or "")
    if parent is not None and parent.in_reply_to is not None:
        told["parentComment"] = parent.id
    return told
