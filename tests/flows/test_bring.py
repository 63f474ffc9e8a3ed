"""A blog is written into a leader's folder; nothing that is there is written over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.flows.bring import bring, settings
from outreach.model.errors import Mistake, Refused
from outreach.site.sources import Blog, Document

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MISTAKE = Mistake(path="content/a.md", line=3, what="unknown")


def document(file: str = "posts/hello.md", **front: object) -> Document:
    """A post of another blog."""
    head = {"title": "Hello", "date": "2026-05-01", "path": "2026/hello", **front}
    return Document(source=f"content/{file}", file=file, front=head, body="Words.\n")


def test_everything_is_written_and_can_be_repeated(tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(b"png")
    blog = Blog(
        documents=(document(),), static={"img/a.png": other, "b.txt": b"b"}, mistakes=(MISTAKE,)
    )
    folder = tmp_path / "folder"
    planned = bring(blog, folder, NOW, dry_run=True)
    assert not folder.exists()
    brought = bring(blog, folder, NOW)
    assert planned == brought
    assert brought.mistakes == (MISTAKE,)
    assert set(brought.placed.written) == {"posts/hello.md", "static/img/a.png", "static/b.txt"}
    text = (folder / "posts" / "hello.md").read_text("utf-8")
    assert text == '---\ntitle: Hello\ndate: "2026-05-01"\npath: "2026/hello"\n---\n\nWords.\n'
    assert (folder / "static" / "img" / "a.png").read_bytes() == b"png"
    again = bring(blog, folder, NOW).placed
    assert (again.written, again.left, len(again.there)) == ((), (), 3)
    assert not list(folder.rglob("*.part"))


def test_what_is_there_with_other_words_is_left(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    mine = tmp_path / "posts" / "hello.md"
    mine.write_text("mine", "utf-8")
    brought = bring(Blog(documents=(document(),)), tmp_path, NOW)
    assert (brought.placed.written, brought.placed.left) == ((), ("posts/hello.md",))
    assert mine.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.md",
        "posts/../../evil.md",
        "posts/../evil.md",
        "/etc/evil.md",
        "config.yaml",
        "posts\\evil.md",
    ],
)
def test_no_file_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    good = document()
    with pytest.raises(Refused, match="nothing is written"):
        bring(Blog(documents=(good, document(name))), folder, NOW)
    assert list(folder.rglob("*")) == []


def test_no_file_leaves_by_a_link(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (folder / "posts").symlink_to(outside)
    with pytest.raises(Refused, match="would leave"):
        bring(Blog(documents=(document(),)), folder, NOW)
    assert list(outside.iterdir()) == []


def test_what_will_not_be_read_here_is_told_at_once(tmp_path: Path) -> None:
    twin = document("posts/twin.md")
    nameless = document("posts/nameless.md", title="", path="nameless")
    brought = bring(Blog(documents=(document(), twin, nameless)), tmp_path, NOW)
    assert [str(it).partition(" (")[0] for it in brought.mistakes] == [
        "content/posts/twin.md: its address is also that of content/posts/hello.md",
        "content/posts/nameless.md: a dated post needs a title",
    ]


def test_settings_are_those_that_are_not_there(tmp_path: Path) -> None:
    blog = Blog(
        documents=(),
        site={
            "title": "Lanternworks",
            "url": "https://blog.example",
            "feeds": {"index.xml": "rss", "feed.xml": "atom"},
            "redirects": {"/blog/": "/"},
        },
    )
    known = {"title": "Ours", "feeds": {"index.xml": "rss"}, "redirects": {"/blog/": "/x/"}}
    lines = 'site:\n  url: "https://blog.example"\n  feeds:\n    feed.xml: atom\n'
    assert settings(blog, known) == lines
    assert settings(Blog(documents=(), site={"title": "T"}), {"title": "Ours"}) == ""


@pytest.mark.parametrize(
    ("since", "hours", "head"),
    [
        (None, 2, "channels: []\n"),  # a fresh folder would take it for new
        (None, 30, ""),
        (300, 250, "channels: []\n"),  # a folder that ran before: all that is younger
        (300, 330, ""),
        (300, -2, ""),  # to come, and to be announced
    ],
)
def test_what_is_out_is_for_no_account(
    tmp_path: Path, since: int | None, hours: int, head: str
) -> None:
    at = NOW - timedelta(hours=hours)
    post = replace(document(), published=at)
    page = replace(document("pages/about.md", path="about"), published=at)
    blog = Blog(documents=(post, page))
    bring(blog, tmp_path, NOW, since=None if since is None else NOW - timedelta(hours=since))
    text = (tmp_path / "posts" / "hello.md").read_text("utf-8")
    assert f'path: "2026/hello"\n{head}---\n' in text
    assert "channels" not in (tmp_path / "pages" / "about.md").read_text("utf-8")


def test_an_own_word_about_channels_stays(tmp_path: Path) -> None:
    note = replace(document("notes/n.md", channels=["x"]), published=NOW)
    bring(Blog(documents=(note,)), tmp_path, NOW)
    assert "channels: [x]" in (tmp_path / "notes" / "n.md").read_text("utf-8")
