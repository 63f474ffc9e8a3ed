"""As whom an account speaks, until when, and whether its replies can be read."""

from datetime import datetime

from outreach.flows import budget
from outreach.model.channel import Expiring, Identified, Priced, Unread
from outreach.model.errors import OutreachError, Unauthorized
from outreach.store import accounts, holds
from outreach.store.database import Database


def identify(database: Database, account: str, channel: object, now: datetime) -> bool:
    """Ask the account who it is and note it; says whether it answered.

    A refused token holds the account, which is not asked again while it is held; another failure
    changes nothing. Nor is it asked where this month's budget does not reach for it.
    """
    accounts.unread(database, account, channel.unread if isinstance(channel, Unread) else "")
    if not isinstance(channel, Identified):
        return True
    if any(hold.cause is holds.Cause.TOKEN for hold in holds.on(database, account)):
        return False
    if isinstance(channel, Priced) and budget.refusal(
        database, account, channel, channel.price_to_read(), now
    ):
        return False
    try:
        handle = channel.handle()
        expires = channel.expires() if isinstance(channel, Expiring) else None
    except OutreachError as error:
        if isinstance(error, Unauthorized):
            holds.refuse_token(database, account, error, now)
        return False
    finally:
        budget.read(database, account, channel, now)
    accounts.known_as(database, account, handle, expires)
    return True
