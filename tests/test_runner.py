"""One sender: lock file, lease and fence (case 12)."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import FolderInUse, Unavailable
from outreach.runner import Runner
from outreach.store import lease, sqlite
from outreach.store.database import Database

from .folder import Folder
from .server import serving
from .test_main_job import creates
from .wait import until


class Clock:
    """The wall's clock and the time since boot, moved together."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)
        self.since_boot = 1000.0

    def now(self) -> datetime:
        return self.at

    def boottime(self) -> float:
        return self.since_boot

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_boot += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(tmp_path: Path) -> Callable[[], Database]:
    path = tmp_path / "outreach.sandbox.db"
    sqlite.create(path).close()
    return lambda: sqlite.connect(path)


def test_c12_the_second_runner_is_refused_while_the_first_lives(
    connect: Callable[[], Database], clock: Clock
) -> None:
    first = Runner(connect, clock.now, clock.boottime)
    with pytest.raises(FolderInUse, match=str(os.getpid())):
        Runner(connect, clock.now, clock.boottime)
    first.release()
    assert Runner(connect, clock.now, clock.boottime).fence == first.fence + 1


def test_the_lease_of_a_dead_process_is_taken_over_at_once(
    connect: Callable[[], Database], clock: Clock
) -> None:
    child = "import sys; from tests.test_runner import hold; hold(sys.argv[1])"
    database = connect()
    path = str(database.query("PRAGMA database_list")[0]["file"])
    subprocess.run([sys.executable, "-c", child, path], check=True, timeout=30)
    assert lease.holding(database) is not None
    assert Runner(connect, clock.now, clock.boottime).fence == 2


def hold(path: str) -> None:
    """Become the runner and end without letting go, in a process of its own."""
    Runner(lambda: sqlite.connect(Path(path)), lambda: datetime.now(UTC))


def test_an_expired_lease_is_taken_and_the_old_holder_may_send_no_more(
    connect: Callable[[], Database], clock: Clock
) -> None:
    sleeper = Runner(connect, clock.now, clock.boottime)
    sleeper.permit()
    clock.at += lease.TERM
    Runner(connect, clock.now, clock.boottime)
    with pytest.raises(Unavailable):
        sleeper.permit()
    with pytest.raises(FolderInUse):
        sleeper.renew()


def test_a_lease_that_ends_before_the_request_could_permits_nothing(
    connect: Callable[[], Database], clock: Clock
) -> None:
    runner = Runner(connect, clock.now, clock.boottime)
    clock.move(46)
    with pytest.raises(Unavailable):
        runner.permit()
    runner.renew()
    runner.permit()


def test_the_permit_is_asked_before_the_first_byte_of_what_writes(
    connect: Callable[[], Database], clock: Clock
) -> None:
    runner = Runner(connect, clock.now, clock.boottime)
    clock.move(60)
    received: list[bytes] = []
    with serving(lambda _, connection: received.append(connection.recv(1))) as server:
        fetch = Fetch(guard=loopback_only, permit=runner.permit)
        with pytest.raises(Unavailable, match="only sender"):
            fetch("POST", server.url)
        until(lambda: server.seen == 1)
    assert received == [b""]


def test_c12_with_the_lock_file_deleted_the_lease_still_keeps_the_second_out(
    folder: Folder,
) -> None:
    folder.post("hello")
    with folder.daemon():
        until(lambda: len(creates(folder)) == 2, 20)
        (folder.root / ".outreach" / "sandbox" / "lock").unlink()
        second = folder.outreach("run", "--once")
        assert second.returncode == 75
        assert "another outreach" in second.stderr
        assert len(creates(folder)) == 2
