"""Which records Bluesky takes as posts, likes and reposts; and the record of a post."""

import re
from datetime import datetime
from typing import Any

from outreach.sandbox.bluesky_ids import CID, NAME, POST, cid, did, parts
from outreach.sandbox.bluesky_text import LONGEST, LONGEST_BYTES, facets, length
from outreach.sandbox.bluesky_xrpc import Refused
from outreach.sandbox.network import iso
from outreach.sandbox.world import Note, World

REACTIONS = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost"}
MOST_IMAGES = 4
BIGGEST_IMAGE = 2_000_000
_EMBED = "app.bsky.embed."
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_RECORD = dict[str, Any]


class Invalid(Exception):
    """A record against its lexicon."""


def checked(world: World, collection: str, record: object) -> _RECORD:
    """A record as it is kept, or why it is refused."""
    if not isinstance(record, dict):
        raise Refused("Input/record must be an object")
    record = {"$type": collection, **record}
    try:
        if record["$type"] != collection:
            raise Refused(f"Invalid $type: expected {collection}, got {record['$type']}")
        _check_time(record)
        if collection == POST:
            _check_post(world, record)
        else:
            _check_ref(record.get("subject"), "Record/subject")
        cid(record)
    except (Invalid, ValueError) as error:
        raise Refused(f"Invalid {collection} record: {error}") from error
    return record


def content(note: Note) -> _RECORD:
    """The record of a post."""
    record: _RECORD = note.extra["record"]
    return record


def reference(note: Note) -> _RECORD:
    """A strongRef to a post."""
    return {"uri": note.id, "cid": cid(content(note))}


def compose(world: World, text: str, parent: Note | None) -> _RECORD:
    """What the network's own app would send for the words of a person."""
    record: _RECORD = {"$type": POST, "text": text, "createdAt": iso(world.now()), "langs": ["en"]}
    if found := facets(world, text):
        record["facets"] = found
    if parent:
        above = content(parent).get("reply")
        ref = reference(parent)
        record["reply"] = {"root": above["root"] if above else ref, "parent": ref}
    return {"record": record, "media": []}


def images(record: _RECORD) -> list[_RECORD]:
    """The images of a post."""
    embed = record.get("embed") or {}
    found: list[_RECORD] = embed.get("images") or embed.get("media", {}).get("images", [])
    return found


def quoted(record: _RECORD) -> str:
    """The URI of what a post quotes."""
    inner = (record.get("embed") or {}).get("record") or {}
    return str(inner.get("uri") or inner.get("record", {}).get("uri", ""))


def own_did(note: Note) -> str:
    """The DID of a post's author."""
    return did(note.author.handle)


def _check_time(record: _RECORD) -> None:
    if "createdAt" not in record:
        raise Invalid('Record must have the property "createdAt"')
    try:
        if _TIME.fullmatch(record["createdAt"]) and datetime.fromisoformat(record["createdAt"]):
            return
    except (TypeError, ValueError):
        pass
    raise Invalid("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)")


def _check_post(world: World, record: _RECORD) -> None:
    if "text" not in record:
        raise Invalid('Record must have the property "text"')
    text = record["text"]
    if not isinstance(text, str):
        raise Invalid("Record/text must be a string")
    if len(text.encode()) > LONGEST_BYTES:
        raise Invalid(f"Record/text must not be longer than {LONGEST_BYTES} characters")
    if length(text) > LONGEST:
        raise Invalid(f"Record/text must not be longer than {LONGEST} graphemes")
    _check_list(record.get("langs", []), "Record/langs", 3)
    _check_list(record.get("tags", []), "Record/tags", 8)
    for place, facet in enumerate(_list(record.get("facets", []), "Record/facets")):
        _check_facet(facet, len(text.encode()), f"Record/facets/{place}")
    if "reply" in record:
        for name in ("root", "parent"):
            _check_ref(_member(record["reply"], name, "Record/reply"), f"Record/reply/{name}")
    if "embed" in record:
        _check_embed(world, record["embed"], "Record/embed")


def _check_facet(facet: object, size: int, path: str) -> None:
    index = _member(facet, "index", path)
    start, end = (_member(index, name, f"{path}/index") for name in ("byteStart", "byteEnd"))
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= size:
        raise Invalid(f"{path}/index must be a range of the {size} bytes of the text")
    for feature in _list(_member(facet, "features", path), f"{path}/features"):
        kind = str(_member(feature, "$type", f"{path}/features"))
        needed = {"link": "uri", "mention": "did", "tag": "tag"}.get(kind.partition("#")[2])
        if needed and not isinstance(_member(feature, needed, f"{path}/features"), str):
            raise Invalid(f"{path}/features/{needed} must be a string")


def _check_ref(ref: object, path: str) -> None:
    uri, content_id = _member(ref, "uri", path), _member(ref, "cid", path)
    if not parts(uri):
        raise Invalid(f"{path}/uri must be a valid at-uri")
    if not isinstance(content_id, str) or not CID.fullmatch(content_id):
        raise Invalid(f"{path}/cid must be a cid string")


def _check_embed(world: World, embed: object, path: str) -> None:
    match str(_member(embed, "$type", path)).removeprefix(_EMBED):
        case "images":
            pictures = _list(_member(embed, "images", path), f"{path}/images")
            if len(pictures) > MOST_IMAGES:
                raise Invalid(f"{path}/images must not have more than {MOST_IMAGES} elements")
            for picture in pictures:
                if not isinstance(_member(picture, "alt", f"{path}/images"), str):
                    raise Invalid(f"{path}/images/alt must be a string")
                _check_blob(world, _member(picture, "image", f"{path}/images"), path)
        case "external":
            external = _member(embed, "external", path)
            for name in ("uri", "title", "description"):
                if not isinstance(_member(external, name, f"{path}/external"), str):
                    raise Invalid(f"{path}/external/{name} must be a string")
            if "thumb" in external:
                _check_blob(world, external["thumb"], path)
        case "record":
            _check_ref(_member(embed, "record", path), f"{path}/record")
        case "recordWithMedia":
            _check_embed(world, _member(embed, "media", path), f"{path}/media")
            quote = _member(_member(embed, "record", path), "record", f"{path}/record")
            _check_ref(quote, f"{path}/record/record")
        case kind:
            raise Invalid(f"{path} is of a kind that this sandbox does not keep: {kind}")


def _check_blob(world: World, blob: object, path: str) -> None:
    link = _member(_member(blob, "ref", path), "$link", path)
    kept = world.attachments[NAME].get(str(link))
    if kept is None:
        raise Refused(f"Could not find blob: {link}", "BlobNotFound")
    size = kept.path.stat().st_size
    if size > BIGGEST_IMAGE:
        raise Refused(
            f"This file is too large. It is {size} bytes but the maximum size is {BIGGEST_IMAGE}.",
            "BlobTooLarge",
        )
    if not kept.content_type.startswith("image/"):
        raise Refused(f"Wrong type of file. It is {kept.content_type}", "InvalidMimeType")


def _member(value: object, name: str, path: str) -> Any:
    if not isinstance(value, dict):
        raise Invalid(f"{path} must be an object")
    if name not in value:
        raise Invalid(f'{path} must have the property "{name}"')
    return value[name]


def _list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(f"{path} must be an array")
    return value


def _check_list(value: object, path: str, most: int) -> None:
    if len(_list(value, path)) > most:
        raise Invalid(f"{path} must not have more than {most} elements")
