"""From the save of one text among many to the page that has it, as a browser would load it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

POSTS, SAVES = 1000, 7
CONFIG = "site: {title: Bench, url: 'https://bench.example', author: Ada Moreau}\n"
POST = "---\ntitle: Part {number}\ndate: 2026-01-{day:02}\ntags: [bench]\n---\n{body}\n"
BODY = "## A chapter\n\nA paragraph with `code`, **words** and [a link](post-1.md).\n\n" * 8


def run() -> dict[str, object]:
    """The median in milliseconds: the save, the event, and the whole page."""
    with TemporaryDirectory() as name:
        root = Path(name)
        (root / "posts").mkdir()
        (root / "config.yaml").write_text(CONFIG)
        for number in range(POSTS):
            _save(root, number, BODY)
        with _preview(root) as port:
            took = [_saved(root, port, f"Saved {number} times.") for number in range(SAVES)]
    return {"bench": "preview", "posts": POSTS, "save_to_page_ms": round(median(took) * 1000)}


def _save(root: Path, number: int, body: str) -> None:
    text = POST.format(number=number, day=number % 28 + 1, body=body)
    (root / "posts" / f"post-{number}.md").write_text(text)


@contextmanager
def _preview(root: Path) -> Iterator[int]:
    """A preview that shows the folder, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "outreach", "preview", str(root)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--listen", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL
    )
    try:
        while "A chapter" not in _page(port):
            time.sleep(0.1)
        yield port
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait()


def _saved(root: Path, port: int, words: str) -> float:
    """The seconds until a page has these words."""
    changes = http.client.HTTPConnection("127.0.0.1", port)
    changes.request("GET", "/_preview/changes")
    events = changes.getresponse()
    _event(events)
    start = time.perf_counter()
    _save(root, POSTS // 2, f"{BODY}{words}\n")
    while words not in _page(port):
        _event(events)
    took = time.perf_counter() - start
    changes.close()
    return took


def _event(answer: http.client.HTTPResponse) -> None:
    while (line := answer.readline()) and not line.startswith(b"data: "):
        pass


def _page(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", f"/post-{POSTS // 2}/")
        return connection.getresponse().read().decode()
    except ConnectionRefusedError:
        return ""
    finally:
        connection.close()
