"""The one outgoing HTTP door.

Every request has a total deadline, a cap on the size of its answer, and a guard that decides on
the address that is really connected to. A connection serves one request: a kept-alive connection
that the server has just closed would put a delivery in doubt for nothing.
"""

import ipaddress
import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpcore2

from outreach.fault import reached
from outreach.model.errors import Rejected, Unavailable, Uncertain

DEADLINE = 15.0
SIZE = 10 << 20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Guard = Callable[[Address, int], bool]
Headers = Mapping[str, str]
Permit = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer, its body read to the end. Header names are in lower case, each once."""

    status: int
    headers: Headers
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def loopback_only(address: Address, port: int) -> bool:
    """The guard of the sandbox: nothing leaves this machine."""
    return address.is_loopback


def public_or(allowed: frozenset[tuple[str, int]]) -> Guard:
    """Public addresses, and the `allowed` (address, port) pairs that the owner listed."""

    def guard(address: Address, port: int) -> bool:
        return (str(address), port) in allowed or is_public(address)

    return guard


# `is_global` alone takes tunnels into a private network, multicast, site-local, documentation and
# never allocated addresses for public.
_ALLOCATED = ipaddress.ip_network("2000::/3")
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in ("192.88.99.0/24", "2001::/32", "2002::/16", "3fff::/20")
)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the open internet and to no tunnel into a private network."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    if not address.is_global or address.is_multicast:
        return False
    if address.version == 6 and address not in _ALLOCATED:
        return False
    return not any(address in network for network in _NEVER if network.version == address.version)


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host name, in the order of the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def nobody_asks() -> None:
    """Every request may go."""


class Skew:
    """How far a server's clock is behind ours, by its Date headers (RFC 9110, 6.6.1)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.behind = timedelta(0)

    def hear(self, date: str) -> None:
        """Take in a Date header; one that cannot be read says nothing."""
        try:
            at = parsedate_to_datetime(date)
        except ValueError:
            return
        if at.tzinfo is not None:
            self.behind = max(self._now() - at, timedelta(0))


def _nobody_hears(date: str) -> None:
    """Nobody asks what the time is there."""


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """`fetch(method, url, …)` with this guard.

    Raises Unavailable where nothing was sent or the method is safe (RFC 9110, 9.2.1), Uncertain
    where the answer to something sent is lost, Rejected where the guard refuses the address or a
    header cannot be written. Any HTTP status is an answer; redirects are not followed. `permit` is
    asked just before the first byte of a request that writes, and raises if it may not go. `hear`
    is told each Date header.
    """

    guard: Guard
    deadline: float = DEADLINE
    size: int = SIZE
    permit: Permit = nobody_asks
    hear: Callable[[str], None] = _nobody_hears
    monotonic: Callable[[], float] = time.monotonic
    resolve: Callable[[str, int], list[Address]] = resolve

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Headers | None = None,
        content: bytes = b"",
    ) -> Answer:
        if not _is_url(url):
            shown = url.partition("?")[0].rpartition("@")[2]
            raise Rejected(f"{method} {shown!r}: not a URL of http or https")
        _check(headers or {}, f"{method} {_place(url)}")
        wire = _Wire(self, method)
        try:
            return self._exchange(wire, method, url, headers or {}, content)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError,
                httpcore2.UnsupportedProtocol, OSError, zlib.error, _Broken) as error:  # fmt: skip
            what = f"{method} {_place(url)}: {_reason(error)}"
            if wire.sent and method not in SAFE_METHODS:
                raise Uncertain(what) from error
            raise Unavailable(what) from error

    def dial(self, host: str, port: int) -> socket.socket:
        """A connection for what is not HTTP (SMTP, IMAP); from here on the caller keeps the time.

        Raises Unavailable where nobody answers, Rejected where the guard refuses the address.
        """
        end = self.monotonic() + self.deadline
        failure = "no address"
        try:
            for address in self.permitted(host, port):
                try:
                    left = max(end - self.monotonic(), 0.001)
                    connection = socket.create_connection((str(address), port), left)
                except OSError as error:
                    failure = _reason(error)
                else:
                    reached("connected")
                    return connection
        except OSError as error:
            failure = _reason(error)
        raise Unavailable(f"{host}:{port}: {failure}")

    def permitted(self, host: str, port: int) -> list[Address]:
        """The addresses of a host that the guard lets us connect to. Raises Rejected for none."""
        addresses = self.resolve(host, port)
        open_to_us = [address for address in addresses if self.guard(address, port)]
        if not open_to_us:
            listed = ", ".join(map(str, addresses))
            raise Rejected(f"{host}:{port} is {listed}, which this folder may not connect to")
        return open_to_us

    def _exchange(
        self, wire: "_Wire", method: str, url: str, headers: Headers, content: bytes
    ) -> Answer:
        given = {"user-agent": "outreach", **{name.lower(): v for name, v in headers.items()}}
        sent = {**given, "accept-encoding": "identity", "connection": "close"}
        if content or method not in SAFE_METHODS:
            sent["content-length"] = str(len(content))
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
        with (
            httpcore2.ConnectionPool(
                ssl_context=_tls(), network_backend=wire, max_connections=1
            ) as pool,
            pool.stream(method, url, headers=lines, content=content) as response,
        ):
            received = _headers(response.headers)
            reached("answer-head")
            self.hear(received.get("date", ""))
            body = _read(response.iter_stream(), received.get("content-encoding", ""), self.size)
            reached("answer-body")
            return Answer(status=response.status, headers=received, body=body, url=url)


class _Broken(Exception):
    """The answer cannot be used."""


class _Wire(httpcore2.NetworkBackend):
    """One connection: guarded, against one deadline, and aware of its first byte."""

    def __init__(self, fetch: Fetch, method: str) -> None:
        self._fetch = fetch
        self._writes = method not in SAFE_METHODS
        self._end = fetch.monotonic() + fetch.deadline
        self.sent = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = _Broken(f"{host} has no address")
        for address in self._fetch.permitted(host, port):
            try:
                stream = httpcore2.SyncBackend().connect_tcp(str(address), port, self.left())
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
            else:
                reached("connected")
                return _Stream(stream, self)
        raise failure

    def begin(self) -> None:
        """The first byte is about to go."""
        if not self.sent:
            if self._writes:
                self._fetch.permit()
            self.sent = True

    def left(self) -> float:
        """Seconds until the deadline; raises once it has passed."""
        left = self._end - self._fetch.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout(f"no answer within {self._fetch.deadline:g} s")
        return left


class _Stream(httpcore2.NetworkStream):
    """A stream whose every operation shares the wire's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._wire.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._wire.begin()
        self._stream.write(buffer[:1], self._wire.left())
        reached("first-byte")
        self._stream.write(buffer[1:], self._wire.left())
        reached("last-byte")

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._wire.left())
        return _Stream(secured, self._wire)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _tls() -> ssl.SSLContext:
    if not _context:
        _context.append(httpcore2.default_ssl_context())
    return _context[0]


_context: list[ssl.SSLContext] = []


def _headers(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header lines of one name are one header, their values behind commas (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _read(chunks: Iterable[bytes], encoding: str, size: int) -> bytes:
    """The whole body, unpacked under a counter; raises where it is larger than `size`."""
    if encoding not in ("", "identity", "gzip", "deflate"):
        raise _Broken(f"the answer is encoded as {encoding!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47) if encoding in ("gzip", "deflate") else None
    body, empty = bytearray(), True
    for chunk in chunks:
        empty = empty and not chunk
        body += unpack.decompress(chunk, size + 1 - len(body)) if unpack else chunk
        if len(body) > size or (unpack and unpack.unconsumed_tail):
            raise _Broken(f"the answer is larger than {size} bytes")
    if unpack and not empty and not unpack.eof:
        raise _Broken("the packed answer ends early")
    return bytes(body)


def _is_url(url: str) -> bool:
    """Whether the URL is absolute, of http or https, and in ASCII as RFC 3986 has it."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(known) and url.isascii() and url.isprintable() and " " not in url


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")


def _check(headers: Headers, what: str) -> None:
    """Raises Rejected for a header that cannot be written (RFC 9110, 5.1 and 5.5), and shows no
    value: it may be a secret."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise Rejected(f"{what}: a header has a name that no header may have")
        if not _VALUE.fullmatch(value):
            raise Rejected(
                f"{what}: the header {name.lower()} has a character that no header may have; "
                "look at the secret"
            )


def _place(url: str) -> str:
    """The URL without its query, which may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _reason(error: Exception) -> str:
    if isinstance(error, httpcore2.LocalProtocolError):  # it quotes what it refuses
        return "the request cannot be written as HTTP"
    return str(error) or type(error).__name__
