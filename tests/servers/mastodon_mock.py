"""mastodon_mock (PyPI), a server that keeps Mastodon's rules closer than it keeps its looks.

It counts links in full where Mastodon counts 23. The file `mastodon_mock.txt` pins every package by
its hash; they live in an environment of their own, in a cache that outlives a checkout.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ..ports import free_port
from ..wait import until
from ._pypi import Packages

MISSING = "no mastodon_mock on this machine; to get it: make servers"
PINNED = Path(__file__).parent / "mastodon_mock.txt"
_PACKAGES = Packages(PINNED)
missing, install, cache = _PACKAGES.missing, _PACKAGES.install, _PACKAGES.cache
US, THEM = "grace_token", "ada_token"
"""The tokens of two accounts of its demonstration."""

STARTING = 60.0
CONFIGURED = "[auth]\nenforce_scopes = true\n"


@contextmanager
def server() -> Iterator[str]:
    """The URL of a new server with a few accounts in it."""
    if missing():
        pytest.skip(MISSING)
    url = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="outreach-mastodon-mock-") as name:
        configuration, log = Path(name) / "config.toml", Path(name) / "log"
        configuration.write_text(CONFIGURED)
        command = [str(cache() / "bin" / "mastodon_mock"), "serve", "--demo", "--in-memory"]
        command += ["--config", str(configuration), "--host", "127.0.0.1"]
        command += ["--port", url.split(":")[2]]
        with (
            log.open("wb") as said,
            subprocess.Popen(command, stdout=said, stderr=said, cwd=name) as process,
        ):
            try:
                until(lambda: answers(url), STARTING, "mastodon_mock")
                yield url
            finally:
                process.kill()


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return requests.get(f"{url}/api/v2/instance", timeout=5).ok
    except requests.ConnectionError:
        return False
