"""One sandbox for all tests of a run; each test has an account of its own in it."""

from collections.abc import Iterator

import pytest

from ..sandbox.running import Sandbox, as_process


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with as_process(tmp_path_factory.mktemp("sandbox") / "ledger.jsonl") as (running, _):
        yield running


@pytest.fixture
def sandbox(world: Sandbox) -> Sandbox:
    """The sandbox without faults, its clock as ours."""
    assert world.call("DELETE", "/faults").ok
    world.shift(0)
    return world
