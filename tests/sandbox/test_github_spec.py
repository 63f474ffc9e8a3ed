"""Every query that the channel asks, held against GitHub's published schema.

GitHub refuses a whole query for one field that it does not know, so that a mistake here is no
answer at all there.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from outreach.channels import Secrets, github
from outreach.fetch import Answer, Fetch, Headers, loopback_only
from outreach.model.note import Note
from outreach.rules.keys import Tids
from outreach.sandbox.github_graphql import Field, Variable, parse

from ..shared import SHARED, needs_shared
from .running import Sandbox

SCHEMA = SHARED / "specs" / "github-graphql" / "schema.graphql"
new_key = Tids(lambda: datetime.now(UTC), 0)

pytestmark = needs_shared


@dataclass(frozen=True)
class Known:
    """A field of the schema: the type it has, and its arguments with theirs."""

    kind: str
    arguments: dict[str, str]


@cache
def schema() -> tuple[dict[str, dict[str, Known]], dict[str, set[str]]]:
    """The fields of each type, input or interface; and what each type may stand in for."""
    text = re.sub(r'"""[\s\S]*?"""', "", Path(SCHEMA).read_text())
    fields: dict[str, dict[str, Known]] = {}
    stands: dict[str, set[str]] = {}
    for kind, name, said, body in re.findall(
        r"^(type|input|interface) (\w+)([^{\n]*)\{([\s\S]*?)^\}", text, re.MULTILINE
    ):
        implemented = set(re.findall(r"\w+", said)) - {"implements"}
        stands[name] = {name, *(implemented if kind == "type" else ())}
        fields[name] = {
            each: Known(
                re.sub(r"[\[\]!]", "", type),
                dict(re.findall(r"(\w+): ([\w\[\]!]+)", arguments)),
            )
            for each, arguments, type in re.findall(
                r"^  (\w+)(?:\(([\s\S]*?)\n  \))?: ([\w\[\]!]+)", body, re.MULTILINE
            )
        }
    for name, members in re.findall(r"^union (\w+) = ([\w |]+)", text, re.MULTILINE):
        fields[name] = {}
        for member in members.split(" | "):
            stands[member].add(name)
    return fields, stands


def check(asked: tuple[Field, ...], on: str, variables: dict[str, str]) -> None:
    """Fail where the schema does not allow the selection."""
    fields, stands = schema()
    for each in asked:
        where = each.on or on
        assert where in fields, f"there is no type {where}"
        assert any({on, where} <= is_a for is_a in stands.values()), f"a {on} is never a {where}"
        if each.name == "__typename":
            continue
        assert each.name in fields[where], f"{where} has no {each.name}"
        known = fields[where][each.name]
        assert each.arguments.keys() <= known.arguments.keys(), each.name
        for name, value in each.arguments.items():
            if isinstance(value, Variable):
                wanted = known.arguments[name]
                assert variables[value.name] in (wanted, f"{wanted}!", wanted.rstrip("!"))
        assert bool(each.selection) == (known.kind in fields), f"{where}.{each.name}"
        check(each.selection, known.kind, variables)


@dataclass(frozen=True, kw_only=True)
class Recording(Fetch):
    """The outgoing door, which remembers what was asked."""

    seen: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self, method: str, url: str, *, headers: Headers | None = None, content: bytes = b""
    ) -> Answer:
        if url.endswith("/graphql"):
            self.seen.append(json.loads(content))
        return super().__call__(method, url, headers=headers, content=content)


def everything(sandbox: Sandbox) -> list[dict[str, Any]]:
    """All that the channel can ask."""
    fetch = Recording(guard=loopback_only, deadline=5)
    settings = github.Settings(
        kind="github", repository="acme/lantern", token="$T", search=("lantern",),
        base_url=sandbox.url,
    )  # fmt: skip
    secrets = Secrets(named=lambda name: "acme")
    channel = github.open(settings, secrets, fetch, lambda: datetime.now(UTC))
    channel.rights()
    form = {"name": "Ada", "title": "It breaks", "url": "acme/lantern", "text": "Always"}
    sandbox.call("POST", "/github/post", data=form, allow_redirects=False)
    parent: str | None = None
    for issue in (False, True):
        parent = sandbox.ledger("github")[0]["id"] if issue else None
        for _ in range(3):
            note, key = Note(text="Hello", in_reply_to=parent), new_key()
            receipt = channel.publish(note, key)
            assert channel.find(note, key, datetime.now(UTC) - timedelta(minutes=5))
            channel.edit(receipt, note)
            parent = receipt.id
        channel.delete(receipt)
    assert parent is not None
    for _ in range(25):
        form = {"note": sandbox.ledger("github", "acme")[1]["id"], "name": "Ada", "text": "Hm"}
        sandbox.call("POST", "/github/reply", data=form, allow_redirects=False)
    cursor = None
    while (page := channel.collect(cursor)).cursor != cursor:
        cursor = page.cursor
    return fetch.seen


def test_every_query_is_one_that_github_knows(sandbox: Sandbox) -> None:
    fields, _ = schema()
    seen = everything(sandbox)
    for sent in seen:
        operation = parse(sent["query"])
        check(operation.selection, operation.kind.capitalize(), dict(operation.variables))
        assert sent["variables"].keys() <= operation.variables.keys()
        if operation.kind == "mutation":
            given, wanted = sent["variables"]["input"], operation.variables["input"].rstrip("!")
            assert given.keys() <= fields[wanted].keys()
    asked = {field.name for sent in seen for field in parse(sent["query"]).selection}
    assert asked >= {
        *("viewer", "repository", "node", "search", "createDiscussion", "addDiscussionComment"),
        *("addComment", "updateDiscussion", "updateDiscussionComment", "updateIssueComment"),
        *("deleteDiscussionComment", "deleteIssueComment"),
    }


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { nickname } }",
        "{ viewer }",
        "{ viewer { login { x } } }",
        "{ node(ids: 7) { id } }",
        "{ node(id: 7) { ... on Comments { id } } }",
        "{ viewer { ... on Issue { id } } }",
        "query($id: Int!) { node(id: $id) { id } }",
    ],
)
def test_what_github_does_not_know_is_found(query: str) -> None:
    operation = parse(query)
    with pytest.raises(AssertionError):
        check(operation.selection, "Query", dict(operation.variables))
