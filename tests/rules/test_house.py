"""The house rules: who is shown under a post, and in which order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model.mention import Author
from outreach.rules.house import HouseRules, in_threads

KINDS = {
    "masto": "mastodon",
    "hn": "hackernews",
    "letters": "email",
    "team": "slack",
    "here": "comments",
}
BOB = Author(id="42", handle="@Bob@social.example", name="Bob", url="https://social.example/@bob/")


def rules(policy: str = "show", block: tuple[str, ...] = (), **accounts: str) -> HouseRules:
    return HouseRules(kinds=KINDS, policy=policy, accounts=accounts, block=block)


@pytest.mark.parametrize(
    ("house", "account", "by_itself", "if_told"),
    [
        (rules("show"), "masto", True, True),
        (rules("hold"), "masto", False, True),
        (rules("hide"), "masto", False, True),
        (rules("hide", masto="show"), "masto", True, True),
        (rules("show", masto="hold"), "masto", False, True),
        (rules("show"), "team", False, True),
        (rules("show", team="show"), "team", True, True),
        (rules("show", letters="show"), "letters", False, False),
        (rules("hold"), "here", True, True),
        (rules("hide"), "here", False, True),
        (rules("show"), "gone", False, False),
    ],
    ids=str,
)
def test_what_an_account_has_to_say(
    house: HouseRules, account: str, by_itself: bool, if_told: bool
) -> None:
    """By its policy, and where a person said show. Letters are private whatever is said."""
    assert house.shows(account, BOB, "") is by_itself
    assert house.shows(account, BOB, "show") is if_told
    assert house.shows(account, BOB, "hide") is False


@pytest.mark.parametrize(
    "name",
    ["42", "@bob@social.example", "bob@SOCIAL.example", "https://social.example/@bob",
     "social.example/@bob/"],
)  # fmt: skip
def test_who_is_blocked_is_never_shown(name: str) -> None:
    assert not rules(block=("x", name)).shows("masto", BOB, "show")


@pytest.mark.parametrize("name", ["@bob", "bob", "social.example", "4", ""])
def test_nobody_else_is_blocked(name: str) -> None:
    assert rules(block=(name,)).shows("masto", BOB, "")
    assert rules(block=(name,)).shows("masto", Author(id="", handle="", url=""), "")


def test_likes_have_nothing_to_hold() -> None:
    assert rules("hold").counts("masto")
    assert not rules("hide").counts("masto")
    assert not rules("show").counts("letters")
    assert rules("hold", hn="show").held == ("masto",)


def test_another_rule_is_another_digest() -> None:
    some = [rules(), rules("hold"), rules(block=("a",)), rules(masto="hide")]
    assert len({house.digest for house in some}) == len(some)
    assert rules().digest == rules().digest


def test_an_answer_stands_below_what_it_answers() -> None:
    said: list[tuple[str, str | None]] = [
        ("a", None), ("b", None), ("a1", "a"), ("x", "nobody"), ("a11", "a1"), ("a2", "a"),
    ]  # fmt: skip
    assert in_threads(said) == [(0, "a"), (1, "a1"), (2, "a11"), (1, "a2"), (0, "b"), (0, "x")]


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 12)), max_size=12))
def test_each_stands_there_once_whoever_answers_whom(said: list[tuple[int, Any]]) -> None:
    """Also in rings, and where somebody answers themselves."""
    placed = in_threads(said)
    assert sorted(it for _, it in placed) == sorted({it for it, _ in said})
    assert all(depth >= 0 for depth, _ in placed)


def test_a_thread_may_be_as_deep_as_it_likes() -> None:
    deep = [(number, number - 1) for number in range(5_000)]
    assert in_threads(deep)[-1] == (4_999, 4_999)
