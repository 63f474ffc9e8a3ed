"""Worlds for the flows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
