"""Renders many bodies in child processes that can be killed, each body once per content.

A hostile text can keep a regular expression busy for years, and nothing inside the process can
stop it. The child is an interpreter of its own; it dies by the kernel's timer.
"""

import hashlib
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache as once
from importlib.metadata import version
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import Empty, SimpleQueue

MEMORY = 1 << 30
PATIENCE = 20

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_WORTH_A_CHILD = 40_000


@once
def renderer_version() -> str:
    """A hash of everything but the body that rendered HTML depends on."""
    digest = hashlib.sha256()
    for name in ("Markdown", "Pygments", "nh3", "pymdown-extensions"):
        digest.update(f"{name} {version(name)}\n".encode())
    for name in ("commonmark.py", "render.py", "shortcodes.py"):
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def body_key(body: str) -> str:
    """The name that a rendered body is kept under."""
    text = f"{renderer_version()}\n{body}".encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()


def render_many(
    bodies: Mapping[str, str], *, deadline: float = 2.0, cache: Path | None = None
) -> dict[str, str | None]:
    """The HTML of each body by the same key; None for what cannot be rendered.

    `deadline` is seconds of processor time for one body. `cache` is a folder of our own that
    keeps what was rendered, and which bodies were too slow.
    """
    keys = {name: body_key(body) for name, body in bodies.items()}
    wanted = {keys[name]: body for name, body in bodies.items()}
    done = {key: html for key in wanted if (html := _kept(cache, key)) is not _MISSING}
    todo = {key: body for key, body in wanted.items() if key not in done}
    if todo:
        done |= _render(todo, deadline, cache)
    return {name: _text(done[key]) for name, key in keys.items()}


_MISSING = object()


def _text(html: object) -> str | None:
    return html if isinstance(html, str) else None


def _kept(cache: Path | None, key: str) -> object:
    if cache is None:
        return _MISSING
    try:
        return (cache / f"{key}.html").read_text("utf-8")
    except OSError:
        return None if (cache / f"{key}.slow").exists() else _MISSING


def _keep(cache: Path | None, key: str, html: str | None, *, slow: bool) -> None:
    if cache is None or (html is None and not slow):
        return
    path = cache / (f"{key}.slow" if html is None else f"{key}.html")
    partial = cache / f".{key}"
    partial.write_text(html or "", "utf-8", newline="")
    partial.replace(path)


def _render(todo: Mapping[str, str], deadline: float, cache: Path | None) -> dict[str, object]:
    """Two children where the work is worth the start of a second one."""
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    queue: SimpleQueue[tuple[str, str]] = SimpleQueue()
    for item in todo.items():
        queue.put(item)
    many = len(todo) > 1 and sum(map(len, todo.values())) > _WORTH_A_CHILD
    done: dict[str, object] = {}
    with ThreadPoolExecutor(max_workers=2 if many else 1) as threads:
        jobs = [threads.submit(_drain, queue, deadline, cache, done) for _ in range(1 + many)]
    for job in jobs:
        job.result()
    return done


def _drain(
    queue: SimpleQueue[tuple[str, str]],
    deadline: float,
    cache: Path | None,
    done: dict[str, object],
) -> None:
    child = _Child(deadline)
    try:
        while True:
            key, body = queue.get_nowait()
            html = child.render(body)
            done[key] = html
            _keep(cache, key, html, slow=child.slow)
            if child.gone:
                child.close()
                child = _Child(deadline)
    except Empty:
        return
    finally:
        child.close()


class _Child:
    """One process that renders. Once `gone` it answers no more; `slow` means by its timer."""

    def __init__(self, deadline: float) -> None:
        self._patience = PATIENCE + deadline * 10
        self._pipe, theirs = Pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(theirs.fileno()), str(deadline)],
            cwd=_ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        self.gone = False
        self.slow = False

    def render(self, body: str) -> str | None:
        try:
            self._pipe.send_bytes(body.encode("utf-8", "replace"))
            if self._pipe.poll(self._patience):
                return self._pipe.recv_bytes().decode()
            self._process.kill()
        except (EOFError, OSError):
            pass
        self.gone = True
        self.slow = self._process.wait() == -signal.SIGPROF
        return None

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()


def serve(connection: Connection, deadline: float) -> None:
    """Answer each body with its HTML until nobody asks. Whatever goes wrong ends the process."""
    from outreach.site.render import render

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            body = connection.recv_bytes().decode()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, deadline)
        html = render(body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send_bytes(html.encode("utf-8", "replace"))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
