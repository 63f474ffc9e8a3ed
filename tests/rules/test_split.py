"""A thread says all that was written, in parts that each fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import measure
from outreach.rules.split import Measure, split

from .texts import texts

LINK = "https://lantern.example/2026/hello"


def test_what_fits_is_one_part_without_a_number() -> None:
    assert split("One.\n\nTwo.", 40, len, numbered=True) == ("One.\n\nTwo.",)


def test_paragraphs_stay_whole_where_they_fit() -> None:
    assert split("a" * 20 + "\n\n" + "b" * 20 + "\n\n" + "c" * 5, 30, len) == (
        "a" * 20,
        "b" * 20 + "\n\n" + "c" * 5,
    )


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "This is one. Is this two? Yes! It costs 3.50 e.g. today. J. Doe said so."
    assert split(text, 30, len) == (
        "This is one. Is this two? Yes!",
        "It costs 3.50 e.g. today.",
        "J. Doe said so.",
    )


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_graphemes() -> None:
    family = "👩‍👩‍👧‍👦"
    assert split("one two three four", 9, len) == ("one two", "three", "four")
    assert split(family * 5, 2, measure.characters) == (family * 2, family * 2, family)


def test_the_parts_are_numbered() -> None:
    parts = split("word " * 30, 50, len, numbered=True)
    assert [part.rpartition("\n")[2] for part in parts] == ["1/4", "2/4", "3/4", "4/4"]
    assert all(len(part) <= 50 for part in parts)


def test_what_a_colon_announces_stays_with_it() -> None:
    text = "a" * 20 + "\n\nThree:\n\n• one\n• two"
    assert split(text, 40, len) == ("a" * 20, "Three:\n\n• one\n• two")
    assert split("a" * 20 + "\n\nThree:", 25, len) == ("a" * 20, "Three:")


def test_a_link_is_never_cut() -> None:
    assert split(f"{'word ' * 8}{LINK}", 40, len) == (("word " * 8).strip(), LINK)


def test_a_link_that_fits_nowhere_is_left_out() -> None:
    assert split(f"before {LINK} after", 12, len) == ("before after",)


@pytest.mark.parametrize("measured", [measure.x, measure.mastodon, measure.bluesky, len])
@given(text=texts(120), length=st.integers(60, 300), numbered=st.booleans())
def test_every_part_fits_and_no_word_is_lost(
    measured: Measure, text: str, length: int, numbered: bool
) -> None:
    parts = split(text, length, measured, numbered=numbered)
    assert all(measured(part) <= length for part in parts)
    said = [part.rpartition("\n")[0] if numbered and len(parts) > 1 else part for part in parts]
    if not measure.URL.search(text):
        assert "".join("".join(said).split()) == "".join(text.split())
