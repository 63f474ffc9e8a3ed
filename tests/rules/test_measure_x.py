"""X's own conformance cases: every case of every section of validate.yml."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from outreach.rules import measure
from outreach.rules.measure_x import V3, Configuration, between, links, weigh
from tests.rules.entities_x import HASHTAG, LIST, URL, USERNAME

from ..shared import needs_shared, shared_yaml

FOLDER = "conformance/twitter-text"
CASES = shared_yaml(f"{FOLDER}/validate.yml").get("tests", {})


def configuration(version: int) -> Configuration:
    """The file in which X published a version of its weights."""
    file = shared_yaml(f"{FOLDER}/config/v{version}.json")
    assert {each["weight"] for each in file["ranges"]} <= {file["scale"]}
    return Configuration(
        limit=file["maxWeightedTweetLength"],
        weight=file["defaultWeight"] // file["scale"],
        link=file["transformedURLLength"],
        light=between(*((each["start"], each["end"]) for each in file["ranges"])),
        emoji=file.get("emojiParsingEnabled", False),
    )


# Which configuration a section was written for: `tweets` is from the time of 140 characters,
# "WeightedTweetsCounterTest" from before an emoji of several code points weighed as one.
VERSIONS = {
    "tweets": 1,
    "WeightedTweetsCounterTest": 2,
    "WeightedTweetsWithDiscountedEmojiCounterTest": 3,
    "UnicodeDirectionalMarkerCounterTest": 3,
}
# The cases of the two older sections that version 3 decides otherwise, each for that reason.
CHANGED = {
    "Invalid Tweet: 141 characters": True,
    "Invalid Tweet: 141 characters (due to newline)": True,
    "Count a mix of single byte single word, and double word unicode characters": 7,
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers": 4,
}


def cases(*sections: str) -> list[Any]:
    found = [
        pytest.param(section, case, id=f"{section}: {case['description']}")
        for section in sections
        for case in CASES.get(section, ())
    ]
    return found or [pytest.param("", {}, marks=needs_shared)]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@needs_shared
def test_every_case_of_the_file_is_run() -> None:
    counts = {section: len(each) for section, each in CASES.items()}
    assert counts == {
        "tweets": 8,
        "usernames": 4,
        "lists": 5,
        "hashtags": 7,
        "urls": 24,
        "urls_without_protocol": 5,
        "WeightedTweetsCounterTest": 20,
        "WeightedTweetsWithDiscountedEmojiCounterTest": 22,
        "UnicodeDirectionalMarkerCounterTest": 2,
    }


@needs_shared
def test_what_we_count_by_is_what_x_published() -> None:
    assert configuration(3) == V3


@pytest.mark.parametrize(("section", "case"), cases("tweets"))
def test_which_texts_x_takes(section: str, case: dict[str, Any]) -> None:
    assert weigh(case["text"], configuration(VERSIONS[section])).valid is case["expected"]


@pytest.mark.parametrize(("section", "case"), cases(*list(VERSIONS)[1:]))
def test_how_x_weighs(section: str, case: dict[str, Any]) -> None:
    rules = configuration(VERSIONS[section])
    text, expected = case["text"], case["expected"]
    weighed = weigh(text, rules)
    assert weighed.length == expected["weightedLength"]
    assert weighed.valid is expected["valid"]
    assert weighed.length * 1000 // rules.limit == expected["permillage"]
    # X gives the ranges in UTF-16, and the end of the valid one shifted by what NFC changed.
    normal = unicodedata.normalize("NFC", text)
    end = utf16(normal[: weighed.fits]) + utf16(text) - utf16(normal) - 1
    assert (0, end) == (expected["validRangeStart"], expected["validRangeEnd"])
    assert (0, utf16(text) - 1) == (expected["displayRangeStart"], expected["displayRangeEnd"])


@pytest.mark.parametrize(("section", "case"), cases("tweets"))
def test_which_texts_x_takes_today(section: str, case: dict[str, Any]) -> None:
    expected = CHANGED.get(case["description"], case["expected"])
    assert measure.x_valid(case["text"]) is expected


@pytest.mark.parametrize(("section", "case"), cases("WeightedTweetsCounterTest"))
def test_how_x_weighs_today(section: str, case: dict[str, Any]) -> None:
    expected = CHANGED.get(case["description"], case["expected"]["weightedLength"])
    assert measure.x(case["text"]) == expected
    assert measure.x_valid(case["text"]) is case["expected"]["valid"]


WHOLE: dict[str, Callable[[str], object]] = {
    "usernames": USERNAME.fullmatch,
    "lists": LIST.fullmatch,
    "hashtags": HASHTAG.fullmatch,
    "urls": URL.fullmatch,
    "urls_without_protocol": lambda text: links(text) == [(0, len(text))],
}


@pytest.mark.parametrize(("section", "case"), cases(*WHOLE))
def test_what_x_recognizes(section: str, case: dict[str, Any]) -> None:
    assert bool(WHOLE[section](case["text"])) is case["expected"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see example.com.", ["example.com"]),
        ("see example.com.Thanks", ["example.com"]),
        ("t.co and twitch.tv, not foo.jp or node.js", ["t.co", "twitch.tv"]),
        ("foo.jp/a but a.foo.jp", ["foo.jp/a", "a.foo.jp"]),
        ("詳細はexample.comを見て", ["example.com"]),
        ("見てhttps://example.comを", ["https://example.com"]),
        ("a.comをb.com/c", ["a.com", "b.com/c"]),
        ("https://例え.中国/あ", ["https://例え.中国/"]),
        ("ada@example.com, ada.com@example.com, @example.com #example.com $a.com", []),
        ("/example.com -example.com _example.com ..example.com a_b.com", []),
        ("a_b.example.com https://a_b.example.com", ["b.example.com", "https://a_b.example.com"]),
        ("https://www.-x.com https://x-.com https://a_b.com", []),
        ("https://localhost:8000/a https://127.0.0.1/ https://a.example/", []),
        ("example.com:80/a?b=c. EXAMPLE.COM/A", ["example.com:80/a?b=c", "EXAMPLE.COM/A"]),
        ("https://a.com/b.com/c?d.com https://a.com/?u=b.com", None),
        ("https://en.wikipedia.org/wiki/A_(b_(c)) x", ["https://en.wikipedia.org/wiki/A_(b_(c))"]),
        ("https://a.com/(b", ["https://a.com/"]),
        ("https://a.com/()", ["https://a.com/"]),
        ("https://a.com/b, https://a.com/?c!", ["https://a.com/b", "https://a.com/?c"]),
        ("https://a.com/" + "b" * 4096, []),
        ("https://" + "a." * 130 + "com", []),
        ("https://a.com." + "b." * 130 + "com", ["https://a.com"]),
        ("https://" + "a." * 126 + "com", []),
        (
            "https://a.com/é–я/ä https://a.com/–é https://a.com/я.",
            ["https://a.com/é–я/ä", "https://a.com/–é", "https://a.com/я"],
        ),
        ("example.com+1 example.com-1", []),
        ("\ufeffexample.com", []),
    ],
)
def test_where_x_makes_links(text: str, found: list[str] | None) -> None:
    assert [text[start:end] for start, end in links(text)] == (
        text.split() if found is None else found
    )


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("©", 1),
        ("©\ufe0f", 3),
        ("☺\ufe0e", 4),
        ("☺\ufe0f", 2),
        ("👍🏽", 2),
        ("😷🏽", 4),
        ("😀\u0301", 3),
        ("a\u20e3", 3),
        ("🇩", 2),
    ],
)
def test_what_a_sign_weighs(text: str, length: int) -> None:
    assert weigh(text).length == length
