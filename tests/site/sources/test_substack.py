"""Substack's export: the same addresses and ids; what was paid for does not become public."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site.sources import read

from .exports import one, said, written, zipped

HEAD = (
    "post_id,post_date,is_published,email_sent_at,inbox_sent_at,type,audience,title,subtitle,"
    "podcast_url\n"
)
BODY = (
    '<p>A<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a></p>'
    '<div class="captioned-image-container"><figure><a class="image-link" target="_blank"'
    ' href="https://substackcdn.com/image/big.png"><div class="image2-inset"><picture>'
    '<source type="image/webp" srcset="x"><img src="https://substackcdn.com/image/a.png" alt="A">'
    '</picture><div></div></div></a><figcaption class="image-caption">Said</figcaption></figure>'
    '</div><div class="subscription-widget-wrap"><p>Thanks for reading!</p><form></form></div>'
    '<p class="button-wrapper"><a class="button" href="https://a.example/subscribe">Now</a></p>'
    '<div class="pullquote"><p>Pulled</p></div>'
    '<div class="tweet" data-attrs="{&quot;url&quot;:&quot;https://x.com/ada/status/12&quot;}"></div>'
    '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1">1</a>'
    "<div><p>The note</p></div></div>"
)


def row(post: str = "12.hello", **changes: str) -> str:
    values = {
        "date": "2024-05-01T08:00:00.000Z",
        "out": "true",
        "kind": "newsletter",
        "audience": "everyone",
        "title": '"Hello, you"',
        "sound": "",
    } | changes
    date, out, kind, audience, title, sound = values.values()
    return f"{post},{date},{out},,,{kind},{audience},{title},In short,{sound}\n"


def files(*rows: str, **pages: str) -> dict[str, str | bytes]:
    table: dict[str, str | bytes] = {"posts.csv": HEAD + "".join(rows)}
    return table | {f"posts/{name.replace('_', '.')}.html": text for name, text in pages.items()}


def export(root: Path, *rows: str) -> Path:
    return written(root, files(*rows, **{"12.hello": "<p>x</p>"}))


def test_a_post_keeps_its_address_and_its_id(tmp_path: Path) -> None:
    place = zipped(tmp_path / "export.zip", files(row(), **{"12.hello": BODY}))
    blog = read("substack", place, url="https://lantern.example/")
    found = one(blog)
    assert found.file == "posts/hello.md"
    assert found.url == "https://lantern.example/p/hello"
    assert found.front == {
        "title": "Hello, you",
        "date": datetime(2024, 5, 1, 8, tzinfo=UTC),
        "path": "p/hello",
        "summary": "In short",
        "id": "https://lantern.example/p/hello",
    }
    assert found.body == (
        'A[^1]\n\n[![A](https://substackcdn.com/image/a.png "Said")]'
        "(https://substackcdn.com/image/big.png)\n\n> Pulled\n\n{{< x ada 12 >}}\n\n"
        "[^1]: The note\n"
    )
    assert blog.site == {
        "feeds": {"feed/index.html": "rss"},
        "url": "https://lantern.example",
    }
    assert [it.what.partition(":")[0] for it in blog.mistakes] == [
        "images that are still at Substack's"
    ]


def test_without_the_blogs_address_there_are_no_ids(tmp_path: Path) -> None:
    assert "id" not in one(read("substack", export(tmp_path, row()))).front


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"out": "false"}, ""),
        ({"date": ""}, ""),
        ({"audience": "only_paid"}, "“Hello, you” was for paying readers alone"),
        ({"audience": "founding"}, "“Hello, you” was for founding members alone"),
    ],
)
def test_what_not_everybody_could_read_is_a_draft(
    tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    blog = read("substack", export(tmp_path, row(**changes)))
    assert one(blog).published is None
    assert one(blog).front["draft"] is True
    assert why in said(blog)


def test_an_audience_that_is_not_known_is_not_everyone(tmp_path: Path) -> None:
    blog = read("substack", export(tmp_path, row(audience="only_free")))
    assert one(blog).published is None
    assert "the audience 'only_free' alone" in said(blog)


def test_a_podcast_has_its_player(tmp_path: Path) -> None:
    blog = read("substack", export(tmp_path, row(kind="podcast", sound="https://a.example/1.mp3")))
    assert one(blog).body == '<audio controls src="https://a.example/1.mp3"></audio>\n\nx\n'


def test_what_is_no_post_is_told_with_its_line_and_the_others_come(tmp_path: Path) -> None:
    rows = (row("13.talk", kind="thread"), row("14.gone"), row("", title="None"), row())
    blog = read("substack", export(tmp_path, *rows))
    assert one(blog).file == "posts/hello.md"
    assert "posts.csv:2: “Hello, you” was left out: a thread" in said(blog)
    assert "posts.csv:3: “Hello, you” was left out: there is no page posts/14.gone.html" in said(
        blog
    )
    assert "posts.csv:4: “None” was left out: it has no post_id" in said(blog)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no export of Substack"):
        read("substack", tmp_path)
