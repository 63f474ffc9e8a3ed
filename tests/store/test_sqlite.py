"""SQLite alone: what is on the disk, and what is refused rather than replaced."""

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from outreach.model.delivery import State
from outreach.model.errors import Refused
from outreach.store import accounts, ledger, meta, sqlite
from outreach.store.sqlite import Sqlite

from .rows import MINUTE, NOW, claim, claimed, create, queue, send, state

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outreach.db"


@pytest.fixture
def database(path: Path) -> Iterator[Sqlite]:
    with closing(sqlite.create(path)) as made:
        accounts.meet(made, "mastodon", "mastodon", NOW)
        yield made


@pytest.fixture
def filled(path: Path) -> Path:
    """A file of some 80 pages, closed."""
    with closing(sqlite.create(path)) as database:
        accounts.meet(database, "mastodon", "mastodon", NOW)
        with database.atomic():
            for number in range(300):
                ledger.queue(database, create(f"{number:03}", error="x" * 300), NOW)
    return path


LATER = "UPDATE _sqlite_migrations SET name = '9999_later' WHERE name = '0001_first'"


def pragma(database: Sqlite, name: str) -> object:
    return next(iter(database.query(f"PRAGMA {name}")[0].values()))


def files(path: Path) -> list[str]:
    """What is in the folder, but for the log and its index that every reader makes."""
    found = (file.name for file in path.parent.iterdir())
    return sorted(name for name in found if not name.endswith((".db-wal", ".db-shm")))


def refused(path: Path, told: str = "is damaged") -> None:
    """Every door refuses it, names the way back, and leaves the file and its folder alone."""
    before, beside = path.read_bytes(), files(path)
    for door in (sqlite.create, sqlite.check):
        with pytest.raises(Refused, match=told) as caught:
            door(path)
        assert f"outreach restore FILE {path.parent}" in str(caught.value)
    assert path.read_bytes() == before
    assert files(path) == beside


def test_writers_are_durable_and_readers_do_not_wait(database: Sqlite, path: Path) -> None:
    for connection in (database, sqlite.connect(path)):
        with closing(connection):
            assert pragma(connection, "synchronous") == 2  # FULL
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "busy_timeout") == 30_000


def test_a_commit_that_is_refused_ends_its_transaction(database: Sqlite) -> None:
    """SQLite itself leaves it open, and then nothing could ever be written again."""
    with pytest.raises(sqlite3.IntegrityError), database.atomic():
        database.execute("PRAGMA defer_foreign_keys = ON")
        queue(database, create("a", account="nobody"))
    queue(database, create("a"))
    assert claimed(database).id == "a"


def test_a_database_in_memory_has_the_schema() -> None:
    with closing(sqlite.memory()) as database:
        assert ledger.every(database) == []


def test_44_a_zero_length_file_is_refused(path: Path) -> None:
    path.touch()
    refused(path, "the file is empty")
    with pytest.raises(Refused, match="the file is empty"):
        sqlite.read(path)


def test_44_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("dear diary\n" * 1000)
    refused(path, "not a database")
    with pytest.raises(Refused, match="not a database"):
        sqlite.read(path)


def test_44_a_database_that_is_not_ours_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE diary (day TEXT)")
    refused(path, "no table of outreach")


@pytest.mark.parametrize("seed", range(10))
def test_44_flipped_bytes_are_refused(filled: Path, seed: int) -> None:
    """20 of them, in the head and the cell pointers of pages: there it is found by itself."""
    draw, content = random.Random(seed), bytearray(filled.read_bytes())
    pages = len(content) // 4096
    assert pages > 60
    for page in draw.sample(range(1, pages), 20):
        content[page * 4096 + draw.randrange(12)] ^= draw.randrange(1, 256)
    filled.write_bytes(content)
    refused(filled)


@pytest.mark.parametrize("seed", range(10))
def test_44_flipped_bytes_anywhere_never_make_it_empty(filled: Path, seed: int) -> None:
    """Inside a text nobody can see them; then every row is still there."""
    draw, content = random.Random(seed), bytearray(filled.read_bytes())
    for place in draw.sample(range(len(content)), 20):
        content[place] ^= draw.randrange(1, 256)
    filled.write_bytes(content)
    try:
        sqlite.check(filled)
    except Refused:
        refused(filled, ".")
        return
    with closing(sqlite.create(filled)) as database:
        assert database.query("SELECT COUNT(*) AS n FROM delivery")[0]["n"] == 300


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_44_a_truncated_file_is_refused(filled: Path, share: float) -> None:
    os.truncate(filled, int(filled.stat().st_size * share))
    refused(filled)


def test_44_a_truncated_log_loses_no_more_than_its_end(database: Sqlite, path: Path) -> None:
    """A power cut in the middle of a commit: what was committed before it is there."""
    database.execute("PRAGMA wal_autocheckpoint = 0")
    meta.write(database, "a", "1")
    size = path.with_name("outreach.db-wal").stat().st_size
    meta.write(database, "b", "2")
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{path}.cut{suffix}")
    cut = path.with_name("outreach.db.cut")
    os.truncate(f"{cut}-wal", size + 100)
    with closing(sqlite.create(cut)) as after:
        assert (meta.read(after, "a"), meta.read(after, "b")) == ("1", None)


def test_46_a_newer_file_is_refused_and_says_how_to_go_back(filled: Path) -> None:
    with closing(sqlite.connect(filled)) as database:
        database.execute(
            "UPDATE _sqlite_migrations SET name = '9999_later' WHERE name LIKE '0001%'"
        )
    refused(filled, r"newer outreach \(it has 9999_later\)")


def test_46_reading_a_newer_file_is_refused(filled: Path) -> None:
    with closing(sqlite.connect(filled)) as database:
        database.execute(
            "UPDATE _sqlite_migrations SET name = '9999_later' WHERE name LIKE '0001%'"
        )
    with pytest.raises(Refused, match="newer outreach"):
        sqlite.read(filled)


def test_reading_what_is_not_there_says_how_to_start(path: Path) -> None:
    with pytest.raises(Refused, match=f"outreach run {path.parent}"):
        sqlite.read(path)
    assert files(path) == []


def test_1_a_kill_while_it_is_made_leaves_nothing_that_looks_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(script: str) -> list[str]:
        raise SystemError

    monkeypatch.setattr(sqlite, "statements", power_cut)
    with pytest.raises(SystemError):
        sqlite.create(path)
    assert not path.exists()
    monkeypatch.undo()
    sqlite.create(path).close()
    assert files(path) == ["outreach.db"]


def test_a_backup_of_a_database_in_use_is_whole_and_of_one_moment(
    database: Sqlite, path: Path, tmp_path: Path
) -> None:
    """A writer goes on: two values that always change together are the same in every copy."""
    stop, written = Event(), Event()
    for name in "ab":
        meta.write(database, name, "0")

    def write() -> None:
        with closing(sqlite.connect(path)) as own:
            for number in range(1, 1_000_000):
                with own.atomic():
                    for name in "ab":
                        meta.write(own, name, f"{number}")
                written.set()
                if stop.is_set():
                    return

    writer = Thread(target=write)
    writer.start()
    copies = []
    for number in range(5):
        written.clear()
        assert written.wait(10)
        copies.append(tmp_path / "copies" / f"{number}.db")
        copies[-1].parent.mkdir(exist_ok=True)
        sqlite.backup(path, copies[-1])
    stop.set()
    writer.join(10)
    assert sorted(file.name for file in copies[0].parent.iterdir()) == [c.name for c in copies]
    seen = []
    for copy in copies:
        sqlite.check(copy)
        with closing(sqlite.create(copy)) as restored:
            assert meta.read(restored, "a") == meta.read(restored, "b")
            seen.append(int(meta.read(restored, "a") or 0))
    assert 0 < seen[0] < seen[-1]
    assert seen == sorted(seen)


def test_a_backup_that_fails_leaves_the_older_one(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.db"
    sqlite.backup(filled, copy)
    before = copy.read_bytes()

    def power_cut(path: Path) -> None:
        raise SystemError

    monkeypatch.setattr(sqlite, "check", power_cut)
    with pytest.raises(SystemError):
        sqlite.backup(filled, copy)
    assert copy.read_bytes() == before


LOCKER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO meta (name, value) VALUES ('locker', 'was here')")
print("locked", flush=True)
sys.stdin.readline()
database.execute("COMMIT")
"""


@contextmanager
def locked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process has the write lock, until it is told something."""
    command = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process


def test_43_a_claim_waits_until_another_process_is_done(database: Sqlite, path: Path) -> None:
    queue(database, create("a"))
    starting, seen = Event(), list[str | None]()

    def work() -> None:
        with closing(sqlite.connect(path)) as own:
            starting.set()
            claimed(own)
            seen.append(meta.read(own, "locker"))

    worker = Thread(target=work)
    with locked(path) as locker:
        worker.start()
        assert starting.wait(10)
        worker.join(0.2)
        assert not seen
        locker.communicate("\n", timeout=10)
    worker.join(10)
    assert seen == ["was here"]


def test_43_what_cannot_be_committed_is_not_sent(
    database: Sqlite, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 43 past its end: an error, nothing claimed, and all goes on when the lock is gone."""
    queue(database, create("a"))
    monkeypatch.setattr("outreach.store.sqlite.BUSY", 0.05)
    with closing(sqlite.connect(path)) as impatient, locked(path) as locker:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            claim(impatient)
        assert state(impatient, "a")[0] is State.READY
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            accounts.rest(impatient, "mastodon", 1, None)
        locker.communicate("\n", timeout=10)
        assert claimed(impatient).id == "a"


def test_43_a_database_that_stays_locked_at_the_start_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.create(path).close()
    monkeypatch.setattr("outreach.store.sqlite.BUSY", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Refused, match=r"cannot be opened \(database is locked\)"):
            sqlite.create(path)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file of this process grows beyond this many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_41_on_a_full_disk_nothing_is_claimed_and_it_recovers(database: Sqlite, path: Path) -> None:
    """At every page that a claim and a move write, and at every byte count in between."""
    queue(database, create("a"))
    log = path.with_name("outreach.db-wal")
    failed, delivery = 0, None
    while delivery is None:
        with disk_of(log.stat().st_size + 2048 * failed):
            try:
                delivery = claim(database)
            except sqlite3.OperationalError:
                failed += 1
        if delivery is None:
            assert state(database, "a")[0] is State.READY
            assert len(ledger.history(database, "a")) == 1
    assert failed >= 3
    with disk_of(log.stat().st_size), pytest.raises(sqlite3.OperationalError):
        send(database, delivery)
    assert state(database, "a")[0] is State.SENDING
    send(database, delivery)
    assert [entry[1] for entry in ledger.history(database, "a")] == ["ready", "sending", "sent"]


def test_41_a_database_that_does_not_fit_is_refused_and_leaves_none(path: Path) -> None:
    with disk_of(8192), pytest.raises(Refused, match="cannot be written"):
        sqlite.create(path)
    assert not path.exists()


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that everybody can reach."""
    folder = Path(tempfile.mkdtemp(prefix="outreach-shelf-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere; here it is nobody for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_42_a_file_that_cannot_be_written_is_refused(shelf: Path) -> None:
    path = shelf / "outreach.db"
    sqlite.create(path).close()
    path.chmod(0o444)
    shelf.chmod(0o777)
    with unprivileged(), pytest.raises(Refused, match=r"cannot be written \(.*readonly"):
        sqlite.create(path)


def test_42_a_disk_that_cannot_be_written_is_refused(shelf: Path) -> None:
    path = shelf / "outreach.db"
    for told in ("cannot be written", "cannot be opened"):
        shelf.chmod(0o555)
        with unprivileged(), pytest.raises(Refused, match=told) as caught:
            sqlite.create(path)
        assert "damaged" not in str(caught.value)
        shelf.chmod(0o755)
        sqlite.create(path).close()


def test_42_a_connection_of_a_disk_that_became_read_only_claims_nothing(
    database: Sqlite,
) -> None:
    queue(database, create("a"))
    database.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        claim(database)
    database.execute("PRAGMA query_only = OFF")
    assert claimed(database, NOW + MINUTE).attempts == 1
