"""The sitemap, and what became of addresses that are no more."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.model.post import Post
from outreach.public.app import app
from outreach.site import wellknown
from outreach.site.build import Build, Site

from ..asgi import get

Make = Callable[..., Build]
MakePost = Callable[..., Post]

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def places(path: Path) -> list[str | None]:
    return [it.text for it in ET.parse(path).getroot().iterfind("*/s:loc", SITEMAP)]


def test_the_sitemap_lists_what_can_be_found(make: Make, post: MakePost) -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    built = make(
        post(updated=june),
        post("über", is_page=True),
        post("gone", withdrawn="wrong", aliases=("old",)),
    )
    sitemap = built.path / "sitemap.xml"
    assert places(sitemap) == [
        "https://blog.example/news/",
        "https://blog.example/news/%C3%BCber/",
        "https://blog.example/news/2026/hello/",
    ]
    assert "<lastmod>2026-06-01T00:00:00+00:00</lastmod>" in sitemap.read_text()
    robots = (built.path / "robots.txt").read_text()
    assert "Sitemap: https://blog.example/news/sitemap.xml" in robots.splitlines()


def test_a_large_site_has_several_sitemaps(
    make: Make, post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wellknown, "MOST", 2)
    built = make(post("a"), post("b"), post("c"))
    assert places(built.path / "sitemap.xml") == [
        "https://blog.example/news/sitemap-1.xml",
        "https://blog.example/news/sitemap-2.xml",
    ]
    parts = [place for n in (1, 2) for place in places(built.path / f"sitemap-{n}.xml")]
    assert sorted(map(str, parts)) == [
        f"https://blog.example/news/{path}" for path in ("", "a/", "b/", "c/")
    ]


@pytest.mark.parametrize(
    ("alias", "file"),
    [
        ("2016/old", "2016/old/index.html"),
        ("2016/old.html", "2016/old.html"),
        ("über uns", "über uns/index.html"),
        ("feed", "feed/index.html"),
    ],
)
def test_an_old_address_leads_to_the_post(
    make: Make, post: MakePost, site: Site, alias: str, file: str
) -> None:
    built = make(post(aliases=(alias,)))
    assert built.failed == ()
    html = (built.path / file).read_text()
    assert '<meta http-equiv="refresh" content="0; url=/news/2026/hello/">' in html
    assert '<link rel="canonical" href="https://blog.example/news/2026/hello/">' in html
    assert '<meta name="robots" content="noindex">' in html
    served = app(built.path, layout=site)
    for path in (f"/{alias}", f"/{file}"):
        status, headers, _ = get(served, path)
        assert (status, headers["location"]) == (301, "/news/2026/hello/")
    assert get(served, "/2026/hello/")[0] == 200


def test_what_config_redirects_leads_there(make: Make, post: MakePost, site: Site) -> None:
    redirects = (
        ("/old/", "/2026/hello/"),
        ("/older.html", "/old"),
        ("/away", "https://other.example/a b?c=d#e"),
        ("/tags/gone/", "/tags/"),
        ("/script", "javascript:alert(1)"),
    )
    built = make(post(), site=replace(site, redirects=redirects))
    assert built.failed == ()
    assert (built.path / "_redirects").read_text().splitlines() == [
        "/news/old /news/2026/hello/ 301",
        "/news/older.html /news/2026/hello/ 301",
        "/news/away https://other.example/a%20b?c=d#e 301",
        "/news/tags/gone /news/tags/ 301",
        "/news/script /news/javascript:alert(1) 301",
    ]
    away = (built.path / "away/index.html").read_text()
    assert '<link rel="canonical" href="https://other.example/a%20b?c=d#e">' in away


@pytest.mark.parametrize(
    ("redirects", "what"),
    [
        ((("/a", "/b"), ("/b/", "/a/")), "`/a` cannot lead on: it leads in a circle"),
        ((("/a", "/a/"),), "`/a` cannot lead on: it leads in a circle"),
        ((("/hello/", "/a/"),), "`/hello` cannot lead to /news/a/: a page is there"),
        ((("/style.css/a", "/a/"),), "a page is there"),
        ((("/page.html", "/a/"), ("/page.html/b", "/a/")), "`/page.html/b` cannot lead"),
        ((("/page.html/b", "/a/"), ("/page.html", "/a/")), "`/page.html` cannot lead"),
        ((("/deep.html", "/a/"),), "a page is there"),
        ((("/../../evil", "/a/"),), "it has the part `..`"),
        ((("/a", "/b/"), ("/a", "/c/")), None),
    ],
)
def test_a_redirect_that_cannot_be_is_a_mistake(
    site: Site, redirects: tuple[tuple[str, str], ...], what: str | None
) -> None:
    taken = ("hello/index.html", "style.css", "deep.html/x/index.html")
    moves, wrong = wellknown.moved([], replace(site, redirects=redirects), taken)
    assert bool(wrong) == bool(what)
    assert [it.path for it in wrong] == ["config.yaml"] * len(wrong)
    assert (what or "") in "".join(it.what for it in wrong)
    assert len(moves) + len(wrong) == len(dict(redirects))


def test_two_posts_that_want_one_old_address(make: Make, post: MakePost) -> None:
    built = make(post("a", aliases=("b", "old")), post("b", aliases=("old",)))
    assert sorted((it.path, it.what) for it in built.failed) == [
        ("a.md", "the old path `/b` cannot lead to /news/a/: a page is there"),
        ("a.md", "the old path `/old` cannot lead to /news/a/: it leads to /news/b/ already"),
    ]
    assert "Title of b" in (built.path / "b/index.html").read_text()


def test_what_was_taken_back_is_gone(make: Make, post: MakePost, site: Site) -> None:
    built = make(
        post("a/b", withdrawn="wrong", aliases=("old",)), post("c.html", withdrawn="wrong"), post()
    )
    served = app(built.path, layout=site)
    assert [get(served, path)[0] for path in ("/a/b/", "/c.html", "/2026/hello/")] == [
        410,
        410,
        200,
    ]
    assert get(served, "/old")[1]["location"] == "/news/a/b/"
    for path in built.path.rglob("*.*"):
        if path.suffix in (".xml", ".json"):
            assert b"Title of a/b" not in path.read_bytes()
    assert not (make(post()).path / ".gone").exists()
