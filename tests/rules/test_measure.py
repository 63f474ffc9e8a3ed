"""How each network counts, by X's own conformance cases and Mastodon's documented rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import measure

from ..shared import needs_shared, shared_yaml

# X counts by configuration v3 today. "WeightedTweetsCounterTest" is the list of v2, which did not
# yet take an emoji of several code points for one; its cases without such an emoji hold in v3 too.
# Cases about `urls_without_protocol` are not here: that X also links `example.com` is left for the
# issue "the social networks".
CONFORMANCE = shared_yaml("conformance/twitter-text/validate.yml").get("tests", {})
V3 = ("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")
V2 = "WeightedTweetsCounterTest"
V2_ONLY = {
    "Count a mix of single byte single word, and double word unicode characters",
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers",
}


def cases(*sections: str) -> list[Any]:
    found = [
        pytest.param(case["text"], case["expected"]["weightedLength"], id=case["description"])
        for section in sections
        for case in CONFORMANCE.get(section, ())
        if not (section == V2 and case["description"] in V2_ONLY)
    ]
    return found or [pytest.param("", 0, marks=needs_shared)]


@pytest.mark.parametrize(("text", "length"), cases(*V3, V2))
def test_x_counts_as_twitter_text_does(text: str, length: int) -> None:
    assert measure.x(text) == length


@needs_shared
def test_the_conformance_cases_are_all_there() -> None:
    assert [len(cases(section)) for section in (*V3, V2)] == [22, 2, 18]


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
    ],
)
def test_mastodon(text: str, length: int) -> None:
    assert measure.mastodon(text) == length


@given(st.text())
def test_any_text_can_be_counted(text: str) -> None:
    assert 0 <= measure.x(text) <= 2 * len(text) + 23
    assert 0 <= measure.mastodon(text) <= len(text) + 23


@pytest.mark.parametrize("part", ["(", "https://", "https://a(", "@a", "https://a.b/..", "\u0301"])
def test_no_text_takes_long_to_count(part: str) -> None:
    text = part * (20_000 // len(part))
    assert measure.x(text) > 0
    assert measure.mastodon(text) > 0
