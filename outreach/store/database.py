"""What every room of the store asks of a database, and how times look in it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

Row = Mapping[str, Any]


class Database(Protocol):
    """One connection, used by one thread. Parameters are named, `:name` in the statement."""

    def query(self, statement: str, /, **parameters: object) -> list[Row]:
        """The rows of a SELECT or of a RETURNING."""
        ...

    def execute(self, statement: str, /, **parameters: object) -> int:
        """The number of rows that a statement changed."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """A write transaction, taken at once; it commits at the end, or leaves nothing behind."""
        ...

    def close(self) -> None: ...


def to_text(at: datetime) -> str:
    """A time as the database keeps it: UTC, microseconds, one width."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The aware UTC time that `to_text` wrote."""
    return datetime.fromisoformat(text)


def maybe_text(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def maybe_time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
