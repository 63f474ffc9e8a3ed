"""SQLite: one file, no service."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

from outreach.model.errors import Refused
from outreach.store.database import BUSY, Row, storable
from outreach.store.migrations import refuse_newer, refuse_older, scripts, statements


class Sqlite:
    """A connection to one SQLite file (see `store.database.Database`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection

    def query(self, statement: str, /, **parameters: object) -> list[Row]:
        return [dict(row) for row in self._connection.execute(statement, storable(parameters))]

    def execute(self, statement: str, /, **parameters: object) -> int:
        return self._connection.execute(statement, storable(parameters)).rowcount

    @contextmanager
    def atomic(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise

    def close(self) -> None:
        self._connection.close()


def create(path: Path) -> Sqlite:
    """Open the file for writing with the newest schema; it is made only if it is not there.

    Raises Refused for a file that cannot be written, is damaged or was written by a newer
    outreach: it is never replaced by an empty one. A new file appears under its name only when it
    is complete, so that a kill leaves nothing that looks damaged.
    """
    new = path if path.exists() else _unfinished(path)
    if new == path:
        check(path)
    try:
        with closing(_open(new)) as connection:
            SqliteUtils(connection).enable_wal()
            _migrations().apply(SqliteUtils(connection))
            connection.execute("UPDATE meta SET value = value WHERE FALSE")  # it can be written
        new.replace(path)
        return connect(path)
    except sqlite3.OperationalError as error:
        raise Refused(f"{path} cannot be written ({error}). Nothing was changed") from error


def memory() -> Sqlite:
    """A database that is gone when it is closed."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _migrations().apply(SqliteUtils(connection))
    return Sqlite(connection)


def connect(path: Path) -> Sqlite:
    """Open a file that `create` has seen, for writing.

    `synchronous=FULL`: a commit is on the disk before it returns.
    """
    connection = _open(path)
    connection.execute("PRAGMA synchronous = FULL")
    return Sqlite(connection)


def read(path: Path, *, earlier: bool = False) -> Sqlite:
    """Open an existing file for reading only; a daemon may be writing it.

    Raises Refused where there is none, and for one of an earlier outreach, unless `earlier` says
    that only what every release has is read (`meta`).
    """
    if not path.exists():
        raise Refused(
            f"{path}: there is no database yet; start the daemon once: outreach run {path.parent}"
        )
    with _whole(path):
        connection = _open(path, "?mode=ro")
        try:
            applied = _applied(connection)
            if not applied:
                raise Refused(f"{path} is being made; try again in a moment")
            refuse_newer(applied, str(path), _newer_help(path))
            if not earlier:
                refuse_older(applied, str(path), str(path.parent))
        except BaseException:
            connection.close()
            raise
    return Sqlite(connection)


def check(path: Path) -> None:
    """Raise Refused unless the file is a whole database that this outreach can read."""
    with _whole(path), closing(_open(path, "?mode=ro")) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        refuse_newer(_applied(connection), str(path), _newer_help(path))


def backup(path: Path, copy: Path) -> None:
    """Copy a database that may be in use, whole and of one moment (SQLite's online backup).

    The copy appears under its name only when it is complete.
    """
    new = _unfinished(copy)
    with closing(_open(path, "?mode=ro")) as source, closing(sqlite3.connect(new)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
    check(new)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(copy)


def _unfinished(path: Path) -> Path:
    """Where a file is made that is to appear as `path`; what a kill left there is gone."""
    new = path.with_name(f"{path.name}.new")
    for suffix in ("", "-wal", "-shm", "-journal"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    return new


def _open(path: Path, mode: str = "") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}{mode}", uri=True, isolation_level=None, timeout=BUSY
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Raise Refused for what SQLite says of a damaged file, or of one that it cannot open."""
    try:
        if path.stat().st_size == 0:
            raise sqlite3.DatabaseError("the file is empty")
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in OF_THE_MACHINE:
            raise Refused(f"{path} cannot be opened ({error}). Nothing was changed") from error
        raise Refused(f"{path} is damaged ({error}). {_help(path)}") from error


OF_THE_MACHINE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""What says nothing about the file itself."""


def _help(path: Path) -> str:
    return f"Nothing was changed. To go back to a backup: outreach restore FILE {path.parent}"


def _newer_help(path: Path) -> str:
    return f"{_help(path)}; or install that version again"


def _applied(connection: sqlite3.Connection) -> list[str]:
    """The migrations that made the file. Raises DatabaseError for one that is not ours."""
    applied = [migration.name for migration in _migrations().applied(SqliteUtils(connection))]
    if not applied:
        raise sqlite3.DatabaseError("it has no table of outreach")
    return applied


def _migrations() -> Migrations:
    migrations = Migrations("outreach")
    for name, script in scripts().items():
        _register(migrations, name, script)
    return migrations


def _register(migrations: Migrations, name: str, script: str) -> None:
    @migrations(name=name)
    def apply(file: SqliteUtils) -> None:
        for statement in statements(script):
            file.conn.execute(statement)
