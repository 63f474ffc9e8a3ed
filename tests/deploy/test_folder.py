"""The site as a folder of this machine."""

from pathlib import Path

import pytest

from outreach.deploy import folder
from outreach.deploy.folder import Folder
from outreach.model.errors import Refused

from . import killing
from .trees import FIRST, SECOND, built, carry, for_others, found, means


def target(tmp_path: Path, path: str = "../www") -> Folder:
    settings = folder.Settings.model_validate({"kind": "folder", "path": path})
    return folder.open(settings, means(tmp_path))


def test_a_site_is_carried_and_then_what_changed(tmp_path: Path) -> None:
    there, record = tmp_path / "www", tmp_path / "r"
    carry(target(tmp_path), record, *built(tmp_path / "a", FIRST))
    assert found(there) == for_others(FIRST)
    (there / "theirs.txt").write_text("not ours")
    kept = (there / "atom.xml").stat().st_ino
    assert carry(target(tmp_path), record, *built(tmp_path / "b", SECOND)) == 6
    assert found(there) == {**SECOND, "theirs.txt": b"not ours"}
    assert not (there / "tags").exists(), "empty folders are gone too"
    assert (there / "atom.xml").stat().st_ino == kept


def test_more_than_a_few_files_are_carried(tmp_path: Path) -> None:
    many = {f"{number}.html": b"x" for number in range(folder.FEW + 1)}
    carry(target(tmp_path), tmp_path / "r", *built(tmp_path / "a", many))
    assert found(tmp_path / "www") == many


def test_files_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    tree, keys = built(tmp_path / "a", {"index.html": b"<h1>Home</h1>"})
    (tree / "index.html").chmod(0o600)
    carry(target(tmp_path), tmp_path / "r", tree, keys)
    assert (tmp_path / "www" / "index.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("number", [1, 6])
def test_after_a_kill_the_next_one_is_right(tmp_path: Path, number: int) -> None:
    there, record = tmp_path / "www", tmp_path / "r"
    first, second = built(tmp_path / "a", FIRST), built(tmp_path / "b", SECOND)
    carry(target(tmp_path), record, *second)
    killing.after_paths(number, target(tmp_path), record, *first)
    killing.then(target(tmp_path), record, *second)
    assert found(there) == dict(SECOND)


def test_what_a_kill_left_half_written_is_taken_away(tmp_path: Path) -> None:
    there, record = tmp_path / "www", tmp_path / "r"
    carry(target(tmp_path), record, *built(tmp_path / "a", FIRST))
    for path in ("index.html", "2026/old/index.html"):
        file = there / path
        file.with_name(f".{file.name}.outreach").write_text("ha")
    carry(target(tmp_path), record, *built(tmp_path / "b", SECOND))
    assert found(there) == dict(SECOND)


def test_a_disk_that_is_not_mounted_is_not_written_beside(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        carry(target(tmp_path, "../mnt/disk/www"), tmp_path / "r", *built(tmp_path / "a", FIRST))
    assert not (tmp_path / "mnt").exists()


@pytest.mark.parametrize("path", [".", "..", "posts", "static/out", "/"])
def test_the_leaders_own_files_are_no_place(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused, match="choose a folder"):
        target(tmp_path, path)
