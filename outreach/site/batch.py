"""Renders many bodies in child processes that can be killed, each body once per content.

A hostile text can keep a regular expression busy for years, and nothing inside the process can
stop it. The child is an interpreter of its own; it dies by the kernel's timer.
"""

import hashlib
import json
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
from typing import NamedTuple

MEMORY = 1 << 30
PATIENCE = 20

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_WORTH_A_CHILD = 40_000


class Text(NamedTuple):
    """A rendered body and what it tells about itself.

    `key` is the name that it is kept under. `opening` is the text of its first paragraph, `words`
    how many it has. `images` and `links` are the relative addresses that it names, as written.
    """

    key: str
    html: str
    opening: str
    words: int
    images: tuple[str, ...]
    links: tuple[str, ...]


@once
def renderer_version() -> str:
    """A hash of everything but the body that rendered HTML depends on."""
    digest = hashlib.sha256()
    for name in ("Markdown", "Pygments", "nh3", "pymdown-extensions"):
        digest.update(f"{name} {version(name)}\n".encode())
    for name in ("batch.py", "commonmark.py", "render.py", "shortcodes.py"):
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def body_key(body: str) -> str:
    """The name that a rendered body is kept under."""
    text = f"{renderer_version()}\n{body}".encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()


def render_many(
    bodies: Mapping[str, str], *, deadline: float = 2.0, cache: Path | None = None
) -> dict[str, Text | None]:
    """The text of each body by the same name; None for what cannot be rendered.

    `deadline` is seconds of processor time for one body. `cache` is a folder of our own that
    keeps what was rendered, and which bodies were too slow.
    """
    keys = {name: body_key(body) for name, body in bodies.items()}
    wanted = {keys[name]: body for name, body in bodies.items()}
    done = {key: text for key in wanted if (text := _kept(cache, key)) is not _MISSING}
    todo = {key: body for key, body in wanted.items() if key not in done}
    if todo:
        done |= _render(todo, deadline, cache)
    return {name: _text(done[key]) for name, key in keys.items()}


def html_of(cache: Path, key: str) -> str:
    """The HTML that is kept under this name. Raises OSError where there is none."""
    return _parsed(key, (cache / f"{key}.json").read_bytes()).html


_MISSING = object()


def _text(found: object) -> Text | None:
    return found if isinstance(found, Text) else None


def _parsed(key: str, data: bytes) -> Text:
    html, opening, words, images, links = json.loads(data)
    return Text(key, html, opening, words, tuple(images), tuple(links))


def _kept(cache: Path | None, key: str) -> object:
    if cache is None:
        return _MISSING
    try:
        return _parsed(key, (cache / f"{key}.json").read_bytes())
    except (OSError, ValueError):
        return None if (cache / f"{key}.slow").exists() else _MISSING


def _keep(cache: Path | None, key: str, found: bytes | None, *, slow: bool) -> None:
    if cache is None or (found is None and not slow):
        return
    path = cache / (f"{key}.slow" if found is None else f"{key}.json")
    partial = cache / f".{key}"
    partial.write_bytes(found or b"")
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
            found = child.render(body)
            done[key] = None if found is None else _parsed(key, found)
            _keep(cache, key, found, slow=child.slow)
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

    def render(self, body: str) -> bytes | None:
        try:
            self._pipe.send_bytes(body.encode("utf-8", "replace"))
            if self._pipe.poll(self._patience):
                return self._pipe.recv_bytes()
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
    """Answer each body with its text until nobody asks. Whatever goes wrong ends the process."""
    from outreach.site.characters import clean
    from outreach.site.render import first_paragraph, relative, render, words

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            body = connection.recv_bytes().decode()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, deadline)
        html = clean(render(body).encode("utf-8", "replace").decode())
        found = (html, first_paragraph(html), words(html), *relative(html))
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send_bytes(json.dumps(found, ensure_ascii=False).encode())


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
