"""`python -m bench.site --posts 1000`: a table, and as the last line one JSON object."""

import argparse
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.site import builders, content, live
from bench.site.builders import Builder
from bench.site.runs import Run, Runs, middle, rounds

MANY = 2000
"""Above so many posts each builder runs once, and only those that the figures need."""


def main() -> None:
    """Install the peers, let all build in turn, and say how they did."""
    asked = argparse.ArgumentParser(prog="bench.site")
    asked.add_argument("--posts", type=int, default=1000)
    asked.add_argument("--folder", type=Path, default=Path(".bench"))
    asked.add_argument("--rounds", type=int)
    given = asked.parse_args()
    work = (given.folder / "work").absolute()
    shutil.rmtree(work, ignore_errors=True)
    posts = list(content.posts(given.posts))
    is_many = given.posts > MANY
    found = _builders(work, (given.folder / "peers").absolute(), all_of_them=not is_many)
    for builder in found:
        builder.lay(posts)
    runs = rounds(found, posts, given.rounds or (1 if is_many else 3))
    _print(runs, given.posts)
    ours, hugo = runs["outreach"], runs["Hugo"]
    saved = live.save_to_live(work / "live", posts)
    print(f"In the running daemon, from a save to the live page: {saved:.0f} ms")  # noqa: T201
    figures = {
        "edit_wall_hugo": _times(hugo.edit, ours.edit, _wall),
        "edit_cpu_hugo": _times(hugo.edit, ours.edit, _cpu),
        "nochange_wall_hugo": _times(hugo.same, ours.same, _wall),
        "cold_wall_hugo": _times(hugo.cold, ours.cold, _wall),
        "cold_wall_pelican": _times(runs["Pelican"].cold, ours.cold, _wall),
        "memory_hugo": round(middle(ours.edit, _memory) / middle(hugo.edit, _memory), 3),
        "daemon_save_to_live_ms": round(saved),
        "posts": given.posts,
    }
    print(json.dumps(figures))  # noqa: T201


def _builders(work: Path, peers: Path, *, all_of_them: bool) -> list[Builder]:
    """Ours, and the peers that can be had here."""
    makers: list[Callable[[Path, Path], Builder]] = [builders.hugo, builders.pelican]
    if all_of_them:
        makers += [builders.eleventy, builders.jekyll, builders.nikola]
    found = [builders.outreach(work / "outreach")]
    for make in makers:
        try:
            found.append(make(work / make.__name__, peers))
        except (subprocess.CalledProcessError, OSError) as error:
            if make in (builders.hugo, builders.pelican):
                raise
            print(f"{make.__name__} cannot be had here: {error}")  # noqa: T201
    return found


def _print(runs: dict[str, Runs], number: int) -> None:
    print(f"{number} posts; seconds, median of a whole process")  # noqa: T201
    print("| builder | cold | nothing new | one edited | CPU of that | memory |")  # noqa: T201
    print("| --- | ---: | ---: | ---: | ---: | ---: |")  # noqa: T201
    for name, it in runs.items():
        walls = (middle(of, _wall) for of in (it.cold, it.same, it.edit))
        cells = [f"{wall:.2f}" for wall in walls]
        cells += [f"{middle(it.edit, _cpu):.2f}", f"{middle(it.edit, _memory):.0f} MB"]
        print(f"| {name} | {' | '.join(cells)} |")  # noqa: T201


def _times(theirs: Sequence[Run], ours: Sequence[Run], of: Callable[[Run], float]) -> float:
    """How many times faster ours is."""
    return round(middle(theirs, of) / middle(ours, of), 2)


def _wall(run: Run) -> float:
    return run.wall


def _cpu(run: Run) -> float:
    return run.cpu


def _memory(run: Run) -> float:
    return run.memory


if __name__ == "__main__":
    main()
