"""Why nothing is sent: everywhere, or as one account; by a person, or for a refused token."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.model.delivery import Held, State
from outreach.rules.retry import Step
from outreach.store import accounts, ledger
from outreach.store.database import Database, from_text, to_text

EVERYWHERE = ""


class Cause(StrEnum):
    """Who holds, which says who may let go."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One hold; `account` '' is all of them."""

    account: str
    cause: Cause
    reason: str
    since: datetime


def place(database: Database, account: str, cause: Cause, reason: str, now: datetime) -> None:
    """Hold an account, or EVERYWHERE; what was READY there becomes HELD."""
    with database.atomic():
        database.execute(
            "INSERT INTO hold (account, cause, reason, since) VALUES (:account, :cause, :reason,"
            " :since) ON CONFLICT (account, cause) DO UPDATE SET reason = excluded.reason,"
            " since = excluded.since",
            account=account,
            cause=cause.value,
            reason=reason,
            since=to_text(now),
        )
        for delivery in ledger.in_state(database, State.READY):
            if account in (EVERYWHERE, delivery.account):
                step = Step(state=State.HELD, due=delivery.due, error=reason, held=Held.ACCOUNT)
                ledger.change(database, delivery, step, now)


def refuse_token(database: Database, account: str, why: object, now: datetime) -> None:
    """Hold an account whose credentials the network refuses, until somebody signs in again."""
    kind = accounts.one(database, account).kind
    reason = (
        f"the network refuses the token ({why}); sign in anew, on the accounts page or with: "
        f"outreach channels login {kind} --account {account}"
    )
    place(database, account, Cause.TOKEN, reason, now)


def lift(database: Database, account: str, cause: Cause | None, now: datetime) -> int:
    """Let go of an account's holds, or EVERYWHERE's; says how many deliveries became READY.

    What is older than the grace is HELD again, for a look, when its turn comes.
    """
    freed = 0
    with database.atomic():
        database.execute(
            "DELETE FROM hold WHERE account = :account AND (cause = :cause OR :cause = '')",
            account=account,
            cause=cause.value if cause else "",
        )
        for delivery in ledger.in_state(database, State.HELD):
            if delivery.held is Held.ACCOUNT and not on(database, delivery.account):
                step = Step(state=State.READY, due=max(delivery.due, now), why="resumed")
                ledger.change(database, delivery, step, now)
                freed += 1
    return freed


def on(database: Database, account: str) -> list[Hold]:
    """The holds that keep an account from sending, the general one first."""
    return [hold for hold in every(database) if hold.account in (EVERYWHERE, account)]


def every(database: Database) -> list[Hold]:
    """All holds, the general one first."""
    rows = database.query("SELECT * FROM hold ORDER BY account, cause")
    return [
        Hold(
            account=row["account"],
            cause=Cause(row["cause"]),
            reason=row["reason"],
            since=from_text(row["since"]),
        )
        for row in rows
    ]
