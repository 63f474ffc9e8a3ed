"""Links and tags by UTF-8 bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.facets import facets


def marked(text: str) -> list[str]:
    """The parts of a text that are marked."""
    spans = [facet["index"] for facet in facets(text)]
    encoded = text.encode()
    return [encoded[span["byteStart"] : span["byteEnd"]].decode() for span in spans]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no link", []),
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("ü ✨ https://a.example #tag", ["https://a.example", "#tag"]),
        ("https://a.example/#part", ["https://a.example/#part"]),
        ("#1 is no tag, #2nd is", ["#2nd"]),
        ("a#b is no tag", []),
        ("👩‍👩‍👧 #日本語", ["#日本語"]),
    ],
)
def test_what_is_marked(text: str, parts: list[str]) -> None:
    assert marked(text) == parts


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_mark_lies_between_characters(text: str) -> None:
    for part in marked(text + " https://a.example #end"):
        assert part
