"""One post in several languages: each page says so, and each language has a home and feeds."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.model.post import Post
from outreach.site.build import Build, Site
from outreach.site.views import Language

from .conftest import URL

Make = Callable[..., Build]
MakePost = Callable[..., Post]


@pytest.fixture
def site(site: Site) -> Site:
    german = Language(code="de", title="Blog auf Deutsch", description="Was wir tun.")
    return replace(site, languages=(german, Language(code="fr", title="Blog")))


@pytest.fixture
def versions(post: MakePost) -> list[Post]:
    """A post with two translations, one without, one in German alone, and a German page."""

    def made(slug: str, common: str, day: int, **more: Any) -> Post:
        at = datetime(2026, 5, day, tzinfo=UTC)
        return post(slug, translation=common, published=at, **more)

    there = {"is_translation": True}
    return [
        made("hello", "posts/hello", 4, tags=("go",)),
        made("de/hallo", "posts/hello", 5, language="de", title="Hallo", tags=("go",), **there),
        made("fr/hello", "posts/hello", 6, language="fr", **there),
        made("plain", "posts/plain", 3),
        made("de/mehr", "posts/more", 2, language="de", **there),
        made("servus", "posts/servus", 1, language="de-AT"),
        made("about", "pages/about", 1, is_page=True, menu=1, title="About"),
        made("de/ueber", "pages/about", 1, is_page=True, language="de", title="Über uns", **there),
    ]


@pytest.fixture
def built(make: Make, versions: list[Post]) -> Path:
    return make(*versions).path


def page(built: Path, name: str) -> str:
    return (built / name / "index.html").read_text("utf-8")


def alternates(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html)


def listed(built: Path, name: str) -> list[str]:
    """The addresses of the posts that a feed has."""
    return [it["url"].removeprefix(URL) for it in json.loads((built / name).read_text())["items"]]


def test_every_version_says_where_the_others_are(built: Path) -> None:
    expected = [
        ("en", f"{URL}/hello/"),
        ("de", f"{URL}/de/hallo/"),
        ("fr", f"{URL}/fr/hello/"),
        ("x-default", f"{URL}/hello/"),
    ]
    for name in ("hello", "de/hallo", "fr/hello"):
        assert alternates(page(built, name)) == expected
    assert 'hreflang="de" lang="de"' in page(built, "hello")
    assert alternates(page(built, "plain")) == []
    assert len(alternates(page(built, "about"))) == 3


def test_home_feeds_archive_and_topics_have_each_post_once(built: Path) -> None:
    assert listed(built, "feed.json") == ["/hello/", "/plain/", "/servus/"]
    for name in ("", "archive", "tags/go"):
        assert "Title of fr/hello" not in page(built, name)
        assert "/de/hallo/" not in page(built, name)


def test_a_language_has_a_home_an_archive_and_feeds(built: Path) -> None:
    assert listed(built, "de/feed.json") == ["/de/hallo/", "/de/mehr/", "/servus/"]
    assert listed(built, "fr/feed.json") == ["/fr/hello/"]
    feed = json.loads((built / "de/feed.json").read_text())
    assert (feed["title"], feed["description"], feed["language"], feed["home_page_url"]) == (
        "Blog auf Deutsch",
        "Was wir tun.",
        "de",
        f"{URL}/de/",
    )
    home = page(built, "de")
    assert '<html lang="de">' in home
    assert "5. Mai 2026" in home
    assert "Title of hello" not in home
    assert "/de/mehr/" in page(built, "de/archive")
    for name in ("de/atom.xml", "de/rss.xml"):
        assert "Hallo" in (built / name).read_text("utf-8")


def test_the_homes_say_where_the_others_are(built: Path) -> None:
    expected = [
        ("en", f"{URL}/"),
        ("de", f"{URL}/de/"),
        ("fr", f"{URL}/fr/"),
        ("x-default", f"{URL}/"),
    ]
    for name in ("", "de", "fr"):
        assert alternates(page(built, name)) == expected


def test_a_translation_stays_in_its_language(built: Path) -> None:
    text = page(built, "de/hallo")
    assert re.search(r'class="wordmark" href="/news/de/"', text)
    assert "/news/de/archive/" in text
    assert re.search(r'rel="prev" href="/news/de/mehr/"', text)
    assert "/news/plain/" not in text
    main = page(built, "plain").partition("<main")[2].partition("</main>")[0]
    assert "/news/de/" not in main


def test_every_page_leads_to_the_home_of_each_language(built: Path) -> None:
    for name in ("", "plain", "de/hallo"):
        assert re.findall(r'hreflang="\w+"[^>]*>([^<]+)</a></li>', page(built, name)) == [
            "English",
            "Deutsch",
            "Français",
        ]
    assert ">Archiv</a>" in page(built, "de/hallo")
    assert ">Archive</a>" in page(built, "plain")


def test_the_navigation_leads_to_the_translated_page(built: Path) -> None:
    assert '<a href="/news/about/"><bdi>About</bdi></a>' in page(built, "hello")
    assert '<a href="/news/de/ueber/"><bdi>Über uns</bdi></a>' in page(built, "de/hallo")
    assert '<a href="/news/about/"><bdi>About</bdi></a>' in page(built, "fr/hello")


def test_a_withdrawn_original_leaves_its_translations(make: Make, versions: list[Post]) -> None:
    built = make(replace(versions[0], withdrawn="wrong"), *versions[1:]).path
    assert [code for code, _ in alternates(page(built, "de/hallo"))] == ["de", "fr", "x-default"]
    assert "Title of hello" not in page(built, "de/hallo")


def test_a_site_of_one_language_has_no_alternates(make: Make, post: MakePost, site: Site) -> None:
    built = make(post("hello"), site=replace(site, languages=())).path
    assert not (built / "de").exists()
    assert alternates(page(built, "")) == alternates(page(built, "hello")) == []
