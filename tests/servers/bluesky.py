"""Bluesky's own network on this machine: PLC, PDS and AppView, thrown away at the end.

They are npm's `@atproto/dev-env` with PostgreSQL and Redis. The folder `bluesky/` beside this file
pins every package by its hash; they are installed into a cache that outlives a checkout.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..ports import free_port
from ..wait import until
from . import _debian as debian
from . import postgres

MISSING = "no Bluesky on this machine; to get it: make servers"
PINNED = Path(__file__).parent / "bluesky"
COMMANDS = ("redis-server", "npm", "g++", "make")
"""What has to be on the PATH; Debian's packages have the same names."""

STARTING = 240.0


@contextmanager
def network() -> Iterator[str]:
    """The URL of a PDS whose posts an AppView reads; handles end in `.test`."""
    if missing():
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="outreach-bluesky-") as name:
        folder = Path(name)
        with (
            postgres.cluster() as database,
            _redis(folder) as redis,
            _network(folder, database, redis) as url,
        ):
            yield url


def missing() -> bool:
    """Whether anything of it has to be installed first."""
    there = (cache() / "installed").exists() and shutil.which("redis-server")
    return not there or postgres.find() is None


def install() -> None:
    """From Debian's and npm's packages, each where it is missing."""
    if postgres.missing():
        postgres.install()
    if wanted := [name for name in COMMANDS if shutil.which(name) is None]:
        debian.install(*wanted)
    folder = cache()
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(PINNED / file, folder)
        _npm(folder, "ci", "--ignore-scripts")
        _npm(folder, "rebuild", "better-sqlite3")
        (folder / "installed").touch()


def cache() -> Path:
    """Where npm's packages are kept: one folder for each state of the lock."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lock = hashlib.sha256((PINNED / "package-lock.json").read_bytes()).hexdigest()
    return home / "outreach-servers" / f"bluesky-{lock[:12]}"


def _npm(folder: Path, *arguments: str) -> None:
    """One command of npm, with the pinned node and its headers: SQLite's module is compiled."""
    node = _node(folder)
    environ = {
        **os.environ,
        "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "npm_config_nodedir": str(node),
        "npm_config_python": sys.executable,
        "npm_config_build_from_source": "true",
        "npm_config_jobs": "max",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
    }
    command = ["npm", *arguments]
    subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=True)


def _node(folder: Path) -> Path:
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return folder / "node_modules" / f"node-linux-{machine}"


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Redis, which keeps nothing on the disk."""
    address = f"127.0.0.1:{(port := free_port())}"
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with _process(folder, "redis", {}, "redis-server", *options, "--dir", str(folder)):
        yield address


@contextmanager
def _network(folder: Path, database: str, redis: str) -> Iterator[str]:
    """PLC, PDS and AppView in one process of node, which puts its files into the folder."""
    settings = {
        "DB_POSTGRES_URL": database,
        "DB_POSTGRES_SCHEMA": "outreach",
        "REDIS_HOST": redis,
        "NODE_ENV": "test",
        "LOG_ENABLED": "false",
        "TMPDIR": str(folder),
    }
    ready = folder / "ready"
    command = [str(_node(cache()) / "bin" / "node"), str(PINNED / "network.mjs"), str(ready)]
    with _process(folder, "network", settings, *command) as process:
        until(lambda: ready.exists() or process.poll() is not None, STARTING, "Bluesky's start")
        assert process.poll() is None, (folder / "network.log").read_text()
        yield ready.read_text()


@contextmanager
def _process(
    folder: Path, name: str, settings: dict[str, str], *command: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is gone at the end; what it says goes to a file, for a failure.

    Its stdin is ours to end, so that one who reads it ends with us.
    """
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=cache(),
            env={"PATH": os.environ["PATH"], **settings},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
