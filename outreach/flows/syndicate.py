"""The outbox to the networks, each note exactly once (design, "The outbox, exactly")."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from outreach.model.channel import Finder, Publisher
from outreach.model.delivery import Delivery, Doubt
from outreach.model.errors import OutreachError, Unauthorized, Uncertain
from outreach.rules import retry
from outreach.store import accounts, ledger
from outreach.store.database import Database

SKEW = timedelta(minutes=5)
"""How far behind ours a network's clock may be when a note is looked up by its time."""


def syndicate(
    database: Database,
    account: str,
    channel: Publisher,
    *,
    now: Callable[[], datetime],
    new_key: Callable[[], str],
    jitter: Callable[[], float],
    settle: timedelta,
) -> Delivery | None:
    """Carry the account's outbox one step on; gives back what it moved, None if nothing is due.

    What an earlier process left in SENDING comes first: it is in doubt, like any lost answer.
    """
    if accounts.one(database, account).paused:
        return None
    delivery = ledger.in_flight(database, account)
    if delivery is None:
        delivery = ledger.claim(database, account, new_key(), now())
        if delivery is None:
            return None
        step = _attempt(database, channel, delivery, now, jitter, settle)
    elif delivery.doubt is Doubt.NONE:
        crash = Uncertain("the process ended while this was being sent")
        step = _refused(crash, channel, delivery, now(), jitter, settle)
    elif delivery.due <= now():
        step = _look(database, channel, delivery, now, jitter, settle)
    else:
        return None
    ledger.move(database, delivery, step, now())
    return replace(delivery, state=step.state, error=step.error, receipt=step.receipt)


def _attempt(
    database: Database,
    channel: Publisher,
    delivery: Delivery,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    settle: timedelta,
) -> retry.Step:
    try:
        return retry.sent(channel.publish(delivery.note, delivery.key), now())
    except Unauthorized as error:
        accounts.pause(database, delivery.account, str(error))
        return _refused(error, channel, delivery, now(), jitter, settle)
    except OutreachError as error:
        return _refused(error, channel, delivery, now(), jitter, settle)


def _refused(
    error: OutreachError,
    channel: Publisher,
    delivery: Delivery,
    now: datetime,
    jitter: Callable[[], float],
    settle: timedelta,
) -> retry.Step:
    return retry.refused(
        error,
        delivery,
        now=now,
        settle=settle,
        findable=isinstance(channel, Finder),
        jitter=jitter(),
    )


def _look(
    database: Database,
    channel: Publisher,
    delivery: Delivery,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    settle: timedelta,
) -> retry.Step:
    """Ask the network whether the delivery in doubt is there."""
    assert isinstance(channel, Finder), "a delivery is in doubt only where it can be looked up"
    since = (delivery.started or delivery.due) - SKEW
    try:
        candidates = channel.find(delivery.note, delivery.key, since)
    except OutreachError as error:
        if isinstance(error, Unauthorized):
            accounts.pause(database, delivery.account, str(error))
        return retry.not_looked(error, delivery, now=now(), jitter=jitter())
    found = tuple(
        receipt
        for receipt in candidates
        if not ledger.is_known(database, delivery.account, receipt.id, besides=delivery.id)
    )
    return retry.looked(found, delivery, now=now(), settle=settle)
