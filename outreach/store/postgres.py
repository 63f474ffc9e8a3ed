"""PostgreSQL ≥ 15: one service, any number of machines.

The statements are those that SQLite runs too; `:name` becomes psycopg's `%(name)s`. What was
prepared is kept by psycopg, from a statement's fifth run on.

Writers take turns, as `BEGIN IMMEDIATE` makes them on SQLite: every transaction that writes, a
single statement included, first takes one advisory lock of the schema, and then sees all that was
committed before it (READ COMMITTED). So what a claim has read is still true when it writes.
SERIALIZABLE would let writers run side by side, but it ends some of them with an error and asks to
run them again, and the body of a `with` cannot be run again. Readers never wait. Leaders who shall
not wait for each other have a schema each (`?options=-csearch_path%3DADA`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from outreach.model.errors import Refused
from outreach.store.database import BUSY, Row, storable
from outreach.store.migrations import refuse_newer, refuse_older, scripts, statements

OLDEST = 15

Connection = psycopg.Connection[DictRow]


class Postgres:
    """A connection to one schema of one database (see `store.database.Database`).

    A connection that broke is opened again by the first statement after it.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self._url = url
        self._read_only = read_only
        self._connection, self._begin = self._open()
        self._turn = False

    def query(self, statement: str, /, **parameters: object) -> list[Row]:
        if self._turn or statement.lstrip().upper().startswith("SELECT"):
            return list(self._run(statement, parameters).fetchall())
        with self.atomic():
            return list(self._run(statement, parameters).fetchall())

    def execute(self, statement: str, /, **parameters: object) -> int:
        if self._turn:
            return self._run(statement, parameters).rowcount
        with self.atomic():
            return self._run(statement, parameters).rowcount

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self._turn:
            raise RuntimeError("cannot start a transaction within a transaction")
        self._turn, connection = True, self._alive()
        try:
            connection.execute(self._begin, prepare=False)
            yield
            if connection.info.transaction_status is not TransactionStatus.INTRANS:
                raise RuntimeError("a statement of this transaction failed, so it cannot commit")
            connection.execute("COMMIT")
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise
        finally:
            self._turn = False

    def close(self) -> None:
        self._connection.close()

    def _run(self, statement: str, parameters: Mapping[str, object]) -> psycopg.Cursor[DictRow]:
        connection = self._connection if self._turn else self._alive()
        return connection.execute(_rewritten(statement), storable(parameters))

    def _alive(self) -> Connection:
        if self._connection.closed:
            self._connection, self._begin = self._open()
        return self._connection

    def _open(self) -> tuple[Connection, bytes]:
        """A connection, and how a transaction that writes begins in its schema."""
        connection = _connect(self._url)
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = '{BUSY:g}s'".encode())
        if self._read_only:
            connection.execute("SET default_transaction_read_only = on")
        return connection, _begin(_schema(connection, self._url))


def create(url: str) -> Postgres:
    """Open the database for writing with the newest schema, made if it is not there.

    Raises Refused where a person has to act: no such database, no right to it, a server that is
    too old, a schema that is too new.
    """
    database = connect(url)
    try:
        with _acting(url):
            _migrate(database, url)
    except BaseException:
        database.close()
        raise
    return database


def connect(url: str) -> Postgres:
    """Open a database that `create` has seen, for writing.

    `synchronous_commit=on`: a commit is on the disk before it returns.
    """
    return Postgres(url)


def read(url: str) -> Postgres:
    """Open an existing database for reading only.

    Raises Refused where there is none, or one of an earlier outreach.
    """
    database = Postgres(url, read_only=True)
    try:
        applied = _applied(database)
        if not applied:
            raise Refused(f"{named(url)}: there is no outreach in it yet; start a worker once")
        refuse_newer(applied, named(url), NEWER)
        refuse_older(applied, named(url), "FOLDER")
    except BaseException:
        database.close()
        raise
    return database


NEWER = "Nothing was changed. Install that version again"


def named(url: str) -> str:
    """What a message may call a database: never its password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "the PostgreSQL database"
    return f"PostgreSQL {parts.get('dbname', '')} at {parts.get('host', 'this machine')}"


def _migrate(database: Postgres, url: str) -> None:
    with database.atomic():
        applied = _applied(database)
        refuse_newer(applied, named(url), NEWER)
        if not applied:
            database.execute(
                _ours("CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY)")
            )
        for name, script in scripts().items():
            if name not in applied:
                for statement in statements(script):
                    database.execute(_ours(statement))
                database.execute("INSERT INTO migration (name) VALUES (:name)", name=name)


def _applied(database: Postgres) -> list[str]:
    if database.query("SELECT to_regclass('migration') AS found")[0]["found"] is None:
        return []
    return [row["name"] for row in database.query("SELECT name FROM migration ORDER BY name")]


def _ours(statement: str) -> str:
    """A statement of a migration, with text that sorts by its bytes, as it does on SQLite."""
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement)


_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:(?P<name>[a-z_]\w*)|%")


@lru_cache(maxsize=1024)
def _rewritten(statement: str) -> bytes:
    """`:name` as psycopg wants it; what is quoted, and `::`, is no parameter."""

    def token(match: re.Match[str]) -> str:
        name = match["name"]
        return f"%({name})s" if name else match[0].replace("%", "%%")

    return _TOKEN.sub(token, statement).encode()


def _connect(url: str) -> Connection:
    with _acting(url):
        connection: Connection = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, client_encoding="utf8"
        )
    if connection.info.server_version < OLDEST * 10_000:
        version = connection.info.server_version // 10_000
        connection.close()
        raise Refused(f"{named(url)} is version {version}; outreach needs {OLDEST} or newer")
    return connection


def _schema(connection: Connection, url: str) -> str:
    """The schema that this connection works in; it sees no other."""
    row: Mapping[str, Any] | None = connection.execute(
        "SELECT current_schema() AS name,"
        " set_config('search_path', quote_ident(current_schema()), false) AS path"
    ).fetchone()
    if row is None or row["name"] is None:
        connection.close()
        raise Refused(f"{named(url)} has no schema of that name; CREATE SCHEMA makes it")
    return str(row["name"])


def _begin(schema: str) -> bytes:
    """BEGIN and the lock of the schema in one round trip."""
    digest = sha256(f"outreach {schema}".encode()).digest()
    lock = int.from_bytes(digest[:8], "big", signed=True)
    return f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({lock})".encode()


@contextmanager
def _acting(url: str) -> Iterator[None]:
    """Translate what a person has to see to."""
    try:
        yield
    except psycopg.ProgrammingError as error:
        if isinstance(error, errors.InsufficientPrivilege):
            raise Refused(f"{named(url)}: {error}; GRANT this user the right to it") from error
        if error.sqlstate is None:  # the URL itself; its text is not repeated, it has a password
            raise Refused("the address of the database is no PostgreSQL URL") from None
        raise
    except psycopg.OperationalError as error:
        raise Refused(f"{named(url)} cannot be opened: {error}") from error
