"""Asks Bluesky's lexicons whether a request or an answer is one of theirs."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import regex

from tests.shared import ABSENT

from .spec import SPECS

LEXICONS = SPECS / "bluesky" / "lexicons"
Json = dict[str, Any]

_DID = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_HANDLE = (
    r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
)
_NSID = r"[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9-]+)+\.[a-zA-Z][a-zA-Z0-9]*"
_KEY = r"(?!\.\.?$)[a-zA-Z0-9._:~-]{1,512}"
FORMATS = {
    "did": _DID,
    "handle": _HANDLE,
    "at-identifier": f"{_DID}|{_HANDLE}",
    "nsid": _NSID,
    "record-key": _KEY,
    "at-uri": rf"at://({_DID}|{_HANDLE})(/{_NSID}(/{_KEY})?)?",
    "tid": r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}",
    "cid": r"b[a-z2-7]{58}",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "uri": r"\w+:\S+",
    "language": r"[a-z]{2,3}(-[a-zA-Z0-9]+)*",
}


class Lexicons:
    """All lexicons. An object may hold nothing that its lexicon does not name."""

    def check_answer(self, value: Any, method: str) -> None:
        """Fail unless `value` is what a method answers."""
        _hold(self._errors(value, _main(method)["output"]["schema"], method, "$"))

    def check_request(self, value: Any, method: str) -> None:
        """Fail unless `value` is a body that a procedure takes."""
        _hold(self._errors(value, _main(method)["input"]["schema"], method, "$"))

    def check_query(self, url: str, method: str) -> None:
        """Fail unless the URL's query is one that a method takes."""
        known = _main(method).get("parameters", {"properties": {}})
        query = parse_qs(urlsplit(url).query)
        value: Json = {}
        for name, texts in query.items():
            kind = known["properties"].get(name, {}).get("type")
            found = [int(t) if kind == "integer" else {"true": True}.get(t, t) for t in texts]
            value[name] = found if kind == "array" else found[0]
        _hold(self._errors(value, {**known, "type": "object"}, method, "$"))

    def check_record(self, value: Json, collection: str) -> None:
        """Fail unless `value` is a record of a collection."""
        _hold(self._errors(value, _main(collection)["record"], collection, "$"))

    def check_error(self, value: Any) -> None:
        """Fail unless `value` is how XRPC says that something is wrong."""
        assert set(value) == {"error", "message"}, value
        assert re.fullmatch(r"[A-Z][A-Za-z]+", value["error"]), value
        assert isinstance(value["message"], str), value

    def _errors(self, value: Any, schema: Json, home: str, path: str) -> Iterator[str]:
        match schema["type"]:
            case "object":
                yield from self._object(value, schema, home, path)
            case "array":
                if not isinstance(value, list):
                    yield f"{path} is no array"
                    return
                if len(value) > schema.get("maxLength", len(value)):
                    yield f"{path} is too long"
                for place, item in enumerate(value):
                    yield from self._errors(item, schema["items"], home, f"{path}[{place}]")
            case "ref":
                there, found = _resolved(schema["ref"], home)
                yield from self._errors(value, found, there, path)
            case "union":
                yield from self._union(value, schema, home, path)
            case "unknown":
                yield from self._unknown(value, path)
            case kind:
                yield from _scalar(value, schema, kind, path)

    def _object(self, value: Any, schema: Json, home: str, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path} is no object"
            return
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path} has no {name}"
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name)
            if known is None and name != "$type":
                yield f"{path}.{name} is in no lexicon"
            elif known and not (inner is None and name in schema.get("nullable", [])):
                yield from self._errors(inner, known, home, f"{path}.{name}")

    def _union(self, value: Any, schema: Json, home: str, path: str) -> Iterator[str]:
        kind = value.get("$type") if isinstance(value, dict) else None
        for ref in schema["refs"]:
            there, found = _resolved(ref, home)
            if kind in (f"{there}#{ref.partition('#')[2]}", there if "#" not in ref else None):
                yield from self._errors(value, found, there, path)
                return
        yield f"{path} is of no type of {schema['refs']}: {kind}"

    def _unknown(self, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path} is no object"
        elif "$type" in value:
            yield from self._errors(value, _main(value["$type"])["record"], value["$type"], path)


def _scalar(value: Any, schema: Json, kind: str, path: str) -> Iterator[str]:
    if kind == "blob":
        if not isinstance(value, dict) or set(value) != {"$type", "ref", "mimeType", "size"}:
            yield f"{path} is no blob"
        elif not re.fullmatch(FORMATS["cid"], value["ref"]["$link"]):
            yield f"{path}.ref is no cid"
        return
    if isinstance(value, str) and kind == "string":
        yield from _string(value, schema, path)
        return
    if type(value) is not {"string": str, "integer": int, "boolean": bool}[kind]:
        yield f"{path} is no {kind}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']}"
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get(
        "maximum", value
    ):
        yield f"{path} is out of range"


def _string(value: str, schema: Json, path: str) -> Iterator[str]:
    if len(value.encode()) > schema.get("maxLength", 1 << 20):
        yield f"{path} has too many bytes"
    if len(regex.findall(r"\X", value)) > schema.get("maxGraphemes", 1 << 20):
        yield f"{path} has too many graphemes"
    form = schema.get("format")
    if form and not re.fullmatch(FORMATS[form], value, re.ASCII):
        yield f"{path} is no {form}: {value}"
    elif form == "datetime":
        datetime.fromisoformat(value)


@cache
def _read(name: str) -> Json:
    document: Json = json.loads((LEXICONS / (name.replace(".", "/") + ".json")).read_text())
    return document


def _main(name: str) -> Json:
    found: Json = _read(name)["defs"]["main"]
    return found


def _resolved(ref: str, home: str) -> tuple[str, Json]:
    there, _, name = ref.partition("#")
    there = there or home
    return there, _read(there)["defs"][name or "main"]


def _hold(errors: Iterator[str]) -> None:
    found = list(errors)
    assert not found, "\n".join(found)


def official() -> Lexicons:
    """The lexicons; skips the test where they are not at hand."""
    if not LEXICONS.is_dir():
        pytest.skip(ABSENT)
    return Lexicons()
