"""What an attempt's outcome means for its delivery: retry as a value."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.model.delivery import Activity, Delivery, Doubt, Held, Receipt, State
from outreach.model.errors import (
    Duplicate,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Uncertain,
    Unwanted,
)

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=1)
LOOKS = {Doubt.LOST: 2, Doubt.DUPLICATE: 2, Doubt.REFUSED: 1}

REPEATS = 3
"""Attempts after which a note that may be repeated, and is still in doubt, is for a human."""

DROPPED = "dropped: "
"""How the error of a FAILED delivery begins where that is as it should be."""

IN_DOUBT = "in doubt: "
"""How the history says that a note, which may be out, is sent again; later errors hide it."""

CIRCUIT = 5
"""Failures in a row after which an account rests as a whole."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The next place of a delivery, and when something is due there.

    `error` stays with the delivery, `why` is for its history alone.
    """

    state: State
    due: datetime
    error: str = ""
    why: str = ""
    doubt: Doubt = Doubt.NONE
    looks: int = 0
    held: Held = Held.NOT
    receipt: Receipt | None = None


def delay(attempts: int, jitter: float) -> timedelta:
    """Exponential: 5 s, doubled per attempt up to an hour; `jitter` (0..1) adds up to a half."""
    base: timedelta = min(LONGEST, FIRST * 2 ** min(max(attempts - 1, 0), 20))
    return min(LONGEST, base * (1 + jitter / 2))


def circuit(failures: int, error: OutreachError, now: datetime, jitter: float) -> datetime | None:
    """Until when an account rests after its `failures`-th failure in a row; None if it goes on."""
    if isinstance(error, RateLimited) and error.until is not None:
        return min(error.until, now + LONGEST)
    if failures < CIRCUIT:
        return None
    return now + delay(failures - CIRCUIT + 3, jitter)


def sent(receipt: Receipt, now: datetime) -> Step:
    """The network has it."""
    return Step(state=State.SENT, due=now, receipt=receipt)


def refused(
    error: OutreachError,
    delivery: Delivery,
    *,
    now: datetime,
    settle: timedelta,
    findable: bool,
    repeatable: bool,
    jitter: float,
    patient: bool = False,
) -> Step:
    """What follows an attempt that brought no receipt (design, "The outbox, exactly").

    A network that cannot be asked, and refuses a second copy (`repeatable`), is sent it again; one
    to which a second copy means nothing (`patient`) as often as any other failure is tried.
    """
    why = str(error)
    again = Step(state=State.READY, due=now + delay(delivery.attempts, jitter), error=why)
    if isinstance(error, Uncertain):
        if delivery.activity is not Activity.CREATE:
            return again  # edits and withdrawals are repeatable
        if repeatable and patient:
            return again
        if repeatable and delivery.attempts < REPEATS and not isinstance(error, Duplicate):
            return Step(state=State.READY, due=now + settle, error=why, why=f"{IN_DOUBT}{why}")
        if not findable:
            return Step(state=State.UNKNOWN, due=now, error=why)
        doubt = Doubt.DUPLICATE if isinstance(error, Duplicate) else Doubt.LOST
        return Step(state=State.SENDING, due=now + settle, error=why, doubt=doubt)
    if isinstance(error, Unwanted):
        return Step(state=State.FAILED, due=now, error=f"{DROPPED}{why}")
    if isinstance(error, Rejected):
        if findable and delivery.activity is Activity.CREATE:
            # Some networks apply a request and then refuse it: look once before giving up.
            return Step(state=State.SENDING, due=now + settle, error=why, doubt=Doubt.REFUSED)
        return Step(state=State.FAILED, due=now, error=why)
    if isinstance(error, Unauthorized):
        return Step(state=State.HELD, due=now, error=why, held=Held.ACCOUNT)
    if isinstance(error, RateLimited) and error.until is not None:
        until = max(again.due, min(error.until, now + LONGEST))
        return Step(state=State.READY, due=until, error=why)
    return again


def not_looked(error: OutreachError, delivery: Delivery, *, now: datetime, jitter: float) -> Step:
    """What follows a look-up that could not be made: the doubt stays, the look comes later."""
    return Step(
        state=State.SENDING,
        due=now + delay(delivery.looks + 1, jitter),
        error=delivery.error or str(error),
        doubt=delivery.doubt,
        looks=delivery.looks,
    )


def looked(
    found: tuple[Receipt, ...], delivery: Delivery, *, now: datetime, settle: timedelta
) -> Step:
    """What follows a look-up: adopted, another look after settling, or sent again."""
    if len(found) == 1:
        return sent(found[0], now)
    if found:
        urls = ", ".join(receipt.url for receipt in found)
        why = f"more than one note there may be this: {urls}"
        return Step(state=State.UNKNOWN, due=now, error=why)
    if delivery.looks + 1 < LOOKS[delivery.doubt]:
        return Step(
            state=State.SENDING,
            due=now + settle,
            error=delivery.error,
            doubt=delivery.doubt,
            looks=delivery.looks + 1,
        )
    if delivery.doubt is Doubt.REFUSED:
        return Step(state=State.FAILED, due=now, error=delivery.error)
    if delivery.doubt is Doubt.DUPLICATE:
        return Step(state=State.UNKNOWN, due=now, error=f"{delivery.error}; but none is shown")
    return Step(state=State.READY, due=now, error=delivery.error)
