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


def test_a_paragraph_that_is_cut_keeps_its_lines() -> None:
    assert split("• one is\n• two\n• three", 14, len) == ("• one is\n• two", "• three")
    text = "Of these.\n• one. Is it\n• two\n\nEnd"
    assert split(text, 20, len) == ("Of these.", "• one. Is it\n• two", "End")


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_what_announces_a_long_list_stays_with_its_first_line(blank: str) -> None:
    text = f"{'a' * 9}\n\nThree:{blank}• one\n• two"
    assert split(text, 17, len) == ("a" * 9, f"Three:{blank}• one", "• two")
    assert split(text, 9, len) == ("a" * 9, "Three:", "• one", "• two")


@pytest.mark.parametrize("words", [8, 40, 900, 9000])
def test_numbers_of_any_length_fit(words: int) -> None:
    parts = split("words " * words, 20, len, numbered=True)
    assert len(parts) > words / 4
    assert all(len(part) <= 20 for part in parts)
    assert parts[-1].endswith(f"\n{len(parts)}/{len(parts)}")


def test_few_parts_keep_no_room_for_many() -> None:
    assert split("12345678 12345678", 12, len, numbered=True) == ("12345678\n1/2", "12345678\n2/2")


@pytest.mark.parametrize("length", [40, 3, 0, -5])
@pytest.mark.parametrize("numbered", [False, True])
def test_there_is_always_a_part(length: int, numbered: bool) -> None:
    long = f"{LINK}/{'a' * 40}"
    assert split(f"({long})", length, len, numbered=numbered) == (long,)
    assert split(" " * 50, length, len, numbered=numbered) == ("",)
    assert all(split("some words", length, len, numbered=numbered))


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
