"""What an account may still cost this month (issue: the daemon stops before the cap)."""

from datetime import datetime
from decimal import Decimal

from outreach.model.channel import Priced
from outreach.store import spending
from outreach.store.database import Database


def refusal(
    database: Database, account: str, channel: object, price: Decimal, now: datetime
) -> str:
    """Why a call of this price is not made, "" where it may be."""
    if not isinstance(channel, Priced) or channel.cap is None:
        return ""
    left = channel.cap - spending.spent(database, account, now)
    if price <= left:
        return ""
    return (
        f"it would cost ${price}, and ${left} of this month's ${channel.cap} are left; "
        "raise monthly_cap in config.yaml or wait for the next month"
    )


def read(database: Database, account: str, channel: object, now: datetime) -> None:
    """Enter what was read since the last time."""
    if isinstance(channel, Priced):
        spending.pay(database, account, channel.bill(), now)
