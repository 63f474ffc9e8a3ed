"""The networks to the log: every reply once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from outreach.model.channel import Listener
from outreach.model.errors import OutreachError, Unauthorized
from outreach.model.mention import Mention
from outreach.store import accounts, mentions
from outreach.store.database import Database


def backfeed(
    database: Database, account: str, listener: Listener, *, now: Callable[[], datetime]
) -> list[Mention]:
    """Read the account from its cursor until the cursor rests; gives back what was new.

    A page and the cursor behind it are one transaction. A poll that fails is recorded, and leaves
    the cursor where it was.
    """
    new: list[Mention] = []
    cursor = accounts.one(database, account).cursor
    while True:
        try:
            page = listener.collect(cursor)
        except OutreachError as error:
            if isinstance(error, Unauthorized):
                accounts.pause(database, account, str(error))
            accounts.polled(database, account, now(), error=str(error) or type(error).__name__)
            return new
        found = [replace(mention, account=account) for mention in page.mentions]
        with database.atomic():
            new += mentions.log(database, found, now())
            accounts.polled(database, account, now(), cursor=page.cursor)
        if page.cursor == cursor:
            return new
        cursor = page.cursor
