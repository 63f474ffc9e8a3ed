"""From a save in the folder to the page that a reader gets, while the daemon runs."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.site.builders import outreach
from bench.site.content import Post

SAVES = 7
START = 1800.0

_CONFIG = """\
site:
  title: Bench
  url: http://127.0.0.1:{site}
  listen: 127.0.0.1:{site}
  author: Ada Moreau
  cards: false
publish: {{quiet_period: 0s}}
inbox: {{listen: "127.0.0.1:{inbox}"}}
sandbox: {{listen: "127.0.0.1:{sandbox}", residents: false}}
"""


def save_to_live(folder: Path, posts: Sequence[Post]) -> float:
    """The median in milliseconds of a few saves, after one that nobody counts."""
    builder = outreach(folder)
    builder.lay(posts)
    site, inbox, sandbox = _ports(3)
    config = _CONFIG.format(site=site, inbox=inbox, sandbox=sandbox)
    (folder / "config.yaml").write_text(config)
    post = posts[len(posts) // 2]
    url = f"http://127.0.0.1:{site}/{post.name}/"
    program = Path(sys.executable).with_name("outreach")
    daemon = subprocess.Popen(  # noqa: S603
        [program, "run", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(url, post.title, START)
        taken = [_save(builder.post(post), builder.text(post), url, it) for it in range(SAVES + 1)]
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()
    return median(taken[1:]) * 1000


def _save(path: Path, text: str, url: str, number: int) -> float:
    """Save as an editor does, beside and by a rename; seconds until the page has it."""
    time.sleep(2.5)
    word = f"Saved{number}x{time.time_ns()}"
    new = path.with_name(f".{path.name}.new")
    new.write_text(f"{text}\n{word}\n")
    start = time.perf_counter()
    new.replace(path)
    _wait(url, word, 60.0)
    return time.perf_counter() - start


def _wait(url: str, word: str, longest: float) -> None:
    """Ask until the page has the word. Raises TimeoutError."""
    end = time.perf_counter() + longest
    while time.perf_counter() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                if word.encode() in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        time.sleep(0.002)
    raise TimeoutError(f"{url} has no {word!r} after {longest:g} s")


def _ports(number: int) -> list[int]:
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [it.getsockname()[1] for it in found]
    for it in found:
        it.close()
    return ports
