"""The door to the world shows the built site, and nothing beside it."""

from dataclasses import replace
from pathlib import Path

import pytest

from outreach.public.app import app
from outreach.site.build import Site

from ..asgi import get

OURS = Site(
    title="Ours",
    url="https://ours.example/news",
    hub="https://hub.example/",
    feeds=(("index.xml", "rss"), ("feed/index.html", "rss")),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    built = tmp_path / "builds/1"
    (built / "hello").mkdir(parents=True)
    (built / "index.html").write_text("home")
    (built / "hello/index.html").write_text("hello")
    (built / "404.html").write_text("not here")
    (tmp_path / "builds/secret.txt").write_text("secret")
    (tmp_path / "site").symlink_to(built)
    return tmp_path / "site"


def test_a_page_comes_with_the_headers_of_a_page(site: Path) -> None:
    status, headers, body = get(app(site), "/hello/")
    assert (status, body) == (200, "hello")
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"].startswith("text/html")


def test_what_is_not_there_is_404_with_our_page(site: Path) -> None:
    status, headers, body = get(app(site), "/nothing/")
    assert (status, body) == (404, "not here")
    assert "content-security-policy" in headers


@pytest.mark.parametrize("path", ["/../secret.txt", "/hello/../../secret.txt", "//etc/passwd"])
def test_nothing_beside_the_site_is_shown(site: Path, path: str) -> None:
    assert get(app(site), path)[0] == 404


def test_before_the_first_build_it_asks_for_patience(site: Path, tmp_path: Path) -> None:
    served = app(tmp_path / "later")
    status, headers, _ = get(served, "/")
    assert (status, headers["retry-after"]) == (503, "1")
    (tmp_path / "later").symlink_to(tmp_path / "builds/1")
    assert get(served, "/")[2] == "home"


def test_the_next_build_is_shown_at_once(site: Path, tmp_path: Path) -> None:
    served = app(site)
    assert get(served, "/")[2] == "home"
    (tmp_path / "builds/2").mkdir()
    (tmp_path / "builds/2/index.html").write_text("new home")
    site.unlink()
    site.symlink_to(tmp_path / "builds/2")
    assert get(served, "/")[2] == "new home"


def test_a_page_that_was_taken_back_is_gone(site: Path, tmp_path: Path) -> None:
    (site / "a.html").write_text("taken back")
    (site / ".gone").write_text("hello/index.html\na.html\n")
    served = app(site)
    assert [get(served, path)[0] for path in ("/hello/", "/a.html", "/")] == [410, 410, 200]
    assert get(served, "/a.html")[2] == "taken back"
    (site / ".gone").unlink()
    assert get(served, "/hello/")[0] == 200


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/old", "/news/new/"),
        ("/old/", "/news/new/"),
        ("/old/index.html", "/news/new/"),
        ("/a%20%C3%A9.html", "https://b.example/%C3%A9"),
    ],
)
def test_what_moved_leads_to_where_it_is(site: Path, path: str, target: str) -> None:
    moved = "/news/old /news/new/ 301\n/news/a%20%C3%A9.html https://b.example/%C3%A9 301\n"
    (site / "_redirects").write_text(moved)
    served = app(site, layout=OURS)
    status, headers, _ = get(served, path)
    assert (status, headers["location"]) == (301, target)
    assert headers["cache-control"] == "max-age=3600"
    assert get(served, "/hello/")[0] == 200


def test_where_something_moved_to_is_read_anew_with_each_build(site: Path) -> None:
    served = app(site, layout=OURS)
    assert get(served, "/old")[0] == 404
    (site / "_redirects").write_text("/news/old /news/one/ 301\n")
    assert get(served, "/old")[1]["location"] == "/news/one/"
    (site / "next").write_text("/news/old /news/two/ 301\n")
    (site / "next").replace(site / "_redirects")
    assert get(served, "/old")[1]["location"] == "/news/two/"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("tags/a/rss.xml", "application/rss+xml; charset=utf-8"),
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("index.xml", "application/rss+xml; charset=utf-8"),
        ("feed/", "application/rss+xml; charset=utf-8"),
        ("media/a.webp", "image/webp"),
        ("media/a.avif", "image/avif"),
    ],
)
def test_a_file_says_what_it_is(site: Path, name: str, content_type: str) -> None:
    file = site / (f"{name}index.html" if name.endswith("/") else name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert get(app(site, layout=OURS), f"/{name}")[1]["content-type"] == content_type


@pytest.mark.parametrize("name", ["atom.xml", "index.xml", "tags/c++/feed.json", "de/rss.xml"])
def test_a_feed_names_its_hub_in_its_headers(site: Path, name: str) -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text("x")
    link = get(app(site, layout=OURS), f"/{name}")[1]["link"]
    here = f"https://ours.example/news/{name}".replace("++", "%2B%2B")
    assert link == f'<https://hub.example/>; rel="hub", <{here}>; rel="self"'
    assert "link" not in get(app(site, layout=OURS), "/hello/")[1]
    assert "link" not in get(app(site, layout=replace(OURS, hub="")), f"/{name}")[1]
