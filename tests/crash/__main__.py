"""python -m tests.crash points | random: the suites that are too long for `make test`."""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any, TypeVar

from .controls import CONTROLS
from .folders import make
from .judge import Verdict
from .kinds import kinds
from .points import MODES, every
from .random_kills import Shot, Spans, measure, modes, shots
from .run import Outcome, Scene, play, warm
from .table import Totals, table, totals
from .witness import Witness, home, running

WORKERS = 2
IN_FLIGHT = 0.3
"""Below this share of kills that find a delivery on its way, a run of this suite proves nothing."""

T = TypeVar("T")
_here: list[tuple[Witness, Path]] = []


def main() -> int:
    """0 where nothing was lost, nothing was said twice, and each control is red."""
    options = _options()
    channels = (options.channel,) if options.channel else kinds()
    with _workers() as pool:
        if options.suite == "points":
            return _points(pool, channels)
        return _random(pool, channels, options.runs, options.seed)


def _points(pool: Pool, channels: tuple[str, ...]) -> int:
    start = time.monotonic()
    outcomes = _each(pool, _play, [case.scene() for case in every(channels)], "every point x mode")
    rows: dict[tuple[str, ...], Totals] = {}
    for kind in channels:
        for mode in MODES:
            found = [o for o in outcomes if (o.scene.kind, o.scene.mode) == (kind, mode)]
            rows[kind, mode] = totals(found)
    rows["all", ""] = totals(outcomes)
    _say(table(("channel", "mode"), rows))
    missed = [outcome.scene for outcome in outcomes if not outcome.killed]
    for scene in missed:
        _say(f"not killed: {scene}")
    _say(f"{len(outcomes)} runs in {time.monotonic() - start:.0f} s")
    _complain(outcomes)
    return int(bool(missed) or not rows["all", ""].good)


def _random(pool: Pool, channels: tuple[str, ...], runs: int, seed: int) -> int:
    _say(f"SEED={seed} N={runs} channels: {', '.join(channels)}")
    controls, red = _controls(pool, channels)
    start = time.monotonic()
    choices = [(kind, mode) for kind in channels for mode in modes(kind)]
    spans = dict(zip(choices, pool.starmap(_measure, choices), strict=True))
    outcomes = _each(pool, partial(_shoot, spans), shots(channels, runs, seed), "random kills")
    rows: dict[tuple[str, ...], Totals] = {
        (kind,): totals(o for o in outcomes if o.scene.kind == kind) for kind in channels
    }
    rows["all",] = every_run = totals(outcomes)
    _say(table(("channel",), rows))
    _say(f"{every_run.runs} runs in {time.monotonic() - start:.0f} s")
    _complain(outcomes)
    enough = every_run.in_flight >= IN_FLIGHT * every_run.runs
    last = {
        "channels": len(channels),
        "kinds": list(channels),
        "seed": seed,
        **{name: getattr(every_run, name) for name in Totals.__dataclass_fields__},
        "controls": controls,
        "controls_red": red,
    }
    _say(json.dumps(last))
    return int(not (every_run.good and enough and red == controls))


def _controls(pool: Pool, channels: tuple[str, ...]) -> tuple[int, int]:
    """Run every control on every channel it says something of; how many there are, and are red."""
    choices = [(place, kind) for place in range(len(CONTROLS)) for kind in channels]
    verdicts = dict(zip(choices, pool.starmap(_control, choices), strict=True))
    controls, red = 0, 0
    for place, control in enumerate(CONTROLS):
        said = {kind: verdicts[place, kind] for kind in channels}
        found = {kind: verdict for kind, verdict in said.items() if verdict is not None}
        if not found:
            _say(f"control {control.name:<18} says nothing of these channels")
            continue
        is_red = all(verdict.duplicates or verdict.lost for verdict in found.values())
        controls, red = controls + 1, red + is_red
        _say(f"control {control.name:<18} {'red' if is_red else 'GREEN':<6}{_told(found)}")
    return controls, red


def _told(found: Mapping[str, Verdict]) -> str:
    return ", ".join(f"{kind}: {v.duplicates} double, {v.lost} lost" for kind, v in found.items())


def _complain(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.verdict.good:
            _say(f"RED {outcome}")


def _each(pool: Pool, work: Callable[[Any], T], things: list[Any], what: str) -> list[T]:
    """The work done on every thing, with a count for people who watch."""
    done = []
    for result in pool.imap_unordered(work, things):
        done.append(result)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{what}: {len(done)} of {len(things)} ")
    return done


@contextmanager
def _workers() -> Iterator[Pool]:
    """Processes that play scenes, each before a witness of its own."""
    context = multiprocessing.get_context("fork")
    with ExitStack() as stack:
        where = stack.enter_context(home())
        free = context.SimpleQueue()
        for number in range(WORKERS):
            folder = where / str(number)
            free.put((stack.enter_context(running(folder / "witness")), folder))
        yield stack.enter_context(context.Pool(WORKERS, _begin, (free,)))


def _begin(free: "multiprocessing.SimpleQueue[tuple[Witness, Path]]") -> None:
    _here.append(free.get())
    warm(*_here[0])


def _play(scene: Scene) -> Outcome:
    witness, where = _here[0]
    try:
        return play(witness, scene, where)
    except AssertionError as error:
        verdict = Verdict(duplicates=0, lost=0, unknown=0, problems=(str(error),))
        return Outcome(scene=scene, verdict=verdict, in_flight=False, killed=0)


def _shoot(spans: Spans, shot: Shot) -> Outcome:
    return _play(shot.scene(spans))


def _measure(kind: str, mode: str) -> float:
    witness, where = _here[0]
    return measure(witness, kind, mode, where)


def _control(place: int, kind: str) -> Verdict | None:
    """The verdict on a broken rule; None where the rule does not matter on this network."""
    witness, where = _here[0]
    if not CONTROLS[place].applies(make(witness, kind, where)):
        return None
    return CONTROLS[place].run(witness, kind, where)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    suites = parser.add_subparsers(dest="suite", required=True)
    points = suites.add_parser("points", help="every fault point x mode x channel")
    shooting = suites.add_parser("random", help="kills at random milliseconds")
    for suite in (points, shooting):
        suite.add_argument("--channel", choices=kinds(), help="only this one")
    shooting.add_argument("-n", "--runs", type=int, default=1000, help="per channel")
    shooting.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
