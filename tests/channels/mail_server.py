"""Mail servers of raw sockets, for what no mail server says."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..server import Server, serving

OK: Mapping[str, str] = {
    "": "220 mail.example ESMTP",
    "EHLO": "250-mail.example\r\n250 AUTH PLAIN",
    "AUTH": "235 Ok",
    "MAIL": "250 Ok",
    "RCPT": "250 Ok",
    "RSET": "250 Ok",
    "DATA": "354 Go on",
    ".": "250 Queued",
}
"""What a server says to each command; "" is its greeting and "." the end of a letter."""


@dataclass(kw_only=True)
class Heard:
    """What clients said: their commands, and their letters."""

    commands: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0


HangUp = Callable[[socket.socket], None]


@contextmanager
def smtp(said: Mapping[str, str | HangUp] | None = None) -> Iterator[Heard]:
    """A server that says OK, but for what it is told to say (CRLF comes by itself) or do."""
    replies: dict[str, str | HangUp] = {**OK, **(said or {})}
    heard = Heard()

    def answer(connection: socket.socket, command: str) -> bool:
        reply = replies[command]
        if callable(reply):
            reply(connection)
            return False
        connection.sendall(f"{reply}\r\n".encode())
        return True

    def talk(server: Server, connection: socket.socket) -> None:
        heard.connections += 1
        lines = connection.makefile("rb")
        going = answer(connection, "")
        while going and (line := lines.readline()):
            heard.commands.append(line.decode().strip())
            verb = heard.commands[-1].partition(" ")[0]
            going = answer(connection, verb)
            if going and verb == "DATA" and str(replies[verb]).startswith("354"):
                heard.letters.append(b"".join(iter(lines.readline, b".\r\n")))
                going = answer(connection, ".")

    with serving(talk) as server:
        heard.port = server.port
        yield heard


def saying(words: bytes) -> HangUp:
    """Say these bytes, and hang up."""
    return lambda connection: connection.sendall(words)
