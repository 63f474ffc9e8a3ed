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


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the network calls our note. `url` is the syndication link."""

    id: str
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One note on its way to one account. Times are aware, UTC.

    `key` and `started` are fixed by the first claim, so a retry sends the same bytes. `looks`
    counts the look-ups since the last attempt; `ended` says that the attempt is over without an
    answer, so that the delivery is in doubt.
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
    ended: bool = False
    attempts: int = 0
    looks: int = 0
    receipt: Receipt | None = None
    error: str = ""
