"""Posts, likes and reposts as records: which Bluesky takes, and what is in them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from outreach.sandbox.bluesky_ids import NAME, POST, cid
from outreach.sandbox.bluesky_lexicon import Invalid, check
from outreach.sandbox.bluesky_text import facets
from outreach.sandbox.bluesky_xrpc import Refused
from outreach.sandbox.network import iso
from outreach.sandbox.world import Note, World

REACTIONS = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost"}
_RECORD = dict[str, Any]


def checked(world: World, collection: str, record: object) -> _RECORD:
    """A record as it is kept, or why it is refused."""
    if not isinstance(record, dict):
        raise Refused(f"Expected object value type (got {record!r:.80}) at $.record")
    record = {"$type": collection, **record}
    if record["$type"] != collection:
        raise Refused(f"Invalid $type: expected {collection}, got {record['$type']}")
    try:
        check(collection, record)
        cid(record)
    except (Invalid, ValueError) as error:
        raise Refused(f"Invalid {collection} record: {error}") from error
    for blob in _blobs(record):
        _check_blob(world, blob)
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


def shown_at(note: Note) -> datetime:
    """When app.bsky says that a post came: the author's time, where that is the earlier one."""
    return min(datetime.fromisoformat(content(note)["createdAt"]), note.at)


def _blobs(record: _RECORD) -> Iterator[_RECORD]:
    """The files that a post has, as it describes them."""
    yield from (picture["image"] for picture in images(record))
    embed = record.get("embed") or {}
    external = embed.get("external") or embed.get("media", {}).get("external", {})
    if "thumb" in external:
        yield external["thumb"]


def _check_blob(world: World, blob: _RECORD) -> None:
    """A post describes a file as it was uploaded."""
    link = blob["ref"]["$link"]
    kept = world.attachments[NAME].get(link)
    if kept is None:
        raise Refused(f"Could not find blob: {link}", "BlobNotFound")
    wrong = "Referenced {} does not match stored blob. Expected: {}, Got: {}"
    if blob["mimeType"] != kept.content_type:
        problem = wrong.format("Mimetype", kept.content_type, blob["mimeType"])
        raise Refused(problem, "InvalidMimeType")
    size = kept.path.stat().st_size
    if blob["size"] != size:
        raise Refused(wrong.format("Size", size, blob["size"]), "InvalidSize")
