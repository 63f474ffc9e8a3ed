"""What follows an attempt, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.model.delivery import Activity, Delivery, Doubt, Receipt, State
from outreach.model.errors import (
    Duplicate,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from outreach.model.note import Note
from outreach.rules import retry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=10)
HOUR = timedelta(hours=1)


def delivery(**changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": "1",
        "account": "x",
        "activity": Activity.CREATE,
        "source": "hello",
        "part": 0,
        "note": Note(text="Hello"),
        "state": State.SENDING,
        "due": NOW,
        "fresh_from": NOW,
        "attempts": 1,
    }
    return Delivery(**values | changes)


def receipt(number: int) -> Receipt:
    return Receipt(id=str(number), url=f"https://x.example/{number}", at=NOW)


def after(
    error: OutreachError, findable: bool = True, repeatable: bool = False, **changes: Any
) -> retry.Step:
    return retry.refused(
        error,
        delivery(**changes),
        now=NOW,
        settle=SETTLE,
        findable=findable,
        repeatable=repeatable,
        jitter=0.0,
    )


@pytest.mark.parametrize(
    ("error", "findable", "state", "doubt", "wait"),
    [
        (Unavailable("down"), True, State.READY, Doubt.NONE, 5),
        (Uncertain("lost"), True, State.SENDING, Doubt.LOST, 10),
        (Uncertain("lost"), False, State.UNKNOWN, Doubt.NONE, 0),
        (Duplicate("there"), True, State.SENDING, Doubt.DUPLICATE, 10),
        (Duplicate("there"), False, State.UNKNOWN, Doubt.NONE, 0),
        (Rejected("no", 422), True, State.SENDING, Doubt.REFUSED, 10),
        (Rejected("no", 422), False, State.FAILED, Doubt.NONE, 0),
    ],
)
def test_what_follows_a_failed_attempt(
    error: OutreachError, findable: bool, state: State, doubt: Doubt, wait: float
) -> None:
    step = after(error, findable)
    assert (step.state, step.doubt, step.due - NOW) == (state, doubt, timedelta(seconds=wait))
    assert step.error == str(error)
    assert step.receipt is None


def test_refused_credentials_are_nothing_that_a_clock_mends() -> None:
    step = after(Unauthorized("no"))
    assert step.state is State.HELD
    assert step.doubt is Doubt.NONE


@pytest.mark.parametrize("activity", [Activity.UPDATE, Activity.DELETE])
def test_an_edit_and_a_withdrawal_are_repeated_in_doubt(activity: Activity) -> None:
    assert after(Uncertain("lost"), activity=activity).state is State.READY
    assert after(Rejected("no"), activity=activity).state is State.FAILED


@pytest.mark.parametrize(
    ("until", "wait"),
    [
        (NOW + timedelta(minutes=15), timedelta(minutes=15)),
        (NOW + timedelta(days=3650), HOUR),
        (NOW - timedelta(days=1), timedelta(seconds=5)),
        (None, timedelta(seconds=5)),
    ],
)
def test_a_rate_limit_is_kept_for_an_hour_at_most(until: datetime | None, wait: timedelta) -> None:
    step = after(RateLimited("slow", until))
    assert (step.state, step.due - NOW) == (State.READY, wait)


def test_the_wait_grows_to_an_hour_and_no_further() -> None:
    waits = [retry.delay(attempts, 0.0).total_seconds() for attempts in range(1, 30)]
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert retry.delay(10_000, 1.0) == HOUR
    assert retry.delay(1, 1.0) == timedelta(seconds=7.5)


def test_one_find_is_adopted() -> None:
    step = retry.looked((receipt(1),), delivery(doubt=Doubt.LOST), now=NOW, settle=SETTLE)
    assert (step.state, step.receipt) == (State.SENT, receipt(1))


def test_two_finds_are_for_a_human() -> None:
    found = (receipt(1), receipt(2))
    step = retry.looked(found, delivery(doubt=Doubt.LOST), now=NOW, settle=SETTLE)
    assert step.state is State.UNKNOWN
    assert receipt(1).url in step.error
    assert receipt(2).url in step.error


@pytest.mark.parametrize(
    ("doubt", "looks", "end"),
    [
        (Doubt.LOST, 2, State.READY),
        (Doubt.DUPLICATE, 2, State.UNKNOWN),
        (Doubt.REFUSED, 1, State.FAILED),
    ],
)
def test_nothing_found_ends_after_so_many_looks(doubt: Doubt, looks: int, end: State) -> None:
    state = delivery(doubt=doubt, error="why")
    for _ in range(looks - 1):
        step = retry.looked((), state, now=NOW, settle=SETTLE)
        assert (step.state, step.doubt, step.due) == (State.SENDING, doubt, NOW + SETTLE)
        state = delivery(doubt=doubt, error="why", looks=step.looks)
    last = retry.looked((), state, now=NOW, settle=SETTLE)
    assert last.state is end
    assert "why" in last.error


def test_a_look_that_fails_leaves_the_doubt() -> None:
    before = delivery(doubt=Doubt.LOST, looks=1, error="lost")
    step = retry.not_looked(Unavailable("down"), before, now=NOW, jitter=0.0)
    assert (step.state, step.doubt, step.looks) == (State.SENDING, Doubt.LOST, 1)
    assert step.due > NOW
    assert step.error == "lost"


@pytest.mark.parametrize(
    ("error", "attempts", "state"),
    [
        (Uncertain("lost"), 1, State.READY),
        (Uncertain("lost"), 2, State.READY),
        (Uncertain("lost"), 3, State.UNKNOWN),
        (Duplicate("there, but not shown"), 1, State.UNKNOWN),
    ],
)
def test_where_a_second_copy_is_refused_the_note_is_sent_again(
    error: OutreachError, attempts: int, state: State
) -> None:
    step = after(error, findable=False, repeatable=True, attempts=attempts)
    assert (step.state, step.doubt) == (state, Doubt.NONE)
    assert step.due == (NOW + SETTLE if state is State.READY else NOW)
    assert step.why.startswith(retry.IN_DOUBT) is (state is State.READY)
