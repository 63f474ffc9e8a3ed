"""A mark on a form that says when we gave it out, so that nobody fills it in faster than people."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

SOONEST, LATEST = timedelta(seconds=2), timedelta(hours=2)
"""How long after it was given out a form may come back."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """`token` is a secret of who got the form. `about` is what the form is for."""

    about: str
    token: str
    at: int

    @property
    def name(self) -> str:
        """What the token is called where others see it."""
        return name_of(self.token)


class Stamps:
    """Gives out stamps and knows them again, as long as this process lives."""

    def __init__(self, soonest: timedelta = SOONEST) -> None:
        self._key = secrets.token_bytes(32)
        self._soonest = soonest

    def new(self, about: str, now: datetime) -> str:
        """A stamp for a form that is given out now, as the form carries it."""
        return self._written(
            Stamp(about=about, token=secrets.token_urlsafe(16), at=int(now.timestamp()))
        )

    def read(self, written: str, about: str, now: datetime) -> Stamp | None:
        """The stamp of a form that comes back; None where it is not ours, too soon or too late."""
        at, _, rest = written.partition(".")
        token = rest.partition(".")[0]
        if not at.isascii() or not at.isdigit() or len(at) > 12:
            return None
        stamp = Stamp(about=about, token=token, at=int(at))
        if not hmac.compare_digest(self._written(stamp).encode(), written.encode()):
            return None
        age = now.timestamp() - stamp.at
        in_time = self._soonest.total_seconds() <= age <= LATEST.total_seconds()
        return stamp if in_time else None

    def _written(self, stamp: Stamp) -> str:
        said = f"{stamp.at}.{stamp.token}"
        mac = hmac.new(self._key, f"{said}.{stamp.about}".encode(), sha256).hexdigest()
        return f"{said}.{mac}"


def name_of(token: str) -> str:
    """What a token is called where others see it: nobody gets from there to the token."""
    return sha256(token.encode()).hexdigest()[:16]
