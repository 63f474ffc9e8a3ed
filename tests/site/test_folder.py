"""What is looked for in a leader's folder, and what is left out."""

import os
from pathlib import Path

import pytest

from outreach.site.folder import is_text, media_of, scan, scan_all, scan_images, static_of


def test_scan_finds_posts_only(tmp_path: Path) -> None:
    for name in ("b.md", "a/index.md", "a/x.png", "_index.md", "_drafts/c.md", ".git/d.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    paths, said = scan(tmp_path)
    assert paths == [tmp_path / "a/index.md", tmp_path / "b.md"]
    assert said == []
    assert scan_images(tmp_path) == {"a/x.png": tmp_path / "a/x.png"}


def test_scan_leaves_out_what_is_no_file_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    (tmp_path / "secret").write_text("root")
    (folder / "real.md").touch()
    (folder / "inside.md").symlink_to("real.md")
    (folder / "outside.md").symlink_to("../secret")
    (folder / "nowhere.md").symlink_to("gone")
    (folder / "self.md").symlink_to("self.md")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe.md")
    paths, said = scan(folder)
    assert [path.name for path in paths] == ["inside.md", "real.md"]
    assert {mistake.path for mistake in said} == {
        "outside.md",
        "nowhere.md",
        "self.md",
        "loop",
        "pipe.md",
    }


def lay(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_every_folder_of_the_leader_is_looked_through(tmp_path: Path) -> None:
    lay(tmp_path, "posts/a/b.md", "notes/n.md", "letters/l.MD", "pages/about.md", "other/x.md")
    lay(tmp_path, "posts/a/b.png", "pages/team.jpg", "static/c.md", "static/d.png")
    names, wrong = scan_all(tmp_path)
    assert names == ["posts/a/b.md", "notes/n.md", "letters/l.MD", "pages/about.md"]
    assert wrong == []
    assert list(media_of(tmp_path)) == ["posts/a/b.png", "pages/team.jpg"]


def test_what_is_saved_is_a_text_or_not() -> None:
    assert all(map(is_text, ("posts/a.md", "pages/a/b.MD", "letters/x.md")))
    left_out = ("posts/a.png", "posts/_a.md", "posts/.a/b.md", "static/a.md", "README.md", "posts")
    assert not any(map(is_text, left_out))


def test_static_files_go_to_the_root_as_they_are(tmp_path: Path) -> None:
    lay(tmp_path, "static/favicon.ico", "static/robots.txt", "static/img/_a.png", "static/.env")
    lay(tmp_path, "static/.well-known/security.txt", "static/.git/config", "static/old/index.html")
    found, wrong = static_of(tmp_path)
    assert found == {
        name: tmp_path / "static" / name
        for name in (
            ".well-known/security.txt",
            "favicon.ico",
            "img/_a.png",
            "old/index.html",
            "robots.txt",
        )
    }
    assert wrong == []


def test_a_static_file_never_shadows_a_page_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    lay(tmp_path, "static/style.css", "static/tags/index.html", "static/index.html")
    (tmp_path / "static/out.txt").symlink_to("../secret")
    found, wrong = static_of(tmp_path)
    assert found == {}
    assert [(it.path, it.what) for it in wrong] == [
        ("static/out.txt", "skipped: a link that leaves the folder"),
        ("static/index.html", "it is not on the site: `index.html` is a name of the site's own"),
        ("static/style.css", "it is not on the site: `style.css` is a name of the site's own"),
        ("static/tags/index.html", "it is not on the site: `tags` is a name of the site's own"),
    ]


def test_there_need_be_no_static_files(tmp_path: Path) -> None:
    assert static_of(tmp_path) == ({}, [])


@pytest.mark.parametrize(
    "name",
    ["index.md~", "index.md.orig", "#index.md#", "index.md.bak", "notes.txt~", "a.swp", "x.md.1"],
)
def test_what_an_editor_leaves_is_no_file_of_a_post(tmp_path: Path, name: str) -> None:
    bundle = tmp_path / "posts" / "hello"
    bundle.mkdir(parents=True)
    (bundle / name).write_text("cut before publication")
    (bundle / "report.pdf").write_text("x")
    assert list(media_of(tmp_path)) == ["posts/hello/report.pdf"]
