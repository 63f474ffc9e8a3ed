"""Asks the networks' official descriptions whether a request or an answer is one of theirs."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"
FILES = {
    "devto": "forem/api_v1.json",
    "discord": "discord/openapi.json",
    "mastodon": "mastodon/schema.json",
    "x": "x/openapi.json",
}
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri", raises=ValueError)
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


class Spec:
    """One network's OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource: Resource[Any] = Resource.from_contents(document, DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:spec", resource)

    def check(self, value: Any, schema: str) -> None:
        """Fail unless `value` is a `schema` of the document's components."""
        self._check(value, f"/components/schemas/{schema}")

    def check_answer(self, value: Any, method: str, path: str, status: int) -> None:
        """Fail unless `value` is what an operation answers with a status."""
        responses = self.document["paths"][path][method]["responses"]
        assert str(status) in responses, f"{method} {path} never answers {status}"
        self._check(value, _pointer("paths", path, method, "responses", str(status)) + _JSON)

    def check_request(self, value: Any, method: str, path: str) -> None:
        """Fail unless `value` is a body that an operation takes."""
        self._check(value, _pointer("paths", path, method, "requestBody") + _JSON)

    def parameters(self, method: str, path: str) -> set[str]:
        """The names of an operation's query parameters."""
        listed = self.document["paths"][path][method].get("parameters", [])
        return {self._resolved(parameter)["name"] for parameter in listed}

    def fields(self, schema: str) -> set[str]:
        """The names of an object's members."""
        return set(self.document["components"]["schemas"][schema]["properties"])

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in value:
            return value
        found: Any = self.document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        assert isinstance(found, dict)
        return found

    def _check(self, value: Any, pointer: str) -> None:
        validator = Draft202012Validator(
            {"$ref": f"urn:spec#{pointer}"}, registry=self._registry, format_checker=_FORMATS
        )
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not errors, "\n".join(errors)


_JSON = "/content/application~1json/schema"


def _pointer(*steps: str) -> str:
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
    return "".join("/" + step.replace("{", "%7B").replace("}", "%7D") for step in escaped)


@cache
def _read(network: str) -> Spec:
    return Spec(json.loads((SPECS / FILES[network]).read_text(), object_hook=_with_null))


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 in JSON Schema's words: what is `nullable` may also be null."""
    if schema.get("nullable") is not True or "type" not in schema:
        return schema
    return {**schema, "type": [schema["type"], "null"]}


def official(network: str) -> Spec:
    """The description of a network; skips the test where it is not at hand."""
    if not (SPECS / FILES[network]).exists():
        pytest.skip(f"no official description of {network} beside the project")
    return _read(network)
