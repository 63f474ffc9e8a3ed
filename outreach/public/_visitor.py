"""Who is who among the visitors of a day, without a cookie and without keeping an address."""

import ipaddress
import secrets
from datetime import date, datetime
from hashlib import blake2b

from starlette.requests import Request


class Visitors:
    """Names for visitors that hold for one day (UTC) and one run of the daemon.

    A name is a hash under a salt that is never written down, so that nobody can go back from it to
    an address, or from one day to the next.
    """

    def __init__(self) -> None:
        self._salt = b""
        self._day: date | None = None

    def person(self, request: Request, now: datetime) -> str:
        """Who it is, as far as that can be seen: their network and their browser."""
        browser = request.headers.get("user-agent", "")
        return self._name(f"{_network(request)} {browser}", now)

    def network(self, request: Request, now: datetime) -> str:
        """Where they come from, whatever browser they say they have."""
        return self._name(_network(request), now)

    def _name(self, said: str, now: datetime) -> str:
        if now.date() != self._day:
            self._salt, self._day = secrets.token_bytes(16), now.date()
        return blake2b(said.encode(), key=self._salt, digest_size=10).hexdigest()


def _network(request: Request) -> str:
    """The address; of IPv6 what a household has (/64)."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
