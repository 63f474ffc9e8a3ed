"""Links, names and tags by UTF-8 bytes."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.facets import facets


def marked(text: str, people: Sequence[tuple[str, str]] = ()) -> list[str]:
    """The parts of a text that are marked."""
    spans = [facet["index"] for facet in facets(text, people)]
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


PEOPLE = (
    ("@ada", "did:plc:ada"),
    ("@ada.example", "did:plc:other"),
    ("Grace", "did:plc:grace"),
    ("Grace Hopper", "did:plc:hopper"),
)


@pytest.mark.parametrize(
    ("text", "dids"),
    [
        ("✨ @ada!", [("@ada", "did:plc:ada")]),
        ("@ada and @ada", [("@ada", "did:plc:ada")] * 2),
        ("@ada.example's", [("@ada.example", "did:plc:other")]),
        ("Hello @ada.", [("@ada", "did:plc:ada")]),
        ("(Grace Hopper)", [("Grace Hopper", "did:plc:hopper")]),
        ("@adam, @ada-b, @ada.b, me@ada, @@ada", []),
        ("Grace Hopperson", [("Grace", "did:plc:grace")]),
        ("https://a.example/@ada", []),
        ("nobody", []),
    ],
)
def test_whom_a_text_names(text: str, dids: list[tuple[str, str]]) -> None:
    found = [
        (part, facet["features"][0]["did"])  # type: ignore[index]
        for part, facet in zip(marked(text, PEOPLE), facets(text, PEOPLE), strict=True)
        if "did" in facet["features"][0]  # type: ignore[index]
    ]
    assert found == dids


def test_a_name_goes_before_a_tag_in_it() -> None:
    assert marked("The #1ab club #1ab", [("The #1ab club", "did:plc:x")]) == [
        "The #1ab club",
        "#1ab",
    ]


WORDS = st.sampled_from(["@ada", "#ada", "https://a.example/@ada", "a b", "@ada.example", ".", " "])


@given(st.lists(WORDS).map("".join), st.lists(WORDS))
def test_no_mark_lies_over_another(text: str, words: list[str]) -> None:
    people = [(each, "did:plc:x") for each in words if each.strip()]
    spans = [facet["index"] for facet in facets(text, people)]
    ends = [0]
    for span in spans:
        assert span["byteStart"] >= ends[-1]  # type: ignore[index]
        ends.append(span["byteEnd"])  # type: ignore[index]
    assert ends == sorted(set(ends))
