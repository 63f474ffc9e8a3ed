"""What the lexicons of posts, likes and reposts ask of a record; worded as a PDS does."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from outreach.sandbox.bluesky_ids import CID, DID, POST, parts
from outreach.sandbox.bluesky_text import LONGEST, LONGEST_BYTES, length

MOST_IMAGES = 4
BIGGEST_IMAGE = 2_000_000
BIGGEST_THUMB = 1_000_000
_EMBED = "app.bsky.embed."
_FACET = "app.bsky.richtext.facet#"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_URI = re.compile(r"\w+:(//)?[^\s/]\S*")
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[a-zA-Z0-9]+)*")
_Check = Callable[[Any, str], None]


class Invalid(Exception):
    """A record against its lexicon."""

    def __init__(self, problem: str, path: str) -> None:
        super().__init__(f"{problem} at {path}")


def check(collection: str, record: dict[str, Any]) -> None:
    """Raise Invalid unless this is a record of the collection."""
    path = "$.record"
    _time(_required(record, "createdAt", path), f"{path}.createdAt")
    if collection != POST:
        _reference(_required(record, "subject", path), f"{path}.subject")
        return
    _string(_required(record, "text", path), f"{path}.text", LONGEST_BYTES, LONGEST)
    for name, checked in _OPTIONAL.items():
        if name in record:
            checked(record[name], f"{path}.{name}")


def _required(value: Any, name: str, path: str) -> Any:
    if not isinstance(value, dict):
        raise _unexpected("object", value, path)
    if name not in value:
        raise Invalid(f'Missing required key "{name}"', path)
    return value[name]


def _typed(value: Any, path: str) -> str:
    """The $type of one of several kinds of object."""
    if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
        raise _unexpected('an object which includes the "$type" property', value, path)
    return str(value["$type"])


def _string(value: Any, path: str, size: int = 1 << 20, graphemes: int = 1 << 20) -> None:
    if not isinstance(value, str):
        raise _unexpected("string", value, path)
    if (got := len(value.encode())) > size:
        raise Invalid(f"string too big (maximum {size}, got {got})", path)
    if (got := length(value)) > graphemes:
        raise Invalid(f"grapheme too big (maximum {graphemes}, got {got})", path)


def _formatted(value: Any, path: str, name: str, fits: Callable[[str], object]) -> None:
    _string(value, path)
    if not fits(value):
        raise Invalid(f"Invalid {name} (got {json.dumps(value)})", path)


def _time(value: Any, path: str) -> None:
    _formatted(value, path, "datetime", _is_time)


def _is_time(value: str) -> bool:
    try:
        return bool(_TIME.fullmatch(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _list(value: Any, path: str, each: _Check, most: int = 1 << 20) -> None:
    if not isinstance(value, list):
        raise _unexpected("array", value, path)
    if len(value) > most:
        raise Invalid(f"array too big (maximum {most}, got {len(value)})", path)
    for place, item in enumerate(value):
        each(item, f"{path}[{place}]")


def _langs(value: Any, path: str) -> None:
    _list(value, path, lambda v, p: _formatted(v, p, "language", _LANGUAGE.fullmatch), 3)


def _tag(value: Any, path: str) -> None:
    _string(value, path, 640, 64)


def _reference(value: Any, path: str) -> None:
    _formatted(_required(value, "uri", path), f"{path}.uri", "at-uri", parts)
    _formatted(_required(value, "cid", path), f"{path}.cid", "CID string", CID.fullmatch)


def _reply(value: Any, path: str) -> None:
    for name in ("root", "parent"):
        _reference(_required(value, name, path), f"{path}.{name}")


def _facet(value: Any, path: str) -> None:
    index = _required(value, "index", path)
    for name in ("byteStart", "byteEnd"):
        _natural(_required(index, name, f"{path}.index"), f"{path}.index.{name}")
    _list(_required(value, "features", path), f"{path}.features", _feature)


def _natural(value: Any, path: str) -> None:
    if type(value) is not int:
        raise _unexpected("integer", value, path)
    if value < 0:
        raise Invalid(f"integer too small (minimum 0, got {value})", path)


def _feature(value: Any, path: str) -> None:
    match _typed(value, path).removeprefix(_FACET):
        case "mention":
            _formatted(_required(value, "did", path), f"{path}.did", "DID", DID.fullmatch)
        case "link":
            _formatted(_required(value, "uri", path), f"{path}.uri", "uri", _URI.fullmatch)
        case "tag":
            _tag(_required(value, "tag", path), f"{path}.tag")


def _embed(value: Any, path: str) -> None:
    match _typed(value, path).removeprefix(_EMBED):
        case "images":
            _list(_required(value, "images", path), f"{path}.images", _image, MOST_IMAGES)
        case "external":
            _external(_required(value, "external", path), f"{path}.external")
        case "record":
            _reference(_required(value, "record", path), f"{path}.record")
        case "recordWithMedia":
            quote = _required(value, "record", path)
            _reference(_required(quote, "record", f"{path}.record"), f"{path}.record.record")
            _embed(_required(value, "media", path), f"{path}.media")
        case kind:
            raise Invalid(f"this sandbox keeps nothing of the kind {kind}", path)


def _image(value: Any, path: str) -> None:
    _blob(_required(value, "image", path), f"{path}.image", BIGGEST_IMAGE)
    _string(_required(value, "alt", path), f"{path}.alt")


def _external(value: Any, path: str) -> None:
    _formatted(_required(value, "uri", path), f"{path}.uri", "uri", _URI.fullmatch)
    for name in ("title", "description"):
        _string(_required(value, name, path), f"{path}.{name}")
    if "thumb" in value:
        _blob(value["thumb"], f"{path}.thumb", BIGGEST_THUMB)


def _blob(value: Any, path: str, biggest: int) -> None:
    match value:
        case {"$type": "blob", "ref": {"$link": str()}, "mimeType": str(kind), "size": int(size)}:
            if size > biggest:
                raise Invalid(f"blob too big (maximum {biggest}, got {size})", path)
            if not kind.startswith("image/"):
                raise Invalid(f'Expected "image/*" (got {json.dumps(kind)})', f"{path}.mimeType")
        case _:
            raise _unexpected("blob", value, path)


def _unexpected(wanted: str, value: Any, path: str) -> Invalid:
    got = "{...}" if isinstance(value, dict) and value else json.dumps(value)
    return Invalid(f"Expected {wanted} value type (got {got})", path)


_OPTIONAL: dict[str, _Check] = {
    "langs": _langs,
    "tags": lambda value, path: _list(value, path, _tag, 8),
    "facets": lambda value, path: _list(value, path, _facet),
    "reply": _reply,
    "embed": _embed,
}
