"""Waiting for a condition, never for a time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 10.0, what: str = "") -> T:
    """The first true answer of `condition`; fails with `what` when `seconds` pass without one."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            name = what or getattr(condition, "__name__", "the condition")
            raise AssertionError(f"{name}: not within {seconds:g} s; last seen {found!r}")
        threading.Event().wait(0.01)
    return found
