"""What an account may still cost this month (issue: the daemon stops before the cap)."""

from datetime import datetime
from decimal import Decimal

from outreach.model.channel import Priced
from outreach.store import spending
from outreach.store.database import Database

TO_READ = "raise monthly_cap in config.yaml and restart, or wait for the next month"
"""What a person does where the budget stops the reading: it goes on by itself then."""


def to_send(delivery: str) -> str:
    """What a person does where the budget stops a note."""
    return (
        "raise monthly_cap in config.yaml and restart, or wait for the next month, then: "
        f"outreach resolve {delivery} --again"
    )


def refusal(
    database: Database, account: str, channel: object, price: Decimal, now: datetime
) -> str:
    """Why a call of this price is not made, "" where it may be."""
    if not isinstance(channel, Priced) or channel.cap is None:
        return ""
    left = channel.cap - spending.spent(database, account, now)
    if price <= left:
        return ""
    return f"it would cost ${price}, and ${left} of this month's ${channel.cap} are left"


def read(database: Database, account: str, channel: object, now: datetime) -> None:
    """Enter what was read since the last time."""
    if isinstance(channel, Priced):
        spending.pay(database, account, channel.bill(), now)
