"""The throw-away PostgreSQL: where it is found, and what is said where it is not."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from ..wait import until
from . import postgres


def binaries(folder: Path) -> Path:
    """A folder with the two commands in it."""
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl"):
        (folder / name).touch(mode=0o755)
    return folder


def test_the_path_comes_first_and_then_the_newest_package(tmp_path: Path) -> None:
    debian = tmp_path / "debian"
    binaries(debian / "9" / "bin")
    newest = binaries(debian / "15" / "bin")
    mine = binaries(tmp_path / "mine")
    assert postgres.find(str(mine), debian) == mine
    assert postgres.find(str(tmp_path), debian) == newest
    assert postgres.find(str(tmp_path), tmp_path / "nothing") is None


def test_a_link_on_the_path_leads_to_the_folder_with_both(tmp_path: Path) -> None:
    package = binaries(tmp_path / "package")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "initdb").symlink_to(package / "initdb")
    assert postgres.find(str(tmp_path / "bin"), tmp_path / "nothing") == package


def test_where_it_is_missing_the_word_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find", lambda: None)
    with pytest.raises(pytest.skip.Exception, match="make servers"), postgres.cluster():
        raise AssertionError("a server without a binary")


def test_it_is_gone_at_the_end() -> None:
    """Also where the tests fail: no process, no folder."""
    with pytest.raises(ZeroDivisionError), postgres.cluster() as url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        assert row is not None
        data = Path(row[0])
        process = int((data / "postmaster.pid").read_text().split()[0])
        assert runs(process)
        raise ZeroDivisionError
    assert not data.parent.exists()
    until(lambda: not runs(process), what="the end of PostgreSQL")


def runs(process: int) -> bool:
    """Whether it is there and no zombie."""
    done = subprocess.run(["ps", "-o", "stat=", str(process)], capture_output=True, text=True)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")
