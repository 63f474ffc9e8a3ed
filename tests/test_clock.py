"""The clock wakes at the right moments, also where the day has a gap or a fold."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from outreach.clock import Clock, CronTrigger
from outreach.model.schedule import Schedule

from .wait import until


def fires(expression: str, zone: str, after: str, times: int = 3) -> list[str]:
    """The next moments, in the zone's own time, as APScheduler asks for them."""
    trigger = CronTrigger(expression, zone)
    now = datetime.fromisoformat(after).astimezone(UTC)
    previous: datetime | None = None
    found = []
    for _ in range(times):
        previous = trigger.get_next_fire_time(previous, now)
        now = previous.astimezone(UTC)
        found.append(previous.isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        pytest.param(
            "0 8 * * *",
            "Europe/Berlin",
            "2026-03-28T00:00+01:00",
            ["2026-03-28T08:00+01:00", "2026-03-29T08:00+02:00", "2026-03-30T08:00+02:00"],
            id="the same hour on both sides of the gap",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00+01:00",
            ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00", "2026-03-31T02:30+02:00"],
            id="what falls into Berlin's gap fires once, behind it",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00+02:00",
            ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"],
            id="what falls into Berlin's fold fires once, the first time",
        ),
        pytest.param(
            "0 0 * * *",
            "America/Santiago",
            "2026-09-05T12:00-04:00",
            ["2026-09-06T01:00-03:00", "2026-09-07T00:00-03:00", "2026-09-08T00:00-03:00"],
            id="a midnight that Santiago does not have",
        ),
        pytest.param(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T12:00+10:30",
            ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00", "2026-10-06T02:15+11:00"],
            id="a gap of half an hour",
        ),
        pytest.param(
            "30 23 * * *",
            "America/Nuuk",
            "2026-03-27T12:00-02:00",
            ["2026-03-27T23:30-02:00", "2026-03-29T00:00-01:00", "2026-03-29T23:30-01:00"],
            id="Nuuk, where the hour before midnight is missing",
        ),
        pytest.param(
            "0 8 * * 1-5",
            "Europe/Berlin",
            "2026-03-06T09:00+01:00",
            ["2026-03-09T08:00+01:00", "2026-03-10T08:00+01:00", "2026-03-11T08:00+01:00"],
            id="a weekend",
        ),
    ],
)
def test_c20_cron_over_gaps_and_folds(
    expression: str, zone: str, after: str, expected: list[str]
) -> None:
    assert fires(expression, zone, after) == expected


def test_a_late_wake_up_is_not_made_up_for() -> None:
    trigger = CronTrigger("0 8 * * *", "UTC")
    previous = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert trigger.get_next_fire_time(previous, previous + timedelta(days=3, hours=1)) == (
        previous + timedelta(days=4)
    )


def test_it_wakes_in_a_rhythm_until_it_is_stopped() -> None:
    woken: list[str] = []
    second = threading.Event()

    def wake() -> None:
        woken.append(threading.current_thread().name)
        if len(woken) == 2:
            second.set()

    clock = Clock()
    clock.wake(wake, Schedule(every=timedelta(milliseconds=20)))
    clock.start()
    until(second.is_set)
    clock.stop()
    assert threading.current_thread().name not in woken
