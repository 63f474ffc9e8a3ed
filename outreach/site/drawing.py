"""Draws SVG as PNG in a process of its own: a drawing keeps an interpreter busy, and may end it."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MEMORY = 1 << 30
PATIENCE = 20.0
"""Seconds that the parent waits for one drawing before it kills the child."""

_ROOT = Path(__file__).parents[2]


class Drawing(NamedTuple):
    """An SVG, the files of its fonts, the folder of what it names ("" for none), its width in
    pixels as a PNG, and where that goes."""

    svg: str
    fonts: tuple[str, ...]
    folder: str
    width: int
    path: str


def draw(drawings: Sequence[Drawing]) -> dict[str, str]:
    """Draw each at its path, whole or not at all; what was wrong by the path of each that failed.

    A drawing that ends the child is left out, and those behind it are drawn by another.
    """
    failed: dict[str, str] = {}
    todo = list(drawings)
    while todo:
        wrong = _run(todo)
        done = 0
        while done < len(todo) and Path(todo[done].path).exists():
            done += 1
        todo = todo[done:]
        if todo:
            failed[todo.pop(0).path] = wrong or "it cannot be drawn"
    return failed


def _run(drawings: Sequence[Drawing]) -> str:
    """Have a child draw; gives back what ended it before it was through."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            input=json.dumps(drawings),
            capture_output=True,
            text=True,
            timeout=PATIENCE * len(drawings),
        )
    except subprocess.TimeoutExpired:
        return "it takes too long"
    return done.stderr.strip().rpartition("\n")[2]


def serve(drawings: Sequence[Drawing]) -> None:
    """Draw each in its turn; whatever goes wrong ends the process."""
    import resvg_py

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(10)
    for it in drawings:
        png = resvg_py.svg_to_bytes(
            svg_string=it.svg,
            width=it.width,
            skip_system_fonts=True,
            font_files=list(it.fonts),
            resources_dir=it.folder or None,
        )
        new = Path(f"{it.path}.{os.getpid()}")
        new.write_bytes(bytes(png))
        new.replace(it.path)


if __name__ == "__main__":
    serve([Drawing(*row) for row in json.load(sys.stdin)])
