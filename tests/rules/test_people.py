"""Nobody is mentioned under a stranger's handle."""

import pytest

from outreach.model.note import Mentioned
from outreach.rules.people import Known, named

GRACE = Known(
    name="Grace Hopper",
    handles={"x": "gracehopper", "mastodon": "grace@navy.example", "linkedin": "urn:li:person:1"},
)


def said(text: str, kind: str = "x", *, keep: bool = False) -> str:
    return named(text, {"grace": GRACE}, kind, keep=keep)[0]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("x", "Thanks, @gracehopper!"),
        ("mastodon", "Thanks, @grace@navy.example!"),
        ("linkedin", "Thanks, @Grace Hopper!"),
        ("bluesky", "Thanks, Grace Hopper!"),
    ],
)
def test_each_network_has_its_own_name_for_them(kind: str, text: str) -> None:
    assert said("Thanks, @grace!", kind) == text


def test_who_is_called_is_told_to_the_channel() -> None:
    _, called = named("@Grace and @grace", {"grace": GRACE}, "linkedin", keep=False)
    assert called == (Mentioned(words="@Grace Hopper", handle="urn:li:person:1"),)
    assert named("@grace", {"grace": GRACE}, "bluesky", keep=False)[1] == ()


def test_a_stranger_is_not_called() -> None:
    assert said("by @bob and @bob@navy.example (@bob)") == "by bob and bob@navy.example (bob)"


def test_in_a_text_for_one_network_the_author_knows_whom_they_call() -> None:
    assert said("by @bob and @grace", keep=True) == "by @bob and @gracehopper"


@pytest.mark.parametrize(
    "text",
    [
        "mail grace@navy.example",
        "mail a.-@navy.example",
        "jürgé@navy.example",
        "https://x.example/@grace",
        "https://e.org/~@grace",
        "https://maps.example/a,@48.1",
        "on medium.com/@grace",
        "a@grace",
        "5 @ 3",
        "@@grace",
    ],
)
def test_what_calls_nobody_stays(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize("before", [*".-+/=&(,!#", "RT", "rt:", "see medium.com/a ", "日"])
def test_behind_any_sign_it_is_a_name(before: str) -> None:
    assert said(f"{before}@bob") == f"{before}bob"
    assert said(f"{before}@grace!") == f"{before}@gracehopper!"
    assert said(f"{before}@grace", "bluesky") == f"{before}Grace Hopper"


def test_behind_a_link_and_a_mail_address_names_are_names() -> None:
    text = "https://e.org/@grace, a@b.example @bob @grace"
    assert said(text) == "https://e.org/@grace, a@b.example bob @gracehopper"
