"""A post goes out only as its author and as the company."""

import pytest

from outreach.rules.voices import Voices

VOICES = Voices(
    accounts=("company", "ada", "ada2", "bob"), authors={"Ada": ("ada", "ada2"), "Bob": ("bob",)}
)


@pytest.mark.parametrize(
    ("author", "accounts"),
    [
        ("Ada", ("company", "ada", "ada2")),
        ("Bob", ("company", "bob")),
        ("Ada, Bob", ("company", "ada", "ada2", "bob")),
        ("Grace", ("company",)),
        ("", ("company",)),
    ],
)
def test_where_an_authors_posts_go(author: str, accounts: tuple[str, ...]) -> None:
    assert VOICES.of(author) == accounts


def test_nobody_speaks_through_another() -> None:
    assert VOICES.refuses("bob", "Ada") == "`bob` speaks for Bob, and this is by Ada"
    assert VOICES.refuses("nobody", "Ada") == "no account is called `nobody`"
    assert VOICES.refuses("ada", "Ada") == VOICES.refuses("company", "Ada") == ""


def test_an_answer_in_anothers_name_needs_their_yes() -> None:
    assert VOICES.may_answer("company", "Grace")
    assert VOICES.may_answer("ada", "Ada")
    assert not VOICES.may_answer("ada", "Grace")
