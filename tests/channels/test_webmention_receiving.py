"""Who says that they link to us is read: do they, how, and who are they?"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from outreach.channels import webmention
from outreach.channels._webmention_html import DEEPEST, MOST_TAGS, links, outline
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Kind, Mention, Request

from ..ports import free_port
from .strangers import Site, site
from .test_webmention import opened

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OURS = "https://blog.example/2026/hello/"
ENTRY = """\
<article class="h-entry">
 <a class="p-author h-card" href="{site}/about">Grace <b>Müller</b></a>
 <a class="{kind}" href="{ours}">Hello</a>
 <div class="e-content"><p>Does it run on &lt;ARM&gt; &amp; co?</p><p>Asking.</p></div>
 <a class="u-url" href="{site}/2026/1"></a>
 <time class="dt-published">2026-11-23T10:00:00+01:00</time>
</article>"""


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def us(there: Site) -> webmention.Webmention:
    return opened(there.url)


def told(us: webmention.Webmention, source: str, target: str = OURS, at: datetime = AT) -> Mention:
    """What comes of a webmention."""
    form = urlencode({"source": source, "target": target})
    (mention,) = us.receive(Request(id="1", content_type="", body=form), at).mentions
    return mention


def entry(there: Site, kind: str, ours: str = OURS) -> str:
    return ENTRY.format(site=there.url, kind=kind, ours=ours)


def is_there(us: webmention.Webmention, source: str, target: str = OURS) -> bool:
    return not told(us, source, target).withdrawn


@pytest.mark.parametrize(
    ("property", "kind"),
    [
        ("u-in-reply-to", Kind.REPLY),
        ("u-like-of", Kind.LIKE),
        ("u-repost-of", Kind.REPOST),
        ("u-bookmark-of", Kind.BOOKMARK),
        ("u-quotation-of", Kind.QUOTE),
        ("", Kind.MENTION),
    ],
)
def test_how_a_page_answers_is_told_apart(
    us: webmention.Webmention, there: Site, property: str, kind: Kind
) -> None:
    mention = told(us, there.put("/1", entry(there, property)))
    assert mention.kind is kind
    words = "Does it run on <ARM> & co?\n\nAsking."
    assert mention.text == (words if kind.has_words else "")


def test_a_reply_comes_with_all_that_is_known(us: webmention.Webmention, there: Site) -> None:
    source = there.put("/1", entry(there, "u-in-reply-to"))
    mention = told(us, source)
    host = there.url.removeprefix("http://")
    assert (mention.author.id, mention.author.handle) == (host, host)
    assert (mention.author.name, mention.author.url) == ("Grace Müller", f"{there.url}/about")
    assert mention.url == f"{there.url}/2026/1"
    assert mention.published == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert (mention.original, mention.moderate, mention.withdrawn) == (OURS, True, False)
    raw = json.loads(mention.raw)
    assert (raw["source"], raw["target"], raw["item"]["type"]) == (source, OURS, ["h-entry"])


def test_what_a_page_says_of_itself_is_not_believed(us: webmention.Webmention, there: Site) -> None:
    """Neither another's address, nor a time that is none; the name stands beside the host."""
    page = entry(there, "u-in-reply-to").replace(there.url, "https://famous.example")
    source = there.put("/1", page.replace("2026-11-23T10:00:00+01:00", "2199-01-01"))
    mention = told(us, source)
    assert mention.author.id == there.url.removeprefix("http://")
    assert mention.url == source
    assert mention.published == AT


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ("2026-11-23 10:00", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-23T10:00:00-0500", datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
        ("yesterday", AT),
        ("", AT),
        ("9999-12-31T23:59:59-12:00", AT),
        ("0001-01-01T00:00:00+12:00", AT),
        ("1970-01-01", AT - timedelta(days=365)),
    ],
)
def test_a_time_is_read_and_bounded(
    us: webmention.Webmention, there: Site, said: str, published: datetime
) -> None:
    page = entry(there, "u-in-reply-to").replace("2026-11-23T10:00:00+01:00", said)
    assert told(us, there.put("/1", page)).published == published


def test_an_author_may_stand_beside_the_entry(us: webmention.Webmention, there: Site) -> None:
    page = f"""<div class="h-card"><a class="p-name u-url" href="/">Ada</a></div>
    <div class="h-entry"><a class="u-like-of" href="{OURS}">liked</a></div>"""
    assert told(us, there.put("/1", page)).author.name == "Ada"
    page = f'<div class="h-entry"><b class="p-author">Bob</b><a href="{OURS}">x</a></div>'
    assert told(us, there.put("/2", page)).author.name == "Bob"
    page = f'<div class="h-entry"><a class="u-author" href="/me"></a><a href="{OURS}">x</a></div>'
    author = told(us, there.put("/3", page)).author
    assert (author.name, author.url) == ("", f"{there.url}/me")


def test_of_a_feed_the_entry_about_us_is_read(us: webmention.Webmention, there: Site) -> None:
    other = '<div class="h-entry"><p class="e-content">Other</p></div>'
    about = f'<div class="h-entry"><p class="e-content">See <a href="{OURS}">it</a></p></div>'
    page = f'<div class="h-feed"><b class="p-name">All</b>{other}{about}</div>'
    mention = told(us, there.put("/feed", page))
    assert (mention.kind, mention.text) == (Kind.MENTION, "See it")


def test_an_article_that_mentions_us_is_named_not_copied(
    us: webmention.Webmention, there: Site
) -> None:
    page = f"""<div class="h-entry"><h1 class="p-name">Ten links</h1><p class="p-summary">Good.</p>
    <div class="e-content">{"long " * 500}<a href="{OURS}">x</a></div></div>"""
    assert told(us, there.put("/1", page)).text == "Ten links\n\nGood."


def test_a_page_without_microformats_has_its_title(us: webmention.Webmention, there: Site) -> None:
    page = f"<title>Ten &amp; more\nlinks</title><script><title>no</title></script><a href={OURS}>"
    mention = told(us, there.put("/1", page))
    assert (mention.kind, mention.text) == (Kind.MENTION, "Ten & more links")
    assert (mention.author.name, mention.published) == ("", AT)


@pytest.mark.parametrize(
    "page",
    [
        '<a href="{}">x</a>',
        "<A HREF={}>x</A>",
        "<a href=' {} '>x</a>",
        '<img src="{}">',
        '<video src="{}"></video>',
        '<audio src="{}"></audio>',
        '<video><source src="{}"></video>',
        '<blockquote cite="{}">x</blockquote>',
        '<link class="u-in-reply-to" href="{}">',
        '<data class="x u-like-of" value="{}">',
        '<base href="https://blog.example/2026/"><a href="hello/">x</a>',
        '<!-- a --><a href="{}">x</a><!-- b -->',
        '<!--><a href="{}">x</a>',
        '<a title=">" href="{}">x</a>',
        '<!doctype html><body><p>a < b<a href="{}">x</a>',
    ],
)
def test_a_link_is_a_link(us: webmention.Webmention, there: Site, page: str) -> None:
    assert is_there(us, there.put("/1", page.format(OURS)))


@pytest.mark.parametrize(
    "page",
    [
        "{}",
        "<p>See {} for more</p>",
        '<!-- <a href="{}">x</a> -->',
        '<!-- <a href="{}">x</a>',
        '<!-- > <a href="{}">x</a> -->',
        "<script>document.write('<a href=\"{}\">x</a>')</script>",
        '<style><a href="{}"></style>',
        '<textarea><a href="{}">x</a></textarea>',
        '<title><a href="{}"></title>',
        '&lt;a href="{}"&gt;x&lt;/a&gt;',
        "<p title='<a href=\"{}\">x</a>'>y</p>",
        '<a name="{}">x</a>',
        '<p href="{}">x</p>',
        '<link rel="canonical" href="{}">',
        '<a href="{}2">x</a>',
        '<a href="{}?a=b">x</a>',
        '<a href="https://blog.example/">x</a>',
        "",
    ],
)
def test_what_only_looks_like_a_link_is_none(
    us: webmention.Webmention, there: Site, page: str
) -> None:
    assert not is_there(us, there.put("/1", page.format(OURS)))


def test_the_target_is_meant_exactly_and_belongs_to_its_page(
    us: webmention.Webmention, there: Site
) -> None:
    source = there.put("/1", f'<a href="{OURS}#comments">x</a><a href="{OURS}?utm_source=x">y</a>')
    with pytest.raises(Rejected, match="has a link to this page, and not this one"):
        told(us, source)
    part, counted = told(us, source, f"{OURS}#comments"), told(us, source, f"{OURS}?utm_source=x")
    assert part.original == counted.original == OURS
    assert part.id == counted.id == told(us, f"{source}#mine", f"{OURS}#comments").id
    assert part.id != told(us, there.put("/2", ""), OURS).id


def test_the_door_says_what_we_call_the_page(us: webmention.Webmention, there: Site) -> None:
    short = OURS.rstrip("/")
    form = {"source": there.put("/1", f"<a href={short}>"), "target": short, "page": OURS}
    request = Request(id="1", content_type="", body=urlencode(form))
    assert us.receive(request, AT).mentions[0].original == OURS


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("application/json", '{"a": [{"b": "URL"}]}', True),
        ("application/activity+json; charset=utf-8", '["URL"]', True),
        ("application/json", '{"a": "see URL"}', False),
        ("application/json", '{"URL": 1}', False),
        ("application/json", "URL", False),
        ("application/json", "[" * 100_000, False),
        ("text/plain", "See URL.", True),
        ("text/plain", "See (URL)", True),
        ("text/plain", "See URL2/", False),
        ("text/plain", "See https://blog.example/", False),
        ("application/xhtml+xml", '<a href="URL">x</a>', True),
        ("", '<a href="URL">x</a>', True),
    ],
)
def test_each_kind_of_document_has_its_rule(
    us: webmention.Webmention, there: Site, kind: str, body: str, found: bool
) -> None:
    assert is_there(us, there.put("/1", body.replace("URL", OURS), kind=kind)) is found


def test_a_kind_that_nobody_knows_is_refused(us: webmention.Webmention, there: Site) -> None:
    with pytest.raises(Rejected, match="image/png"):
        told(us, there.put("/1", OURS, kind="image/png"))


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_takes_its_mention_back(
    us: webmention.Webmention, there: Site, status: int
) -> None:
    source = there.put("/1", entry(there, "u-in-reply-to"))
    before = told(us, source)
    there.put("/1", entry(there, "u-in-reply-to"), status=status)
    after = told(us, source)
    assert (after.id, after.withdrawn, after.text) == (before.id, True, "")


def test_a_page_that_lost_its_link_takes_its_mention_back(
    us: webmention.Webmention, there: Site
) -> None:
    source = there.put("/1", entry(there, "u-in-reply-to"))
    before = told(us, source)
    there.put("/1", entry(there, "u-in-reply-to", "https://else.example/"))
    assert (told(us, source).id, told(us, source).withdrawn) == (before.id, True)


def test_a_page_that_changed_is_the_same_mention(us: webmention.Webmention, there: Site) -> None:
    source = there.put("/1", entry(there, "u-in-reply-to"))
    before = told(us, source)
    there.put("/1", entry(there, "u-like-of"))
    assert (told(us, source).id, told(us, source).kind) == (before.id, Kind.LIKE)


def test_redirects_are_followed_to_their_limit(us: webmention.Webmention, there: Site) -> None:
    there.put("/5", entry(there, "u-in-reply-to"))
    for number in range(-1, 5):
        there.move(f"/{number}", f"/{number + 1}")
    assert told(us, f"{there.url}/0").kind is Kind.REPLY
    with pytest.raises(Rejected, match="more than 5 times"):
        told(us, f"{there.url}/-1")


@pytest.mark.parametrize("status", [200, 410])
def test_behind_a_redirect_the_author_is_both_hosts(
    us: webmention.Webmention, there: Site, status: int
) -> None:
    """Neither a shortener nor who is behind it vouches for the other."""
    page = there.put("/page", entry(there, "u-in-reply-to"), status=status)
    moved = there.move("/short", page.replace("127.0.0.1", "localhost"))
    author, host = told(us, moved).author, there.url.removeprefix("http://")
    assert author.id == author.handle == f"{host} → {host.replace('127.0.0.1', 'localhost')}"


def test_a_redirect_within_one_host_is_that_host(us: webmention.Webmention, there: Site) -> None:
    page = there.put("/page", entry(there, "u-in-reply-to"))
    moved = there.move("/short", page).replace("127.0.0.1", "LOCALHOST")
    there.move("/short", page.replace("127.0.0.1", "localhost"))
    host = there.url.removeprefix("http://").replace("127.0.0.1", "localhost")
    assert told(us, moved).author.id == host


@pytest.mark.parametrize(("status", "error"), [(500, Unavailable), (429, Unavailable),
                                               (403, Rejected), (401, Rejected)])  # fmt: skip
def test_a_page_that_cannot_be_read(
    us: webmention.Webmention, there: Site, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        told(us, there.put("/1", "", status=status))


def test_a_page_is_read_to_a_megabyte(us: webmention.Webmention, there: Site) -> None:
    page = entry(there, "u-in-reply-to")
    assert is_there(us, there.put("/1", page + " " * 1_000_000))
    with pytest.raises(Unavailable, match="larger than 1048576 bytes"):
        told(us, there.put("/1", page + " " * 1_100_000))


def test_nobody_makes_us_read_this_machine(us: webmention.Webmention, there: Site) -> None:
    with site("127.0.0.2") as canary:
        moved = there.move("/1", f"{canary.url}/"), there.move("/2", "file:///etc/passwd")
        named = f"{canary.url}/", "file:///etc/passwd", "http://[::1]:1/", "http://0:1/"
        for source in (*moved, *named):
            with pytest.raises((Rejected, Unavailable)):
                told(us, source)
        assert canary.asked == []


def test_only_the_page_itself_is_read(us: webmention.Webmention, there: Site) -> None:
    """No photo, no author's page, no feed: nothing that it names."""
    page = f"""<link rel="author" href="/me"><link rel="stylesheet" href="/css">
    <div class="h-entry"><a class="u-author h-card" href="/me"><img class="u-photo" src="/photo">
    </a><a class="u-like-of" href="{OURS}">x</a><img src="/pixel"></div>"""
    told(us, there.put("/1", page))
    assert there.asked == ["/1"]


def test_the_charset_is_the_pages(us: webmention.Webmention, there: Site) -> None:
    page = entry(there, "u-in-reply-to").replace("Asking", "Fräge")
    for kind, head, charset in (
        ("text/html; charset=iso-8859-1", "", "latin-1"),
        ("text/html", '<meta charset="windows-1252">', "cp1252"),
        ("text/html", "", "utf-8"),
        ("text/html; charset=nonsense", "", "utf-8"),
        ("text/html; charset=zip", "", "utf-8"),
    ):
        source = there.put("/1", (head + page).encode(charset), kind=kind)
        assert "Fräge" in told(us, source).text, kind


def test_where_nobody_is_it_is_unavailable() -> None:
    port = free_port()
    with pytest.raises(Unavailable):
        told(opened(f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}/")


def test_a_request_without_both_is_refused(us: webmention.Webmention) -> None:
    for form in ({}, {"source": "https://a.example/"}, {"target": OURS}):
        with pytest.raises(Rejected):
            us.receive(Request(id="1", content_type="", body=urlencode(form)), AT)


def test_words_are_words(us: webmention.Webmention, there: Site) -> None:
    """No markup, no script, no control character, and no more than somebody reads."""
    page = f"""<div class="h-entry"><a class="u-in-reply-to" href="{OURS}">x</a>
    <b class="p-author">Eve\x1b[31m &lt;script&gt;{"x" * 1000}</b><div class="e-content">
    <script>alert(1)</script><p onclick="x">Hi\x00\x07 &lt;b&gt;</p>{"y" * 20_000}</div></div>"""
    mention = told(us, there.put("/1", page))
    assert "alert" not in mention.text
    assert mention.text.startswith("Hi") and "<b>" in mention.text
    assert not any(ord(c) < 32 and c != "\n" for c in mention.text + mention.author.name)
    assert (len(mention.text), len(mention.author.name)) == (10_000, 100)


HOSTILE = {
    "comments": "<!--" * 250_000,
    "brackets": "<" * 300_000,
    "quotes": '<a x="' * 160_000,
    "attributes": "<a " + "a b " * 200_000,
    "spaces": "<a" + " " * 1_000_000,
    "scripts": "<script>" * 120_000,
    "declarations": "<!" * 400_000,
    "entities": "&amp" * 200_000,
    "classes": '<div class="' + "h-entry " * 30_000 + '">',
    "entries": '<div class="h-entry"><a class="u-like-of" href="x">' * 8_000,
    "deep": '<div class="h-entry">' * (DEEPEST - 2) + "x" * 290_000,
    "flat": "<p class=h-entry>" * (MOST_TAGS - 10),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_makes_us_slow(us: webmention.Webmention, there: Site, name: str) -> None:
    source = there.put("/1", f'<a href="{OURS}">x</a>' + HOSTILE[name])
    began = time.process_time()
    assert is_there(us, source)
    assert time.process_time() - began < 4


def test_an_outline_is_what_a_browser_would_see() -> None:
    page = "<p>a<p>b<ul><li>c<li>d</ul><br>1 < 2 <!-- x --><i class=k>e<script>f</script>"
    assert outline(page) == (
        '<p>a</p><p>b</p><ul><li>c</li><li>d</li></ul><br>1 &lt; 2 <i class="k">e</i>'
    )
    assert list(links("<base href=/x/><base href=/y/><a href=z>", "http://a.example/b")) == [
        "z",
        "http://a.example/x/z",
    ]
