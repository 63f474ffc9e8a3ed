"""A person signs an account in: what they paste, what is remembered, how the account stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from outreach.flows.report import NOTICE
from outreach.model.errors import Refused
from outreach.rules.durations import words
from outreach.store import accounts, holds, spending
from outreach.store.accounts import Account
from outreach.store.database import Database
from outreach.store.holds import Cause


def connect(
    database: Database,
    account: str,
    kind: str,
    *,
    handle: str,
    by: str,
    expires: datetime | None,
    now: datetime,
) -> int:
    """Note a sign-in and who did it; what waited for it goes on. Says how many notes that are."""
    accounts.meet(database, account, kind, now)
    accounts.connected(database, account, handle, by, expires)
    return holds.lift(database, account, Cause.TOKEN, now)


def answered(pasted: str, kept: Mapping[str, str]) -> Mapping[str, str]:
    """What the network answered: the parameters of the address that a person pasted, or its code.

    A code alone has no state: the person carried it here. Raises Refused where there is no answer
    in what they pasted.
    """
    text = pasted.strip()
    if "://" not in text:
        state = {"state": kept["state"]} if "state" in kept else {}
        if not text or " " in text:
            raise Refused("that is neither a code nor an address; copy it once more")
        return {"code": text, **state}
    found = dict(parse_qsl(urlsplit(text).query))
    if not found:
        raise Refused("there is no code in that address; copy the whole of it, with what follows ?")
    return found


class Mark(StrEnum):
    """What a sign-in asks of a person: nothing, a look, or to sign in."""

    GOOD = "good"
    UNKNOWN = "unknown"
    SOON = "soon"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one account stands, in words: its sign-in, its replies, and what it cost this month."""

    account: Account
    sign_in: str
    mark: Mark
    replies: str
    cost: Decimal

    @property
    def well(self) -> bool:
        """Whether it can do its work without a person."""
        return self.mark is not Mark.BAD


def standing(database: Database, now: datetime) -> list[Standing]:
    """How each account stands, by name, as far as the database knows."""
    refused = {hold.account for hold in holds.every(database) if hold.cause is Cause.TOKEN}
    return [
        _standing(
            account, account.name in refused, spending.spent(database, account.name, now), now
        )
        for account in accounts.every(database)
    ]


def _standing(account: Account, refused: bool, cost: Decimal, now: datetime) -> Standing:
    sign_in, mark = _sign_in(account, refused, now)
    return Standing(
        account=account,
        sign_in=sign_in,
        mark=mark,
        replies=_replies(account, refused),
        cost=cost,
    )


def _sign_in(account: Account, refused: bool, now: datetime) -> tuple[str, Mark]:
    if refused:
        return "token refused" if account.handle else "not signed in", Mark.BAD
    if not account.handle:
        return "not asked yet", Mark.UNKNOWN
    if account.expires is None:
        return "works", Mark.GOOD
    left = account.expires - now
    if left <= timedelta(0):
        return "token ended", Mark.BAD
    return f"works; token ends in {words(left)}", Mark.SOON if left < NOTICE else Mark.GOOD


def _replies(account: Account, refused: bool) -> str:
    if account.unread:
        return f"not readable: {account.unread}"
    if refused:
        return "not read until somebody signs in"
    if account.poll_error:
        return f"could not be read: {account.poll_error}"
    if account.polled is None:
        return "not looked at yet"
    return f"read at {account.polled:%H:%M} UTC"
