"""The door to the world shows the built site, and nothing beside it."""

from pathlib import Path

import pytest

from outreach.public.app import app
from outreach.site.build import Site
from outreach.site.feeds import links

from ..asgi import get


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
    (tmp_path / "builds/1/hello/.gone").touch()
    assert [get(app(site), path)[0] for path in ("/hello/", "/")] == [410, 200]


def test_a_feed_names_its_hub_in_its_headers(site: Path) -> None:
    (site / "atom.xml").write_text("<feed/>")
    ours = Site(title="Ours", url="https://ours.example/news", hub="https://hub.example/")
    link = get(app(site, links=links(ours)), "/atom.xml")[1]["link"]
    assert link == (
        '<https://hub.example/>; rel="hub", <https://ours.example/news/atom.xml>; rel="self"'
    )
    assert "link" not in get(app(site, links=links(ours)), "/hello/")[1]
    assert links(Site(title="Ours", url="https://ours.example")) == {}
