"""A post goes out only as its author and as the company."""

import pytest

from outreach.model.post import Post
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


SPOKEN = Voices(
    accounts=("all", "german", "both"),
    others=("news", "brief"),
    languages={"german": ("de",), "both": ("en", "DE-at"), "brief": ("de",)},
)


def written(language: str, *, is_translation: bool = False) -> Post:
    return Post(
        slug="x", title="x", body="", url="", path="x.md",
        language=language, is_translation=is_translation,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("post", "accounts", "aside"),
    [
        (written("en"), ("all", "both"), ("news",)),
        (written("de"), ("all", "german"), ("news", "brief")),
        (written("de-AT"), ("all", "german", "both"), ("news", "brief")),
        (written("den"), ("all",), ("news",)),
        (written("de", is_translation=True), ("german",), ("brief",)),
        (written("fr", is_translation=True), (), ()),
    ],
)
def test_an_account_gets_what_it_speaks(
    post: Post, accounts: tuple[str, ...], aside: tuple[str, ...]
) -> None:
    assert (SPOKEN.by_default(post), SPOKEN.aside(post)) == (accounts, aside)
