"""Accounts as the ledger knows them: since when, how far read, whether they rest."""

from dataclasses import dataclass
from datetime import datetime

from outreach.store.database import Database, Row, from_text, maybe_text, maybe_time, to_text


@dataclass(frozen=True, kw_only=True)
class Account:
    """One row. `failures` in a row opened the circuit until `not_before`.

    `handle` is as whom it speaks. `connected_by` is who signed it in, until `expires`. `unread` is
    why its replies cannot be read at all.
    """

    name: str
    kind: str
    first_seen: datetime
    failures: int
    not_before: datetime | None
    cursor: str | None
    polled: datetime | None
    poll_error: str
    handle: str
    connected_by: str
    expires: datetime | None
    unread: str


def meet(database: Database, name: str, kind: str, now: datetime) -> None:
    """Note an account's first appearance; later calls change nothing."""
    database.execute(
        "INSERT INTO account (name, kind, first_seen) VALUES (:name, :kind, :now)"
        " ON CONFLICT (name) DO NOTHING",
        name=name,
        kind=kind,
        now=to_text(now),
    )


def every(database: Database) -> list[Account]:
    """All accounts, by name."""
    return [_account(row) for row in database.query("SELECT * FROM account ORDER BY name")]


def one(database: Database, name: str) -> Account:
    """The account of that name, which `meet` has seen."""
    return _account(database.query("SELECT * FROM account WHERE name = :name", name=name)[0])


def rest(database: Database, name: str, failures: int, not_before: datetime | None) -> None:
    """Note failures in a row, and until when the account rests; 0 after a success."""
    database.execute(
        "UPDATE account SET failures = :failures, not_before = :not_before WHERE name = :name",
        name=name,
        failures=failures,
        not_before=maybe_text(not_before),
    )


def polled(
    database: Database, name: str, now: datetime, *, cursor: str | None = None, error: str = ""
) -> None:
    """Record a poll: how far it read, or why it could not (which leaves the cursor)."""
    database.execute(
        "UPDATE account SET polled = :now, poll_error = :error,"
        " cursor = COALESCE(:cursor, cursor) WHERE name = :name",
        name=name,
        now=to_text(now),
        cursor=cursor,
        error=error,
    )


def known_as(database: Database, name: str, handle: str, expires: datetime | None) -> None:
    """Note as whom an account speaks, and when its sign-in ends (None where that is not known)."""
    database.execute(
        "UPDATE account SET handle = :handle, expires = :expires WHERE name = :name",
        name=name,
        handle=handle,
        expires=maybe_text(expires),
    )


def connected(
    database: Database, name: str, handle: str, by: str, expires: datetime | None
) -> None:
    """Note a sign-in: as whom, until when, and who did it, who is warned before it ends."""
    known_as(database, name, handle, expires)
    database.execute(
        "UPDATE account SET connected_by = :by, poll_error = '' WHERE name = :name",
        name=name,
        by=by,
    )


def unread(database: Database, name: str, why: str) -> None:
    """Note why an account's replies cannot be read; '' where they can."""
    database.execute("UPDATE account SET unread = :why WHERE name = :name", name=name, why=why)


def _account(row: Row) -> Account:
    return Account(
        name=row["name"],
        kind=row["kind"],
        first_seen=from_text(row["first_seen"]),
        failures=row["failures"],
        not_before=maybe_time(row["not_before"]),
        cursor=row["cursor"],
        polled=maybe_time(row["polled"]),
        poll_error=row["poll_error"],
        handle=row["handle"],
        connected_by=row["connected_by"],
        expires=maybe_time(row["expires"]),
        unread=row["unread"],
    )
