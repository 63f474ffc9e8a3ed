"""A thread that works when woken, and again when its work asks for it."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("outreach")

AFTER_A_FAULT = 5.0


class Worker(threading.Thread):
    """Calls `work()` at the start, when woken, and after the seconds that it returned.

    None means: only when woken. A fault in one round is logged and does not end the others.
    """

    def __init__(self, name: str, work: Callable[[], float | None]) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._wake = threading.Event()
        self._stopping = False

    def run(self) -> None:
        while not self._stopping:
            try:
                wait = self._work()
            except Exception:
                log.exception("%s failed; it goes on in %g s", self.name, AFTER_A_FAULT)
                wait = AFTER_A_FAULT
            self._wake.wait(wait)
            self._wake.clear()

    def wake(self) -> None:
        """Work now, or once more after the round that is under way."""
        self._wake.set()

    def stop(self) -> None:
        """No further round."""
        self._stopping = True
        self._wake.set()
