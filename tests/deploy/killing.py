"""Carries a site in a process that is killed on the way; what it started lives on."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from outreach.deploy import Target
from outreach.deploy._record import Record
from outreach.model.errors import Unavailable

from ..wait import until
from .trees import carry

Keys = Mapping[str, str]


def after_paths(number: int, target: Target, record: Path, tree: Path, keys: Keys) -> None:
    """Killed once so many paths have been carried."""

    def work() -> None:
        for at, _ in enumerate(_begun(target, record, tree, keys), 1):
            if at == number:
                os.kill(os.getpid(), signal.SIGKILL)

    assert _killed(os.waitpid(_forked(work), 0)[1])


def while_runs(word: bytes, target: Target, record: Path, tree: Path, keys: Keys) -> None:
    """Killed while it runs a program with this word on its command line."""
    child = _forked(lambda: list(_begun(target, record, tree, keys)))
    while word not in _commands(child):
        assert os.waitpid(child, os.WNOHANG) == (0, 0), f"{word!r} was never seen"
    os.kill(child, signal.SIGKILL)
    assert _killed(os.waitpid(child, 0)[1])


def then(target: Target, record: Path, tree: Path, keys: Keys) -> None:
    """Carry as the next start does, once nothing of the killed process runs any more."""

    def carried() -> bool:
        try:
            carry(target, record, tree, keys)
        except Unavailable as error:
            assert "an earlier one still runs" in str(error)
            return False
        return True

    until(carried, what="the next deploy")


def _begun(target: Target, record: Path, tree: Path, keys: Keys) -> Iterator[str]:
    return target.carry(tree, Record(record, target.name).begin(tree, keys))


def _forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(1)


def _killed(status: int) -> bool:
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _commands(process: int) -> bytes:
    """The command lines of what a process has started."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return b" ".join(Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
    except (FileNotFoundError, ProcessLookupError):
        return b""
