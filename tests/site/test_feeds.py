"""Every feed by the rules of its format: RFC 4287's grammar, RSS 2.0, JSON Feed 1.1."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from lxml import etree

from outreach.model.post import Post
from outreach.site.build import Build, Site
from outreach.site.folder import scan
from outreach.site.posts import read_post
from outreach.site.views import Language

from ..shared import SHARED, needs_shared

Make = Callable[..., Build]
MakePost = Callable[..., Post]

HOSTILE = "a\x00b\x0b\x1b]]> <script>alert(1)</script> {{7*7}} &amp; \ud800\ufffe\u202e“"
ATOM = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
NAMES = ("atom.xml", "rss.xml", "feed.json")

_TEXT = {"type": "string", "minLength": 1}
_ADDRESS = {"type": "string", "pattern": "^https?://[^\\s]+$"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_AUTHORS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": _TEXT, "url": _ADDRESS, "avatar": _ADDRESS},
        "additionalProperties": False,
        "minProperties": 1,
    },
}
_ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
    "properties": {
        "id": _TEXT,
        "url": _ADDRESS,
        "title": _TEXT,
        "content_html": {"type": "string"},
        "summary": {"type": "string"},
        "image": _ADDRESS,
        "date_published": _TIME,
        "date_modified": _TIME,
        "authors": _AUTHORS,
        "tags": {"type": "array", "items": _TEXT},
        "language": _TEXT,
    },
    "additionalProperties": False,
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _TEXT,
        "home_page_url": _ADDRESS,
        "feed_url": _ADDRESS,
        "description": {"type": "string"},
        "language": _TEXT,
        "authors": _AUTHORS,
        "hubs": {"type": "array", "items": {"type": "object", "required": ["type", "url"]}},
        "items": {"type": "array", "items": _ITEM},
    },
    "additionalProperties": False,
}


def newest(name: str, count: int) -> list[Post]:
    """The last posts of a real blog, by the names of their files."""
    folder = SHARED / "corpora" / name
    return [
        read_post(
            path.read_text("utf-8"),
            path=f"posts/{name}/{path.relative_to(folder).as_posix()}",
            site_url="https://blog.example",
            author="Ada",
            language="en",
            voices=None,
            first_seen=None,
        )
        for path in scan(folder)[0][-count:]
    ]


def json_feed(path: Path) -> dict[str, Any]:
    """A JSON Feed by the rules of version 1.1."""
    found: dict[str, Any] = json.loads(path.read_bytes())
    jsonschema.validate(found, JSON_FEED)
    ids = [item["id"] for item in found["items"]]
    assert len(ids) == len(set(ids))
    return found


def parsed(path: Path) -> Any:
    """An XML feed that feedparser finds nothing wrong with, and that is valid."""
    raw = path.read_bytes()
    found = feedparser.parse(raw, sanitize_html=False)
    assert not found.bozo, (path, found.get("bozo_exception"))
    if path.name == "atom.xml":
        assert ATOM.validate(etree.fromstring(raw)), ATOM.error_log
        assert len({it.id for it in found.entries}) == len(found.entries)
    else:
        assert found.version == "rss20"
    return found


def every_feed(built: Build) -> list[Path]:
    """The feeds of a site, each read and valid."""
    found = [path for name in NAMES for path in sorted(built.path.rglob(name))]
    for path in found:
        (json_feed if path.suffix == ".json" else parsed)(path)
    return found


def test_the_grammar_can_go_red() -> None:
    sound = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>https://a.example/</id><title>A</title>'
        "<updated>2026-01-01T00:00:00Z</updated></feed>"
    )
    assert ATOM.validate(etree.fromstring(sound))
    for part, instead in (
        ("<title>A</title>", ""),
        ("https://a.example/", "a"),
        ("00Z", "00"),
        ("</feed>", "<hub/></feed>"),
    ):
        assert not ATOM.validate(etree.fromstring(sound.replace(part, instead)))


def test_feeds_of_hostile_posts_are_valid(make: Make, post: MakePost) -> None:
    words = {"title": HOSTILE, "author": HOSTILE, "summary": HOSTILE, "tags": (HOSTILE, "a b&c")}
    built = make(
        post(body=HOSTILE, **words),
        post("other", title="", text=HOSTILE, body=HOSTILE, correction=HOSTILE, id=HOSTILE),
        site=Site(title=HOSTILE, url="https://x.org", description=HOSTILE, hub="https://h.org/?&<"),
    )
    assert len(every_feed(built)) >= 4 * len(NAMES)
    for entry in parsed(built.path / "atom.xml").entries:
        assert "<script" not in entry.content[0].value
    item = json_feed(built.path / "feed.json")["items"][1]
    assert "\x0b" not in item["title"]
    assert "<script" not in item["content_html"]
    ET.fromstring((built.path / "sitemap.xml").read_bytes())


def test_an_empty_site_has_valid_feeds(make: Make) -> None:
    assert len(every_feed(make())) == len(NAMES)


@needs_shared
def test_feeds_of_real_posts_are_valid(make: Make) -> None:
    posts = [it for name in ("linkerd-blog", "rust-blog") for it in newest(name, 12)]
    built = make(*posts, site=Site(title="Blog", url="https://blog.example"), deadline=10.0)
    assert built.failed == ()
    for name in NAMES[:2]:
        assert len(parsed(built.path / name).entries) > 20
    json_feed(built.path / "feed.json")


def test_the_atom_feed_is_complete(make: Make, post: MakePost) -> None:
    body = "Whole *text*.\n\n[link](/docs/) ![i](i.png) [up](../)\n\n    a < b & c"
    it = post(body=body, tags=("x",), updated=datetime(2026, 6, 1, tzinfo=UTC), author="Ada, Bo B")
    feed = parsed(
        make(it, post("old", published=datetime(2020, 1, 1, tzinfo=UTC))).path / "atom.xml"
    )
    assert feed.feed.id == feed.feed.link == "https://blog.example/news/"
    assert feed.feed.updated == "2026-06-01T00:00:00+00:00"
    entry = feed.entries[0]
    assert entry.id == entry.link == "https://blog.example/news/2026/hello/"
    assert entry.published == "2026-05-01T10:00:00+00:00"
    assert entry.updated == "2026-06-01T00:00:00+00:00"
    assert [(by.name, by.href) for by in entry.authors] == [
        ("Ada", "https://blog.example/news/authors/ada/"),
        ("Bo B", "https://blog.example/news/authors/bo-b/"),
    ]
    assert [tag.term for tag in entry.tags] == ["x"]
    content = entry.content[0].value
    assert "<em>text</em>" in content
    assert 'href="https://blog.example/docs/"' in content
    assert 'href="https://blog.example/news/2026/"' in content
    assert 'src="https://blog.example/news/2026/hello/i.png"' in content
    assert "a &lt; b &amp; c" in content


def test_the_json_feed_is_complete(make: Make, post: MakePost) -> None:
    built = make(post(tags=("x",), language="de", updated=datetime(2026, 6, 1, tzinfo=UTC)))
    feed = json_feed(built.path / "feed.json")
    assert feed["feed_url"] == "https://blog.example/news/feed.json"
    (item,) = feed["items"]
    assert item["id"] == item["url"] == "https://blog.example/news/2026/hello/"
    assert item["date_published"] == "2026-05-01T10:00:00+00:00"
    assert item["date_modified"] == "2026-06-01T00:00:00+00:00"
    assert (item["tags"], item["language"]) == (["x"], "de")
    assert item["authors"] == [{"name": "Ada", "url": "https://blog.example/news/authors/ada/"}]
    assert "<em>2026/hello</em>" in item["content_html"]


def test_the_rss_feed_is_complete(make: Make, post: MakePost) -> None:
    built = make(post(tags=("x",), summary="a <b> & c", author="Ada, Bo"))
    feed = parsed(built.path / "rss.xml")
    assert feed.feed.link == "https://blog.example/news/"
    (entry,) = feed.entries
    guid = '<guid isPermaLink="true">https://blog.example/news/2026/hello/</guid>'
    assert guid in (built.path / "rss.xml").read_text()
    assert entry.published == "Fri, 01 May 2026 10:00:00 +0000"
    assert [by.name for by in entry.authors] == ["Ada", "Bo"]
    assert entry.summary == "a &lt;b&gt; &amp; c"
    assert "<em>2026/hello</em>" in entry.content[0].value


@pytest.mark.parametrize(
    ("id_", "in_atom"),
    [
        ("tag:old.example,2012:/hello", "tag:old.example,2012:/hello"),
        ("5f3c2b", "https://blog.example/news/2026/hello/"),
    ],
)
def test_an_id_of_an_earlier_blog_is_kept(
    make: Make, post: MakePost, id_: str, in_atom: str
) -> None:
    built = make(post(id=id_))
    assert parsed(built.path / "rss.xml").entries[0].id == id_
    assert 'isPermaLink="false"' in (built.path / "rss.xml").read_text()
    assert json_feed(built.path / "feed.json")["items"][0]["id"] == id_
    assert parsed(built.path / "atom.xml").entries[0].id == in_atom


def test_a_note_has_no_title_where_none_is_needed(make: Make, post: MakePost) -> None:
    built = make(post(title="", text="Just a note."))
    assert "title" not in parsed(built.path / "rss.xml").entries[0]
    assert "title" not in json_feed(built.path / "feed.json")["items"][0]
    assert parsed(built.path / "atom.xml").entries[0].title == "Just a note."


def test_feeds_hold_the_newest_fifty(make: Make, post: MakePost) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = make(*(post(f"p{n}", published=start + timedelta(days=n)) for n in range(60)))
    names = [f"Title of p{n}" for n in range(59, 9, -1)]
    for name in ("atom.xml", "rss.xml"):
        assert [entry.title for entry in parsed(built.path / name).entries] == names
    items = json_feed(built.path / "feed.json")["items"]
    assert [item["title"] for item in items] == names


def test_tags_authors_and_languages_have_feeds_of_their_own(
    make: Make, post: MakePost, site: Site
) -> None:
    site = replace(site, languages=(Language(code="de", title="Blog auf Deutsch"),))
    day = datetime(2026, 1, 1, tzinfo=UTC)
    built = make(
        post("one", tags=("C++",), published=day),
        post("two", tags=("c++", "Go"), author="Bo B", published=day + timedelta(days=1)),
        post("de/one", title="Titel", language="de", is_translation=True, translation="posts/one"),
        site=site,
    )
    for folder, titles in {
        "tags/c++": ["Title of two", "Title of one"],
        "tags/go": ["Title of two"],
        "authors/bo-b": ["Title of two"],
        "de": ["Titel"],
    }.items():
        home = f"{site.url}/{folder}/".replace("++", "%2B%2B")
        for name in ("atom.xml", "rss.xml"):
            feed = parsed(built.path / folder / name)
            assert [entry.title for entry in feed.entries] == titles
            assert feed.feed.link == home
            assert [it.href for it in feed.feed.links if it.rel == "self"] == [f"{home}{name}"]
        found = json_feed(built.path / folder / "feed.json")
        assert [item["title"] for item in found["items"]] == titles
        assert (found["home_page_url"], found["feed_url"]) == (home, f"{home}feed.json")
        page = (built.path / folder / "index.html").read_text()
        path = home.removeprefix("https://blog.example") if folder == "de" else home
        assert (
            f'type="application/rss+xml" title="{escape(feed.feed.title)}" href="{path}rss' in page
        )


def test_feeds_lie_also_where_an_earlier_blog_had_them(
    make: Make, post: MakePost, site: Site
) -> None:
    further = (("index.xml", "rss"), ("blog/feed.atom", "atom"), ("feed/index.html", "rss"))
    site = replace(site, feeds=further)
    built = make(post(tags=("x",)), site=site)
    assert parsed(built.path / "index.xml").feed.title == "Blog & Co"
    assert parsed(built.path / "tags/x/index.xml").feed.title == "x · Blog & Co"
    assert feedparser.parse((built.path / "blog/feed.atom").read_bytes()).version == "atom10"
    assert not (built.path / "tags/x/blog").exists()
    links = feedparser.parse((built.path / "feed/index.html").read_bytes()).feed.links
    assert [it.href for it in links if it.rel == "self"] == [f"{site.url}/feed/"]


def test_what_is_no_post_or_taken_back_is_in_no_feed(make: Make, post: MakePost) -> None:
    built = make(
        post(tags=("x",)),
        post(
            "gone", title="Withdrawn words", body="Withdrawn words", withdrawn="wrong", tags=("x",)
        ),
        post("about", title="Plain words", body="Plain words", is_page=True, tags=("x",)),
    )
    for path in every_feed(built):
        assert b"Withdrawn words" not in path.read_bytes()
        assert b"Plain words" not in path.read_bytes()


def test_every_page_leads_to_the_feeds(make: Make, post: MakePost) -> None:
    built = make(post())
    for name in ("index.html", "2026/hello/index.html", "archive/index.html", "404.html"):
        page = (built.path / name).read_text()
        for type_, feed in (("atom+xml", "atom.xml"), ("rss+xml", "rss.xml")):
            assert f'type="application/{type_}" title="Blog &amp; Co" href="/news/{feed}"' in page


def test_feeds_name_their_hub_where_there_is_one(make: Make, post: MakePost, site: Site) -> None:
    site = replace(site, hub="https://hub.example/?a=1&b=2")
    built = make(post(tags=("x",)), site=site)
    for name in ("atom.xml", "rss.xml", "tags/x/atom.xml"):
        links = parsed(built.path / name).feed.links
        assert [it.href for it in links if it.rel == "hub"] == [site.hub]
    feed = json_feed(built.path / "feed.json")
    assert feed["hubs"] == [{"type": "WebSub", "url": site.hub}]
    built = make(post())
    for path in every_feed(built):
        assert b"hub" not in path.read_bytes()
