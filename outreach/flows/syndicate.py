"""The outbox to the networks, each note exactly once (design, "The outbox, exactly")."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from outreach.flows import budget
from outreach.model.channel import (
    Deleter,
    Editor,
    Finder,
    Priced,
    Publisher,
    Repeatable,
)
from outreach.model.delivery import Activity, Delivery, Doubt, Held, Receipt, State
from outreach.model.errors import (
    Deferred,
    OutreachError,
    Rejected,
    Unauthorized,
    Uncertain,
    Undeliverable,
)
from outreach.model.note import Audience, Note
from outreach.model.post import Media
from outreach.rules import retry
from outreach.store import accounts, holds, ledger, letters, spending, subscribers
from outreach.store.database import Database
from outreach.store.holds import Cause

SKEW = timedelta(minutes=5)
"""How far behind ours a clock may be unnoticed, when a note is looked up by its time."""

GRACE = timedelta(hours=24)
"""What was due longer ago than this is not sent before a human has looked at it."""

TRUST = timedelta(minutes=2)
"""How long after an attempt its key is sure to protect the next: Discord remembers minutes."""

REPEAT_TRUST = timedelta(minutes=10)
"""How long after an attempt in doubt a network is trusted to refuse a second copy: LinkedIn does
not say how long it does."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One account's way out: its channel, and what the doors settled. `media` has the images."""

    database: Database
    account: str
    channel: Publisher
    media: Path
    settle: timedelta
    now: Callable[[], datetime]
    new_key: Callable[[], str]
    jitter: Callable[[], float]
    fence: int = 0
    skew: timedelta = SKEW
    grace: timedelta = GRACE


def syndicate(way: Sending) -> Delivery | None:
    """Carry the account's outbox one step on; gives back what it moved, None if nothing is due.

    What an earlier process left in SENDING comes first: it is in doubt, like any lost answer.
    """
    if any(hold.cause is Cause.TOKEN for hold in holds.on(way.database, way.account)):
        return None
    delivery = ledger.in_flight(way.database, way.account)
    if delivery is None:
        _doubt_late(way)
        too_old = way.now() - way.grace
        if _is_courtesy(way):
            ledger.drop_stale(way.database, way.account, too_old, way.now())
        else:
            letters.keep_going(way.database, way.account, too_old, way.now())
            ledger.hold_stale(way.database, way.account, too_old, way.now())
        _hold_dear(way)
        trusted = max(TRUST, 4 * way.settle) if isinstance(way.channel, Finder) else None
        delivery = ledger.claim(
            way.database, way.account, way.new_key(), way.now(), way.fence, trusted
        )
        if delivery is None:
            return None
        if delivery.doubt is Doubt.NONE:
            return _moved(way, delivery, _attempt(way, delivery))
    if delivery.doubt is Doubt.NONE:
        crash = Uncertain("the process ended while this was being sent")
        return _moved(way, delivery, _refused(way, delivery, crash))
    if delivery.due > way.now():
        return None
    return _moved(way, delivery, _look(way, delivery))


def _doubt_late(way: Sending) -> None:
    """Leave to a human what is in doubt since too long to be sent again."""
    if isinstance(way.channel, Finder) or not isinstance(way.channel, Repeatable):
        return
    if _is_courtesy(way):
        return  # as often as one likes
    oldest = way.now() - max(REPEAT_TRUST, 4 * way.settle)
    for delivery in ledger.repeated_late(way.database, way.account, oldest):
        why = (
            f"it may be out since {delivery.attempted:%Y-%m-%d %H:%M} UTC, this network cannot be "
            "asked, and a second copy may not be refused any more"
        )
        step = retry.Step(state=State.UNKNOWN, due=way.now(), error=why)
        ledger.move(way.database, delivery, step, way.now())


def _is_courtesy(way: Sending) -> bool:
    """Whether each note goes to a page of its own, which may be told again or be out of reach
    without harm: one that does not answer says nothing of the others, and needs no human."""
    return way.channel.limits.audience is Audience.LINKED


def _hold_dear(way: Sending) -> None:
    """Set aside what this month's budget does not reach for, for a human; a thread as a whole."""
    if not isinstance(way.channel, Priced) or way.channel.cap is None:
        return
    for thread in ledger.due(way.database, way.account, way.now()):
        first = thread[0]
        price = sum((way.channel.price(it.activity, it.note) for it in thread), Decimal(0))
        if why := budget.refusal(way.database, way.account, way.channel, price, way.now()):
            why = f"{why}; {budget.to_send(first.id)}"
            step = retry.Step(state=State.HELD, due=first.due, error=why, held=Held.PERSON)
            ledger.move(way.database, first, step, way.now())


def _moved(way: Sending, delivery: Delivery, step: retry.Step) -> Delivery:
    """Carry the step out; under a hold nothing becomes READY."""
    if step.state is State.READY and (held := holds.on(way.database, way.account)):
        step = replace(step, state=State.HELD, held=Held.ACCOUNT, error=held[0].reason)
    ledger.move(way.database, delivery, step, way.now())
    return replace(delivery, state=step.state, error=step.error, receipt=step.receipt)


def _attempt(way: Sending, delivery: Delivery) -> retry.Step:
    if isinstance(way.channel, Priced):
        price = way.channel.price(delivery.activity, delivery.note)
        spending.pay(way.database, way.account, price, way.now())
    try:
        receipt = _send(way.channel, replace(delivery, note=_with_files(way, delivery.note)))
    except OutreachError as error:
        _note_failure(way, error)
        if isinstance(error, Undeliverable):
            _give_up(way, delivery.recipient, error)
        return _refused(way, delivery, error)
    finally:
        budget.read(way.database, way.account, way.channel, way.now())
    spacing = way.channel.limits.spacing
    accounts.rest(way.database, way.account, 0, way.now() + spacing if spacing else None)
    return retry.sent(receipt, way.now())


def _give_up(way: Sending, recipient: str, error: Undeliverable) -> None:
    """Write to an address no more that its server does not know."""
    with way.database.atomic():
        subscribers.unreachable(way.database, way.account, recipient, str(error), way.now())


def _send(channel: Publisher, delivery: Delivery) -> Receipt:
    if delivery.activity is Activity.CREATE:
        return channel.publish(delivery.note, delivery.key)
    if delivery.target is None:
        raise Rejected("there is no note to change")
    if delivery.activity is Activity.UPDATE and isinstance(channel, Editor):
        return channel.edit(delivery.target, delivery.note)
    if delivery.activity is Activity.DELETE and isinstance(channel, Deleter):
        channel.delete(delivery.target)
        return delivery.target
    raise Rejected(f"this network has no {delivery.activity}")


def _with_files(way: Sending, note: Note) -> Note:
    """The note with its images where they are kept on this machine."""

    def here(image: Media) -> Media:
        return replace(image, path=str(way.media / image.sha256))

    card = note.card
    if card is not None and card.image is not None:
        card = replace(card, image=here(card.image))
    return replace(note, card=card, media=tuple(map(here, note.media)))


def _note_failure(way: Sending, error: OutreachError) -> None:
    """Hold an account whose token is refused; let one that fails and fails rest as a whole.

    What the network refuses for the note's own sake says nothing about the account.
    """
    if isinstance(error, Unauthorized):
        holds.refuse_token(way.database, way.account, error, way.now())
    elif not isinstance(error, Rejected | Deferred) and not _is_courtesy(way):
        failures = accounts.one(way.database, way.account).failures + 1
        until = retry.circuit(failures, error, way.now(), way.jitter())
        accounts.rest(way.database, way.account, failures, until)


def _refused(way: Sending, delivery: Delivery, error: OutreachError) -> retry.Step:
    return retry.refused(
        error,
        delivery,
        now=way.now(),
        settle=way.settle,
        findable=isinstance(way.channel, Finder),
        repeatable=isinstance(way.channel, Repeatable) and way.channel.repeatable(delivery.note),
        patient=_is_courtesy(way),
        jitter=way.jitter(),
    )


def _look(way: Sending, delivery: Delivery) -> retry.Step:
    """Ask the network whether the delivery in doubt is there."""
    if _is_courtesy(way):
        return retry.Step(state=State.READY, due=way.now(), why="to tell it again does no harm")
    if not isinstance(way.channel, Finder):
        why = "it may be out already, and this network cannot be asked"
        return retry.Step(state=State.UNKNOWN, due=way.now(), error=why)
    if why := _too_dear_to_look(way):
        return retry.Step(state=State.UNKNOWN, due=way.now(), error=why)
    since = (delivery.started or delivery.due) - way.skew
    try:
        candidates = _found(way, way.channel, delivery, since)
    except OutreachError as error:
        if isinstance(error, Unauthorized):
            _note_failure(way, error)
        return retry.not_looked(error, delivery, now=way.now(), jitter=way.jitter())
    found = tuple(
        receipt
        for receipt in candidates
        if not ledger.is_known(way.database, way.account, receipt.id, besides=delivery.id)
    )
    return retry.looked(found, delivery, now=way.now(), settle=way.settle)


def _too_dear_to_look(way: Sending) -> str:
    """Why the budget lets nobody look; a human has to, and the account goes on meanwhile."""
    if not isinstance(way.channel, Priced):
        return ""
    price = way.channel.price_to_read()
    why = budget.refusal(way.database, way.account, way.channel, price, way.now())
    return why and f"it may be out, and is not looked up: {why}; look there yourself"


def _found(way: Sending, finder: Finder, delivery: Delivery, since: datetime) -> Sequence[Receipt]:
    """What the network shows that may be this."""
    try:
        return finder.find(delivery.note, delivery.key, since)
    finally:
        budget.read(way.database, way.account, finder, way.now())
