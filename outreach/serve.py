"""HTTP servers on the main thread, which owns the signals, around work on another."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import uvicorn

from outreach.model.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Served:
    """One application and its address, as 127.0.0.1:8000. `protocol` is uvicorn's HTTP class."""

    name: str
    listen: str
    app: Any
    protocol: Any = "h11"


class _Server(uvicorn.Server):
    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """The signals are ours."""
        return nullcontext()


def serve(served: Sequence[Served], work: Callable[[threading.Event], int]) -> int:
    """Serve while `work(stop)` runs in a thread, and give back what it gives.

    SIGINT and SIGTERM set `stop`, also where a script started us with SIGINT ignored. Raises
    Refused where an address is taken.
    """
    sockets = [_bind(one) for one in served]
    try:
        return asyncio.run(_serve(served, sockets, work))
    finally:
        for bound in sockets:
            bound.close()


async def _serve(
    served: Sequence[Served],
    sockets: Sequence[socket.socket],
    work: Callable[[threading.Event], int],
) -> int:
    stop = threading.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    servers = [_Server(_config(one)) for one in served]
    tasks = [
        asyncio.create_task(server.serve(sockets=[bound]))
        for server, bound in zip(servers, sockets, strict=True)
    ]
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _config(one: Served) -> uvicorn.Config:
    return uvicorn.Config(
        one.app,
        http=one.protocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _bind(one: Served) -> socket.socket:
    host, _, port = one.listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=512)
    except OSError as error:
        raise Refused(
            f"the {one.name} cannot listen on {one.listen}: {error.strerror}; "
            "stop what uses it, or choose another address"
        ) from error
    # asyncio sets this only on sockets that it made itself; without it an answer waits 40 ms.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
