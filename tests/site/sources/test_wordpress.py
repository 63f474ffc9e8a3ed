"""WordPress's export: hostile XML, the same addresses, ids and feed; what is lost is said."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site.sources import read

from .exports import item, meta, one, said, wordpress, written, wxr

LAMP = item(
    wp__post_type="attachment",
    wp__post_id="4",
    wp__status="inherit",
    wp__attachment_url="https://blog.example/wp-content/uploads/2024/05/lamp.png",
    more=meta("_wp_attachment_image_alt", "A lamp"),
)
UPLOADS = {"wp-content/uploads/2024/05/lamp.png": b"png"}


def test_a_post_keeps_its_address_its_id_and_what_it_says(tmp_path: Path) -> None:
    more = (
        '<category domain="category" nicename="engineering"><![CDATA[Engineering]]></category>'
        '<category domain="post_tag" nicename="go-rust"><![CDATA[Go &amp; Rust]]></category>'
        '<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>'
        + meta("_thumbnail_id", "4")
        + meta("_wp_old_slug", "helo")
    )
    post = item(
        more=more,
        title="Hello &#8211; <em>you</em>",
        excerpt__encoded="In short.",
        wp__post_modified="2024-05-02 10:00:00",
        wp__post_modified_gmt="2024-05-02 08:00:00",
    )
    blog = read("wordpress", written(wordpress(tmp_path, LAMP, post), UPLOADS))
    found = one(blog)
    berlin = timezone(timedelta(hours=2))
    assert found.file == "posts/2024/05/hello.md"
    assert found.url == "https://blog.example/2024/05/hello/"
    assert found.front == {
        "title": "Hello – you",
        "date": datetime(2024, 5, 1, 10, tzinfo=berlin),
        "updated": datetime(2024, 5, 2, 10, tzinfo=berlin),
        "path": "2024/05/hello",
        "id": "https://blog.example/?p=5",
        "summary": "In short.",
        "image": {
            "src": "https://blog.example/wp-content/uploads/2024/05/lamp.png",
            "alt": "A lamp",
        },
        "tags": ["Engineering", "Go & Rust"],
        "authors": ["Ada Moreau"],
        "aliases": ["/2024/05/helo/"],
    }
    assert blog.site == {
        "title": "Lantern & Co",
        "description": "What we do",
        "url": "https://blog.example",
        "language": "en-US",
        "feeds": {"feed/index.html": "rss", "feed/atom/index.html": "atom"},
        "redirects": {
            "/category/engineering/": "/tags/engineering/",
            "/category/engineering/feed/": "/tags/engineering/rss.xml",
            "/tag/go-rust/": "/tags/go-rust/",
            "/tag/go-rust/feed/": "/tags/go-rust/rss.xml",
            "/author/ada/": "/authors/ada-moreau/",
            "/author/ada/feed/": "/authors/ada-moreau/rss.xml",
        },
    }
    assert list(blog.static) == list(UPLOADS)
    assert said(blog) == ""


def test_the_offset_is_the_one_of_that_day(tmp_path: Path) -> None:
    post = item(wp__post_date="2024-01-01 00:30:00", wp__post_date_gmt="2023-12-31 23:30:00")
    assert one(read("wordpress", wordpress(tmp_path, post))).published == datetime(
        2023, 12, 31, 23, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("link", "path", "file"),
    [
        ("https://blog.example/archives/12", "archives/12", "posts/archives/12.md"),
        ("https://blog.example/2014/a.html", "2014/a.html", "posts/2014/a.md"),
        ("https://blog.example/%E6%97%A5%E6%9C%AC/", "日本", "posts/日本.md"),
    ],
)
def test_every_kind_of_permalink_is_kept(tmp_path: Path, link: str, path: str, file: str) -> None:
    found = one(read("wordpress", wordpress(tmp_path, item(link=link))))
    assert (found.front["path"], found.file) == (path, file)


def test_what_is_to_come_gets_the_address_that_it_would_have_had(tmp_path: Path) -> None:
    later = item(
        title="Later",
        link="https://blog.example/?p=7",
        wp__post_name="later",
        wp__status="future",
        wp__post_date="2030-02-01 10:00:00",
        wp__post_date_gmt="2030-02-01 09:00:00",
    )
    blog = read("wordpress", wordpress(tmp_path, item(), later))
    assert [it.front["path"] for it in blog.documents] == ["2024/05/hello", "2030/02/later"]
    assert blog.documents[1].published == datetime(2030, 2, 1, 9, tzinfo=UTC)


def test_an_address_that_is_a_query_cannot_be_kept(tmp_path: Path) -> None:
    blog = read("wordpress", wordpress(tmp_path, item(link="https://blog.example/?p=5")))
    assert one(blog).front["path"] == "hello"
    assert "its address was https://blog.example/?p=5" in said(blog)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"wp__status": "draft"}, ""),
        ({"wp__status": "pending"}, ""),
        ({"wp__status": "private"}, "it was private; it is a draft here"),
        ({"wp__post_password": "x"}, "it had a password; it is a draft here"),
    ],
)
def test_what_not_everybody_could_read_is_a_draft(
    tmp_path: Path, values: dict[str, str], why: str
) -> None:
    blog = read("wordpress", wordpress(tmp_path, item(**values)))
    assert one(blog).published is None
    assert one(blog).front["draft"] is True
    assert why in said(blog)


def test_drafts_of_one_name_are_two_files(tmp_path: Path) -> None:
    draft = item(wp__status="draft", link="https://blog.example/?p=8", wp__post_name="")
    blog = read("wordpress", wordpress(tmp_path, draft, draft))
    assert [it.front["path"] for it in blog.documents] == ["hello", "hello-2"]
    assert len({it.file for it in blog.documents}) == 2


def test_pages_have_their_place_in_the_menu_and_are_no_entries(tmp_path: Path) -> None:
    page = item(wp__post_type="page", link="https://blog.example/about/team/", wp__post_id="9")
    entry = item(
        wp__post_type="nav_menu_item",
        wp__menu_order="3",
        more=meta("_menu_item_object_id", "9"),
    )
    found = one(read("wordpress", wordpress(tmp_path, page, entry)))
    assert found.file == "pages/about/team.md"
    assert found.front == {
        "title": "Hello",
        "path": "about/team",
        "date": datetime(2024, 5, 1, 8, tzinfo=UTC),
        "menu": 3,
    }


def test_comments_other_types_and_trash_are_not_taken_over(tmp_path: Path) -> None:
    comment = "<wp:comment><wp:comment_approved>{}</wp:comment_approved></wp:comment>"
    blog = read(
        "wordpress",
        wordpress(
            tmp_path,
            item(more=comment.format(1) + comment.format("spam"), wp__comment_status="closed"),
            item(wp__post_type="product"),
            item(wp__status="trash"),
        ),
    )
    assert one(blog).front["comments"] is False
    assert "of which there are 1" in said(blog)
    assert ":26: 1 of the type `product`" in said(blog)


CLASSIC = """One
line.

Two [sic] and [1].

[caption id="a" width="300"]<img src="https://blog.example/wp-content/uploads/2024/05/lamp.png" \
alt="A lamp" /> The <em>lamp</em>[/caption]

[code lang="php"]echo '<b>';

  $x;[/code]

<pre>[not a=1]

  x</pre>

[gallery ids="4,99"]

[embed]https://vimeo.com/12345[/embed]

https://www.youtube.com/watch?v=abcDEF123

[audio mp3="https://x.example/a.mp3"][/audio]

<ul>
<li>a</li>
<li>b</li>
</ul>
After [[escaped]].

[contact-form id="3"]"""


def test_a_classic_text_becomes_what_its_readers_saw(tmp_path: Path) -> None:
    blog = read("wordpress", written(wordpress(tmp_path, LAMP, item(CLASSIC)), UPLOADS))
    assert one(blog).body == (
        "One  \nline.\n\nTwo [sic] and [1].\n\n"
        "<figure>\n"
        '<img alt="A lamp" src="/wp-content/uploads/2024/05/lamp.png">\n'
        "<figcaption>The <em>lamp</em></figcaption>\n</figure>\n\n"
        "```php\necho '<b>';\n\n  $x;\n```\n\n```\n[not a=1]\n\n  x\n```\n\n"
        "![A lamp](/wp-content/uploads/2024/05/lamp.png)\n\n"
        "{{< vimeo 12345 >}}\n\n{{< youtube abcDEF123 >}}\n\n"
        '<audio controls="" src="https://x.example/a.mp3"></audio>\n\n'
        '- a\n- b\n\nAfter [escaped].\n\n[contact-form id="3"]\n'
    )


def test_what_is_lost_is_said_with_the_line_of_the_file(tmp_path: Path) -> None:
    content = (
        'A\n\n[contact-form id="3"]\n\n<script>x</script>\n\n'
        '<img src="https://blog.example/wp-content/uploads/2024/05/gone.png">'
    )
    place = wordpress(tmp_path, item(content))
    lines = (place / "blog.WordPress.xml").read_text().split("\n")
    blog = read("wordpress", place)
    places = {
        "[contact-form] is not known": "[contact-form",
        "`<script>` was left out": "<script>",
        "gone.png is not there": "gone.png",
    }
    for what, mark in places.items():
        line = next(number for number, it in enumerate(lines, start=1) if mark in it)
        (mistake,) = (it for it in blog.mistakes if what in it.what)
        assert (mistake.path, mistake.line) == ("blog.WordPress.xml", line)


def test_blocks_lose_their_comments_alone(tmp_path: Path) -> None:
    content = (
        '<!-- wp:paragraph {"a":"[box c=1]"} --><p>One\ntwo</p>'
        "<!-- /wp:paragraph -->\n<!--more-->\n"
        '<!-- wp:embed {"url":"x"} --><figure class="wp-block-embed">'
        '<div class="wp-block-embed__wrapper">\nhttps://youtu.be/abcDEF123?a=1&amp;b=2\n</div>'
        "</figure><!-- /wp:embed -->"
        '<!-- wp:paragraph --><p>A<sup data-fn="n1" class="fn"><a href="#n1" id="n1-link">1</a>'
        "</sup></p><!-- /wp:paragraph --><!-- wp:footnotes /-->"
    )
    notes = meta("footnotes", '[{"id":"n1","content":"The <em>note</em>"}]')
    blog = read("wordpress", wordpress(tmp_path, item(content, notes)))
    assert one(blog).body == ("One two\n\n{{< youtube abcDEF123 >}}\n\nA[^1]\n\n[^1]: The *note*\n")
    assert said(blog) == ""


def test_an_export_in_several_files_is_one_blog(tmp_path: Path) -> None:
    written(tmp_path, {"a.xml": wxr(item()), "b.xml": wxr(item(link="https://blog.example/b/"))})
    written(tmp_path, {"sitemap.xml": "<urlset/>", "2024/05/lamp.png": b"", "x/shell.php": b""})
    blog = read("wordpress", tmp_path)
    assert [it.front["path"] for it in blog.documents] == ["2024/05/hello", "b"]
    assert list(blog.static) == ["wp-content/uploads/2024/05/lamp.png"]


def test_nothing_that_a_server_could_run_comes_along(tmp_path: Path) -> None:
    files = ("a.php", "a.html", "backup.sql", ".htaccess", "a.pdf")
    written(wordpress(tmp_path, item()), {f"wp-content/uploads/{it}": b"" for it in files})
    assert list(read("wordpress", tmp_path).static) == ["wp-content/uploads/a.pdf"]


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "b">]>', "a DOCTYPE"),
        ('<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">', "a DOCTYPE"),
        ("<a>", "not XML"),
    ],
)
def test_hostile_xml_is_refused_with_its_line(tmp_path: Path, before: str, why: str) -> None:
    text = wxr(item()).replace("<rss ", f"{before}\n<rss ")
    written(tmp_path, {"a.xml": text})
    with pytest.raises(Refused, match=rf"^a\.xml:\d+: {why}"):
        read("wordpress", tmp_path)


def test_an_entity_of_html_is_refused_with_its_line(tmp_path: Path) -> None:
    place = wordpress(tmp_path, channel="<x>&nbsp;</x>\n")
    with pytest.raises(Refused, match=r"xml:11: not XML: undefined entity"):
        read("wordpress", place)


def test_a_control_character_that_xml_forbids_is_no_end(tmp_path: Path) -> None:
    assert one(read("wordpress", wordpress(tmp_path, item("<p>a\x08b</p>")))).body == "ab\n"


def test_a_post_that_cannot_be_taken_over_is_told_and_the_others_come(tmp_path: Path) -> None:
    blog = read(
        "wordpress",
        wordpress(
            tmp_path,
            item("<div>" * 2000),
            item(link="https://blog.example/tags/x/"),
            item(link="https://blog.example/good/"),
        ),
    )
    assert [it.front["path"] for it in blog.documents] == ["good"]
    assert "levels deep" in said(blog)
    assert "`tags` is a name of the site's own" in said(blog)


@pytest.mark.parametrize("text", ["", "<rss/>", "wordpress.org/export/"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path, {"a.xml": text})
    with pytest.raises(Refused):
        read("wordpress", tmp_path)
