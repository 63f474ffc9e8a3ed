import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from outreach.model.post import Post
from outreach.site.build import Build, Site

Make = Callable[..., Build]
MakePost = Callable[..., Post]


@pytest.fixture
def make(make: Make, bodies: Path) -> Make:
    return partial(make, cache=bodies)


START = datetime(2026, 1, 1, tzinfo=UTC)
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
        '<a class="u-url u-uid" href="https://blog.example/news/2026/hello/">',
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


def scripts(html: str) -> list[str]:
    """The scripts that a page would run; data for machines is none."""
    return re.findall(r'<script(?! type="application/ld\+json">)', html)


def test_pages_ask_nobody_else_and_run_nothing(make: Make, post: MakePost) -> None:
    built = make(post())
    for name in ("index.html", "2026/hello/index.html", "tags/index.html", "404.html"):
        html = (built.path / name).read_text()
        assert scripts(html) == []
        assert 'src="http' not in html
        assert re.search(r'<link rel="stylesheet" href="/news/style\.css\?[0-9a-f]{8}">', html)
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
        assert len(scripts(html)) == (path.parent.name == "search")
        assert "\x00" not in html
    assert "<bdi>ab]]&gt; &lt;script&gt;alert(1)&lt;/script&gt; {{7*7}}" in page(built)


@pytest.mark.parametrize(("language", "date"), [("en-GB", "1 May 2026"), ("de", "1. Mai 2026")])
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


CHAPTERS = "\n\n".join(f"## Chapter {n} & `code`\n\n{'word ' * 200}" for n in range(3))


def test_a_long_post_says_what_is_in_it_and_how_long_it_takes(make: Make, post: MakePost) -> None:
    html = page(make(post(body=CHAPTERS)))
    assert html.count('<li><a href="#chapter-') == 3
    assert '<li><a href="#chapter-0-code"><bdi>Chapter 0 &amp; code</bdi></a></li>' in html
    assert "<span>3 min read</span>" in html
    short = page(make(post(body="## One\n\n## Two\n\n## Three\n\nwords")))
    assert 'class="toc"' not in short
    assert "min read" not in short
    assert page(make(post(body=CHAPTERS.replace("##", "###")))).count('<li><a href="#chapter-') == 3
    assert page(make(post(body=f"[toc]\n\n{CHAPTERS}"))).count('class="toc"') == 1


def test_a_post_leads_to_the_ones_around_it(make: Make, post: MakePost) -> None:
    built = make(*(post(f"p{n}", published=START + timedelta(n), tags=("x",)) for n in range(5)))
    html = page(built, "p2")
    assert '<a class="prev" rel="prev" href="/news/p1/"><span>Older</span>' in html
    assert '<a class="next" rel="next" href="/news/p3/"><span>Newer</span>' in html
    related = html.partition('id="related"')[2].partition("</section>")[0]
    assert re.findall(r'<li><a href="/news/(p\d)/">', related) == ["p1", "p0", "p3"]
    assert 'class="next"' not in page(built, "p4")
    assert 'class="onward"' not in page(make(post()))


def test_the_parts_of_a_series_lead_to_each_other(make: Make, post: MakePost) -> None:
    parts = [
        post(f"p{n}", published=START + timedelta(n), series="Nights & days") for n in range(20)
    ]
    built = make(*parts, post("other", series="Alone"))
    html = page(built, "p9").partition('<section class="series"')[2].partition("</section>")[0]
    assert "A series: <bdi>Nights &amp; days</bdi>" in html
    assert '<ol start="4">' in html
    assert '<li><span aria-current="true"><bdi>Title of p9</bdi></span></li>' in html
    shown = re.findall(r"Title of (p\d+)", html)
    assert shown == [f"p{n}" for n in range(3, 15)]
    assert 'class="series"' not in page(built, "other")
    earlier = post("p", published=START - timedelta(1), series="Nights & days")
    assert '<ol start="5">' in page(make(*parts, earlier), "p9")


def test_plain_pages_stand_in_the_navigation_and_in_no_list(make: Make, post: MakePost) -> None:
    pages = [post(name, title=name.title(), is_page=True, menu=n) for n, name in enumerate("ba")]
    hidden = post("hidden", title="Hidden", is_page=True)
    built = make(post(), *pages, hidden)
    menu = page(built).partition('<nav aria-label="Site">')[2].partition("</nav>")[0]
    assert re.findall(r"<bdi>(\w)</bdi>", menu) == ["B", "A"]
    assert '<a href="/news/a/" aria-current="page"><bdi>A</bdi></a>' in page(built, "a")
    for name in ("index.html", "archive/index.html"):
        assert "Hidden" not in (built.path / name).read_text("utf-8")
    assert 'class="byline"' not in page(built, "hidden")


def test_the_front_page_leads_with_the_newest_post(make: Make, post: MakePost, site: Site) -> None:
    newest = post("newest", published=datetime(2026, 6, 1, tzinfo=UTC))
    built = make(post(), newest, site=replace(site, newsletter=True))
    html = (built.path / "index.html").read_text("utf-8")
    first = html.partition('<article class="teaser first h-entry"')[2].partition("</article>")[0]
    assert '<h2><a class="u-url p-name" href="/news/newest/">' in first
    assert html.count("<h2><a") == 2
    assert '<a class="call" href="/news/subscribe">Subscribe</a>' in html


def test_the_front_page_has_the_topics_of_most_posts(make: Make, post: MakePost) -> None:
    tags = [tuple(f"t{n:02}" for n in range(20 - number)) for number in range(20)]
    built = make(*(post(f"p{number}", tags=tags[number]) for number in range(20)))
    html = (built.path / "index.html").read_text("utf-8")
    assert re.findall(r"<bdi>(t\d\d)</bdi></a> <small>(\d+)", html) == [
        (f"t{n:02}", str(20 - n)) for n in range(12)
    ]


def test_an_edit_changes_no_page_that_does_not_show_it(make: Make, post: MakePost) -> None:
    posts = [post(f"p{n}", published=START + timedelta(n)) for n in range(60)]
    make(*posts)
    before = {path: path.stat().st_ino for path in make(*posts).path.rglob("*") if path.is_file()}
    root = make(*posts).path
    edited = make(replace(posts[3], body="New words."), *posts[:3], *posts[4:]).path
    changed = {
        path.relative_to(edited).as_posix()
        for path in edited.rglob("*")
        if path.is_file() and path.stat().st_ino != before.get(root / path.relative_to(edited))
    }
    assert changed == {"p3/index.html", "search/2026.json"}


def test_wide_parts_can_be_scrolled_and_tasks_are_said(make: Make, post: MakePost) -> None:
    html = page(make(post(body="| a |\n| - |\n| b |\n\n- [x] one\n- [ ] two\n\n`<table>`")))
    assert html.count('<div class="scroll" tabindex="0"><table>') == 1
    assert html.count("</table></div>") == 1
    assert re.findall(r'<input [^>]*aria-label="([^"]*)"', html) == ["done", "to do"]


def test_the_words_of_the_design_are_in_the_sites_language(
    make: Make, post: MakePost, site: Site
) -> None:
    built = make(post(language="de"), site=replace(site, language="de"))
    assert 'href="/news/archive/">Archiv</a>' in page(built)
    assert "<h1>Themen</h1>" in (built.path / "tags/index.html").read_text("utf-8")
    assert "Unter dieser Adresse ist nichts" in (built.path / "404.html").read_text("utf-8")
