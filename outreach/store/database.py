"""What every room of the store asks of a database, and how times look in it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

Row = Mapping[str, Any]

BUSY = 30.0
"""Seconds that a statement waits for another connection's transaction before it fails."""


class Database(Protocol):
    """One connection, used by one thread. Parameters are named, `:name` in the statement.

    A statement outside `atomic()` is a transaction of its own. What a statement raises ends the
    transaction: it is not caught inside.
    """

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


def storable(parameters: Mapping[str, object]) -> dict[str, object]:
    """Parameters that every database takes: NUL and lone surrogates become U+FFFD."""
    return {
        name: _whole(value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _whole(text: str) -> str:
    encoded = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-16-le", "surrogatepass")
    return encoded.decode("utf-16-le", "replace")


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
