"""An export is a zip, a folder or a file, and none of them may reach out of itself."""

import stat
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from outreach.model.errors import Refused
from outreach.site.sources import _export

from .exports import written, zipped


def test_a_folder_a_zip_and_a_file_are_read_alike(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"posts/a.html": "a", "b.txt": "b", ".git/c": "c"}
    folder = _export.opened(written(tmp_path / "folder", files))
    archive = _export.opened(zipped(tmp_path / "a.zip", files))
    assert {name: _export.data(file) for name, file in folder.items()} == archive
    assert archive == {"posts/a.html": b"a", "b.txt": b"b"}
    assert list(_export.opened(tmp_path / "folder" / "b.txt")) == ["b.txt"]


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\..\\b", "C:/a"])
def test_a_zip_whose_files_would_leave_it_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="lies outside of it"):
        _export.opened(zipped(tmp_path / "a.zip", {name: "x"}))


def test_a_link_in_a_zip_or_folder_is_not_followed(tmp_path: Path) -> None:
    link = ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    folder = written(tmp_path / "folder", {"a": "x"})
    (folder / "link").symlink_to("/etc/passwd")
    assert _export.opened(tmp_path / "a.zip") == {}
    assert list(_export.opened(folder)) == ["a"]


def test_a_zip_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_export, "SIZE", 1000)
    with pytest.raises(Refused, match="unpack it, and give the folder"):
        _export.opened(zipped(tmp_path / "a.zip", {"a": "x" * 1001}))


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": "x" * 5000})
    data = path.read_bytes()
    path.write_bytes(data.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(Refused, match="cannot be read"):
        _export.opened(path)


def test_a_broken_zip_and_nothing_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": "x" * 50})
    path.write_bytes(path.read_bytes().replace(b"x" * 50, b"y" * 50))
    for place in (path, tmp_path / "absent"):
        with pytest.raises(Refused):
            _export.opened(place)
