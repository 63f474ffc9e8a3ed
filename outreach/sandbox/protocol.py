"""uvicorn's HTTP protocol with its transport in reach, so that a connection can be broken."""

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """Give this to uvicorn as `http`; the faults need it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does this only for listeners that it opened itself; without it a body waits 40 ms.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dated = self.config.date_header
        self.app_state = {**self.app_state, "transport": transport, "dated": dated}


def transport_of(scope: Scope) -> asyncio.Transport:
    """The connection that a request came in on."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise RuntimeError("this fault needs uvicorn with http=outreach.sandbox.Protocol")
    assert isinstance(transport, asyncio.Transport)
    return transport


async def reset(scope: Scope, receive: Receive) -> None:
    """Break the connection the hard way: no answer, an RST."""
    sever(transport_of(scope))
    await gone(receive)


def sever(transport: asyncio.WriteTransport) -> None:
    """Send an RST, and nothing after it."""
    at_once = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()


async def gone(receive: Receive) -> None:
    """Wait until the client is no longer there."""
    while (await receive())["type"] != "http.disconnect":
        pass
