"""The socket: what a network can do for us, each ability a protocol of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from outreach.model.delivery import Activity, Receipt
from outreach.model.mention import Mention, Page, Request
from outreach.model.note import Limits, Note


@runtime_checkable
class Publisher(Protocol):
    """Somewhere a note can be put."""

    @property
    def limits(self) -> Limits: ...

    def publish(self, note: Note, key: str) -> Receipt:
        """Put the note there. Raises Unavailable, Uncertain, Rejected or Unauthorized."""
        ...


@runtime_checkable
class Finder(Protocol):
    """A publisher whose notes can be looked up again. Without it doubt goes to a human."""

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """Every note there, created at or after `since`, that may be this one.

        An empty answer is given only after the listing was read back to `since`; otherwise it
        raises Unavailable. The caller leaves out what its ledger knows as another delivery.
        """
        ...


@runtime_checkable
class Repeatable(Protocol):
    """A publisher that cannot be asked, but refuses a second copy of a note and names the first.

    Its `publish` adopts the first then. So what is in doubt may be sent again.
    """

    def repeatable(self, note: Note) -> bool:
        """Whether that holds for this note."""
        ...


@runtime_checkable
class Naming(Protocol):
    """A publisher that names its notes itself, so that nobody has to look a name up."""

    def receipt(self, key: str, at: datetime) -> Receipt:
        """What the note of this key, sent at `at` (UTC), is called there."""
        ...


@runtime_checkable
class Identified(Protocol):
    """An account that can be asked who it is."""

    def handle(self) -> str:
        """How the network writes this account. Proves that the credentials are good."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What an account may do: `read` and `write` are "" where it may, else why not."""

    handle: str
    read: str = ""
    write: str = ""


@runtime_checkable
class Tested(Protocol):
    """An account whose rights can be proved without posting anything."""

    def rights(self) -> Rights:
        """Raises Unauthorized where the credentials are refused, Unavailable as ever."""
        ...


@runtime_checkable
class Expiring(Protocol):
    """An account whose sign-in ends by itself."""

    def expires(self) -> datetime | None:
        """When (UTC); None where that is not known. Asks nobody."""
        ...


@runtime_checkable
class Priced(Protocol):
    """A network that takes money for calls. In US dollars."""

    @property
    def cap(self) -> Decimal | None:
        """What a month may cost; None is no limit."""
        ...

    def price(self, activity: Activity, note: Note) -> Decimal:
        """What one attempt to send this costs at most."""
        ...

    def price_to_read(self) -> Decimal:
        """What one call of `collect` or `find` costs at most."""
        ...

    def bill(self) -> Decimal:
        """What was read since this was last asked. Sending is not in it."""
        ...


@runtime_checkable
class Summoned(Protocol):
    """A network that lets us answer only those who called us."""

    def unanswerable(self, mention: Mention) -> str:
        """Why this may not be answered, "" where it may. Asks nobody."""
        ...


@runtime_checkable
class Unread(Protocol):
    """A publisher whose answers cannot be read, and why: coverage says so."""

    unread: str


@runtime_checkable
class Listener(Protocol):
    """Somewhere answers can be read."""

    def collect(self, cursor: str | None) -> Page:
        """The mentions after the cursor, oldest first. Repeats are allowed, gaps are not."""
        ...


@runtime_checkable
class Receiver(Protocol):
    """Somewhere that pushes to us. Our public door keeps the request and answers at once."""

    def receive(self, request: Request, at: datetime) -> Page:
        """What the request, which came at `at` (UTC), means. Repeatable.

        Raises Rejected where it means nothing, Unavailable where that cannot be told yet.
        """
        ...


@runtime_checkable
class Editor(Protocol):
    """A publisher whose notes can be changed. Repeatable."""

    def edit(self, receipt: Receipt, note: Note) -> Receipt: ...


@runtime_checkable
class Deleter(Protocol):
    """A publisher whose notes can be taken back. Repeatable: what is gone is done."""

    def delete(self, receipt: Receipt) -> None: ...


Opened = Publisher | Listener | Receiver
"""What an account is: somewhere to speak, to listen, to be told, or several of these."""
