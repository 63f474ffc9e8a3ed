"""Every test that asks for `database` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from outreach.store import accounts
from outreach.store.database import Database

from ..servers.postgres import cluster
from .rooms import Room, postgres_room, sqlite_room
from .rows import ACCOUNTS, NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL for this session (of one xdist worker)."""
    with cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    """A place for one database, which is not made yet."""
    if request.param == "sqlite":
        return sqlite_room(tmp_path / "outreach.db")
    server: str = request.getfixturevalue("postgres_server")
    return postgres_room(server)


@pytest.fixture
def database(room: Room) -> Iterator[Database]:
    """A new database that has met the accounts."""
    with closing(room.create()) as made:
        for name in ACCOUNTS:
            accounts.meet(made, name, "mastodon", NOW)
        yield made
