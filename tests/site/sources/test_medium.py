"""Medium's export: the stories and their ids; their addresses where the domain was one's own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site.sources import read

from .exports import one, said, written, zipped

NAME = "posts/2019-03-04_Hello--you-0123456789ab.html"
BODY = (
    '<section name="s1" class="section section--body section--first"><div class="section-divider">'
    '<hr class="section-divider"></div><div class="section-content">'
    '<h3 name="t" id="t" class="graf graf--h3 graf--title">Hello, you</h3>'
    '<h4 class="graf graf--h4 graf--subtitle">In short</h4>'
    '<p name="a1" id="a1" class="graf graf--p">A <strong class="markup--strong">b</strong></p>'
    '<h4 class="graf graf--h4">Part</h4>'
    '<pre data-code-block-mode="1" data-code-block-lang="go" class="graf graf--pre">'
    '<span class="pre--content">a &lt; b<br>c</span></pre>'
    '<figure class="graf graf--figure"><img class="graf-image" data-width="9"'
    ' src="https://cdn-images-1.medium.com/max/800/1*x.png"><figcaption class="imageCaption">'
    "Said</figcaption></figure>"
    '<div class="graf graf--mixtapeEmbed"><a href="https://x.example/p"><strong>A page</strong><br>'
    '<em>about</em>x.example</a><a href="https://x.example/p" class="mixtapeImage"></a></div>'
    "</div></section>"
    '<section class="section section--body"><div class="section-divider"><hr></div><p>End</p>'
    "</section>"
)


def story(canonical: str, body: str = BODY, *, date: str = "2019-03-04T10:00:00.000Z") -> str:
    when = f'<time class="dt-published" datetime="{date}">March 4</time>' if date else ""
    return (
        "<!DOCTYPE html><html><head><title>Hello, you</title><style>x</style></head><body>"
        '<article class="h-entry"><header><h1 class="p-name">Hello, you</h1></header>'
        '<section data-field="subtitle" class="p-summary">In short</section>'
        f'<section data-field="body" class="e-content">{body}</section><footer><p>By '
        f'<a href="https://medium.com/@ada" class="p-author h-card">Ada Moreau</a> {when}</p>'
        f'<p><a href="{canonical}" class="p-canonical">Canonical link</a></p></footer></article>'
        "</body></html>"
    )


def test_a_story_of_a_domain_of_ones_own_keeps_its_address(tmp_path: Path) -> None:
    page = story("https://blog.example/hello-you-0123456789ab")
    blog = read("medium", zipped(tmp_path / "medium.zip", {NAME: page}))
    found = one(blog)
    assert found.file == "posts/hello-you-0123456789ab.md"
    assert found.front == {
        "title": "Hello, you",
        "date": datetime(2019, 3, 4, 10, tzinfo=UTC),
        "path": "hello-you-0123456789ab",
        "summary": "In short",
        "authors": ["Ada Moreau"],
        "id": "https://medium.com/p/0123456789ab",
    }
    assert found.body == (
        "A **b**\n\n### Part\n\n```go\na < b\nc\n```\n\n"
        '![](https://cdn-images-1.medium.com/max/800/1*x.png "Said")\n\n'
        "[A page](https://x.example/p)\n\n---\n\nEnd\n"
    )
    assert blog.site == {"url": "https://blog.example", "feeds": {"feed/index.html": "rss"}}
    assert said(blog).startswith(f"{NAME}: images that are still at Medium's: 1; save")


def test_a_story_at_medium_gets_a_short_address_and_keeps_its_id(tmp_path: Path) -> None:
    page = story("https://medium.com/@ada/hello-you-0123456789ab", "<p>x</p>")
    blog = read("medium", written(tmp_path, {NAME: page}))
    assert one(blog).front["path"] == "hello-you"
    assert one(blog).front["id"] == "https://medium.com/p/0123456789ab"
    assert blog.site == {}
    assert "Medium keeps the old addresses" in said(blog)


def test_a_draft_is_a_draft_and_two_of_one_title_are_two(tmp_path: Path) -> None:
    page = story("https://medium.com/p/0123456789ab")
    names = ("posts/draft_Hello-0123456789ab.html", "posts/draft_Hello-0123456789ac.html")
    blog = read("medium", written(tmp_path, dict.fromkeys(names, page)))
    assert [it.file for it in blog.documents] == ["posts/hello-you.md", "posts/hello-you-2.md"]
    assert [it.front["path"] for it in blog.documents] == ["hello-you", "hello-you-2"]
    assert all(it.front["draft"] and "id" not in it.front for it in blog.documents)


def test_the_folder_of_the_stories_alone_will_do_and_other_pages_are_none(tmp_path: Path) -> None:
    page = story("https://medium.com/@ada/hello-you-0123456789ab", "<p>x</p>")
    written(tmp_path, {"a.html": page, "claps/claps-0001.html": page, "profile.html": "<p>x</p>"})
    assert one(read("medium", tmp_path)).source == "a.html"


def test_a_bad_story_is_told_and_the_others_come(tmp_path: Path) -> None:
    good = story("https://medium.com/@ada/good-0123456789ab", "<p>x</p>")
    files: dict[str, str | bytes] = {
        "posts/deep.html": story("https://medium.com/@ada/deep-1", "<div>" * 2000),
        "posts/bytes.html": b"\xff e-content",
        "posts/good.html": good,
    }
    blog = read("medium", written(tmp_path, files))
    assert one(blog).source == "posts/good.html"
    assert "posts/deep.html: it was left out: its HTML is nested" in said(blog)
    assert "posts/bytes.html: byte 0 is not UTF-8" in said(blog)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    written(tmp_path, {"posts/a.html": "<p>x</p>"})
    with pytest.raises(Refused, match="no export of Medium"):
        read("medium", tmp_path)
