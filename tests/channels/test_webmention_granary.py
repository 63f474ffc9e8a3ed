"""Pages and what is in them, as another project's tests have them: ours reads the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.channels._webmention_entry import OLDEST, RELATIONS, Entry, read
from outreach.model.mention import Kind

from ..shared import SHARED, needs_shared

FOLDER = SHARED / "conformance" / "granary"
SOURCE = "http://example.com/source"
AT = datetime(2013, 1, 1, tzinfo=UTC)
"""Their pages are of 2012, and a time long before ours is not believed."""

PAIRS = [
    (path.name, json.loads(path.with_suffix(".json").read_text("utf-8"), strict=False))
    for path in sorted(FOLDER.glob("*.mf2*.html"))
    if path.with_suffix(".json").exists()
]


def text(page: str) -> str:
    return (FOLDER / page).read_text("utf-8")


def urls(values: list[Any]) -> Iterator[str]:
    """The addresses that a property has, bare or in a citation."""
    for value in values:
        if isinstance(value, str):
            yield value
        else:
            yield from value["properties"].get("url", [])


def answers() -> Iterator[tuple[str, str, Kind, dict[str, Any]]]:
    """Each page that answers another: which, and how, and all that it says."""
    for page, item in PAIRS:
        for name, kind in RELATIONS:
            for url in urls(item["properties"].get(name, [])):
                yield page, url, kind, item["properties"]


def words(value: Any) -> list[str]:
    return (value["value"] if isinstance(value, dict) else str(value)).split()


def entry(page: str, target: str) -> Entry:
    return read(text(page), SOURCE, target, AT)


@needs_shared
def test_there_are_pairs_of_each_kind() -> None:
    kinds = {kind for _, _, kind, _ in answers()}
    assert kinds >= {Kind.REPLY, Kind.LIKE, Kind.REPOST}
    assert len(PAIRS) > 20


@needs_shared
@pytest.mark.parametrize(("page", "target", "kind", "says"), list(answers()))
def test_a_page_that_answers(page: str, target: str, kind: Kind, says: dict[str, Any]) -> None:
    found = entry(page, target)
    assert found.kind is kind
    if kind.has_words and "content" in says:
        assert found.text.split() == words(says["content"][0])
    for author in says.get("author", []):
        if isinstance(author, dict) and "name" in author["properties"]:
            assert found.author.name == author["properties"]["name"][0]
    for published in says.get("published", []):
        at = datetime.fromisoformat(published)
        expected = at if at.tzinfo else at.replace(tzinfo=UTC)
        assert found.published == min(max(expected, AT - OLDEST), AT)


@needs_shared
def test_a_page_that_answers_another_only_mentions_us() -> None:
    for page, _, _, _ in answers():
        assert entry(page, "https://blog.example/hello/").kind is Kind.MENTION


@needs_shared
def test_every_page_can_be_read() -> None:
    for path in FOLDER.glob("*.html"):
        found = entry(path.name, "https://blog.example/hello/")
        assert (found.author.id, found.url.startswith("http://example.com/")) == (
            "example.com",
            True,
        )
