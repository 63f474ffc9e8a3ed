"""The queue of what strangers push: bounded, fair, and each thing in it once."""

from datetime import timedelta

import pytest

from outreach.model.mention import Request
from outreach.store import received
from outreach.store.database import Database

from .rows import HOUR, MINUTE, NOW


def add(
    database: Database, number: int, host: str = "a.example", body: str = "", account: str = "x"
) -> bool:
    request = Request(id=f"{number:06}", content_type="f", body=body or f"body {number}")
    with database.atomic():
        return received.add(database, request, account, host, NOW + timedelta(seconds=number))


def due(database: Database, account: str = "x") -> list[str]:
    return [one.request.body for one in received.due(database, account, NOW + HOUR)]


def test_a_request_comes_back_as_it_was(database: Database) -> None:
    assert add(database, 1)
    (one,) = received.due(database, "x", NOW + HOUR)
    assert one.request == Request(id="000001", content_type="f", body="body 1")
    assert (one.account, one.host, one.attempts) == ("x", "a.example", 0)
    assert one.at == NOW + timedelta(seconds=1)
    assert due(database, "mastodon") == []
    assert received.due(database, "x", NOW) == []
    assert received.next_due(database, "x") == one.at


def test_the_same_again_waits_once(database: Database) -> None:
    assert add(database, 1, body="same") and add(database, 2, body="same")
    assert list(received.every(database)) == [("waiting", "")]
    received.done(database, received.due(database, "x", NOW + HOUR)[0])
    assert add(database, 3, body="same")
    assert [state for state, _ in received.every(database)] == ["done", "waiting"]


@pytest.mark.parametrize("refused", [False, True])
def test_what_comes_again_while_it_is_read_waits_on(database: Database, refused: bool) -> None:
    add(database, 1, body="same")
    (one,) = received.due(database, "x", NOW + HOUR)
    add(database, 2, body="same")
    received.refuse(database, one, "no link") if refused else received.done(database, one)
    (again,) = received.due(database, "x", NOW + HOUR)
    assert (again.request, again.at) == (one.request, NOW + timedelta(seconds=2))
    received.done(database, again)
    assert list(received.every(database)) == [("done", "")]


def test_nobody_fills_the_queue(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received, "MOST", 5)
    monkeypatch.setattr(received, "MOST_OF_ONE", 3)
    assert [add(database, number) for number in range(4)] == [True, True, True, False]
    assert [add(database, number, f"{number}.example") for number in (4, 5, 6)] == [
        True,
        True,
        False,
    ]
    assert add(database, 7, account="mastodon")
    received.done(database, received.due(database, "x", NOW + HOUR)[0])
    assert add(database, 8, "8.example")


def test_each_host_has_its_turn(database: Database) -> None:
    for number, host in enumerate(["a", "a", "a", "b", "c"]):
        add(database, number, host)
    assert due(database) == ["body 0", "body 3", "body 4"]
    for one in received.due(database, "x", NOW + HOUR):
        received.done(database, one)
    assert due(database) == ["body 1"]


def test_what_could_not_be_read_waits(database: Database) -> None:
    add(database, 1)
    (one,) = received.due(database, "x", NOW + HOUR)
    received.postpone(database, one, NOW + 2 * HOUR, "no answer")
    assert due(database) == []
    assert received.next_due(database, "x") == NOW + 2 * HOUR
    (again,) = received.due(database, "x", NOW + 2 * HOUR)
    assert again.attempts == 1
    received.refuse(database, again, "never an answer")
    assert received.next_due(database, "x") is None
    assert list(received.every(database)) == [("refused", "never an answer")]


def test_what_was_dealt_with_is_forgotten_in_time(database: Database) -> None:
    for number in range(3):
        add(database, number, str(number))
    done, refused, _ = received.due(database, "x", NOW + HOUR)
    received.done(database, done)
    received.refuse(database, refused, "no link")
    received.forget(database, NOW)
    assert len(list(received.every(database))) == 3
    received.forget(database, NOW + MINUTE)
    assert list(received.every(database)) == [("waiting", "")]
