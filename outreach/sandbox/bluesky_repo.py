"""com.atproto.repo: an account's own records, put and read by their keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.bluesky_ids import (
    NAME,
    POST,
    TID,
    actor,
    blob_cid,
    cid,
    did,
    post_uri,
    tid,
)
from outreach.sandbox.bluesky_records import REACTIONS, checked, content, images
from outreach.sandbox.bluesky_sessions import caller
from outreach.sandbox.bluesky_xrpc import Refused, body, number, parameter, unauthenticated
from outreach.sandbox.world import Account, Note, World

Json = dict[str, Any]
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
"""How files begin: what a file is goes before what its sender says it is."""


async def put_record(world: World, me: Account, request: Request) -> Response:
    """POST com.atproto.repo.putRecord"""
    sent = await body(request, "repo", "collection", "rkey", "record")
    _check_repo(world, me, sent)
    if sent["collection"] != POST:
        raise Refused(f"this sandbox puts no {sent['collection']}")
    key = _key(sent["rkey"])
    record = checked(world, POST, sent["record"])
    note = world.note(NAME, post_uri(me, key))
    _check_swap(note, sent)
    if note and content(note) == record:
        return JSONResponse(_written(sent, note.id, record))
    if note:
        world.update(note, record["text"], **_extra(record))
    else:
        note = _create(world, me, key, record)
    return JSONResponse(_written(sent, note.id, record) | _commit(world, note.id))


async def create_record(world: World, me: Account, request: Request) -> Response:
    """POST com.atproto.repo.createRecord"""
    sent = await body(request, "repo", "collection", "record")
    _check_repo(world, me, sent)
    collection = str(sent["collection"])
    if collection in REACTIONS:
        return _react(world, me, sent, collection)
    if collection != POST:
        raise Refused(f"this sandbox creates no {collection}")
    key = _key(sent["rkey"]) if "rkey" in sent else ""
    record = checked(world, POST, sent["record"])
    if key and world.note(NAME, post_uri(me, key)):
        raise Refused("Internal Server Error", "InternalServerError", 500)
    note = _create(world, me, key, record)
    return JSONResponse(_written(sent, note.id, record) | _commit(world, note.id))


async def creates(world: World, request: Request) -> bool:
    """Whether this publishes a post, or tries to again; not if it edits one, or is not let in."""
    try:
        me, sent = caller(world, request), await body(request)
    except Refused:
        return False
    note = world.note(NAME, post_uri(me, str(sent.get("rkey"))))
    record = sent.get("record")
    if note is None or not isinstance(record, dict):
        return sent.get("collection") == POST
    return note.edited is None and content(note) == {"$type": POST, **record}


async def delete_record(world: World, me: Account, request: Request) -> Response:
    """POST com.atproto.repo.deleteRecord"""
    sent = await body(request, "repo", "collection", "rkey")
    _check_repo(world, me, sent)
    if sent["collection"] != POST:
        raise Refused(f"this sandbox deletes no {sent['collection']}")
    note = world.note(NAME, post_uri(me, str(sent["rkey"])))
    if note is None:
        return JSONResponse({})
    _check_swap(note, sent)
    world.delete(note)
    return JSONResponse(_commit(world, note.id))


async def get_record(world: World, request: Request) -> Response:
    """GET com.atproto.repo.getRecord"""
    collection, key = parameter(request, "collection"), parameter(request, "rkey")
    owner = _owner(world, parameter(request, "repo"))
    note = world.note(NAME, post_uri(owner, key)) if collection == POST else None
    wanted = request.query_params.get("cid")
    if note is None or wanted not in (None, cid(content(note))):
        uri = f"at://{did(owner.handle)}/{collection}/{key}"
        raise Refused(f"Could not locate record: {uri}", "RecordNotFound")
    return JSONResponse(_record(note))


async def list_records(world: World, request: Request) -> Response:
    """GET com.atproto.repo.listRecords"""
    collection, owner = parameter(request, "collection"), _owner(world, parameter(request, "repo"))
    limit = number(request, "limit", 50, 1, 100)
    rising = request.query_params.get("reverse") == "true"
    cursor = request.query_params.get("cursor")
    notes = [
        note
        for note in world.notes[NAME].values()
        if note.author is owner and not note.deleted and collection == POST
    ]
    shown = [
        note
        for note in sorted(notes, key=lambda note: note.page, reverse=not rising)
        if cursor is None or (note.page > cursor if rising else note.page < cursor)
    ][:limit]
    answer: Json = {"records": [_record(note) for note in shown]}
    if shown:
        answer["cursor"] = shown[-1].page
    return JSONResponse(answer)


async def upload_blob(world: World, me: Account, request: Request) -> Response:
    """POST com.atproto.repo.uploadBlob"""
    data = await request.body()
    said = request.headers.get("content-type", "").partition(";")[0]
    if not said:
        raise Refused("Request encoding (Content-Type) required but not provided")
    kind = next((kind for start, kind in MAGIC.items() if data.startswith(start)), said)
    kept = world.attach(me, data, kind, "", blob_cid(data))
    link = {"$link": kept.id}
    blob = {"$type": "blob", "ref": link, "mimeType": kind, "size": len(data)}
    return JSONResponse({"blob": blob})


def _create(world: World, me: Account, key: str, record: Json) -> Note:
    parent = record["reply"]["parent"]["uri"] if "reply" in record else None
    return world.create(me, record["text"], key=key, in_reply_to=parent, **_extra(record))


def _react(world: World, me: Account, sent: Json, collection: str) -> Response:
    record = checked(world, collection, sent["record"])
    note = world.note(NAME, record["subject"]["uri"])
    if note is None:
        raise Refused("this sandbox keeps no reactions to what is not there")
    kind = REACTIONS[collection]
    world.react(me, note, kind)
    made = next(r for r in world.reacted(note, kind) if r.author is me)
    uri = f"at://{did(me.handle)}/{collection}/{made.id}"
    return JSONResponse(_written(sent, uri, record) | _commit(world, uri))


def _extra(record: Json) -> Json:
    return {"record": record, "media": [i["image"]["ref"]["$link"] for i in images(record)]}


def _check_repo(world: World, me: Account, sent: Json) -> None:
    owner = actor(world, str(sent["repo"]))
    if owner is None:
        raise Refused("Account not found", "AccountNotFound", 403)
    if owner is not me:
        raise unauthenticated()


def _owner(world: World, repo: str) -> Account:
    found = actor(world, repo)
    if found is None:
        raise Refused(f"Could not find repo: {repo}")
    return found


def _key(key: object) -> str:
    if not isinstance(key, str) or not TID.fullmatch(key):
        raise Refused(f'Invalid record key for {POST}: Invalid TID string (got "{key!s:.80}") at $')
    return key


def _check_swap(note: Note | None, sent: Json) -> None:
    """Compare-and-swap: `swapRecord` is what must be there, null is nothing."""
    there = cid(content(note)) if note else None
    if "swapRecord" in sent and sent["swapRecord"] != there:
        raise Refused(f"Record was at {there}", "InvalidSwap")


def _record(note: Note) -> Json:
    return {"uri": note.id, "cid": cid(content(note)), "value": content(note)}


def _written(sent: Json, uri: str, record: Json) -> Json:
    answer = {"uri": uri, "cid": cid(record)}
    return answer if sent.get("validate") is False else answer | {"validationStatus": "valid"}


def _commit(world: World, uri: str) -> Json:
    revision = tid(world.now())
    return {"commit": {"cid": cid({"uri": uri, "rev": revision}), "rev": revision}}
