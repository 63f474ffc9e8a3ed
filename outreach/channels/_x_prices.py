"""What X takes for a call, in US dollars (docs.x.com, pricing; since April 2026; channels.md)."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from outreach.model.delivery import Activity
from outreach.model.note import Note
from outreach.rules import measure

POST = Decimal("0.015")
POST_WITH_LINK = Decimal("0.20")
ALT_TEXT = Decimal("0.005")
DELETION = Decimal("0.01")
OWN_READ = Decimal("0.001")
USER_READ = Decimal("0.01")
"""Of ourselves, or of a mention's author. X does not say whether it bills authors that come along
with their posts, so they are counted: a cap may then hold too early, never too late."""

PRICES: Mapping[str, Decimal] = {
    "a post": POST,
    "a post with a link": POST_WITH_LINK,
    "an image's description": ALT_TEXT,
    "a deletion": DELETION,
    "a post or mention read": OWN_READ,
    "an author read": USER_READ,
}


def price(activity: Activity, note: Note) -> Decimal:
    """What one attempt costs at most. X has no edit, so an UPDATE never leaves."""
    if activity is Activity.CREATE:
        described = sum(bool(image.alt) for image in note.media)
        return (POST_WITH_LINK if measure.URL.search(note.text) else POST) + ALT_TEXT * described
    return DELETION if activity is Activity.DELETE else Decimal(0)


class Meter:
    """Adds up what was read. The same thing is billed once a UTC day."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._day: date | None = None
        self._seen: set[str] = set()
        self._due = Decimal(0)

    def read(self, each: Decimal, identifiers: Iterable[str]) -> None:
        """These were read, at this price each."""
        with self._lock:
            today = self._now().date()
            if today != self._day:
                self._day, self._seen = today, set()
            fresh = set(identifiers) - self._seen
            self._seen |= fresh
            self._due += each * len(fresh)

    def bill(self) -> Decimal:
        """What is due since this was last asked."""
        with self._lock:
            due, self._due = self._due, Decimal(0)
            return due
