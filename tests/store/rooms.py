"""The two rooms of the store, opened the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg

from outreach.store import postgres, sqlite
from outreach.store.database import Database

_numbers = count()


@dataclass(frozen=True, kw_only=True)
class Room:
    """A place for one database, and how to open it: a thread opens and closes its own.

    `beside` is a second place of the same kind.
    """

    name: str
    create: Callable[[], Database]
    connect: Callable[[], Database]
    read: Callable[[], Database]
    beside: Callable[[], "Room"]


def sqlite_room(path: Path) -> Room:
    return Room(
        name="sqlite",
        create=lambda: sqlite.create(path),
        connect=lambda: sqlite.connect(path),
        read=lambda: sqlite.read(path),
        beside=lambda: sqlite_room(path.with_name(f"other-{path.name}")),
    )


def postgres_room(server: str) -> Room:
    url = new_schema(server)
    return Room(
        name="postgres",
        create=lambda: postgres.create(url),
        connect=lambda: postgres.connect(url),
        read=lambda: postgres.read(url),
        beside=lambda: postgres_room(server),
    )


def new_schema(server: str) -> str:
    """The URL of an empty schema, which is to us what a database is; its name needs its quotes."""
    schema = f"Leader-{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
    return in_schema(server, f'"{schema}"')


def in_schema(server: str, schema: str) -> str:
    """The URL of one schema of a server."""
    return f"{server}&options={quote(f'-csearch_path={schema}')}"
