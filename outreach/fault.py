"""Places where a process may be killed, for the crash tests; off, a place is one empty call.

A fault is armed as `kill:POINT:N`: the N-th time that POINT is reached, the process kills itself
with SIGKILL, as a power cut would.
"""

import os
import signal

POINTS = (
    "planned",
    "claiming",
    "claimed",
    "connected",
    "first-byte",
    "last-byte",
    "answer-head",
    "answer-body",
    "moving",
    "moved",
    "collecting",
    "collected",
)

_armed: dict[str, int] = {}


def arm(fault: str) -> None:
    """Arm `kill:POINT:N`. Raises ValueError for anything else."""
    action, point, number = fault.split(":")
    if action != "kill" or point not in POINTS:
        raise ValueError(f"{fault!r} is no fault; kill:POINT:N, POINT one of {', '.join(POINTS)}")
    _armed[point] = int(number)


def reached(point: str) -> None:
    """Say that a place is reached; nothing happens unless a fault is armed there."""
    if point in _armed:
        _armed[point] -= 1
        if _armed[point] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
