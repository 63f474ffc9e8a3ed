"""What strangers pushed to our public door: a bounded queue, until an account has read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from outreach.model.mention import Request
from outreach.store.database import Database, Row, from_text, maybe_time, to_text

MOST = 10_000
"""How many may wait for one account."""

MOST_OF_ONE = 100
"""How many of them one host may have sent."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request that waits, from `host`, which came last at `at`. Times are UTC."""

    request: Request
    account: str
    host: str
    at: datetime
    attempts: int


def add(database: Database, request: Request, account: str, host: str, now: datetime) -> bool:
    """Put a request into the queue; False where the queue is full. Inside a transaction.

    If its like waits there, that one came anew: a reading that has begun does not end it.
    """
    if database.execute(
        "UPDATE received SET at = :now WHERE account = :account AND state = 'waiting'"
        " AND host = :host AND body = :body",
        account=account,
        host=host,
        body=request.body,
        now=to_text(now),
    ):
        return True
    counts = database.query(
        "SELECT COUNT(*) AS n, SUM(CASE WHEN host = :host THEN 1 ELSE 0 END) AS own FROM received"
        " WHERE account = :account AND state = 'waiting'",
        account=account,
        host=host,
    )[0]
    if counts["n"] >= MOST or (counts["own"] or 0) >= MOST_OF_ONE:
        return False
    database.execute(
        "INSERT INTO received (id, account, content_type, body, host, at, due)"
        " VALUES (:id, :account, :content_type, :body, :host, :now, :now)",
        id=request.id,
        account=account,
        content_type=request.content_type,
        body=request.body,
        host=host,
        now=to_text(now),
    )
    return True


def due(database: Database, account: str, now: datetime) -> list[Received]:
    """What is due by now: of each host the oldest, so that nobody makes the others wait."""
    rows = database.query(
        "SELECT * FROM received WHERE id IN (SELECT MIN(id) FROM received"
        " WHERE account = :account AND state = 'waiting' AND due <= :now GROUP BY host)"
        " ORDER BY due, id",
        account=account,
        now=to_text(now),
    )
    return [_received(row) for row in rows]


def next_due(database: Database, account: str) -> datetime | None:
    """When the next is due; None where nothing waits."""
    row = database.query(
        "SELECT MIN(due) AS due FROM received WHERE account = :account AND state = 'waiting'",
        account=account,
    )[0]
    return maybe_time(row["due"])


def done(database: Database, received: Received) -> None:
    """It was read; if it came anew meanwhile, it still waits."""
    _end(database, received, "done", "")


def refuse(database: Database, received: Received, why: str) -> None:
    """It means nothing, or could not be read often enough; if it came anew, it still waits."""
    _end(database, received, "refused", why)


def postpone(database: Database, received: Received, due: datetime, why: str) -> None:
    """It could not be read now: once more at `due`."""
    database.execute(
        "UPDATE received SET due = :due, attempts = attempts + 1, error = :why WHERE id = :id",
        id=received.request.id,
        due=to_text(due),
        why=why,
    )


def forget(database: Database, before: datetime) -> None:
    """Drop what was dealt with and came earlier than that."""
    database.execute(
        "DELETE FROM received WHERE state <> 'waiting' AND at < :before", before=to_text(before)
    )


def every(database: Database) -> Iterator[tuple[str, str]]:
    """The state of each request and its error, oldest first."""
    for row in database.query("SELECT state, error FROM received ORDER BY at, id"):
        yield row["state"], row["error"]


def _end(database: Database, received: Received, state: str, why: str) -> None:
    database.execute(
        "UPDATE received SET state = :state, error = :why WHERE id = :id AND at = :at",
        id=received.request.id,
        at=to_text(received.at),
        state=state,
        why=why,
    )


def _received(row: Row) -> Received:
    return Received(
        request=Request(id=row["id"], content_type=row["content_type"], body=row["body"]),
        account=row["account"],
        host=row["host"],
        at=from_text(row["at"]),
        attempts=row["attempts"],
    )
