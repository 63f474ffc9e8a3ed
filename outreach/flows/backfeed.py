"""The networks to the log: every reply once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from outreach.fault import reached
from outreach.flows import budget
from outreach.model.channel import Listener, Priced
from outreach.model.errors import OutreachError, Unauthorized, Unavailable
from outreach.model.mention import Mention, Page
from outreach.store import accounts, holds, mentions, subscribers
from outreach.store.database import Database
from outreach.store.holds import Cause

PROBE = timedelta(hours=1)
"""How often an account whose token was refused is tried again."""


def backfeed(
    database: Database, account: str, listener: Listener, *, now: Callable[[], datetime]
) -> list[Mention]:
    """Read the account from its cursor until the cursor rests; gives back what was new.

    A page and the cursor behind it are one transaction. A poll that fails is recorded, and leaves
    the cursor where it was.
    """
    if _rests(database, account, now()):
        return []
    new: list[Mention] = []
    cursor = accounts.one(database, account).cursor
    while True:
        try:
            page = _page(database, account, listener, cursor, now)
        except OutreachError as error:
            if isinstance(error, Unauthorized):
                holds.refuse_token(database, account, error, now())
            accounts.polled(database, account, now(), error=str(error) or type(error).__name__)
            return new
        found = [replace(mention, account=account) for mention in page.mentions]
        with database.atomic():
            new += mentions.log(database, found, now())
            for identifier in page.answered:
                mentions.answered(database, account, identifier)
            for bounce in page.bounced:
                subscribers.bounced(database, account, bounce, now())
            accounts.polled(database, account, now(), cursor=page.cursor)
            reached("collecting")
        reached("collected")
        holds.lift(database, account, Cause.TOKEN, now())
        if page.cursor == cursor:
            return new
        cursor = page.cursor


def _page(
    database: Database,
    account: str,
    listener: Listener,
    cursor: str | None,
    now: Callable[[], datetime],
) -> Page:
    """One step of the listener, unless this month's budget does not reach for it."""
    if isinstance(listener, Priced):
        price = listener.price_to_read()
        if why := budget.refusal(database, account, listener, price, now()):
            raise Unavailable(f"not read: {why}; {budget.TO_READ}")
    try:
        return listener.collect(cursor)
    finally:
        budget.read(database, account, listener, now())


def _rests(database: Database, account: str, now: datetime) -> bool:
    """Whether the token was refused less than an hour ago (case 26: one probe an hour)."""
    return any(
        hold.cause is Cause.TOKEN and now - hold.since < PROBE
        for hold in holds.on(database, account)
    )
