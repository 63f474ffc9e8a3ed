"""A connection that SMTP and IMAP are spoken over: in lines, and against a deadline."""

import socket
import ssl
import time
from collections.abc import Callable

CHUNK = 65536


class Wire:
    """A connection whose operations each end within `seconds` of the last `begin()`, whatever the
    other side does, and read `size` bytes at most. Every failure is an OSError."""

    def __init__(
        self,
        connection: socket.socket,
        *,
        seconds: float,
        size: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        # A letter goes in several writes; without this each would wait for the last one's receipt.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._seconds = seconds
        self._size = size
        self._monotonic = monotonic
        self._received = b""
        self.begin()

    @property
    def local(self) -> str:
        """Our end, as an address literal (RFC 5321, 4.1.3)."""
        address = str(self._connection.getsockname()[0])
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def begin(self) -> None:
        """An operation begins: its time and its size count from here."""
        self._end = self._monotonic() + self._seconds
        self._room = self._size

    def send(self, data: bytes) -> None:
        """All of it."""
        left = memoryview(data)
        while left:
            self._connection.settimeout(self._left())
            left = left[self._connection.send(left) :]

    def readline(self) -> bytes:
        """One line, its end included."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            self._receive()
        return self._taken(end + 1)

    def read(self, size: int) -> bytes:
        """That many bytes."""
        if size > self._room + len(self._received):
            raise ConnectionError(f"{size} bytes announced, more than we read")
        while len(self._received) < size:
            self._receive()
        return self._taken(size)

    def secure(self, host: str) -> None:
        """Go on in TLS, with somebody who proves to be `host`.

        What came before in the clear and was not read yet may be a stranger's: it is refused.
        """
        if self._received:
            raise ConnectionError("something was said in the clear that should have waited for TLS")
        self._connection.settimeout(self._left())
        context = ssl.create_default_context()
        self._connection = context.wrap_socket(self._connection, server_hostname=host)

    def close(self) -> None:
        self._connection.close()

    def _taken(self, size: int) -> bytes:
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _receive(self) -> None:
        self._connection.settimeout(self._left())
        chunk = self._connection.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the server hung up")
        self._room -= len(chunk)
        if self._room < 0:
            raise ConnectionError(f"the server says more than {self._size} bytes")
        self._received += chunk

    def _left(self) -> float:
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {self._seconds:g} s")
        return left
