"""webmentions (PyPI), a library that sends and receives, on a small site of its own.

The file `webmentions.txt` pins every package by its hash; they live in an environment of their own,
in a cache that outlives a checkout.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ..ports import free_port
from ..wait import until

MISSING = "no webmentions on this machine; to get it: make servers"
HERE = Path(__file__).parent
PINNED = HERE / "webmentions.txt"
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


def missing() -> bool:
    """Whether it has to be installed first."""
    return not (cache() / "installed").exists()


def install() -> None:
    """From PyPI."""
    folder = cache()
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "-r", str(PINNED)], stdin=subprocess.DEVNULL, check=True)
    (folder / "installed").touch()


def cache() -> Path:
    """Where it is kept: one folder for each state of the pinned packages and each Python."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    state = hashlib.sha256(PINNED.read_bytes() + sys.version.encode()).hexdigest()
    return home / "outreach-servers" / f"webmentions-{state[:12]}"


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return requests.get(f"{url}/page/none", timeout=5).status_code == 404
    except requests.ConnectionError:
        return False
