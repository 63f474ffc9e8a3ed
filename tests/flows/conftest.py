"""Worlds for the flows."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from outreach.public.app import app
from tests.flows.world import World
from tests.sandbox.running import Sandbox, in_thread


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Sandbox]:
    """The sandbox, in this process."""
    with in_thread(tmp_path / "ledger.jsonl") as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, town: Sandbox) -> Iterator[World]:
    """A world with an account on each of two networks."""
    made = World(tmp_path / "folder", town, "mastodon", "x")
    yield made
    made.database.close()


@pytest.fixture
def site(world: World) -> Iterator[str]:
    """The world's own site, served at the URL that this gives."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app(world.root / "site"), lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()
