"""Which posts each newsletter has been sent, and how far each letter is."""

from dataclasses import dataclass
from datetime import datetime

from outreach.model.delivery import State
from outreach.rules.retry import DROPPED
from outreach.store import ledger, meta
from outreach.store.database import Database, to_text


def mark(database: Database, account: str, slug: str, now: datetime) -> None:
    """Note that a list was written to, whether or not it had readers then."""
    meta.write(database, _name(account, slug), to_text(now))


def sent(database: Database, account: str, slug: str) -> bool:
    """Whether a list was written to for this post."""
    return meta.read(database, _name(account, slug)) is not None


def stop(database: Database, account: str, slug: str, now: datetime) -> None:
    """Who has not got a letter yet does not get it, also where it was tried in vain so far.

    Inside a transaction. What is on its way, or may be out, stays as it is.
    """
    why = "stopped by hand"
    ledger.drop_waiting(database, account, slug, why, now)
    for delivery in ledger.to_subscribers(database, account, slug):
        if delivery.state in (State.READY, State.HELD):
            ledger.drop(database, delivery, why, now)


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
