"""What was pushed to us to the log: read in the background, one host after the other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from outreach.fault import reached
from outreach.model.channel import Receiver
from outreach.model.errors import OutreachError, Unavailable
from outreach.model.mention import Mention, Page
from outreach.store import accounts, mentions, received
from outreach.store.database import Database
from outreach.store.received import Received

ATTEMPTS = 5
"""How often something is read that cannot be read."""

FIRST = timedelta(minutes=1)
"""How long after the first attempt comes the second; then four times as long each time."""

KEPT = timedelta(days=1)
"""How long what was dealt with is kept, for whoever asks why."""


def receive(
    database: Database, account: str, receiver: Receiver, *, now: Callable[[], datetime]
) -> list[Mention]:
    """Read of each host the oldest that is due; gives back what is new and people may see.

    What came of a request and its end are one transaction.
    """
    new: list[Mention] = []
    due = received.due(database, account, now())
    if due or accounts.one(database, account).polled is None:
        accounts.polled(database, account, now())
        received.forget(database, now() - KEPT)
    for waiting in due:
        try:
            page = receiver.receive(waiting.request, waiting.at)
        except OutreachError as error:
            _not_read(database, waiting, error, now())
        else:
            new += _log(database, waiting, page, now())
    return new


def _not_read(database: Database, waiting: Received, error: OutreachError, now: datetime) -> None:
    """Later, where that may help; else never."""
    if isinstance(error, Unavailable) and waiting.attempts + 1 < ATTEMPTS:
        due = now + FIRST * 4**waiting.attempts
        received.postpone(database, waiting, due, str(error))
    else:
        received.refuse(database, waiting, str(error))


def _log(database: Database, waiting: Received, page: Page, now: datetime) -> list[Mention]:
    """What was taken back counts only if it was ever there."""
    found = [replace(mention, account=waiting.account) for mention in page.mentions]
    with database.atomic():
        meant = [
            mention
            for mention in found
            if not mention.withdrawn or mentions.is_there(database, mention)
        ]
        new = mentions.log(database, meant, now)
        if meant or not found:
            received.done(database, waiting)
        else:
            received.refuse(database, waiting, "it is gone, or does not link to us")
        reached("collecting")
    reached("collected")
    return new
