"""Child processes that render, and that can be killed.

A hostile text can keep a regular expression busy for years, and nothing inside the process can
stop it. The child is an interpreter of its own; it dies by the kernel's timer.
"""

import json
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

MEMORY = 1 << 30
PATIENCE = 20
"""Seconds that the parent waits for a text before it kills the child, beside its processor time."""

IDLE = 600.0
"""Seconds that a child without work is kept."""

_ROOT = Path(__file__).parents[2]


class Child:
    """One process that renders. Once `gone` it answers no more; `slow` means by its timer."""

    def __init__(self, deadline: float) -> None:
        self._patience = PATIENCE + deadline * 10
        self._pipe, theirs = Pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(theirs.fileno()), str(deadline)],
            cwd=_ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        self.gone = False
        self.slow = False

    def render(self, body: str) -> bytes | None:
        """What `serve` makes of a body; None where it does not come back."""
        try:
            self._pipe.send_bytes(body.encode("utf-8", "replace"))
            if self._pipe.poll(self._patience):
                return self._pipe.recv_bytes()
            self._process.kill()
        except (EOFError, OSError):
            pass
        self.gone = True
        self.slow = self._process.wait() == -signal.SIGPROF
        return None

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.kill()
        self._process.wait()


class Children:
    """The children of one builder. With `keep` one of them waits for the next text for a while.

    `deadline` is seconds of processor time for one body.
    """

    def __init__(self, deadline: float, *, keep: bool = False) -> None:
        self._deadline = deadline
        self._keep = keep
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        self._end: threading.Timer | None = None

    @contextmanager
    def one(self) -> Iterator[Child]:
        """A child to work with."""
        with self._lock:
            child = self._idle.pop() if self._idle else None
        child = child or Child(self._deadline)
        try:
            yield child
        finally:
            self._back(child)

    def warm(self) -> None:
        """Start a child that will soon be needed."""
        with self._lock:
            if not self._idle:
                self._idle.append(Child(self._deadline))

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _back(self, child: Child) -> None:
        with self._lock:
            stays = self._keep and not child.gone and not self._idle
            if stays:
                self._idle.append(child)
        if not stays:
            child.close()
            return
        if self._end is not None:
            self._end.cancel()
        self._end = threading.Timer(IDLE, self.close)
        self._end.daemon = True
        self._end.start()


def serve(connection: Connection, deadline: float) -> None:
    """Answer each body with its text until nobody asks. Whatever goes wrong ends the process."""
    from outreach.site.characters import clean
    from outreach.site.render import first_paragraph, relative, render, words

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            body = connection.recv_bytes().decode()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, deadline)
        html = clean(render(body).encode("utf-8", "replace").decode())
        found = (html, first_paragraph(html), words(html), *relative(html))
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send_bytes(json.dumps(found, ensure_ascii=False).encode())


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
