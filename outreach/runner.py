"""Being the one process that sends from a folder: lock file, lease, fence."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from outreach.fetch import DEADLINE
from outreach.model.errors import FolderInUse, Unavailable
from outreach.store import lease
from outreach.store.database import Database

RENEWAL = 15.0
"""Seconds between two renewals of the lease."""


def boottime() -> float:
    """Seconds that also pass while the machine sleeps, so that a lease ends in a closed laptop."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Runner:
    """This process as the runner of a database, from `Runner(...)` until `release()`.

    Raises FolderInUse while another process that lives holds the lease.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        now: Callable[[], datetime],
        boottime: Callable[[], float] = boottime,
    ) -> None:
        self._open = open_database
        self._now = now
        self._boottime = boottime
        at = boottime()
        with closing(open_database()) as database:
            current = lease.holding(database)
            gone = current is not None and _is_gone(current[0])
            fence = lease.take(database, _name(), now(), over=gone)
        if fence is None and current is not None:
            raise FolderInUse(
                f"another outreach ({current[0]}) runs this folder until {current[1]:%H:%M:%S} UTC "
                "at least; stop it first"
            )
        self.fence = fence or 0
        self._until = at + lease.TERM.total_seconds()

    def renew(self) -> float:
        """Keep the lease; gives back the seconds until the next renewal. Raises FolderInUse."""
        at = self._boottime()
        with closing(self._open()) as database:
            if not lease.renew(database, self.fence, self._now()):
                self._until = 0.0
                raise FolderInUse("another outreach took this folder over; this one stops sending")
        self._until = at + lease.TERM.total_seconds()
        return RENEWAL

    def permit(self) -> None:
        """Asked before a first byte: raises Unavailable unless the lease outlives the call."""
        if self._until - self._boottime() <= DEADLINE:
            raise Unavailable("this process is not sure to be the only sender any more")
        with closing(self._open()) as database:
            newest = lease.fence(database)
        if newest != self.fence:
            raise Unavailable("another process has become the sender")

    def release(self) -> None:
        """Let the next process start at once."""
        with closing(self._open()) as database:
            lease.release(database, self.fence)


def _name() -> str:
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def _is_gone(holder: str) -> bool:
    """Whether a holder of this machine has ended; of another machine we cannot know."""
    host, pid, started = holder.split(" ")
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; "" if there is no such process.

    One that has ended and that nobody has waited for (state Z) is none either: in a container it
    may stay so for ever.
    """
    path = Path(f"/proc/{pid}/stat")
    if path.exists():
        fields = path.read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    return "?"
