"""Servers around work: the answer of the work, and a taken address."""

import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import Refused
from outreach.serve import Served, serve

from .ports import free_port


async def hello(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def test_it_serves_while_the_work_lasts_and_gives_back_its_answer() -> None:
    listens = [f"127.0.0.1:{free_port()}", f"[::1]:{free_port()}"]
    said: list[str] = []

    def work(stop: threading.Event) -> int:
        fetch = Fetch(guard=loopback_only, deadline=5)
        said.extend(fetch("GET", f"http://{listen}/").text for listen in listens)
        return 7

    served = [Served(name="one", listen=listen, app=hello) for listen in listens]
    assert serve(served, work) == 7
    assert said == ["hello", "hello"]
    for listen in listens:
        host, _, port = listen.rpartition(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host.strip("[]"), int(port)))


def test_a_taken_address_is_said_and_no_work_begins() -> None:
    begun: list[threading.Event] = []

    def work(stop: threading.Event) -> int:
        begun.append(stop)
        return 0

    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Refused, match=f"the site cannot listen on {listen}: Address already"):
            serve([Served(name="site", listen=listen, app=hello)], work)
    assert not begun


def test_what_the_work_raises_comes_out() -> None:
    def work(stop: threading.Event) -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        serve([], work)
