"""Ghost's export: the same addresses, ids and feed; what is lost is said."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.model.errors import Refused
from outreach.site.posts import read_post
from outreach.site.sources import read
from outreach.site.written import write

from .exports import ghost, one, post, said, written

AUTHORS = {
    "users": [{"id": "1", "name": "Ada Moreau", "slug": "ada"}],
    "posts_authors": [{"post_id": "65a1f0c2", "author_id": "1", "sort_order": 0}],
}
TAGS = {
    "tags": [
        {"id": "7", "name": "News", "slug": "news"},
        {"id": "8", "name": "#internal", "slug": "hash-internal"},
        {"id": "9", "name": "Go & Rust", "slug": "go-rust"},
    ],
    "posts_tags": [
        {"post_id": "65a1f0c2", "tag_id": "7", "sort_order": 10},
        {"post_id": "65a1f0c2", "tag_id": "8", "sort_order": 1},
        {"post_id": "65a1f0c2", "tag_id": "9", "sort_order": 2},
    ],
}


def test_a_post_keeps_its_address_its_id_and_what_it_says(tmp_path: Path) -> None:
    source = ghost(
        tmp_path,
        post(
            custom_excerpt="In short.",
            updated_at="2024-05-02T08:00:00.000Z",
            feature_image="__GHOST_URL__/content/images/2024/05/lamp.png",
        ),
        posts_meta=[{"post_id": "65a1f0c2", "feature_image_alt": "A lamp"}],
        **AUTHORS,
        **TAGS,
    )
    written(tmp_path, {"content/images/2024/05/lamp.png": b"png"})
    blog = read("ghost", source, url="https://blog.example/")
    found = one(blog)
    assert found.file == "posts/hello.md"
    assert found.url == "/hello/"
    assert found.front == {
        "title": "Hello",
        "date": datetime(2024, 5, 1, 8, tzinfo=UTC),
        "updated": datetime(2024, 5, 2, 8, tzinfo=UTC),
        "path": "hello",
        "id": "65a1f0c2",
        "summary": "In short.",
        "image": {
            "src": "https://blog.example/content/images/2024/05/lamp.png",
            "alt": "A lamp",
        },
        "tags": ["Go & Rust", "News"],
        "authors": ["Ada Moreau"],
    }
    assert blog.site["feeds"] == {"rss/index.html": "rss"}
    assert blog.site["redirects"] == {
        "/tag/news/": "/tags/news/",
        "/tag/news/rss/": "/tags/news/rss.xml",
        "/tag/go-rust/": "/tags/go-rust/",
        "/tag/go-rust/rss/": "/tags/go-rust/rss.xml",
        "/author/ada/": "/authors/ada-moreau/",
        "/author/ada/rss/": "/authors/ada-moreau/rss.xml",
    }
    assert said(blog) == ""


def test_it_is_read_here_as_a_post_at_that_address(tmp_path: Path) -> None:
    found = one(read("ghost", ghost(tmp_path, post(), **AUTHORS)))
    ours = read_post(
        write(found.front, found.body),
        path=found.file,
        site_url="https://blog.example",
        author="",
        language="en",
        voices=None,
        first_seen=None,
    )
    assert (ours.url, ours.id, ours.author, ours.body.strip()) == (
        "https://blog.example/hello/",
        "65a1f0c2",
        "Ada Moreau",
        "Text",
    )


ROUTES = """\
collections:
  /blog/:
    permalink: /blog/{year}/{primary_tag}/{slug}/
taxonomies:
  tag: /topic/{slug}/
"""


def test_the_addresses_are_those_of_routes_yaml(tmp_path: Path) -> None:
    source = ghost(
        tmp_path,
        post(published_at="2023-12-31 23:30:00"),
        post("about", id="2", type="page"),
        settings=[{"key": "timezone", "value": "Europe/Berlin"}],
        **TAGS,
    )
    written(tmp_path, {"content/settings/routes.yaml": ROUTES})
    blog = read("ghost", source)
    assert [it.front["path"] for it in blog.documents] == ["blog/2024/go-rust/hello", "about"]
    assert blog.documents[0].file == "posts/blog/2024/go-rust/hello.md"
    assert "/topic/news/" in str(blog.site["redirects"])


@pytest.mark.parametrize(
    ("routes", "why"),
    [
        ("collections: {/a/: {permalink: '/{slug}/'}, /b/: {permalink: '/b/{slug}/'}}", "several"),
        ("a: [", "cannot be read"),
    ],
)
def test_routes_that_cannot_be_followed_are_told(tmp_path: Path, routes: str, why: str) -> None:
    written(ghost(tmp_path, post()), {"routes.yaml": routes})
    blog = read("ghost", tmp_path)
    assert one(blog).front["path"] == "hello"
    assert "routes.yaml: " in said(blog)
    assert why in said(blog)


@pytest.mark.parametrize(
    ("changes", "is_out", "why"),
    [
        ({}, True, ""),
        ({"status": "scheduled", "published_at": "2030-01-01 10:00:00"}, True, ""),
        ({"status": "draft", "published_at": None}, False, ""),
        ({"visibility": "paid"}, False, "for paid alone"),
        ({"status": "sent"}, False, "by mail alone"),
    ],
)
def test_what_not_everybody_could_read_is_a_draft(
    tmp_path: Path, changes: dict[str, Any], is_out: bool, why: str
) -> None:
    blog = read("ghost", ghost(tmp_path, post(**changes)))
    assert (one(blog).published is not None) is is_out
    assert one(blog).front.get("draft", False) is not is_out
    assert why in said(blog)


def test_a_page_is_a_page_without_an_entry(tmp_path: Path) -> None:
    found = one(read("ghost", ghost(tmp_path, post("about", type="page"))))
    assert found.file == "pages/about.md"
    assert "id" not in found.front


def test_links_and_images_lead_home_and_a_missing_file_is_said_with_its_line(
    tmp_path: Path,
) -> None:
    html = (
        '<p><a href="__GHOST_URL__/other/">o</a> <a href="https://blog.example/b/?x#y">b</a></p>\n'
        '<p><img src="__GHOST_URL__/content/images/size/w600/2024/a.png" alt="">'
        '<img src="__GHOST_URL__/content/images/2024/gone.png" alt=""></p>'
    )
    source = ghost(tmp_path, post(html=html))
    written(tmp_path, {"content/images/2024/a.png": b"", "content/images/size/w6/a.png": b""})
    blog = read("ghost", source, url="https://blog.example")
    assert one(blog).body == (
        "[o](/other/) [b](/b/?x#y)\n\n![](/content/images/2024/a.png)"
        "![](https://blog.example/content/images/2024/gone.png)\n"
    )
    assert list(blog.static) == ["content/images/2024/a.png"]
    assert ".json (hello):2: /content/images/2024/gone.png is not there" in said(blog)


def test_cards_become_what_they_show(tmp_path: Path) -> None:
    html = (
        '<div class="kg-card kg-callout-card"><div class="kg-callout-text">Mind</div></div>'
        '<div class="kg-card kg-toggle-card"><div class="kg-toggle-heading"><h4>More</h4>'
        '<button><svg></svg></button></div><div class="kg-toggle-content"><p>in</p></div></div>'
        '<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container"'
        ' href="https://x.example/"><div class="kg-bookmark-title">A page</div>'
        '<div class="kg-bookmark-description">About it</div></a></figure>'
        '<figure class="kg-card kg-image-card"><img src="https://x.example/a.png" alt="A">'
        "<figcaption>Said</figcaption></figure>"
    )
    body = one(read("ghost", ghost(tmp_path, post(html=html)))).body
    assert "{{< note >}}\n\nMind\n\n{{< /note >}}" in body
    assert "<details>\n<summary>More</summary>\n\nin\n\n</details>" in body
    assert "[A page](https://x.example/): About it" in body
    assert '![A](https://x.example/a.png "Said")' in body


def test_what_only_members_could_see_does_not_become_public(tmp_path: Path) -> None:
    html = (
        '<p>a</p><!--kg-gated-block:begin nonMember:false memberSegment:"status:free" -->'
        "<p>secret</p><!--kg-gated-block:end-->"
        '<!--kg-gated-block:begin nonMember:true memberSegment:"" --><p>b</p>'
        "<!--kg-gated-block:end-->"
    )
    blog = read("ghost", ghost(tmp_path, post(html=html)))
    assert one(blog).body == "a\n\nb\n"
    assert "parts that only members could see were left out: 1" in said(blog)


def test_players_and_icons_are_no_text(tmp_path: Path) -> None:
    html = (
        '<figure class="kg-card kg-video-card"><div class="kg-video-container">'
        '<video src="https://x.example/a.mp4" poster="" controls></video>'
        '<div class="kg-video-overlay"><button class="kg-video-play-icon"><svg></svg></button>'
        '</div><div class="kg-video-player-container"><span>0:00</span></div></div></figure>'
        '<div class="kg-card kg-file-card"><a class="kg-file-card-container"'
        ' href="https://x.example/a.pdf"><div class="kg-file-card-title">Paper</div>'
        '<div class="kg-file-card-icon"><svg></svg></div></a></div>'
    )
    blog = read("ghost", ghost(tmp_path, post(html=html)))
    assert one(blog).body == (
        '<video controls="" src="https://x.example/a.mp4"></video>\n\n'
        "[Paper](https://x.example/a.pdf)\n"
    )
    assert said(blog) == ""


LEXICAL = {
    "root": {
        "children": [
            {"type": "paragraph", "children": [
                {"type": "text", "text": "A ", "format": 0},
                {"type": "text", "text": "b < c", "format": 3},
                {"type": "link", "url": "/x/", "children": [{"type": "text", "text": "d"}]},
            ]},
            {"type": "heading", "tag": "h2", "children": [{"type": "text", "text": "H"}]},
            {"type": "list", "tag": "ol", "children": [
                {"type": "listitem", "children": [{"type": "text", "text": "one"}]}]},
            {"type": "codeblock", "language": "go", "code": "a < b"},
            {"type": "markdown", "markdown": "*m*"},
        ]
    }
}  # fmt: skip
MOBILEDOC = {
    "version": "0.3.1",
    "cards": [["markdown", {"markdown": "*m*"}], ["code", {"code": "a < b", "language": "go"}]],
    "markups": [["strong"], ["a", ["href", "/x/"]]],
    "sections": [
        [1, "p", [[0, [], 0, "A "], [0, [0], 1, "b"], [0, [1], 1, "d"]]],
        [3, "ul", [[[0, [], 0, "one"]]]],
        [10, 0],
        [10, 1],
    ],
}


@pytest.mark.parametrize(
    ("kept", "body"),
    [
        ({"lexical": json.dumps(LEXICAL)},
         "A ***b &lt; c***[d](/x/)\n\n## H\n\n1. one\n\n```go\na < b\n```\n\n*m*\n"),
        ({"mobiledoc": json.dumps(MOBILEDOC)},
         "A **b**[d](/x/)\n\n- one\n\n*m*\n\n```go\na < b\n```\n"),
    ],
)  # fmt: skip
def test_without_html_the_editors_own_format_is_read(
    tmp_path: Path, kept: dict[str, str], body: str
) -> None:
    assert one(read("ghost", ghost(tmp_path, post(html=None, **kept)))).body == body


@pytest.mark.parametrize("kept", ["[" * 9999, "[]", '{"root": {"children": [1]}}'])
@pytest.mark.parametrize("key", ["lexical", "mobiledoc"])
def test_a_tree_that_is_none_is_told(tmp_path: Path, key: str, kept: str) -> None:
    blog = read("ghost", ghost(tmp_path, post(html=None, **{key: kept})))
    assert blog.documents == ()
    assert f"its {key} cannot be read" in said(blog)


def test_a_bad_post_is_told_and_the_others_come(tmp_path: Path) -> None:
    blog = read(
        "ghost",
        ghost(
            tmp_path,
            post("broken", html=None, lexical='{"root": {}}'),
            post("tags", title="Taken"),
            post("../../etc"),
            post("good", canonical_url="https://other.example/", codeinjection_head="<script>"),
        ),
    )
    assert [it.file for it in blog.documents] == ["posts/good.md"]
    assert "(broken): it was left out: its lexical cannot be read" in said(blog)
    assert "(tags): it was left out" in said(blog)
    assert "(../../etc): it was left out" in said(blog)
    assert "(good): its canonical address was https://other.example/" in said(blog)
    assert "(good): the code injected into its page was left out" in said(blog)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"db": []}', '{"data": {"posts": 1}}', "[" * 9999],
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path, {"a.json": text})
    with pytest.raises(Refused, match="no export of Ghost"):
        read("ghost", tmp_path)
