"""A PostgreSQL of this machine, started in a folder of its own and thrown away at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from . import _debian as debian

MISSING = "no PostgreSQL on this machine; to get it: make servers"
DEBIAN = Path("/usr/lib/postgresql")
USERS = ("postgres", "nobody")

INITDB = (
    "--username outreach --auth trust --no-sync --encoding UTF8"
    " --locale C.UTF-8 --locale-provider icu --icu-locale en-US"
)
"""It sorts as people do, as many do: text of ours has to sort by its bytes all the same."""

FAST = "fsync=off synchronous_commit=off full_page_writes=off autovacuum=off shared_buffers=16MB"


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of a new, empty server, which listens on a socket in its folder and nowhere else.

    PostgreSQL refuses to run as root: then it runs as another user, who owns the folder.
    """
    binaries = find()
    if binaries is None:
        pytest.skip(MISSING)
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="outreach-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    settings = " ".join(f"-c {setting}" for setting in FAST.split())
    start = f"-k {folder} -c listen_addresses='' {settings}"
    pg_ctl = [str(binaries / "pg_ctl"), "--pgdata", str(data), "--wait"]
    try:
        _run(folder, user, str(binaries / "initdb"), "--pgdata", str(data), *INITDB.split())
        _run(folder, user, *pg_ctl, "--log", str(folder / "log"), "--options", start, "start")
        yield f"postgresql://outreach@/postgres?host={quote(str(folder), safe='')}"
    finally:
        if (data / "postmaster.pid").exists():
            _run(folder, user, *pg_ctl, "--mode", "immediate", "stop")
        shutil.rmtree(folder)


def missing() -> bool:
    """Whether it has to be installed first."""
    return find() is None


def install() -> None:
    """From Debian's packages."""
    debian.install("postgresql")


def find(path: str | None = None, packages: Path = DEBIAN) -> Path | None:
    """The folder of `initdb` and `pg_ctl`: from the PATH, or the newest of Debian's packages."""
    found = shutil.which("initdb", path=path)
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(packages.glob("*/bin"), key=lambda folder: int(folder.parent.name))[::-1]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def _user() -> str | None:
    """Who runs it: ourselves (None), or for root the first of USERS that exists."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in USERS if user in known)


def _run(folder: Path, user: str | None, *command: str) -> None:
    """One command in the folder, as that user; what it says goes to a file, for a failure."""
    said = folder / "said"
    with said.open("a") as file:
        done = subprocess.run(
            command,
            cwd=folder,
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            timeout=60,
        )
    log = folder / "log"
    assert done.returncode == 0, said.read_text() + (log.read_text() if log.exists() else "")
