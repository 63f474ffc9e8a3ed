"""What a page says to machines: microformats, JSON-LD, links between people and places."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import mf2py

from outreach.model.post import Media, Post
from outreach.site.build import Build, Site
from outreach.site.views import Profile

Make = Callable[..., Build]
MakePost = Callable[..., Post]

PHOTO = Media(path="https://a.example/p.png", alt="A lantern")


def parsed(built: Build, path: str) -> dict[str, Any]:
    html = (built.path / path / "index.html").read_text()
    found: dict[str, Any] = mf2py.parse(doc=html, url=f"https://blog.example/news/{path}/")
    return found


def names(entry: dict[str, Any]) -> list[str]:
    return [name for author in entry["author"] for name in author["properties"]["name"]]


def posting(html: str) -> dict[str, Any]:
    """The JSON-LD of a page, which has one such block."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    data: dict[str, Any] = json.loads(found)
    return data


def test_a_post_is_an_h_entry(make: Make, post: MakePost) -> None:
    it = post(author="Ada, Bo", tags=("x", "y z"), media=(PHOTO,), summary="In short")
    places = {it.slug: [("mastodon", "https://m.example/1")]}
    (found,) = parsed(make(it, syndication=places), it.slug)["items"]
    entry = found["properties"]
    assert found["type"] == ["h-entry"]
    assert entry["name"] == ["Title of 2026/hello"]
    assert entry["url"] == entry["uid"] == ["https://blog.example/news/2026/hello/"]
    assert [author["type"] for author in entry["author"]] == [["h-card"], ["h-card"]]
    assert names(entry) == ["Ada", "Bo"]
    urls = [author["properties"]["url"] for author in entry["author"]]
    assert urls[1] == ["https://blog.example/news/authors/bo/"]
    assert entry["published"] == ["2026-05-01T10:00:00+0000"]
    assert entry["category"] == ["x", "y z"]
    assert entry["photo"] == [{"value": PHOTO.path, "alt": PHOTO.alt}]
    assert entry["syndication"] == ["https://m.example/1"]
    assert entry["summary"] == ["In short"]
    assert entry["content"][0]["value"] == "The body of 2026/hello."


def test_lists_are_h_feeds(make: Make, post: MakePost) -> None:
    built = make(post(tags=("x",)), post("note", title="", text="A note.", tags=("x",)))
    for path in ("", "tags/x", "authors/ada", "archive"):
        (feed,) = parsed(built, path)["items"]
        assert feed["type"] == ["h-feed"]
        assert [it["type"] for it in feed["children"]] == [["h-entry"], ["h-entry"]]
        for entry in feed["children"]:
            assert entry["properties"]["url"][0].startswith("https://blog.example/news/")
            assert entry["properties"]["published"] == ["2026-05-01T10:00:00+0000"]
    entries = parsed(built, "")["items"][0]["children"]
    assert [names(it["properties"]) for it in entries] == [["Ada"], ["Ada"]]


def test_people_and_places_say_that_they_are_one(make: Make, post: MakePost, site: Site) -> None:
    ada = Profile(name="Ada", bio="Writes.", photo="ada.png", links=("https://m.example/@ada",))
    site = replace(site, rel_me=("https://m.example/@blog",), profiles=(ada,))
    built = make(post(), site=site)
    assert parsed(built, "")["rels"]["me"] == ["https://m.example/@blog"]
    page = parsed(built, "authors/ada")
    assert "https://m.example/@ada" in page["rels"]["me"]
    (author,) = page["items"][0]["properties"]["author"]
    assert author["properties"]["uid"] == ["https://blog.example/news/authors/ada/"]
    assert author["properties"]["url"][-1] == "https://m.example/@ada"


def test_every_page_has_one_canonical_link(make: Make, post: MakePost) -> None:
    built = make(post(tags=("x",)), post("about", is_page=True))
    for path in ("", "2026/hello", "about", "tags/x", "authors/ada", "archive", "tags"):
        where = f"https://blog.example/news/{path}/".replace("news//", "news/")
        assert parsed(built, path)["rels"]["canonical"] == [where]


def test_a_post_is_a_blog_posting_for_search_engines(make: Make, post: MakePost) -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    built = make(post(author="Ada, Bo", tags=("x",), language="de", updated=june, media=(PHOTO,)))
    found = posting((built.path / "2026/hello/index.html").read_text())
    assert (found["@context"], found["@type"]) == ("https://schema.org", "BlogPosting")
    assert found["headline"] == "Title of 2026/hello"
    assert found["mainEntityOfPage"] == "https://blog.example/news/2026/hello/"
    assert found["datePublished"] == "2026-05-01T10:00:00+00:00"
    assert found["dateModified"] == "2026-06-01T00:00:00+00:00"
    assert (found["inLanguage"], found["keywords"]) == ("de", ["x"])
    assert (found["image"], found["wordCount"]) == ([PHOTO.path], 5)
    assert found["author"][1] == {
        "@type": "Person",
        "name": "Bo",
        "url": "https://blog.example/news/authors/bo/",
    }
    assert found["publisher"]["name"] == "Blog & Co"


def test_nothing_gets_out_of_the_data(make: Make, post: MakePost) -> None:
    title = '</script><script>alert(1)</script> "\\ <!-- & \u2028 ]]>'
    html = (make(post(title=title)).path / "2026/hello/index.html").read_text()
    assert posting(html)["headline"] == title
    assert "<script>" not in html
    assert html.count("</script>") == 1
