"""A worker works when woken, goes on after a fault, and stops."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from outreach import worker as module
from outreach.worker import Worker

from .wait import until


@contextmanager
def working(work: Callable[[], float | None]) -> Iterator[Worker]:
    worker = Worker("test", work)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        worker.join(5)
        assert not worker.is_alive()


class Work:
    """Counts its rounds and gives back what it is told to."""

    def __init__(self, *answers: float | Exception | None) -> None:
        self.answers = list(answers)
        self.rounds = 0

    def __call__(self) -> float | None:
        self.rounds += 1
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def done(self, rounds: int) -> Callable[[], bool]:
        return lambda: self.rounds >= rounds


def test_it_works_at_the_start_and_then_when_woken() -> None:
    work = Work()
    with working(work) as worker:
        until(work.done(1))
        worker.wake()
        until(work.done(2))
    assert work.rounds == 2


def test_it_works_again_after_the_seconds_it_asked_for() -> None:
    work = Work(0.0, 0.01, 0.0)
    with working(work):
        until(work.done(4))
    assert work.rounds == 4


def test_a_wake_during_a_round_is_one_more_round() -> None:
    inside, go_on = threading.Event(), threading.Event()
    rounds: list[int] = []

    def work() -> None:
        rounds.append(len(rounds))
        inside.set()
        assert go_on.wait(5)

    with working(work) as worker:
        until(inside.is_set)
        worker.wake()
        worker.wake()
        go_on.set()
        until(lambda: len(rounds) == 2)
    assert rounds == [0, 1]


def test_a_fault_is_logged_and_does_not_end_the_others(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AFTER_A_FAULT", 0.01)
    work = Work(ValueError("broken"), ValueError("again"))
    with caplog.at_level(logging.ERROR, "outreach"), working(work):
        until(work.done(3))
    assert [record.exc_text is not None for record in caplog.records] == [True, True]
    assert "test failed; it goes on in 0.01 s" in caplog.text
    assert "ValueError: broken" in caplog.text


def test_a_stop_ends_a_long_wait() -> None:
    work = Work(3600.0)
    with working(work) as worker:
        until(work.done(1))
        worker.stop()
        worker.join(5)
        assert not worker.is_alive()
    assert work.rounds == 1


def test_a_stop_before_the_start_means_no_round() -> None:
    work = Work()
    worker = Worker("test", work)
    worker.stop()
    worker.start()
    worker.join(5)
    assert work.rounds == 0
