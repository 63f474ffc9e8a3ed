"""Which posts each newsletter has been sent, and how far each letter is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.model.delivery import State
from outreach.rules.retry import DROPPED
from outreach.store import ledger, meta, subscribers
from outreach.store.database import Database, to_text


def mark(database: Database, account: str, slug: str, now: datetime) -> None:
    """Note that a list was written to, whether or not it had readers then."""
    meta.write(database, _name(account, slug), to_text(now))


def sent(database: Database, account: str, slug: str) -> bool:
    """Whether a list was written to for this post."""
    return meta.read(database, _name(account, slug)) is not None


def stop(
    database: Database, account: str, slug: str, now: datetime, why: str = "stopped by hand"
) -> None:
    """Who has not got a letter yet does not get it, also where it was tried in vain so far.

    Inside a transaction. What is on its way, or may be out, stays as it is.
    """
    waiting = (
        "account = :account AND source = :source AND recipient <> '' AND activity = 'create'"
        " AND state IN ('ready', 'held')"
    )
    database.execute(
        "INSERT INTO delivery_event (delivery, number, at, state, why)"  # noqa: S608
        " SELECT id, (SELECT COUNT(*) + 1 FROM delivery_event WHERE delivery = delivery.id), :now,"
        f" 'failed', :why FROM delivery WHERE {waiting}",
        account=account,
        source=slug,
        now=to_text(now),
        why=f"{DROPPED}{why}",
    )
    database.execute(
        f"UPDATE delivery SET state = 'failed', held = '', error = :error WHERE {waiting}",  # noqa: S608
        account=account,
        source=slug,
        error=f"{DROPPED}{why}",
    )


def go_on(
    database: Database,
    account: str,
    slug: str,
    states: Collection[State],
    spacing: timedelta,
    now: datetime,
) -> int:
    """A person lets what stands so in a letter go out after all; gives back to how many.

    Inside a transaction. Who has left meanwhile is let be.
    """
    readers = {reader.address for reader in subscribers.confirmed(database, account)}
    stuck = [
        delivery
        for delivery in ledger.to_subscribers(database, account, slug)
        if delivery.state in states and delivery.recipient in readers
    ]
    for place, delivery in enumerate(stuck):
        ledger.approve(database, delivery, now)
        ledger.put_off(database, delivery, now + place * spacing)
    return len(stuck)


def keep_going(database: Database, account: str, oldest: datetime, now: datetime) -> None:
    """A letter that has begun and goes on is not stale, however long it takes to reach all."""
    for row in database.query(
        "SELECT DISTINCT source FROM delivery WHERE account = :account AND state = 'ready'"
        " AND fresh_from < :oldest AND recipient <> ''",
        account=account,
        oldest=to_text(oldest),
    ):
        database.execute(
            "UPDATE delivery SET fresh_from = :now WHERE account = :account AND source = :source"
            " AND state = 'ready' AND EXISTS (SELECT 1 FROM delivery AS other"
            " WHERE other.account = :account AND other.source = :source"
            " AND other.attempted >= :oldest)",
            account=account,
            source=row["source"],
            oldest=to_text(oldest),
            now=to_text(now),
        )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a letter is on its way to a list's readers. `dropped` was stopped, or its reader
    left."""

    account: str
    source: str
    sent: int
    waiting: int
    unknown: int
    failed: int
    dropped: int

    @property
    def of(self) -> int:
        """To how many it goes."""
        return self.sent + self.waiting + self.unknown + self.failed + self.dropped


def progress(database: Database, account: str) -> list[Progress]:
    """Of every letter of a list, oldest first; a letter is a post that goes to somebody."""
    rows = database.query(
        "SELECT source, SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END) AS sent,"
        " SUM(CASE WHEN state IN ('draft', 'held', 'ready', 'sending') THEN 1 ELSE 0 END)"
        " AS waiting, SUM(CASE WHEN state = 'unknown' THEN 1 ELSE 0 END) AS unknown,"
        " SUM(CASE WHEN state = 'failed' AND error NOT LIKE :dropped THEN 1 ELSE 0 END) AS failed,"
        " SUM(CASE WHEN state = 'failed' AND error LIKE :dropped THEN 1 ELSE 0 END) AS dropped"
        " FROM delivery WHERE account = :account AND recipient <> '' AND activity = 'create'"
        " AND source NOT LIKE '%#%' GROUP BY source ORDER BY MIN(id)",
        account=account,
        dropped=f"{DROPPED}%",
    )
    return [Progress(account=account, **row) for row in rows]


def _name(account: str, slug: str) -> str:
    return f"letter {account} {slug}"
