"""One life of the product, in a forked child: it works until it is done or killed."""

import os
import select
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

from outreach import fault, workspace
from outreach.daemon import Daemon
from outreach.fetch import SAFE_METHODS, Answer, Fetch, Headers
from outreach.flows.backfeed import backfeed
from outreach.model.channel import Listener
from outreach.rules import retry
from outreach.serve import serve
from outreach.store import holds, ledger

from .folders import Stage
from .kinds import now
from .witness import SCALE

WIRE = frozenset({"connected", "first-byte", "last-byte", "answer-head", "answer-body"})
DEADLINE = 0.5
"""Seconds that an answer may take: a network that hangs costs a run no more."""

LONGEST = 30.0
KILLED = -signal.SIGKILL


@dataclass(frozen=True, kw_only=True)
class Kill:
    """How a child ends: the N-th time at a fault point, or after seconds; else by itself."""

    point: str = ""
    number: int = 1
    after: float | None = None

    @property
    def fault(self) -> str:
        return f"kill:{self.point}:{self.number}" if self.point else ""


UNHARMED = Kill()
Twist = Callable[[Stage], None]
"""What a control breaks in a child before it starts."""


class Striking(Fetch):
    """The outgoing door; the first request that writes arms the fault, for log-ins come before.

    What is not HTTP may write at once.
    """

    fault: str = ""

    def __call__(
        self, method: str, url: str, *, headers: Headers | None = None, content: bytes = b""
    ) -> Answer:
        if self.fault and _writes(method, content):
            fault.arm(self.fault)
        return super().__call__(method, url, headers=headers, content=content)

    def dial(self, host: str, port: int) -> socket.socket:
        if self.fault:
            fault.arm(self.fault)
        return super().dial(host, port)


def _writes(method: str, content: bytes) -> bool:
    """Whether a request changes anything; a question in GraphQL is a POST that does not."""
    asks = b'"query"' in content and b"mutation" not in content
    return method not in SAFE_METHODS and not asks


class Outbox(Daemon):
    """The daemon without its site: it sends, waits for what is due later, and collects."""

    def once(self, stop: threading.Event) -> int:
        with closing(self._workspace.connect()) as database:
            for name, publisher in self._publishers.items():
                self._drain(database, name, publisher, stop)
                while (due := ledger.next_due(database, name)) and not holds.on(database, name):
                    stop.wait((due - now()).total_seconds())
                    self._drain(database, name, publisher, stop)
            for name, channel in self._channels.items():
                if isinstance(channel, Listener):
                    backfeed(database, name, channel, now=now)
        self._runner.release()
        return 0


def live(stage: Stage, kill: Kill, twist: Twist | None = None, whole: bool = False) -> int:
    """Let one child live; gives back how it ended. `whole` is the real daemon, site and all."""
    return end(stage, begin(stage, kill, twist, whole), kill)


def begin(stage: Stage, kill: Kill, twist: Twist | None = None, whole: bool = False) -> int:
    """Start a child; gives back its process id."""
    pid = os.fork()
    if pid == 0:
        _live(stage, kill, twist, whole)
    return pid


def end(stage: Stage, pid: int, kill: Kill = UNHARMED) -> int:
    """Wait for a child; an end that nobody ordered is a fault of the harness or of the product."""
    code = _await(pid, LONGEST if kill.after is None else kill.after)
    if code not in (0, KILLED) or (code == KILLED and kill == UNHARMED):
        log = _log(stage).read_text()
        raise AssertionError(f"a child of {stage.account} ended with {code}:\n{log}")
    return code


def _log(stage: Stage) -> Path:
    return stage.workspace.root / "child.log"


def _await(pid: int, seconds: float) -> int:
    """Wait for a child, kill it when its time is up, and bury it."""
    handle = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([handle], [], [], seconds)
        if not ended:
            os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(handle)


def _live(stage: Stage, kill: Kill, twist: Twist | None, whole: bool) -> None:
    """What the child does; it does not come back."""
    code = 1
    with _log(stage).open("a") as log:
        for output in (1, 2):
            os.dup2(log.fileno(), output)
        try:
            _work(stage, kill, twist, whole)
            code = 0
        finally:
            if code:
                traceback.print_exc(file=log)
                log.flush()
            os._exit(code)


def _work(stage: Stage, kill: Kill, twist: Twist | None, whole: bool) -> None:
    retry.FIRST = retry.FIRST / SCALE
    wire = kill.point in WIRE
    door = partial(Striking, deadline=DEADLINE)
    mock.patch.object(workspace, "Fetch", door).start()
    Striking.fault = kill.fault if wire else ""
    if kill.point and not wire:
        fault.arm(kill.fault)
    if twist is not None:
        twist(stage)
    with stage.workspace.lock():
        daemon = (Daemon if whole else Outbox)(stage.workspace, _silent, SCALE)
        if whole:
            serve(daemon.served(), daemon.once)
        else:
            daemon.once(threading.Event())


def _silent(what: str, about: str) -> None:
    """Nobody listens."""
