import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import cli
from outreach.model.errors import Refused

CONFIG = """\
site:
  title: Blog
  url: https://blog.example
  languages: {de: {title: Das Blog}}
  rel_me: [https://social.example/@ada]
  redirects: {/old/: /hello/}
authors:
  Ada: {bio: She writes., links: [https://ada.example/]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts/hello.md").write_text("---\ntitle: Hello\ndate: 2026-05-01\n---\n\nText.\n")
    return tmp_path


def build(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["build", str(folder), *arguments])


def test_the_site_is_built_from_the_files(folder: Path) -> None:
    done = build(folder)
    assert done.exit_code == 0
    assert done.output.startswith(f"1 pages in {folder}/.outreach/build/site (")
    assert "Text." in (folder / ".outreach/build/site/hello/index.html").read_text()


def test_the_link_can_be_elsewhere(folder: Path) -> None:
    assert build(folder, "--out", str(folder / "public")).exit_code == 0
    assert "Text." in (folder / "public/hello/index.html").read_text()


def test_a_mistake_is_said_and_counts(folder: Path) -> None:
    (folder / "posts/wrong.md").write_text("---\ntitle: Wrong\ndate: soon\n---\n")
    done = build(folder)
    assert done.exit_code == 1
    assert "posts/wrong.md:3: `date` is not a date: `soon`" in done.output
    assert "1 pages in" in done.output


def test_what_is_settled_is_kept_as_it_is(folder: Path) -> None:
    build(folder)
    first = (folder / ".outreach/build/site/hello/index.html").read_bytes()
    before = json.loads((folder / ".outreach/build/site.json").read_bytes())
    assert before["site"]["redirects"] == [["/old/", "/hello/"]]
    inode = (folder / ".outreach/build/site/hello/index.html").stat().st_ino
    build(folder)
    assert (folder / ".outreach/build/site/hello/index.html").read_bytes() == first
    assert (folder / ".outreach/build/site/hello/index.html").stat().st_ino == inode


def test_a_changed_configuration_counts_at_once(folder: Path) -> None:
    build(folder)
    (folder / "config.yaml").write_text(CONFIG.replace("title: Blog", "title: Journal"))
    build(folder)
    assert "Journal" in (folder / ".outreach/build/site/hello/index.html").read_text()


HEAVY = ("pydantic", "ruamel", "jinja2", "markdown", "nh3", "PIL", "rich", "outreach.workspace")
LOADED = """
import sys
from outreach.cli import cli
from outreach.model.errors import Refused
try:
    cli(["build", sys.argv[1]])
except SystemExit:
    pass
print(*[name for name in sys.argv[2:] if name in sys.modules])
"""


def test_an_unchanged_folder_loads_nothing_heavy(folder: Path) -> None:
    for _ in range(2):
        build(folder)
    command = [sys.executable, "-c", LOADED, str(folder), *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]


def test_a_folder_that_is_there_is_not_replaced(folder: Path) -> None:
    (folder / "public").mkdir()
    done = build(folder, "--out", str(folder / "public"))
    assert isinstance(done.exception, Refused)
    assert "is there already" in str(done.exception)
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "posts", "public"]


@pytest.mark.parametrize("name", ["static", "pages/site"])
def test_the_site_does_not_go_where_the_leader_writes(folder: Path, name: str) -> None:
    done = build(folder, "--out", str(folder / name))
    assert isinstance(done.exception, Refused)
    assert "is for what you write" in str(done.exception)
