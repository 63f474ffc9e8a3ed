"""The pages of those who write."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import mf2py
import pytest

from outreach.model.post import Post
from outreach.site.build import Build, Site
from outreach.site.views import Profile

from .conftest import URL

Make = Callable[..., Build]
MakePost = Callable[..., Post]


@pytest.fixture
def built(make: Make, post: MakePost, site: Site) -> Path:
    ada = Profile(
        name="Ada Moreau",
        bio="Writes <programs>.",
        photo="team/ada.jpg",
        links=("https://social.example/@ada",),
    )
    quiet = Profile(name="Grace", bio="Writes nothing yet.")
    return make(
        post("both", author="Ada Moreau, Bob", published=datetime(2026, 5, 3, tzinfo=UTC)),
        post("adas", author="Ada Moreau", published=datetime(2026, 5, 2, tzinfo=UTC)),
        post("bobs", author="Bob", published=datetime(2026, 5, 1, tzinfo=UTC)),
        post("de/x", author="Bob", language="de", is_translation=True, translation="posts/x"),
        post("about", author="Zoe", is_page=True),
        site=replace(site, profiles=(ada, quiet)),
    ).path


def page(built: Path, name: str) -> str:
    return (built / "authors" / name / "index.html").read_text("utf-8")


def posts(built: Path, name: str) -> list[str]:
    """The addresses in an author's feed."""
    feed = json.loads((built / f"authors/{name}/feed.json").read_text())
    return [item["url"].removeprefix(f"{URL}/") for item in feed["items"]]


def test_an_author_has_a_page_with_who_they_are(built: Path) -> None:
    (card,) = (
        it
        for it in mf2py.parse(page(built, "ada-moreau"), url=f"{URL}/authors/ada-moreau/")["items"]
        if "h-feed" in it["type"]
    )
    author = card["properties"]["author"][0]["properties"]
    assert author["name"] == ["Ada Moreau"]
    assert author["note"] == ["Writes <programs>."]
    assert "https://social.example/@ada" in author["url"]
    assert 'rel="me" href="https://social.example/@ada"' in page(built, "ada-moreau")
    assert 'src="/news/team/ada.jpg"' in page(built, "ada-moreau")


def test_a_post_of_several_is_on_the_page_and_in_the_feeds_of_each(built: Path) -> None:
    assert posts(built, "ada-moreau") == ["both/", "adas/"]
    assert posts(built, "bob") == ["both/", "bobs/"]
    for name in ("atom.xml", "rss.xml"):
        assert "Ada Moreau · Blog" in (built / "authors/ada-moreau" / name).read_text("utf-8")
    both = (built / "both/index.html").read_text("utf-8")
    assert 'href="/news/authors/ada-moreau/"' in both
    assert 'href="/news/authors/bob/"' in both


def test_nobody_needs_to_be_introduced_and_nobody_needs_to_write(built: Path) -> None:
    assert "Bob" in page(built, "bob")
    assert "Writes nothing yet." in page(built, "grace")
    assert posts(built, "grace") == []


def test_who_wrote_a_plain_page_alone_has_none(built: Path) -> None:
    assert not (built / "authors/zoe").exists()


def test_two_spellings_of_one_address_are_one_author(make: Make, post: MakePost) -> None:
    built = make(post("a", author="Ada"), post("b", author="ada")).path
    assert sorted(path.name for path in (built / "authors").iterdir()) == ["ada"]
    assert len(posts(built, "ada")) == 2
