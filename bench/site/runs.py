"""A command as a whole process: how long it takes, what it costs."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.site.builders import Builder
from bench.site.content import Post


@dataclass(frozen=True)
class Run:
    """Seconds on the wall and of processor, and the peak of memory in MB of its largest process."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Runs:
    """The runs of one builder: of everything, of nothing new, and of one post that was edited."""

    cold: list[Run]
    same: list[Run]
    edit: list[Run]


def middle(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The median of a figure."""
    return median(map(of, runs))


def run(command: Sequence[str | Path], folder: Path) -> Run:
    """Run a command to its end. Raises OSError where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise OSError(f"{command[0]} ended with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def rounds(builders: Sequence[Builder], posts: Sequence[Post], times: int) -> dict[str, Runs]:
    """Every builder in turn, so that a busy moment of the machine meets all of them.

    The first two, ours and Hugo, are let build `times`, and the others once.
    """
    found = {builder.name: Runs([], [], []) for builder in builders}
    edited = posts[-10]
    for number in range(times):
        builders = builders if number == 0 else builders[:2]
        for builder in builders:
            builder.forget()
            os.sync()
            found[builder.name].cold.append(run(builder.command, builder.folder))
        for builder in builders:
            found[builder.name].same.append(run(builder.command, builder.folder))
        for _edit in range(2):
            for builder in builders:
                with builder.post(edited).open("a") as file:
                    file.write(f"\nEdited once more, {time.time_ns()}.\n")
                found[builder.name].edit.append(run(builder.command, builder.folder))
                os.sync()
    return found
