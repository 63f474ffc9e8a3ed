"""The socket: what a network can do for us, each ability a protocol of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from outreach.model.delivery import Receipt
from outreach.model.mention import Page
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
class Identified(Protocol):
    """An account that can be asked who it is."""

    def handle(self) -> str:
        """How the network writes this account. Proves that the credentials are good."""
        ...


@runtime_checkable
class Listener(Protocol):
    """Somewhere answers can be read."""

    def collect(self, cursor: str | None) -> Page:
        """The mentions after the cursor, oldest first. Repeats are allowed, gaps are not."""
        ...


@runtime_checkable
class Editor(Protocol):
    """A publisher whose notes can be changed. Repeatable."""

    def edit(self, receipt: Receipt, note: Note) -> Receipt: ...


@runtime_checkable
class Deleter(Protocol):
    """A publisher whose notes can be taken back. Repeatable: what is gone is done."""

    def delete(self, receipt: Receipt) -> None: ...
