"""Bluesky's network on this machine: by itself, and gone at the end."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ..sandbox.running import Sandbox
from ..wait import until
from . import bluesky

LISTENS, LOOPBACK = "0A", "0100007F"


def test_where_it_is_missing_the_word_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "missing", lambda: True)
    with pytest.raises(pytest.skip.Exception, match="make servers"), bluesky.network():
        raise AssertionError("a network without its packages")


def test_another_lock_is_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = bluesky.cache()
    assert before.parent == tmp_path / "outreach-servers"
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(bluesky, "PINNED", tmp_path)
    assert bluesky.cache() != before


def test_the_lock_names_no_host_of_a_package() -> None:
    lock = (bluesky.PINNED / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock


def test_it_listens_on_loopback_and_is_gone_at_the_end() -> None:
    """Also where the tests fail: no process, no folder."""
    others = children()
    with pytest.raises(ZeroDivisionError), bluesky.network() as url:
        assert Sandbox(url=url).call("GET", "/xrpc/_health", token="").ok
        processes = {pid: name for pid, name in children().items() if pid not in others}
        assert set(processes.values()) == {"node", "redis-server"}
        addresses = {address for process in processes for address in listening(process)}
        assert addresses == {LOOPBACK}
        folder = Path(next(filter(None, map(temporary, processes))))
        assert folder.is_dir()
        raise ZeroDivisionError
    assert not folder.exists()
    until(lambda: not processes.keys() & children().keys(), what="the end of the network")


def children() -> dict[int, str]:
    """Our own processes and what they are."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): comm for pid, stat, comm in rows if comm != "ps" and not stat.startswith("Z")}


def temporary(process: int) -> str:
    """The folder for its files that a process was given."""
    given = Path(f"/proc/{process}/environ").read_text().split("\0")
    return next((each[7:] for each in given if each.startswith("TMPDIR=")), "")


def listening(process: int) -> Iterator[str]:
    """The addresses on which a process waits for callers, as the kernel writes them."""
    links = set[str]()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links.add(str(link.readlink()))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENS and f"socket:[{inode}]" in links:
                yield local.partition(":")[0]
