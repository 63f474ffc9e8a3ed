"""The site on another machine, by rsync through OpenSSH."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.deploy import Target, module
from outreach.model.errors import Unavailable

from ..deploy import killing
from ..deploy.trees import FIRST, SECOND, built, carry, for_others, found, means
from . import ssh
from .ssh import Ssh


@pytest.fixture(scope="module")
def server() -> Iterator[Ssh]:
    with ssh.server() as running:
        yield running


def target(server: Ssh, there: Path, tmp_path: Path) -> Target:
    rsync = module("rsync")
    settings = rsync.Settings.model_validate(
        {
            "kind": "rsync",
            "to": f"{server.user}@127.0.0.1:{there}",
            "port": server.port,
            "identity": str(server.identity),
            "known_hosts": str(server.known_hosts),
        }
    )
    return rsync.open(settings, means(tmp_path))


def test_a_site_is_carried_and_then_what_changed(server: Ssh, tmp_path: Path) -> None:
    there, record = tmp_path / "var www; touch $HOME", tmp_path / "deployed.json"
    way = target(server, there, tmp_path)
    assert carry(way, record, *built(tmp_path / "a", FIRST)) == len(for_others(FIRST))
    assert found(there) == for_others(FIRST)
    (there / "theirs.txt").write_text("not ours")
    kept = (there / "atom.xml").stat().st_ino
    assert carry(way, record, *built(tmp_path / "b", SECOND)) == 6
    assert found(there) == {**SECOND, "theirs.txt": b"not ours"}
    assert not (there / "tags").exists(), "empty folders are gone too"
    assert (there / "atom.xml").stat().st_ino == kept


def test_after_a_kill_the_next_one_is_right(server: Ssh, tmp_path: Path) -> None:
    there, record = tmp_path / "www", tmp_path / "r"
    way = target(server, there, tmp_path)
    first, second = built(tmp_path / "a", FIRST), built(tmp_path / "b", SECOND)
    carry(way, record, *second)
    killing.while_runs(b"rsync", way, record, *first)
    killing.then(way, record, *second)
    assert found(there) == dict(SECOND)
    killing.after_paths(1, way, record, *first)
    killing.then(way, record, *second)
    assert found(there) == dict(SECOND)


def test_files_can_be_read_by_a_web_server(server: Ssh, tmp_path: Path) -> None:
    tree, keys = built(tmp_path / "a", {"index.html": b"<h1>Home</h1>"})
    (tree / "index.html").chmod(0o600)
    carry(target(server, tmp_path / "www", tmp_path), tmp_path / "r", tree, keys)
    assert (tmp_path / "www" / "index.html").stat().st_mode & 0o777 == 0o644


def test_a_machine_whose_key_is_not_known_is_not_talked_to(server: Ssh, tmp_path: Path) -> None:
    stranger = tmp_path / "known_hosts"
    stranger.write_text("")
    way = target(replace(server, known_hosts=stranger), tmp_path / "www", tmp_path)
    with pytest.raises(Unavailable, match=r"Host key verification failed"):
        carry(way, tmp_path / "r", *built(tmp_path / "a", FIRST))
    assert not (tmp_path / "www").exists()
