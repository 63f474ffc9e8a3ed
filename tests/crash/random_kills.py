"""Killed at a random millisecond, in a random server mode; a tenth of the runs once more."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from outreach.model.channel import Listener

from .child import Kill
from .kinds import anybody, limits, speaks_to_all
from .points import MODES
from .run import Scene, play
from .witness import Witness

Spans = Mapping[tuple[str, str], float]
"""How many seconds a run takes that is not killed, by channel and mode."""

WHOLE = "the whole daemon"
"""Stands for a mode in `Spans`: a run from the post's file on."""

DOUBLE = 0.1
THREADS = 0.25
FIRST = 0.25
"""Shares of the runs: killed twice; a thread; a kill that aims at the first request."""

SENDING = 0.6
"""The share of a run in which there is something to send; what follows is the verdict."""

KINDS = {"outbox": 0.85, "whole": 0.05, "answers": 0.1}
"""What is killed, in shares: the outbox at work, the real daemon, and reading answers."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One run, as far as a seed decides it."""

    kind: str
    number: int
    seed: int

    def scene(self, spans: Spans) -> Scene:
        """The same for the same seed and the same spans."""
        dice = random.Random(f"{self.seed} {self.kind} {self.number}")
        what = _possible(self.kind, dice.choices(list(KINDS), list(KINDS.values()))[0])
        mode = dice.choice(MODES)
        threads = what != "whole" and limits(self.kind).threads
        aim = WHOLE if what == "whole" else "ok" if dice.random() < FIRST else mode
        kills = [Kill(after=dice.uniform(0, SENDING * spans[self.kind, aim]))]
        if dice.random() < DOUBLE:
            kills.append(Kill(after=dice.uniform(0, SENDING * spans[self.kind, mode])))
        return Scene(
            kind=self.kind,
            mode=mode,
            kills=tuple(kills),
            parts=2 if threads and dice.random() < THREADS else 1,
            whole=what == "whole",
            answered=what == "answers",
        )


def _possible(kind: str, what: str) -> str:
    """The outbox where nothing is planned, or nobody answers."""
    if what == "whole" and not speaks_to_all(kind):
        return "outbox"
    return "outbox" if what == "answers" and not isinstance(anybody(kind), Listener) else what


def modes(kind: str) -> tuple[str, ...]:
    """What a run of the kind may be, for `Spans`."""
    return (*MODES, WHOLE) if speaks_to_all(kind) else MODES


def shots(channels: Sequence[str], runs: int, seed: int) -> list[Shot]:
    """So many runs per channel, the channels in turn."""
    numbers = product(range(runs), channels)
    return [Shot(kind=kind, number=number, seed=seed) for number, kind in numbers]


def measure(witness: Witness, kind: str, mode: str, where: Path) -> float:
    """How long a run takes here that nobody kills."""
    whole = mode == WHOLE
    start = time.monotonic()
    outcome = play(witness, Scene(kind=kind, mode="ok" if whole else mode, whole=whole), where)
    assert outcome.verdict.good, outcome
    return time.monotonic() - start
