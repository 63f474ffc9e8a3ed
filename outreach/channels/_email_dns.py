"""Asks the DNS what a mail domain says of itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from outreach.channels._extra import require
from outreach.model.errors import Refused, Unavailable

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 5.0


def texts(server: str = "") -> Callable[[str], list[str]]:
    """What gives the TXT records of a name, asking `server` (host:port) or this machine's own.

    A record of several strings is one text. It raises Unavailable where nobody answers. Raises
    Refused where dnspython is not installed, or there is no such server.
    """
    require("email", "dns")
    import dns.exception
    import dns.resolver

    resolver = _resolver(server)

    def ask(name: str) -> list[str]:
        try:
            answer = resolver.resolve(name, "TXT", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise Unavailable(f"the DNS does not say what {name} has: {error}") from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    return ask


def _resolver(server: str) -> "Resolver":
    import dns.exception
    import dns.resolver

    host, _, port = server.rpartition(":")
    try:
        resolver = dns.resolver.Resolver(configure=not server)
        if server:
            resolver.nameservers, resolver.port = [host.strip("[]")], int(port)
    except (dns.exception.DNSException, ValueError) as error:
        what = f"{server!r} is no DNS server" if server else "this machine knows no DNS server"
        raise Refused(f"{what} ({error}); name one, as --resolver 9.9.9.9:53") from error
    resolver.lifetime = SECONDS
    return resolver
