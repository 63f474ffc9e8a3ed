"""Where a mail server is, and how to speak to it unheard."""

import ipaddress
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from enum import Enum

from outreach.channels._email_wire import Wire
from outreach.fetch import Fetch
from outreach.model.errors import Unavailable

AUTOCONFIG = "/.well-known/autoconfig/mail/config-v1.1.xml"
"""Where Thunderbird looks (https://wiki.mozilla.org/Thunderbird:Autoconfiguration)."""

IMPLICIT = frozenset({465, 993})
"""The ports that speak TLS from the first byte (RFC 8314)."""

_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>\d{1,5}))?")


class Security(Enum):
    """When TLS begins: with the connection, by STARTTLS, or never since nobody listens in."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A mail server."""

    host: str
    port: int

    @property
    def security(self) -> Security:
        """Only a name of this machine may be spoken to in the clear."""
        if self.port in IMPLICIT:
            return Security.TLS
        return Security.PLAIN if _is_here(self.host) else Security.STARTTLS

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def place(value: str, port: int) -> Place:
    """`host`, `host:port` or `[address]:port`. Raises ValueError for anything else."""
    found = _PLACE.fullmatch(value.strip())
    number = int(found["port"] or port) if found else 0
    long = found is not None and any(len(label) > 63 for label in found["host"].split("."))
    if found is None or long or not 0 < number < 65536:
        raise ValueError(f"{value!r} is no mail server; write host:port, as mail.acme.example:587")
    return Place(host=found["host"].strip("[]"), port=number)


def discover(base_url: str, protocol: str, fetch: Fetch) -> Place:
    """Where `base_url` says that its server for "smtp" or "imap" is. Raises Unavailable."""
    url = base_url.rstrip("/") + AUTOCONFIG
    answer = fetch("GET", url)
    if not 200 <= answer.status < 300:
        raise Unavailable(f"GET {url}: {answer.status}: no mail server is named there")
    try:
        # The owner names this server; expat bounds what entities may grow to.
        for server in ET.fromstring(answer.body).iter():  # noqa: S314
            if server.tag.endswith("Server") and server.get("type") == protocol:
                host, port = server.findtext("hostname", ""), server.findtext("port", "")
                return place(f"{host}:{port}", 0)
    except (ET.ParseError, ValueError) as error:
        raise Unavailable(f"GET {url}: {error}") from error
    raise Unavailable(f"GET {url}: it names no server for {protocol}")


def connect(at: Place, fetch: Fetch) -> Wire:
    """A connection to the server, in TLS already where that begins with it.

    Raises Unavailable, or Rejected where the guard refuses the address.
    """
    connection = fetch.dial(at.host, at.port)
    wire = Wire(connection, seconds=fetch.deadline, size=fetch.size, monotonic=fetch.monotonic)
    if at.security is Security.TLS:
        try:
            wire.secure(at.host)
        except OSError as error:
            wire.close()
            raise Unavailable(f"{at}: {error}") from error
    return wire


def _is_here(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
