"""How each network counts, by Bluesky's own cases and what Mastodon and LinkedIn document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import measure

from ..shared import needs_shared, shared_yaml

BLUESKY = shared_yaml("conformance/bluesky/lengths.json").get("lengths", ())
NO_CASE = [pytest.param({"text": ""}, marks=needs_shared)]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a" * 280, 280),
        ("漢字", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("👩‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("…", 2),
        ("https://example.com", 23),
        ("HTTPS://EXAMPLE.COM/" + "a" * 300, 23),
        ("(https://en.wikipedia.org/wiki/X_(y)).", 26),
        ("https://example.com/a, https://example.com/b.", 49),
        ("https://example.com/を読んで", 31),
        ("nothttps://example.com/", 23),
        ("https:// and http://", 20),
        ("see example.com", 27),
        ("https://a.example", 23),
        ("https://a.example/" + "a" * 300, 318),
        ("https://a.example/漢字漢字 a.com", 50),
    ],
)
def test_x(text: str, length: int) -> None:
    assert measure.x(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("漢字", 2),
        ("👩‍👩‍👧‍👦", 1),
        ("e\u0301", 1),
        ("https://example.com/" + "a" * 300, 23),
        ("http://a.b", 23),
        ("hello @ada@mastodon.example!", 11),
        ("hello @ada!", 11),
        ("mail ada@example.com", 20),
        ("example.com", 11),
        ("gemini://a.com", 23),
        ("https://example.com。", 24),
        ("https://example.com/を読んで", 23),
        ("https://example.com/?a={b}", 26),
        ("(https://en.wikipedia.org/wiki/X_(y)).", 26),
        ("https://a.example/" + "a" * 300, 318),
        ("https://a.example/?u=https://b.com/", 44),
        ("https://mastodon.social/@ada@a.com", 23),
        ("x@ada@mastodon.example =@ada@a.com /@ada@a.com", 46),
        ("@é@mastodon.example", 19),
        ("@ada@a.com@b.com", 16),
        ("@ada.lovelace@a-b.com.", 14),
    ],
)
def test_mastodon(text: str, length: int) -> None:
    assert measure.mastodon(text) == length


def test_an_instance_of_mastodon_says_how_long_a_link_is() -> None:
    assert measure.mastodon("a https://example.com", url_length=40) == 42
    assert measure.mastodon("a https://a.example", url_length=40) == 42


@pytest.mark.parametrize("case", BLUESKY or NO_CASE)
def test_bluesky(case: dict[str, Any]) -> None:
    text = case["text"]
    assert measure.characters(text) == case.get("graphemes", 0)
    assert len(text.encode()) == case.get("utf8", 0)
    assert measure.bluesky(text) == max(case.get("graphemes", 0), -(-case.get("utf8", 0) // 10))


@needs_shared
def test_the_cases_of_bluesky_are_all_there() -> None:
    assert len(BLUESKY) == 15


@pytest.mark.parametrize(
    ("text", "length"),
    [("a" * 300, 300), ("é" * 300, 300), ("👩‍👩‍👧‍👦" * 120, 300), ("漢" * 1000, 1000)],
)
def test_bluesky_has_two_limits(text: str, length: int) -> None:
    assert measure.bluesky(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("漢字é", 3), ("👍", 2), ("https://example.com", 19), ("\ud800", 1)],
)
def test_linkedin(text: str, length: int) -> None:
    assert measure.linkedin(text) == length


@given(st.text())
def test_any_text_can_be_counted(text: str) -> None:
    assert 0 <= measure.x(text) <= 2 * len(text) + 23
    assert 0 <= measure.mastodon(text) <= len(text) + 23
    assert measure.linkedin(text) >= len(text)


@pytest.mark.parametrize("part", ["(", "https://", "https://a(", "@a", "https://a.b/..", "\u0301"])
def test_no_text_takes_long_to_count(part: str) -> None:
    text = part * (20_000 // len(part))
    assert measure.x(text) > 0
    assert measure.mastodon(text) > 0
