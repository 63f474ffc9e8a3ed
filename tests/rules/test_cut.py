"""A text is cut between words, and a link never."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import cut, measure

from .texts import texts


@pytest.mark.parametrize(
    ("text", "length", "shortened"),
    [
        ("hello", 5, "hello"),
        ("hello world", 11, "hello world"),
        ("hello world", 10, "hello…"),
        ("hello, world", 10, "hello…"),
        ("hello – world of ours", 10, "hello…"),
        ("hello world", 6, "hello…"),
        ("hello world", 5, "hell…"),
        ("hello world", 1, ""),
        ("hello world", 0, ""),
        ("hello world", -5, ""),
        ("two\nlines here", 10, "two\nlines…"),
        ("see https://example.com/a more words here", 30, "see https://example.com/a …"),
        ("see https://example.com/a more words here", 29, "see https://example.com/a …"),
        ("see https://example.com/a more words here", 28, "see…"),
        ("https://example.com/a more words here", 20, ""),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…"),
        ("   ", 2, ""),
        ("\n\nhello world", 7, "hello…"),
    ],
)
def test_at_word(text: str, length: int, shortened: str) -> None:
    assert cut.at_word(text, length, measure.mastodon).strip() == shortened


@given(texts(), st.integers(-1, 60), st.sampled_from([measure.x, measure.mastodon]))
def test_what_is_kept_fits_and_ends_at_a_word(text: str, length: int, count: object) -> None:
    assert callable(count)
    shortened = cut.at_word(text, length, count)
    if count(text) <= length:
        assert shortened == text
        return
    assert not shortened or count(shortened) <= length
    if not shortened:
        return
    kept = shortened.removesuffix("…").removesuffix(" ")
    assert shortened.endswith("…")
    assert text.startswith(kept) or text.strip().startswith(kept)
    rest = text[text.index(kept) + len(kept) :]
    if len(kept.split()) > 1:
        assert regex.match(r"[\s,;:–—-]", rest)
    whole = regex.findall(r"\X", text.strip())
    assert regex.findall(r"\X", kept.strip()) == whole[: len(regex.findall(r"\X", kept.strip()))]
