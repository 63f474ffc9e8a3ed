"""What a sign-in won is kept encrypted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.store import sqlite
from outreach.store.database import Database
from outreach.store.tokens import Tokens, new_key


@pytest.fixture
def connect(tmp_path: Path) -> Callable[[], Database]:
    path = tmp_path / "outreach.db"
    sqlite.create(path).close()
    return lambda: sqlite.connect(path)


def test_a_token_comes_back_and_stands_in_the_file_only_encrypted(
    connect: Callable[[], Database], tmp_path: Path
) -> None:
    key = new_key()
    Tokens(connect, "bluesky", lambda: key)["session"] = "canary-4711"
    assert Tokens(connect, "bluesky", lambda: key)["session"] == "canary-4711"
    for file in tmp_path.iterdir():
        assert b"canary-4711" not in file.read_bytes()


def test_accounts_do_not_see_each_other(connect: Callable[[], Database]) -> None:
    key = new_key()
    one, other = (Tokens(connect, name, lambda: key) for name in ("one", "other"))
    one["session"] = "a"
    assert other.get("session") is None
    assert list(one) == ["session"]
    del one["session"]
    assert len(one) == 0


def test_an_empty_token_never_replaces_one_that_works(connect: Callable[[], Database]) -> None:
    key = new_key()
    tokens = Tokens(connect, "bluesky", lambda: key)
    tokens["session"] = "works"
    with pytest.raises(ValueError, match="empty"):
        tokens["session"] = ""
    assert tokens["session"] == "works"


def test_another_key_is_said_to_be_another_key(connect: Callable[[], Database]) -> None:
    Tokens(connect, "bluesky", new_key)["session"] = "a"
    with pytest.raises(Refused, match="OUTREACH_KEY"):
        Tokens(connect, "bluesky", new_key)["session"]


def test_what_is_no_key_is_said_to_be_none(connect: Callable[[], Database]) -> None:
    with pytest.raises(Refused, match="OUTREACH_KEY is no key of ours"):
        Tokens(connect, "bluesky", lambda: "secret")["session"] = "a"
