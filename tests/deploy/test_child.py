"""Programs that carry the site: what they get, what they say, and that they are alone."""

import fcntl
import os
import signal
import sys
from pathlib import Path

import pytest

from outreach.deploy import _child
from outreach.model.errors import Refused, Unavailable

from ..wait import until


def run(tmp_path: Path, code: str, **more: object) -> str:
    values = {"folder": tmp_path, "lock": tmp_path / "lock", "environ": {"PATH": "/usr/bin"}}
    return _child.run([sys.executable, "-c", code], **{**values, **more})  # type: ignore[arg-type]


def test_a_program_gets_no_secret_of_ours(tmp_path: Path) -> None:
    environ = {"PATH": "/bin", "LC_ALL": "C", "X_API_KEY": "s3cret", "OUTREACH_KEY": "s3cret"}
    said = run(tmp_path, "import os; print(sorted(os.environ))", environ=environ)
    assert said.strip() == "['LC_ALL', 'PATH']"


def test_what_it_said_last_is_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"ended with 1: no such host$"):
        run(tmp_path, "raise SystemExit('no such\\nhost')")


def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin"}
    command = ["sh", "-c", "sleep 60; true"]
    with pytest.raises(Unavailable, match="was killed by signal 9"):
        _child.run(command, folder=tmp_path, lock=tmp_path / "lock", environ=environ, patience=0.2)
    until(lambda: _is_free(tmp_path / "lock"), what="nobody that holds the lock")


def _is_free(lock: Path) -> bool:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_while_one_runs_no_other_does(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="an earlier one still runs"):
            run(tmp_path, "print('next')")


def test_what_a_killed_process_left_behind_still_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = ["sh", "-c", "sleep 60 & echo $!"]
    left = int(_child.run(command, folder=tmp_path, lock=lock, environ={"PATH": "/usr/bin:/bin"}))
    try:
        with pytest.raises(Unavailable, match="an earlier one still runs"):
            run(tmp_path, "print('next')")
    finally:
        os.kill(left, signal.SIGKILL)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no-such-program cannot be run"):
        _child.run(["no-such-program"], folder=tmp_path, lock=tmp_path / "lock", environ={})
