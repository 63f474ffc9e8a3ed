import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from outreach.model.post import Post
from outreach.site.build import Build, Site

Make = Callable[..., Build]
MakePost = Callable[..., Post]

HOSTILE = "a\x00b\x0b\x1b]]> <script>alert(1)</script> {{7*7}} &amp; \ud800\ufffe\u202e“"


def page(built: Build, slug: str = "2026/hello") -> str:
    return (built.path / slug / "index.html").read_text("utf-8")


def test_a_post_page_has_its_microformats(make: Make, post: MakePost) -> None:
    html = page(make(post(tags=("a b",))))
    for part in (
        '<html lang="en">',
        '<article class="post h-entry"',
        '<h1 class="p-name"><bdi>Title of 2026/hello</bdi></h1>',
        '<span class="p-author h-card">',
        '<time class="dt-published" datetime="2026-05-01T10:00:00+00:00">1 May 2026</time>',
        '<div class="e-content">',
        '<a class="u-url" href="https://blog.example/news/2026/hello/">',
        '<a class="p-category" rel="tag" href="/news/tags/a-b/"><bdi>a b</bdi></a>',
    ):
        assert part in html


def test_a_post_page_has_its_card(make: Make, post: MakePost) -> None:
    html = page(make(post(summary="In <short>")))
    for part in (
        '<link rel="canonical" href="https://blog.example/news/2026/hello/">',
        '<meta property="og:title" content="Title of 2026/hello">',
        '<meta property="og:description" content="In &lt;short&gt;">',
        '<meta property="og:url" content="https://blog.example/news/2026/hello/">',
        '<meta property="og:type" content="article">',
        '<meta property="article:published_time" content="2026-05-01T10:00:00+00:00">',
        '<meta name="twitter:card" content="summary">',
    ):
        assert part in html


def test_the_summary_is_the_first_paragraph_where_there_is_none(make: Make, post: MakePost) -> None:
    assert 'content="The body of 2026/hello."' in page(make(post()))


def test_a_receipt_appears_as_a_syndication_link(make: Make, post: MakePost) -> None:
    assert "u-syndication" not in page(make(post()))
    links = {
        "2026/hello": [("mastodon", "https://m.example/1"), ("own-forum", "https://f.example/2")]
    }
    html = page(make(post(), syndication=links))
    assert (
        '<a class="u-syndication" rel="syndication noopener" href="https://m.example/1">'
        "<bdi>Mastodon</bdi></a>" in html
    )
    assert "<bdi>own-forum</bdi>" in html


def test_a_link_that_is_no_web_address_is_left_out(make: Make, post: MakePost) -> None:
    links = {"2026/hello": [("mastodon", "javascript:alert(1)")]}
    assert "alert(1)" not in page(make(post(), syndication=links))


def test_pages_ask_nobody_else_and_run_nothing(make: Make, post: MakePost) -> None:
    built = make(post())
    for name in ("index.html", "2026/hello/index.html", "tags/index.html", "404.html"):
        html = (built.path / name).read_text()
        assert "<script" not in html
        assert 'src="http' not in html
        assert '<link rel="stylesheet" href="/news/style.css">' in html
    style = (built.path / "style.css").read_text()
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style
    assert ".highlight" in style


def test_hostile_names_are_text(make: Make, post: MakePost) -> None:
    it = post(title=HOSTILE, author=HOSTILE, summary=HOSTILE, tags=(HOSTILE,))
    built = make(it, site=Site(title=HOSTILE, url="https://x.org", description=HOSTILE))
    for path in built.path.rglob("*.html"):
        html = path.read_bytes().decode("utf-8")
        assert "<script" not in html
        assert "\x00" not in html
    assert "<bdi>ab]]&gt; &lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in page(built)


def test_feeds_of_hostile_posts_are_well_formed(make: Make, post: MakePost) -> None:
    it = post(title=HOSTILE, body=HOSTILE, author=HOSTILE, summary=HOSTILE, tags=(HOSTILE,))
    built = make(it, site=Site(title=HOSTILE, url="https://x.org", description=HOSTILE))
    raw = (built.path / "atom.xml").read_bytes()
    ET.fromstring(raw)
    ET.fromstring((built.path / "sitemap.xml").read_bytes())
    feed = feedparser.parse(raw)
    assert feed.bozo == 0
    assert "<script" not in feed.entries[0].content[0].value
    item = json.loads((built.path / "feed.json").read_bytes())["items"][0]
    assert "\x0b" not in item["title"]
    assert "<script" not in item["content_html"]


def test_the_atom_feed_is_complete(make: Make, post: MakePost) -> None:
    body = "Whole *text*.\n\n[link](/docs/) ![i](i.png) [up](../)\n\n    a < b & c"
    built = make(post(body=body, tags=("x",), updated=datetime(2026, 6, 1, tzinfo=UTC)))
    feed = feedparser.parse((built.path / "atom.xml").read_bytes(), sanitize_html=False)
    assert feed.bozo == 0
    assert feed.feed.id == "https://blog.example/news/"
    assert feed.feed.updated == "2026-06-01T00:00:00+00:00"
    (entry,) = feed.entries
    assert entry.id == entry.link == "https://blog.example/news/2026/hello/"
    assert entry.published == "2026-05-01T10:00:00+00:00"
    assert entry.author == "Ada"
    assert [tag.term for tag in entry.tags] == ["x"]
    content = entry.content[0].value
    assert "<em>text</em>" in content
    assert 'href="https://blog.example/docs/"' in content
    assert 'href="https://blog.example/news/2026/"' in content
    assert 'src="https://blog.example/news/2026/hello/i.png"' in content
    assert "a &lt; b &amp; c" in content


def test_the_json_feed_follows_version_1_1(make: Make, post: MakePost) -> None:
    built = make(post(tags=("x",), language="de"))
    feed = json.loads((built.path / "feed.json").read_bytes())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://blog.example/news/feed.json"
    (item,) = feed["items"]
    assert item["id"] == item["url"] == "https://blog.example/news/2026/hello/"
    assert item["date_published"] == "2026-05-01T10:00:00+00:00"
    assert (item["tags"], item["language"], item["authors"]) == (["x"], "de", [{"name": "Ada"}])


def test_feeds_hold_the_newest_fifty(make: Make, post: MakePost) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = make(*(post(f"p{n}", published=start + timedelta(days=n)) for n in range(60)))
    feed = feedparser.parse((built.path / "atom.xml").read_bytes())
    items = json.loads((built.path / "feed.json").read_bytes())["items"]
    names = [f"Title of p{n}" for n in range(59, 9, -1)]
    assert [entry.title for entry in feed.entries] == names
    assert [item["title"] for item in items] == names
    assert "All 60 posts" in (built.path / "index.html").read_text()
    assert (built.path / "sitemap.xml").read_text().count("<loc>") == 61


@pytest.mark.parametrize(("language", "date"), [("en-GB", "1 May 2026"), ("de", "2026-05-01")])
def test_a_page_speaks_its_language(make: Make, post: MakePost, language: str, date: str) -> None:
    html = page(make(post(language=language)))
    assert f'<html lang="{language}">' in html
    assert f">{date}</time>" in html


def test_a_tag_page_lists_its_posts(make: Make, post: MakePost) -> None:
    built = make(post(tags=("Rust",)), post("other", tags=("rust", "go")), post("third"))
    html = page(built, "tags/rust")
    assert "2 posts" in html
    assert "third" not in html
    assert "u-syndication" not in html
    assert Path(built.path / "tags/go/index.html").exists()


def test_headings_link_to_themselves_on_the_page_only(make: Make, post: MakePost) -> None:
    built = make(post(body="## A head"))
    assert '<a class="anchor" href="#a-head"' in page(built)
    assert "anchor" not in (built.path / "atom.xml").read_text()


def test_feeds_name_their_hub_where_there_is_one(make: Make, post: MakePost) -> None:
    site = Site(title="Blog", url="https://blog.example/news", hub="https://hub.example/?a=1&b=2")
    built = make(post(), site=site)
    links = feedparser.parse((built.path / "atom.xml").read_bytes()).feed.links
    assert [it.href for it in links if it.rel == "hub"] == [site.hub]
    assert [it.href for it in links if it.rel == "self"] == [f"{site.url}/atom.xml"]
    feed = json.loads((built.path / "feed.json").read_bytes())
    assert feed["hubs"] == [{"type": "WebSub", "url": site.hub}]
    assert feed["feed_url"] == f"{site.url}/feed.json"
    built = make(post())
    assert b'rel="hub"' not in (built.path / "atom.xml").read_bytes()
    assert "hubs" not in json.loads((built.path / "feed.json").read_bytes())
