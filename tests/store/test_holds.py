"""Holds: everywhere and as one account, by a person and for a token, over each other."""

import pytest

from outreach.model.delivery import Held, State
from outreach.store import holds, ledger
from outreach.store.database import Database
from outreach.store.holds import EVERYWHERE, Cause, Hold

from .rows import HOUR, NOW, claim, claimed, create, queue, send, state

READY, HELD = (State.READY, Held.NOT), (State.HELD, Held.ACCOUNT)


@pytest.fixture(autouse=True)
def outbox(database: Database) -> None:
    """A delivery of each account, and one that a person holds."""
    queue(database, create("m"), create("x", account="x"))
    queue(database, create("p", state=State.HELD, held=Held.PERSON))


def test_a_hold_on_one_account_leaves_the_others(database: Database) -> None:
    holds.place(database, "mastodon", Cause.PERSON, "quiet", NOW)
    assert (state(database, "m"), state(database, "x")) == (HELD, READY)
    hold = Hold(account="mastodon", cause=Cause.PERSON, reason="quiet", since=NOW)
    assert holds.on(database, "mastodon") == [hold]
    assert holds.on(database, "x") == []
    assert claim(database) is None
    assert ledger.history(database, "m")[-1] == (NOW, State.HELD, "quiet")


def test_a_hold_everywhere_is_one_on_every_account(database: Database) -> None:
    holds.place(database, EVERYWHERE, Cause.PERSON, "a sad day", NOW)
    assert (state(database, "m"), state(database, "x")) == (HELD, HELD)
    assert holds.on(database, "mastodon") == holds.on(database, "x") == holds.every(database)


def test_what_is_in_flight_or_held_by_a_person_is_left(database: Database) -> None:
    first = claimed(database)
    holds.place(database, EVERYWHERE, Cause.PERSON, "stop", NOW)
    assert state(database, "m") == (State.SENDING, Held.NOT)
    assert state(database, "p") == (State.HELD, Held.PERSON)
    send(database, first)
    assert holds.lift(database, EVERYWHERE, None, NOW) == 1
    assert state(database, "p") == (State.HELD, Held.PERSON)


def test_lifting_frees_what_the_hold_held_and_says_how_many(database: Database) -> None:
    holds.place(database, EVERYWHERE, Cause.PERSON, "stop", NOW)
    assert holds.lift(database, EVERYWHERE, None, NOW + HOUR) == 2
    assert holds.every(database) == []
    assert claim(database, NOW + HOUR - HOUR / 60) is None  # due when it was freed, not before
    assert claimed(database, NOW + HOUR).id == "m"


@pytest.mark.parametrize("first", ["mastodon", EVERYWHERE])
def test_of_two_holds_over_each_other_both_have_to_go(database: Database, first: str) -> None:
    second = "mastodon" if first == EVERYWHERE else EVERYWHERE
    for account in (EVERYWHERE, "mastodon"):
        holds.place(database, account, Cause.PERSON, f"why {account}", NOW)
    assert [hold.account for hold in holds.on(database, "mastodon")] == [EVERYWHERE, "mastodon"]
    freed = holds.lift(database, first, Cause.PERSON, NOW)
    assert freed == (1 if first == EVERYWHERE else 0)  # x was under the general one only
    assert state(database, "m") == HELD
    holds.lift(database, second, Cause.PERSON, NOW)
    assert (state(database, "m"), state(database, "x")) == (READY, READY)


def test_26_a_person_and_a_token_hold_an_account_apart(database: Database) -> None:
    for cause in Cause:
        holds.place(database, "mastodon", cause, cause.value, NOW)
    assert holds.lift(database, "mastodon", Cause.TOKEN, NOW) == 0
    assert [hold.cause for hold in holds.on(database, "mastodon")] == [Cause.PERSON]
    assert holds.lift(database, "mastodon", Cause.PERSON, NOW) == 1


def test_no_cause_lifts_all_of_an_accounts_holds(database: Database) -> None:
    for cause in Cause:
        holds.place(database, "mastodon", cause, cause.value, NOW)
        holds.place(database, "x", cause, cause.value, NOW)
    assert holds.lift(database, "mastodon", None, NOW) == 1
    assert {hold.account for hold in holds.every(database)} == {"x"}


def test_a_hold_again_has_the_newer_reason(database: Database) -> None:
    holds.place(database, "x", Cause.TOKEN, "first", NOW)
    holds.place(database, "x", Cause.TOKEN, "second", NOW + HOUR)
    assert [(hold.reason, hold.since) for hold in holds.every(database)] == [("second", NOW + HOUR)]


def test_lifting_what_is_not_there_does_nothing(database: Database) -> None:
    assert holds.lift(database, "mastodon", None, NOW) == 0
    assert state(database, "m") == READY
