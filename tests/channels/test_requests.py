"""SDKs built on `requests` go out through our one door, under our name."""

import socket

from outreach.channels._requests import Door, session
from outreach.fetch import Fetch, loopback_only

from ..server import Server, ok, request, serving
from .contract import now


def test_no_sdk_says_who_we_are() -> None:
    heard: list[bytes] = []

    def answer(server: Server, connection: socket.socket) -> None:
        heard.append(request(connection).lower())
        connection.sendall(ok(b"{}"))

    with serving(answer) as server:
        session(Door(Fetch(guard=loopback_only), now)).get(server.url)
    agents = [line for line in heard[0].split(b"\r\n") if line.startswith(b"user-agent")]
    assert agents == [b"user-agent: outreach"]
