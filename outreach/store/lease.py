"""The one process that may claim: a lease with a fence.

Networks know no fencing token, so the lease outlives any single request (60 s against 15 s), and
its holder looks again just before the first byte of each.
"""

from datetime import datetime, timedelta

from outreach.store.database import Database, from_text, to_text

TERM = timedelta(seconds=60)
RUNNER = "runner"


def take(database: Database, holder: str, now: datetime, *, over: bool) -> int | None:
    """Become the runner and get the fence, one higher than any before; None if another is.

    `over` takes over from a holder that is known to be gone, before its term has ended.
    """
    with database.atomic():
        current = holding(database)
        if current is not None and not over and current[1] > now:
            return None
        rows = database.query(
            "INSERT INTO lease (name, holder, fence, expires) VALUES (:name, :holder, 1, :expires)"
            " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,"
            " fence = lease.fence + 1, expires = excluded.expires RETURNING fence",
            name=RUNNER,
            holder=holder,
            expires=to_text(now + TERM),
        )
    return int(rows[0]["fence"])


def renew(database: Database, fence: int, now: datetime) -> bool:
    """Stay the runner for another term; False if somebody took over."""
    return bool(
        database.execute(
            "UPDATE lease SET expires = :expires WHERE name = :name AND fence = :fence",
            name=RUNNER,
            fence=fence,
            expires=to_text(now + TERM),
        )
    )


def release(database: Database, fence: int) -> None:
    """Stop being the runner; the fence stays, so that the next is higher."""
    database.execute(
        "UPDATE lease SET expires = '' WHERE name = :name AND fence = :fence",
        name=RUNNER,
        fence=fence,
    )


def holding(database: Database) -> tuple[str, datetime] | None:
    """Who holds the lease and until when; None if nobody does."""
    rows = database.query("SELECT holder, expires FROM lease WHERE name = :name", name=RUNNER)
    if not rows or not rows[0]["expires"]:
        return None
    return rows[0]["holder"], from_text(rows[0]["expires"])


def fence(database: Database) -> int:
    """The newest fence, 0 before the first runner."""
    rows = database.query("SELECT fence FROM lease WHERE name = :name", name=RUNNER)
    return int(rows[0]["fence"]) if rows else 0
