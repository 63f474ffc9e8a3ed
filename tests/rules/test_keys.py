"""Keys sort by time and are never made twice."""

import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.keys import Tids, tid

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
# https://atproto.com/specs/tid
SYNTAX = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
microseconds = st.integers(0, (datetime(2200, 1, 1, tzinfo=UTC) - AT) // datetime.resolution)
times = microseconds.map(lambda number: AT + number * datetime.resolution)


def read(key: str) -> tuple[datetime, int]:
    number = 0
    for letter in key:
        number = number * 32 + ALPHABET.index(letter)
    microseconds = timedelta(microseconds=number >> 10)
    return datetime(1970, 1, 1, tzinfo=UTC) + microseconds, number & 1023


@given(times, st.integers(0, 1023))
def test_a_tid_is_its_time_and_its_salt(at: datetime, salt: int) -> None:
    key = tid(at, salt)
    assert SYNTAX.fullmatch(key)
    assert read(key) == (at, salt)


@given(times, times, st.integers(0, 1023))
def test_tids_sort_by_time(one: datetime, other: datetime, salt: int) -> None:
    assert (tid(one, salt) < tid(other, salt)) == (one < other)


def test_a_stuck_clock_makes_no_key_twice() -> None:
    tids = Tids(lambda: AT, 7)
    keys = [tids() for _ in range(100)]
    assert keys == sorted(set(keys))
    assert read(keys[0]) == (AT, 7)


def test_a_clock_that_goes_back_makes_no_key_twice() -> None:
    clock = iter([AT, AT - timedelta(days=1), AT - timedelta(days=2), AT + timedelta(days=1)])
    tids = Tids(lambda: next(clock), 0)
    keys = [tids() for _ in range(4)]
    assert keys == sorted(set(keys))
    assert read(keys[3])[0] == AT + timedelta(days=1)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change places after every few steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_many_threads_make_no_key_twice() -> None:
    tids = Tids(lambda: AT, 0)
    made: list[list[str]] = [[] for _ in range(8)]
    start = threading.Barrier(8)

    def work(mine: list[str]) -> None:
        start.wait()
        mine.extend(tids() for _ in range(3000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for mine in made for key in mine}) == 24_000
    assert all(mine == sorted(mine) for mine in made)
