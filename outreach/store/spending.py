"""What calls cost, by account and month: an entry is made before the call that costs."""

from datetime import datetime
from decimal import Decimal

from outreach.store.database import Database

_MICRO = Decimal(1_000_000)


def pay(database: Database, account: str, dollars: Decimal, now: datetime) -> None:
    """Add to what the account has cost this month (UTC)."""
    if not dollars:
        return
    database.execute(
        "INSERT INTO spending (account, month, microdollars) VALUES (:account, :month, :more)"
        " ON CONFLICT (account, month)"
        " DO UPDATE SET microdollars = spending.microdollars + excluded.microdollars",
        account=account,
        month=_month(now),
        more=int(dollars * _MICRO),
    )


def spent(database: Database, account: str, now: datetime) -> Decimal:
    """What the account has cost in this month, in dollars."""
    rows = database.query(
        "SELECT microdollars FROM spending WHERE account = :account AND month = :month",
        account=account,
        month=_month(now),
    )
    return Decimal(rows[0]["microdollars"]) / _MICRO if rows else Decimal(0)


def _month(now: datetime) -> str:
    return f"{now:%Y-%m}"
