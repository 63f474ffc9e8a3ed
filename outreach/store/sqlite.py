"""SQLite: one file, no service."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

from outreach.model.errors import Refused
from outreach.store.database import Row

BUSY = 30.0
"""Seconds that a statement waits for another connection's transaction."""


class Sqlite:
    """A connection to one SQLite file (see `store.database.Database`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection

    def query(self, statement: str, /, **parameters: object) -> list[Row]:
        return [dict(row) for row in self._connection.execute(statement, parameters)]

    def execute(self, statement: str, /, **parameters: object) -> int:
        return self._connection.execute(statement, parameters).rowcount

    @contextmanager
    def atomic(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def create(path: Path) -> Sqlite:
    """Open the file for writing with the newest schema; it is made only if it is not there.

    Raises Refused for a file that is damaged or was written by a newer outreach: it is never
    replaced by an empty one.
    """
    if path.exists():
        check(path)
    with closing(_open(path)) as connection:
        SqliteUtils(connection).enable_wal()
        _migrations().apply(SqliteUtils(connection))
    return connect(path)


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


def read(path: Path) -> Sqlite:
    """Open an existing file for reading only; a daemon may be writing it.

    Raises Refused where there is none.
    """
    if not path.exists():
        raise Refused(
            f"{path}: there is no database yet; start the daemon once: outreach run {path.parent}"
        )
    return Sqlite(_open(path, "?mode=ro"))


def check(path: Path) -> None:
    """Raise Refused unless the file is a whole database that this outreach can read."""
    help_ = f"Nothing was changed. To go back to a backup: outreach restore FILE {path.parent}"
    try:
        if path.stat().st_size == 0:
            raise sqlite3.DatabaseError("the file is empty")
        with closing(_open(path, "?mode=ro")) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            newer = _newer(SqliteUtils(connection))
    except sqlite3.DatabaseError as error:
        raise Refused(f"{path} is damaged ({error}). {help_}") from error
    if newer:
        raise Refused(
            f"{path} was written by a newer outreach (it has {', '.join(newer)}). {help_}; "
            "or install that version again"
        )


def backup(path: Path, copy: Path) -> None:
    """Copy a database that may be in use, whole and of one moment (SQLite's online backup).

    The copy appears under its name only when it is complete.
    """
    new = copy.with_name(f"{copy.name}.new")
    new.unlink(missing_ok=True)
    with closing(_open(path, "?mode=ro")) as source, closing(sqlite3.connect(new)) as target:
        source.backup(target)
    check(new)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(copy)


def _open(path: Path, mode: str = "") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}{mode}", uri=True, isolation_level=None, timeout=BUSY
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _newer(database: SqliteUtils) -> list[str]:
    """The migrations in a file that this outreach does not know."""
    applied = [migration.name for migration in _migrations().applied(database)]
    known = {name.removesuffix(".sql") for name in scripts()}
    return [name for name in applied if name not in known]


def scripts() -> dict[str, str]:
    """The migrations by file name, in their order: SQL that every database of ours takes."""
    folder = resources.files("outreach.store") / "migrations"
    found = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir()}
    return {name: found[name] for name in sorted(found) if name.endswith(".sql")}


def _migrations() -> Migrations:
    migrations = Migrations("outreach")
    for name, script in scripts().items():
        _register(migrations, name.removesuffix(".sql"), script)
    return migrations


def _register(migrations: Migrations, name: str, script: str) -> None:
    @migrations(name=name)
    def apply(database: SqliteUtils) -> None:
        for statement in script.split(";\n"):
            if statement.strip():
                database.conn.execute(statement)
