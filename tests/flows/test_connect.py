"""What a person pastes, and what is remembered of a sign-in."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.flows.connect import Mark, answered, connect, standing
from outreach.model.errors import Refused
from outreach.store import accounts, holds, sqlite
from outreach.store.database import Database
from outreach.store.holds import Cause

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT = {"state": "s-1", "verifier": "v"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite.create(tmp_path / "outreach.db")) as database:
        yield database


@pytest.mark.parametrize(
    ("pasted", "answer"),
    [
        ("abc-123", {"code": "abc-123", "state": "s-1"}),
        ("  abc==\n", {"code": "abc==", "state": "s-1"}),
        ("http://127.0.0.1:8001/cb?code=a%2Fb&state=s-1", {"code": "a/b", "state": "s-1"}),
        ("https://acme.example/?code=c&state=other#_=_", {"code": "c", "state": "other"}),
        ("http://a.example/?error=denied&state=s-1", {"error": "denied", "state": "s-1"}),
    ],
)  # fmt: skip
def test_a_code_and_an_address_are_both_an_answer(pasted: str, answer: dict[str, str]) -> None:
    assert answered(pasted, KEPT) == answer


@pytest.mark.parametrize(
    "pasted", ["", " \n", "I said yes", "http://127.0.0.1:8001/channels/callback"]
)
def test_what_holds_no_answer_is_refused(pasted: str) -> None:
    with pytest.raises(Refused, match="copy"):
        answered(pasted, KEPT)


def sign_in(database: Database, expires: datetime | None = None) -> int:
    return connect(
        database, "x", "x", handle="@acme", by="ada@acme.example", expires=expires, now=AT
    )


def test_a_sign_in_is_remembered_and_lets_go_of_the_refused_token(database: Database) -> None:
    accounts.meet(database, "x", "x", AT - timedelta(days=9))
    for cause in Cause:
        holds.place(database, "x", cause, "held", AT)
    accounts.polled(database, "x", AT, error="the token is refused")
    sign_in(database, AT + timedelta(days=60))
    account = accounts.one(database, "x")
    assert (account.handle, account.connected_by) == ("@acme", "ada@acme.example")
    assert account.expires == AT + timedelta(days=60)
    assert account.poll_error == ""
    assert account.first_seen == AT - timedelta(days=9)
    assert [hold.cause for hold in holds.on(database, "x")] == [Cause.PERSON]


def test_an_account_that_never_ran_may_be_signed_in(database: Database) -> None:
    sign_in(database)
    assert accounts.one(database, "x").first_seen == AT


@pytest.mark.parametrize(
    ("expires", "words", "mark"),
    [
        (None, "works", Mark.GOOD),
        (timedelta(days=14), "works; token ends in 14 d", Mark.GOOD),
        (timedelta(days=13, hours=23), "works; token ends in 13 d 23 h", Mark.SOON),
        (timedelta(0), "token ended", Mark.BAD),
    ],
)
def test_a_sign_in_that_ends_is_told_before(
    database: Database, expires: timedelta | None, words: str, mark: Mark
) -> None:
    sign_in(database, AT + expires if expires is not None else None)
    (one,) = standing(database, AT)
    assert (one.sign_in, one.mark) == (words, mark)


def test_who_was_never_signed_in_is_not_called_refused(database: Database) -> None:
    accounts.meet(database, "x", "x", AT)
    assert [(one.sign_in, one.mark) for one in standing(database, AT)] == [
        ("not asked yet", Mark.UNKNOWN)
    ]
    holds.place(database, "x", Cause.TOKEN, "nobody has signed in", AT)
    assert [(one.sign_in, one.mark) for one in standing(database, AT)] == [
        ("not signed in", Mark.BAD)
    ]
    sign_in(database)
    holds.place(database, "x", Cause.TOKEN, "revoked", AT)
    assert [one.sign_in for one in standing(database, AT)] == ["token refused"]
