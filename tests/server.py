"""A server of raw sockets, for answers that no HTTP server gives."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Server:
    """Where it listens, and how many connections it has seen."""

    host: str
    port: int
    seen: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def drip(self, connection: socket.socket, start: bytes = b"", drop: bytes = b"a") -> None:
        """Say `start`, then `drop` again and again, for three seconds at most."""
        connection.sendall(start)
        for _ in range(150):
            if self.closing.wait(0.02):
                return
            connection.sendall(drop)


Handler = Callable[[Server, socket.socket], None]


@contextmanager
def serving(handler: Handler, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Let `handler(server, connection)` answer each connection, in a thread of its own."""
    with socket.create_server((host, port)) as listener:
        server = Server(host=host, port=listener.getsockname()[1])
        accepting = threading.Thread(target=_accept, args=(server, listener, handler))
        accepting.start()
        try:
            yield server
        finally:
            server.closing.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)


def request(connection: socket.socket) -> bytes:
    """The request, its body of a known length included."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Hang up with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def saying(answer: bytes) -> Handler:
    """A handler that reads the request and says this."""

    def handler(server: Server, connection: socket.socket) -> None:
        request(connection)
        connection.sendall(answer)

    return handler


def ok(body: bytes, *headers: str) -> bytes:
    """A whole 200."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _accept(server: Server, listener: socket.socket, handler: Handler) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        server.seen += 1
        threading.Thread(target=_handle, args=(server, connection, handler), daemon=True).start()


def _handle(server: Server, connection: socket.socket, handler: Handler) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(10)
        handler(server, connection)
