"""A reader's way into a newsletter and out of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape

from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.note import Note, NoteKind
from outreach.rules.addresses import normal
from outreach.store import holds, ledger, subscribers
from outreach.store.database import Database
from outreach.store.subscribers import Standing, Subscriber

AGAIN = timedelta(days=1)
"""How long nobody who has not answered is asked again to confirm the same address."""

SOURCE = "#subscribe-"
"""How the source of a mail begins that asks somebody to confirm; it belongs to no post."""


@dataclass(frozen=True, kw_only=True)
class Subscriptions:
    """The newsletters of a site. `url` is where our pages are, `title` what readers call it."""

    database: Database
    title: str
    url: str
    new_key: Callable[[], str]

    def ask(self, account: str, address: str, language: str, now: datetime) -> None:
        """Ask somebody by mail whether they want this list: once a day, and nobody who said yes.

        Who has left since is asked at once. Raises ValueError for what is no address.
        """
        address = normal(address)
        source = f"{SOURCE}{sha256(f'{account} {address.lower()}'.encode()).hexdigest()[:16]}"
        with self.database.atomic():
            known = subscribers.at_address(self.database, account, address)
            reader = subscribers.ask(
                self.database, account, address, language, secrets.token_urlsafe(24), now
            )
            before = ledger.of_source(self.database, source)
            asked = max((delivery.fresh_from for delivery in before), default=None)
            is_waiting = known is not None and known.standing is Standing.PENDING
            if reader.standing is not Standing.PENDING:
                return
            if is_waiting and asked is not None and now - asked < AGAIN:
                return
            held = holds.on(self.database, account)
            delivery = Delivery(
                id=self.new_key(),
                account=account,
                activity=Activity.CREATE,
                source=source,
                occurrence=len(before),
                part=0,
                recipient=reader.address,
                note=self._question(reader),
                state=State.HELD if held else State.READY,
                held=Held.ACCOUNT if held else Held.NOT,
                error=held[0].reason if held else "",
                due=now,
                fresh_from=now,
            )
            ledger.queue(self.database, delivery, now)

    def confirm(self, token: str, now: datetime) -> Subscriber | None:
        """Who has the token said yes; gives back how they stand, None if nobody has it."""
        with self.database.atomic():
            return subscribers.confirm(self.database, token, now)

    def leave(self, token: str, why: str, now: datetime) -> Subscriber | None:
        """Who has the token gets no more letters; None if nobody has it."""
        with self.database.atomic():
            return subscribers.leave(self.database, token, why, now)

    def _question(self, reader: Subscriber) -> Note:
        link = f"{self.url}/subscribe/confirm?token={reader.token}"
        asked = f"Somebody, we hope you, asked to get the letters of {self.title} at this address."
        ignore = "If it was not you, do nothing: without your yes you get no letters."
        return Note(
            kind=NoteKind.ARTICLE,
            title=f"Confirm your subscription to {self.title}",
            text=f"{asked}\n\nTo say yes, open this page and press the button:\n{link}\n\n{ignore}",
            html=(
                f"<p>{escape(asked)}</p>\n"
                f'<p><a href="{escape(link)}">Yes, send me the letters</a></p>\n'
                f"<p>{escape(ignore)}</p>\n"
            ),
            to=reader.address,
        )
