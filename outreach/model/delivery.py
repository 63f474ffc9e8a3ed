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


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the network calls our note. `url` is the syndication link."""

    id: str
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One note on its way to one account. Times are aware, UTC.

    `key`, `started` and `note` are fixed by the first claim, so a retry sends the same bytes.
    `attempted` is the last claim. A SENDING row whose attempt is over has a `doubt` and is next
    looked up at `due`; `looks` counts the look-ups since the attempt.
    """

    id: str
    account: str
    activity: Activity
    source: str
    part: int
    note: Note
    state: State
    due: datetime
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
