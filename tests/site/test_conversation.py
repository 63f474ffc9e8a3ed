"""The conversation on the page of a post: for people and for machines, and for that page alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import mf2py
import pytest

from outreach.model.post import Post
from outreach.site import share
from outreach.site.build import Around, Builder, Site
from outreach.site.talk import Said, Talk, Tally

AT = datetime(2026, 5, 2, 10, tzinfo=UTC)
NONE = Talk(said=(), tallies=(), replies=0, more=0)


def said(author: str = "Grace", **more: Any) -> Said:
    fields: dict[str, Any] = {
        "anchor": f"reply-{author}",
        "author": author,
        "author_url": f"https://social.example/@{author}",
        "network": "Mastodon",
        "url": f"https://social.example/@{author}/1",
        "at": AT,
        "paragraphs": ("Hello there",),
    }
    return Said(**fields | more)


def talk(*words: Said, **more: Any) -> Talk:
    fields: dict[str, Any] = {"tallies": (), "replies": len(words), "more": 0}
    return Talk(said=words, **fields | more)


@pytest.fixture
def page(tmp_path: Path, site: Site, post: Callable[..., Post]) -> Callable[..., str]:
    """The page of a post under which this is said."""

    def build(shown: Talk | None, changes: dict[str, Any] | None = None, **settings: Any) -> str:
        builder = Builder(
            site=replace(site, **settings), out=tmp_path / "out", cache=tmp_path / "cache"
        )
        around = Around(
            syndication={"2026/hello": [("mastodon", "https://social.example/@acme/1")]},
            talk={"2026/hello": id(shown)},
            conversation=None if shown is None else lambda slug: shown,
        )
        builder([post(**changes or {})], around=around, media={}, static={})
        return (tmp_path / "out/2026/hello/index.html").read_text("utf-8")

    return build


def test_a_machine_reads_each_reply(page: Callable[..., str], site: Site) -> None:
    own = said("Eve", url="", network="", anchor="comment-1", author_url="", depth=1)
    html = page(talk(said(), own))
    entry = next(it for it in mf2py.parse(html)["items"] if "h-entry" in it["type"])
    first, second = entry["properties"]["comment"]
    assert first["type"] == ["h-cite"]
    assert first["properties"]["url"] == ["https://social.example/@Grace/1"]
    (published,) = first["properties"]["published"]
    assert datetime.fromisoformat(published) == AT
    assert first["properties"]["content"] == ["Hello there"]
    (author,) = first["properties"]["author"]
    assert author["properties"]["name"] == ["Grace"]
    assert author["properties"]["url"] == ["https://social.example/@Grace"]
    assert second["properties"]["url"] == [f"{site.url}/2026/hello/#comment-1"]
    assert entry["properties"]["author"][0]["properties"]["name"] == ["Ada"]


def test_what_people_wrote_is_text(page: Callable[..., str]) -> None:
    evil = "<script>alert(1)</script><img src=https://evil.example/x>"
    html = page(
        talk(said(evil, paragraphs=(evil,), network=evil, anchor="a", author_url="", url=""))
    )
    assert "<script>alert" not in html and "<img src=https" not in html
    assert html.count("&lt;script&gt;alert(1)") == 3


class _Asked(HTMLParser):
    """What a browser asks for by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        asks = tag in ("img", "script", "iframe", "source", "video", "audio")
        self.found += [values[it] for it in ("src", "srcset") if it in values and asks]
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.found.append(values["href"])


def test_nobody_else_is_asked_for_anything(page: Callable[..., str], site: Site) -> None:
    html = page(talk(said()), comments=True, share=tuple(share.TITLES))
    reader = _Asked()
    reader.feed(html)
    assert reader.found
    assert all(link.startswith(f"{site.base}/") for link in reader.found)
    assert "<script" not in html.partition('id="conversation"')[2]


def test_links_of_strangers_are_not_ours(page: Callable[..., str]) -> None:
    """No search engine takes them for a recommendation."""
    html = page(talk(said()))
    for link in ("https://social.example/@Grace", "https://social.example/@Grace/1"):
        assert f'rel="nofollow ugc noopener" href="{link}"' in html


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (talk(said()), "1 reply"),
        (talk(said(), said("Bob")), "2 replies"),
        (talk(tallies=(Tally(number=12, verb="liked", network="Mastodon"),)),
         "<strong>12</strong> people liked this on Mastodon"),
        (talk(tallies=(Tally(number=1, verb="liked", network=""),)),
         "<strong>1</strong> person liked this here"),
        (talk(said(), replies=38, more=37), "And 37 more on"),
    ],
)  # fmt: skip
def test_how_many(page: Callable[..., str], shown: Talk, words: str) -> None:
    assert words in page(shown)


def test_nothing_said_is_nothing_shown(page: Callable[..., str]) -> None:
    html = page(None)
    assert 'id="conversation"' not in html and "<form" not in html
    assert page(NONE) == html


def test_the_form_is_there_where_comments_are_on(page: Callable[..., str], site: Site) -> None:
    html = page(NONE, comments=True)
    assert f'action="{site.base}/comment"' in html
    assert f'action="{site.base}/comment/like"' in html
    assert html.count('<input type="hidden" name="post" value="2026/hello">') == 2
    assert "<form" not in page(NONE, {"comments": False}, comments=True)
    assert 'action="https://d.example/comment"' in page(
        NONE, comments=True, door="https://d.example"
    )


def test_only_the_page_that_is_talked_about_is_written(
    tmp_path: Path, site: Site, post: Callable[..., Post]
) -> None:
    builder = Builder(site=site, out=tmp_path / "out", cache=tmp_path / "cache")
    posts, asked = [post(), post("2026/other")], list[str]()

    def conversation(slug: str) -> Talk:
        asked.append(slug)
        return talk(said())

    for state in (1, 1, 2):
        around = Around(talk={"2026/hello": state}, conversation=conversation)
        builder(posts, around=around, media={}, static={})
        asked.append("built")
    assert sorted(asked[:2]) == ["2026/hello", "2026/other"]
    assert asked[2:] == ["built", "built", "2026/hello", "built"]


def test_a_post_is_shared_by_plain_links(page: Callable[..., str]) -> None:
    html = page(None, {"title": "50 % & more"}, share=tuple(share.TITLES))
    links = html.partition('class="share"')[2].partition("</p>")[0]
    for title in share.TITLES.values():
        assert f">{title}</a>" in links
    assert 'class="share"' not in page(None)


def test_each_place_gets_title_and_address(site: Site, page: Callable[..., str]) -> None:
    html = page(None, {"title": "50 % & more?"}, share=tuple(share.TITLES))
    reader = _Links()
    reader.feed(html.partition('class="share"')[2].partition("</p>")[0])
    url = f"{site.url}/2026/hello/"
    for place, link in zip(share.TITLES, reader.found, strict=True):
        fields = " ".join(value for _, value in parse_qsl(urlsplit(link).query))
        wanted = "2026/hello" if place == "mastodon" else url
        assert wanted in fields, place
        assert place in ("linkedin", "mastodon") or "50 % & more?" in fields, place


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs)["href"] or "")
