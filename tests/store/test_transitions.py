"""Transitions: each leaves a row in the history, and the rest of a thread follows."""

import pytest

from outreach.model.delivery import Activity, Doubt, Held, State
from outreach.store import ledger
from outreach.store.database import Database

from .rows import (
    HOUR,
    MINUTE,
    NOW,
    change,
    claim,
    claimed,
    create,
    queue,
    receipt,
    send,
    state,
    step,
    thread,
)

READY, HELD = (State.READY, Held.NOT), (State.HELD, Held.PARENT)


def test_every_transition_leaves_a_row_in_the_history(database: Database) -> None:
    queue(database, create("a"))
    first = claimed(database)
    doubt = step(State.SENDING, NOW + MINUTE, error="reset", doubt=Doubt.LOST)
    ledger.move(database, first, doubt, NOW + MINUTE)
    ledger.move(database, first, step(State.UNKNOWN, error="two there"), NOW + 2 * MINUTE)
    ledger.move(database, first, step(State.READY), NOW + 3 * MINUTE)
    send(database, claimed(database, NOW + HOUR), NOW + HOUR)
    assert ledger.history(database, "a") == [
        (NOW, State.READY, "queued"),
        (NOW, State.SENDING, "claimed"),
        (NOW + MINUTE, State.SENDING, "reset"),
        (NOW + 2 * MINUTE, State.UNKNOWN, "two there"),
        (NOW + 3 * MINUTE, State.READY, ""),
        (NOW + HOUR, State.SENDING, "claimed"),
        (NOW + HOUR, State.SENT, ""),
    ]


def test_a_transition_is_carried_out_as_a_whole(database: Database) -> None:
    queue(database, create("a"))
    doubt = step(State.SENDING, NOW + MINUTE, error="reset", doubt=Doubt.LOST, looks=1)
    ledger.move(database, claimed(database), doubt, NOW)
    row = ledger.one(database, "a")
    assert row is not None
    assert (row.due, row.error, row.doubt, row.looks) == (NOW + MINUTE, "reset", Doubt.LOST, 1)
    send(database, row, NOW + HOUR)
    row = ledger.one(database, "a")
    assert row is not None
    assert (row.state, row.receipt) == (State.SENT, receipt("a", NOW + HOUR))
    assert (row.error, row.doubt, row.looks) == ("", Doubt.NONE, 0)


def test_a_transition_without_its_history_row_is_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database, create("a"))
    first = claimed(database)

    def power_cut(point: str) -> None:
        raise SystemError(point)

    monkeypatch.setattr(ledger, "reached", power_cut)
    with pytest.raises(SystemError, match="moving"):
        send(database, first)
    assert state(database, "a") == (State.SENDING, Held.NOT)
    assert len(ledger.history(database, "a")) == 2


@pytest.mark.parametrize("bad", [State.UNKNOWN, State.FAILED])
def test_what_is_behind_waits_held_and_goes_on_when_it_is_sent(
    database: Database, bad: State
) -> None:
    queue(database, *thread("a", "b", "c"), create("other", due=NOW + HOUR))
    first = claimed(database)
    ledger.move(database, first, step(bad), NOW)
    assert state(database, "b") == HELD
    assert state(database, "c") == READY  # it waits for b, and cannot be claimed
    assert state(database, "other") == READY
    assert claim(database) is None
    assert ledger.history(database, "b")[-1] == (NOW, State.HELD, f"waits for a, which is {bad}")
    send(database, first, NOW + MINUTE)
    assert state(database, "b") == READY
    assert claimed(database, NOW + MINUTE).id == "b"


def test_what_is_behind_is_due_no_earlier_than_its_parent_was_sent(database: Database) -> None:
    queue(database, *thread("a", "b"))
    first = claimed(database)
    ledger.move(database, first, step(State.UNKNOWN), NOW)
    send(database, first, NOW + HOUR)
    assert claim(database, NOW + HOUR - MINUTE) is None
    assert claim(database, NOW + HOUR) is not None


@pytest.mark.parametrize("why", [Held.STALE, Held.PERSON, Held.ACCOUNT, Held.EXTRA])
def test_what_is_held_for_another_reason_stays_held(database: Database, why: Held) -> None:
    parent, _ = thread("a", "b")
    queue(database, parent, create("b", after="a", state=State.HELD, held=why))
    first = claimed(database)
    ledger.move(database, first, step(State.UNKNOWN), NOW)
    assert state(database, "b") == (State.HELD, why)
    send(database, first)
    assert state(database, "b") == (State.HELD, why)


def test_edits_of_a_note_in_doubt_wait_with_it(database: Database) -> None:
    first = create("a")
    queue(database, first, change("b", first, Activity.UPDATE))
    ledger.move(database, claimed(database), step(State.UNKNOWN), NOW)
    assert state(database, "b") == HELD


def test_a_withdrawal_that_was_sent_keeps_the_notes_receipt(database: Database) -> None:
    first = create("a")
    queue(database, first, change("b", first, Activity.DELETE))
    send(database, claimed(database))
    withdrawal = claimed(database)
    ledger.move(database, withdrawal, step(State.SENT, receipt=withdrawal.target), NOW)
    done = ledger.one(database, "b")
    assert done is not None
    assert done.receipt == receipt("a")


def test_an_edit_that_a_newer_one_overtook_is_not_sent_when_approved(database: Database) -> None:
    note = create("a")
    queue(database, note)
    send(database, claimed(database))
    older = change("b", note, Activity.UPDATE, state=State.HELD, held=Held.STALE)
    newer = change("c", note, Activity.UPDATE, revision=2)
    queue(database, older, newer)
    send(database, claimed(database))
    assert ledger.approve(database, older, NOW) is State.FAILED
    assert claim(database) is None
