"""One witness for all the runs of a test process."""

from collections.abc import Callable, Iterator

import pytest

from .run import Outcome, Scene, play, warm
from .witness import Witness, home, running

Play = Callable[[Scene], Outcome]


@pytest.fixture(scope="session")
def world() -> Iterator[tuple[Witness, Play]]:
    """The witness, and a way to let a scene happen before it."""
    with home() as where, running(where / "witness") as witness:
        warm(witness, where)
        yield witness, lambda scene: play(witness, scene, where)


@pytest.fixture
def witness(world: tuple[Witness, Play]) -> Witness:
    return world[0]


@pytest.fixture
def happen(world: tuple[Witness, Play]) -> Play:
    return world[1]
