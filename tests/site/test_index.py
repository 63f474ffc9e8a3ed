import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.site import index
from outreach.site.build import Build
from outreach.site.index import build_folder
from outreach.site.views import Site

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
IMAGE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


class Blog:
    """A leader's folder that is built without a daemon."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.out = root / ".outreach" / "site"
        self.out.parent.mkdir()
        self.site = Site(title="Blog", url="https://blog.example", author="Ada")

    def write(self, path: str, body: str = "Text.", /, **head: str) -> None:
        lines = {"title": f'"{path}"', "date": "2026-05-01", **head}
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        front = "\n".join(f"{key}: {value}" for key, value in lines.items())
        file.write_text(f"---\n{front}\n---\n\n{body}\n")

    def build(self, now: datetime = NOW) -> Build:
        return build_folder(self.root, site=self.site, out=self.out, cache=self.out.parent, now=now)

    def page(self, slug: str) -> str:
        return (self.out / slug / "index.html").read_text()


@pytest.fixture
def blog(tmp_path: Path) -> Blog:
    found = Blog(tmp_path)
    found.write("posts/one.md", "The first.")
    found.write("posts/two.md", "The second.")
    return found


@pytest.fixture
def reads(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, as far as builds read them from now on."""
    blog.build()
    found: list[str] = []
    real = index._post

    def reading(data: bytes, name: str, site: Site) -> object:
        found.append(name)
        return real(data, name, site)

    monkeypatch.setattr(index, "_post", reading)
    return found


def test_a_folder_is_a_site(blog: Blog) -> None:
    built = blog.build()
    assert (built.pages, built.failed) == (2, ())
    assert "The first." in blog.page("one")
    assert "The second." in blog.page("two")


def test_what_did_not_change_is_not_read(blog: Blog, reads: list[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in blog.out.rglob("*.html")}
    assert blog.build().pages == 2
    assert reads == []
    assert {path: path.stat().st_mtime_ns for path in blog.out.rglob("*.html")} == before


def test_an_edit_is_all_that_is_read(blog: Blog, reads: list[str]) -> None:
    blog.write("posts/two.md", "The second, edited.")
    assert blog.build().pages == 2
    assert reads == ["posts/two.md"]
    assert "The second, edited." in blog.page("two")
    assert "The first." in blog.page("one")


def test_a_built_folder_is_what_a_cold_build_makes(blog: Blog, tmp_path: Path) -> None:
    blog.build()
    blog.write("posts/two.md", "The second, edited.", tags="[a, b]", author="Bob")
    blog.write("posts/three.md", "The third.", date="2025-01-01")
    blog.build()
    warm = {path.relative_to(blog.out): path.read_bytes() for path in files(blog.out)}
    other = tmp_path / ".outreach" / "cold" / "site"
    other.parent.mkdir()
    build_folder(tmp_path, site=blog.site, out=other, cache=other.parent, now=NOW)
    assert {path.relative_to(other): path.read_bytes() for path in files(other)} == warm


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_another_site_reads_everything_again(blog: Blog, reads: list[str]) -> None:
    blog.site = Site(title="Blog", url="https://other.example", author="Ada")
    blog.build()
    assert sorted(reads) == ["posts/one.md", "posts/two.md"]
    assert "https://other.example/one/" in blog.page("one")


def test_a_changed_image_changes_its_page(blog: Blog, reads: list[str]) -> None:
    (blog.root / "posts/a.png").write_bytes(IMAGE)
    blog.write("posts/one.md", "![a picture](a.png)")
    blog.build()
    first = blog.page("one")
    (blog.root / "posts/a.png").write_bytes(IMAGE + b" ")
    blog.build()
    assert blog.page("one") != first
    assert reads == ["posts/one.md", "posts/one.md"]


def test_a_removed_file_is_gone(blog: Blog) -> None:
    blog.build()
    (blog.root / "posts/two.md").unlink()
    assert blog.build().pages == 1
    assert not (blog.out / "two").exists()


def test_nothing_is_shown_before_its_time(blog: Blog) -> None:
    blog.write("posts/later.md", "Later.", date="2026-05-02")
    blog.write("posts/never.md", "Never.", draft="true")
    blog.write("posts/secret.md", "Secret.", embargo="2026-05-03")
    assert blog.build().pages == 2
    for path in files(blog.out.resolve()):
        assert b"Secret." not in path.read_bytes()
    assert blog.build(datetime(2026, 5, 2, 1, tzinfo=UTC)).pages == 3
    assert blog.build(datetime(2026, 5, 4, tzinfo=UTC)).pages == 4


def test_a_mistake_is_said_each_time_and_the_others_are_built(blog: Blog) -> None:
    blog.write("posts/wrong.md", date="yesterday")
    (blog.root / "posts/bytes.md").write_bytes(b"---\ntitle: x\n---\n\xff")
    for _ in range(2):
        built = blog.build()
        assert built.pages == 2
        assert {(it.path, it.line) for it in built.failed} == {
            ("posts/bytes.md", 0),
            ("posts/wrong.md", 3),
        }


def test_two_files_of_one_address_are_said(blog: Blog) -> None:
    blog.write("posts/sub/x.md", path="one")
    built = blog.build()
    assert built.pages == 1
    assert {it.path for it in built.failed} == {"posts/one.md", "posts/sub/x.md"}


@pytest.mark.parametrize("text", ["", "{", "x\n[]", "x\n[1, 2, 3]"])
def test_a_broken_index_only_costs_time(blog: Blog, text: str) -> None:
    blog.build()
    kept = blog.out.parent / "index.jsonl"
    of = kept.read_text().partition("\n")[0]
    kept.write_text(text.replace("x", of))
    assert blog.build().pages == 2


def test_an_index_has_a_line_a_file(blog: Blog) -> None:
    blog.build()
    _, *lines = (blog.out.parent / "index.jsonl").read_text().splitlines()
    assert [json.loads(line)[0] for line in lines] == ["posts/one.md", "posts/two.md"]


def test_a_link_follows_the_post_that_it_leads_to(blog: Blog) -> None:
    blog.write("posts/one.md", "[there](two.md)")
    blog.build()
    assert 'href="/two/"' in blog.page("one")
    blog.write("posts/two.md", slug="second")
    blog.build()
    assert 'href="/second/"' in blog.page("one")
