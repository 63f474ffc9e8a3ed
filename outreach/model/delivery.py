"""One row of the outbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.model.note import Note


class Activity(StrEnum):
    """What a delivery does to the network (ActivityStreams)."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class State(StrEnum):
    """Where a delivery stands. In flight is SENDING only."""

    DRAFT = "draft"
    HELD = "held"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Doubt(StrEnum):
    """Why a SENDING delivery needs a look-up before anything else."""

    NONE = ""
    LOST = "lost"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Held(StrEnum):
    """Why a HELD delivery waits, which says what sets it free."""

    NOT = ""
    ACCOUNT = "account"
    STALE = "stale"
    PARENT = "parent"
    EXTRA = "extra"
    RESTORED = "restored"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the network calls our note. `url` is the syndication link."""

    id: str
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One note on its way to one account. Times are aware, UTC.

    `after` is the delivery that has to be SENT before this one: the part before in a thread, the
    note that an UPDATE or DELETE changes; `target` is its receipt, known once claimed.
    `fresh_from` is the latest of the post's date, first sight, approval and proof: what is older
    than the grace is not sent unseen. `look_from` asks for a look-up back to that time before the
    first attempt (a restored database).

    `key`, `started` and `note` are fixed by the first claim, so a retry sends the same bytes.
    `attempted` is the last claim. A SENDING row whose attempt is over has a `doubt` and is next
    looked up at `due`; `looks` counts the look-ups since the attempt. `written_by` is who wrote an
    answer.
    """

    id: str
    account: str
    activity: Activity
    source: str
    part: int
    note: Note
    state: State
    due: datetime
    fresh_from: datetime
    look_from: datetime | None = None
    held: Held = Held.NOT
    occurrence: int = 0
    revision: int = 0
    recipient: str = ""
    after: str | None = None
    key: str = ""
    started: datetime | None = None
    attempted: datetime | None = None
    doubt: Doubt = Doubt.NONE
    attempts: int = 0
    looks: int = 0
    receipt: Receipt | None = None
    error: str = ""
    target: Receipt | None = None
    written_by: str = ""
