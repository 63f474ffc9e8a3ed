import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.model.post import Media, Post
from outreach.site import trees
from outreach.site.build import Around, Build, Builder, Site
from outreach.site.proof import prove

Make = Callable[..., Build]
MakePost = Callable[..., Post]


def inodes(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_ino for path in files}


def test_every_file_of_the_site_is_there(make: Make, post: MakePost, tmp_path: Path) -> None:
    built = make(post(tags=("C++",)), post("über uns"))
    assert (built.pages, built.failed) == (2, ())
    assert built.path == (tmp_path / "out").resolve()
    feeds = ("atom.xml", "rss.xml", "feed.json")
    assert set(inodes(built.path)) == {
        "2026/hello/index.html",
        "über uns/index.html",
        "404.html",
        "index.html",
        "archive/index.html",
        "authors/ada/index.html",
        "tags/c++/index.html",
        "tags/index.html",
        "search/index.html",
        "search/2026.json",
        "search.js",
        "style.css",
        "icon.svg",
        "robots.txt",
        "sitemap.xml",
        *(f"{folder}{name}" for folder in ("", "authors/ada/", "tags/c++/") for name in feeds),
    }


def test_a_built_page_is_proven(make: Make, post: MakePost) -> None:
    it = post(title="A <b>title</b> & “more”")
    page = make(it).path / "2026/hello/index.html"
    assert prove(page.read_text(), it) is None


def test_drafts_never_appear(make: Make, post: MakePost) -> None:
    built = make(post(), post("secret", title="Unready", published=None))
    assert built.pages == 1
    assert not (built.path / "secret").exists()
    for path in built.path.rglob("*"):
        assert path.is_dir() or b"Unready" not in path.read_bytes()


def test_an_empty_site_can_be_built(make: Make) -> None:
    assert make().pages == 0


def test_equal_input_leaves_the_build_as_it_is(make: Make, post: MakePost) -> None:
    first = make(post())
    before = inodes(first.path)
    assert make(post()) == first
    assert inodes(first.path) == before


def test_unchanged_bytes_keep_their_inode(make: Make, post: MakePost) -> None:
    other = post("other", published=datetime(2025, 1, 1, tzinfo=UTC))
    third = post("third", published=datetime(2024, 1, 1, tzinfo=UTC))
    first = inodes(make(post(), other, third).path)
    second = inodes(make(post(body="Edited."), other, third).path)
    changed = {path for path in first if first[path] != second[path]}
    feeds = {"atom.xml", "rss.xml", "feed.json"}
    feeds |= {f"authors/ada/{name}" for name in feeds}
    assert changed == {"2026/hello/index.html", "index.html", "search/2026.json", *feeds}


def test_a_full_disk_leaves_the_old_build(
    make: Make, post: MakePost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = make(post())
    monkeypatch.setattr(trees, "_sync", lambda path: os.close(1 << 20))
    with pytest.raises(OSError, match="descriptor"):
        make(post(body="Edited."))
    assert (tmp_path / "out").resolve() == built.path
    assert "The body of" in (tmp_path / "out/2026/hello/index.html").read_text()


def test_a_post_that_cannot_be_rendered_keeps_its_page(make: Make, post: MakePost) -> None:
    make(post(), post("other"))
    built = make(post(body="[" * 60_000), post("other", body="Edited."), deadline=0.3)
    (mistake,) = built.failed
    assert (mistake.path, built.pages) == ("2026/hello.md", 1)
    assert "The body of" in (built.path / "2026/hello/index.html").read_text()
    assert "Edited." in (built.path / "other/index.html").read_text()


def test_a_slug_that_leaves_the_site_has_no_page(
    make: Make, post: MakePost, tmp_path: Path
) -> None:
    built = make(post("../../evil"), post())
    assert (built.pages, len(built.failed)) == (1, 1)
    assert not list(tmp_path.parent.glob("evil*"))


def test_images_are_copied_by_their_content(make: Make, post: MakePost, tmp_path: Path) -> None:
    image = tmp_path / "a b.PNG"
    image.write_bytes(b"one")
    it = post(
        body="![x](a%20b.PNG) ![y](gone.png) ![z](https://y.org/z.png)",
        media=(Media(path="2026/a b.PNG", alt="A & b"),),
    )
    built = make(it, media={"2026/a b.PNG": image, "unused.png": tmp_path / "none"})
    (copy,) = (built.path / "media").iterdir()
    assert copy.read_bytes() == b"one"
    page = (built.path / "2026/hello/index.html").read_text()
    url = f"https://blog.example/news/media/{copy.name}"
    assert f'src="/news/media/{copy.name}"' in page
    assert 'src="gone.png"' in page
    assert f'<meta property="og:image" content="{url}">' in page
    assert f'src=\\"{url}\\"' in (built.path / "feed.json").read_text()


def test_an_image_changed_in_place_gets_a_new_address(
    make: Make, post: MakePost, tmp_path: Path
) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"one")
    it = post(body="![x](a.png)", path="hello.md")
    (before,) = (make(it, media={"a.png": image}).path / "media").iterdir()
    image.write_bytes(b"another")
    (after,) = (make(it, media={"a.png": image}).path / "media").iterdir()
    assert (before.read_bytes(), after.read_bytes()) == (b"one", b"another")
    assert before.name != after.name


def test_a_post_is_shown_before_the_lists_have_it(
    site: Site, post: MakePost, tmp_path: Path
) -> None:
    builder = Builder(site=site, out=tmp_path / "out", cache=tmp_path / "cache")
    settled: dict[str, Any] = {"around": Around(), "media": {}}
    old = post("old", published=datetime(2025, 1, 1, tzinfo=UTC))
    builder([old], static={}, **settled)
    (entry,) = builder.add([post(body="Just saved.")], **settled)
    assert entry.slug == "2026/hello"
    page = tmp_path / "out/2026/hello/index.html"
    assert "Just saved." in page.read_text()
    assert "2026/hello" not in (tmp_path / "out/index.html").read_text()
    assert (tmp_path / "out/old/index.html").exists()
    builder([post(body="Just saved."), old], static={}, **settled)
    assert "2026/hello" in (tmp_path / "out/index.html").read_text()
    inode = page.stat().st_ino
    builder.add([post(body="Just saved.")], **settled)
    assert page.stat().st_ino == inode


def test_nothing_is_shown_of_what_was_never_built(
    site: Site, post: MakePost, tmp_path: Path
) -> None:
    builder = Builder(site=site, out=tmp_path / "out", cache=tmp_path / "cache")
    builder.add([post()], around=Around(), media={})
    assert not (tmp_path / "out").exists()


def test_a_file_where_a_page_has_its_folder_is_left_out_and_told(
    make: Make, post: MakePost, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    built = make(post("hello"), static={"hello": file, "other": file})
    assert "The body of" in (built.path / "hello/index.html").read_text()
    assert (built.path / "other").read_text() == "x"
    (mistake,) = built.failed
    assert mistake.path == "static/hello"
    assert "would both be `hello`" in mistake.what


def test_of_two_pages_in_each_others_way_one_stays(make: Make, post: MakePost) -> None:
    first = post("a.html", published=datetime(2025, 1, 1, tzinfo=UTC))
    built = make(post("a.html/b.html", path="posts/b.md"), first)
    assert "The body of" in (built.path / "a.html").read_text()
    assert [it.path for it in built.failed] == ["posts/b.md"]


def test_a_file_that_cannot_be_read_stops_no_other(
    make: Make, post: MakePost, tmp_path: Path
) -> None:
    built = make(post(), static={"gone.txt": tmp_path / "gone"})
    assert built.pages == 1
    (mistake,) = built.failed
    assert (mistake.path, mistake.what) == (
        "static/gone.txt",
        "it cannot be read: No such file or directory",
    )


def test_a_second_tree_that_cannot_be_made_costs_only_time(
    make: Make, post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: trees.Trees) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trees.Trees, "settle", full)
    assert make(post()).pages == 1
