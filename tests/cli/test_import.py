"""outreach import and outreach export, as a person types them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli import cli
from outreach.config import load
from outreach.model.errors import Refused
from outreach.store import accounts
from outreach.workspace import open_workspace

HUGO = {
    "hugo.toml": 'baseURL = "https://blog.example/"\ntitle = "Lanternworks"\n',
    "content/posts/hello.md": "---\ntitle: Hello\ndate: 2020-05-01\n---\n{{< mystery >}}\n",
    "static/a.txt": "a",
}


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "blog"
    for name, text in HUGO.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    yield root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def call(*arguments: object) -> str:
    """What a command says; it has to go well."""
    done = CliRunner().invoke(cli, list(map(str, arguments)))
    if done.exception:
        raise done.exception
    return done.output


def test_a_dry_run_says_all_and_writes_nothing(blog: Path, folder: Path) -> None:
    said = call("import", "hugo", blog, "--folder", folder, "--dry-run")
    assert said == (
        "would write: posts/hello.md\n"
        "would write: static/a.txt\n"
        "1 text and 1 other file\n"
        "content/posts/hello.md:5: the shortcode mystery is not known here; it stays, and shows"
        " nothing (expected Markdown in its place)\n"
        "1 to look at\n"
        "\n"
        "would write: config.yaml\n"
        "site:\n"
        "  title: Lanternworks\n"
        '  url: "https://blog.example"\n'
        "  feeds:\n"
        "    index.xml: rss\n"
        "    posts/index.xml: rss\n"
        "  redirects:\n"
        "    /posts/: /\n"
    )
    assert list(folder.iterdir()) == []


def test_the_folder_can_be_run_and_the_import_repeated(blog: Path, folder: Path) -> None:
    call("import", "hugo", blog, "--folder", folder)
    config = load(folder)
    assert (config.site.title, config.site.url) == ("Lanternworks", "https://blog.example")
    assert config.site.feeds == {"index.xml": "rss", "posts/index.xml": "rss"}
    assert config.site.redirects == {"/posts/": "/"}
    (folder / "static" / "a.txt").write_text("mine", "utf-8")
    again = call("import", "hugo", blog, "--folder", folder)
    assert again.startswith(
        "left, as another is there: static/a.txt\n0 texts and 0 other files; 1 f"
    )
    assert "config.yaml" not in again
    assert (folder / "static" / "a.txt").read_text("utf-8") == "mine"


def test_a_config_that_is_there_is_not_touched(blog: Path, folder: Path) -> None:
    config = folder / "config.yaml"
    config.write_text("site:\n  title: Ours\n", "utf-8")
    said = call("import", "hugo", blog, "--folder", folder)
    assert said.endswith(
        'for config.yaml:\nsite:\n  url: "https://blog.example"\n  feeds:\n    index.xml: rss\n'
        "    posts/index.xml: rss\n  redirects:\n    /posts/: /\n"
    )
    assert config.read_text("utf-8") == "site:\n  title: Ours\n"


def test_a_folder_that_ran_before_takes_nothing_for_new(blog: Path, folder: Path) -> None:
    (folder / "config.yaml").write_text("site:\n  title: Ours\n", "utf-8")
    workspace = open_workspace(folder, {})
    with closing(workspace.create()) as database:
        accounts.meet(database, "mastodon", "mastodon", datetime(2020, 1, 1, tzinfo=UTC))
    call("import", "hugo", blog, "--folder", folder)
    assert "channels: []\n" in (folder / "posts" / "hello.md").read_text("utf-8")


def test_what_the_settings_do_not_say_is_said_on_the_line(blog: Path, folder: Path) -> None:
    call("import", "hugo", blog / "content", "--folder", folder, "--permalink", "/:year/:slug/")
    assert 'path: "2020/hello"' in (folder / "posts" / "hello.md").read_text("utf-8")


def test_out_again(blog: Path, folder: Path, tmp_path: Path) -> None:
    call("import", "hugo", blog, "--folder", folder)
    out = tmp_path / "out"
    said = call("export", "jekyll", out, "--folder", folder)
    assert "wrote: _posts/2020-05-01-posts-hello.md\n" in said
    assert said.endswith("1 text and 2 other files\n")
    assert "permalink: /posts/hello/\n" in (out / "_posts/2020-05-01-posts-hello.md").read_text()
    assert (out / "a.txt").read_text("utf-8") == "a"


def test_what_cannot_be_is_refused(blog: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"'gatsby' cannot be read; there are: .*jekyll"):
        call("import", "gatsby", blog, "--folder", folder)
    call("import", "hugo", blog, "--folder", folder)
    with pytest.raises(Refused, match="'ghost' cannot be written; there are: hugo, jekyll"):
        call("export", "ghost", tmp_path / "out", "--folder", folder)
