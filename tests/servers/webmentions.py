"""webmentions (PyPI), a library that sends and receives, on a small site of its own.

The file `webmentions.txt` pins every package by its hash; they live in an environment of their own,
in a cache that outlives a checkout.
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

MISSING = "no webmentions on this machine; to get it: make servers"
HERE = Path(__file__).parent
PINNED = HERE / "webmentions.txt"
_PACKAGES = Packages(PINNED)
missing, install, cache = _PACKAGES.missing, _PACKAGES.install, _PACKAGES.cache
STARTING = 30.0


@contextmanager
def server() -> Iterator[str]:
    """The URL of a new site without pages."""
    if missing():
        pytest.skip(MISSING)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    python = [str(cache() / "bin" / "python"), "-P"]  # this file has the name of the package
    command = [*python, str(HERE / "_webmentions_site.py"), str(port)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=said, stderr=said) as process,
    ):
        try:
            until(lambda: answers(url), STARTING, "webmentions")
            yield url
        finally:
            process.kill()


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return requests.get(f"{url}/page/none", timeout=5).status_code == 404
    except requests.ConnectionError:
        return False
