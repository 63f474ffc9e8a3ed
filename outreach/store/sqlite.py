"""SQLite: one file, no service."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

from outreach.model.errors import Refused
from outreach.store.database import Row

BUSY_MS = 30_000


class Sqlite:
    """A connection to one SQLite file (see `store.database.Database`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
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
    """Open the file for reading and writing, made if it is not there, with the newest schema.

    `synchronous=FULL`: a commit is on the disk before it returns.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    SqliteUtils(connection).enable_wal()
    connection.execute("PRAGMA synchronous = FULL")
    _migrations().apply(SqliteUtils(connection))
    return Sqlite(connection)


def read(path: Path) -> Sqlite:
    """Open an existing file for reading only; a daemon may be writing it.

    Raises Refused where there is none.
    """
    if not path.exists():
        raise Refused(
            f"{path}: there is no database yet; start the daemon once: outreach run {path.parent}"
        )
    return Sqlite(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


def _migrations() -> Migrations:
    migrations = Migrations("outreach")
    folder = resources.files("outreach.store") / "migrations"
    for script in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if script.name.endswith(".sql"):
            _register(migrations, script.name.removesuffix(".sql"), script.read_text("utf-8"))
    return migrations


def _register(migrations: Migrations, name: str, script: str) -> None:
    @migrations(name=name)
    def apply(database: SqliteUtils) -> None:
        for statement in script.split(";\n"):
            if statement.strip():
                database.conn.execute(statement)
