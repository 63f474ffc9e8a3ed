"""A feed as a listener: of the sandbox's blog, and of sites that say what they like."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from outreach import channels
from outreach.channels import feed as module
from outreach.channels._ability import ability
from outreach.channels._feed import TAGS
from outreach.channels.feed import Feed
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Listener, Publisher, Rights
from outreach.model.errors import RateLimited, Rejected, Unavailable
from outreach.model.mention import Kind, Mention

from ..feeds import ATOM, Site, a_site, entry
from ..ports import free_port
from ..sandbox.running import Sandbox
from .reading import everything

NOW = datetime(2026, 5, 2, tzinfo=UTC)
BEGUN = iter(range(1000))


def opened(
    url: str, *, base_url: str | None = None, guard: Any = loopback_only, **more: Any
) -> Feed:
    values = {"kind": "feed", "url": url, "base_url": base_url, **more}
    settings = module.Settings.model_validate(values)
    secrets = channels.Secrets(named=lambda name: "acme")
    fetch = Fetch(guard=loopback_only, deadline=2)
    clock = (lambda: datetime.now(UTC)) if base_url else (lambda: NOW)
    return module.open(settings, secrets, fetch, clock)


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as running:
        yield running


@pytest.fixture
def of_blog(sandbox: Sandbox) -> Feed:
    return opened("https://blog.example/comments/feed", base_url=sandbox.url)


def begin(sandbox: Sandbox, text: str = "Words.") -> str:
    """A post of the sandbox's blog; its id."""
    form = {"name": "Ada", "title": f"Post {next(BEGUN)}", "url": "", "text": text}
    answer = sandbox.call("POST", "/feed/post", token="", data=form, allow_redirects=False)
    assert answer.status_code == 303
    return str(sandbox.ledger("feed")[-1]["id"])


def comment(sandbox: Sandbox, to: str, name: str, text: str) -> str:
    form = {"note": to, "name": name, "text": text}
    assert sandbox.call("POST", "/feed/reply", token="", data=form, allow_redirects=False).ok
    return str(sandbox.ledger("feed")[-1]["id"])


def mentions(feed: Listener, cursor: str | None = None) -> dict[str, Mention]:
    """All that came after the cursor, by its id, the URNs of a test by their number."""
    found, _ = everything(feed, cursor)
    return {name.removeprefix("urn:"): mention for name, mention in found.items()}


def requests_of(site: Site) -> int:
    return len(site.asked)


class TestSandbox:
    """The blog of the sandbox, as the daemon reads it."""

    def test_it_listens_and_nothing_else(self, of_blog: Feed) -> None:
        assert isinstance(of_blog, Listener)
        assert not isinstance(of_blog, Publisher)
        able = ability(channels.module("feed"))
        assert [verb for verb, can in able.items() if can is True] == ["collect"]

    def test_opening_asks_for_nothing(self) -> None:
        opened(f"http://127.0.0.1:{free_port()}/feed")

    def test_a_comment_arrives_with_all_that_is_known(
        self, sandbox: Sandbox, of_blog: Feed
    ) -> None:
        post = begin(sandbox)
        _, cursor = everything(of_blog)
        said = "Does it run on <ARM> & co?\n\nAsking."
        identifier = comment(sandbox, post, "Grace Müller", said)
        (mention,) = [m for m in mentions(of_blog, cursor).values() if m.id.endswith(identifier)]
        assert mention.kind is Kind.REPLY
        assert mention.text == said
        assert mention.author.name == "Grace Müller"
        assert mention.in_reply_to is not None
        assert mention.in_reply_to.endswith(post)
        assert mention.original == f"{sandbox.url}/feed/posts/{post}"
        assert mention.url == f"{mention.original}#comment-{identifier}"
        assert abs(mention.published - datetime.now(UTC)) < timedelta(seconds=10)
        assert mention.published.utcoffset() == timedelta(0)
        assert json.loads(mention.raw)["id"] == mention.id
        page = sandbox.call("GET", mention.url.removeprefix(sandbox.url), token="")
        assert (page.status_code, f'id="comment-{identifier}"' in page.text) == (200, True)

    def test_a_comment_on_a_comment_names_it(self, sandbox: Sandbox, of_blog: Feed) -> None:
        post = begin(sandbox)
        first = comment(sandbox, post, "Bob", "First")
        second = comment(sandbox, first, "Cy", "Second")
        found = {m.id.rpartition(":")[2]: m for m in mentions(of_blog).values()}
        assert str(found[second].in_reply_to).endswith(first)
        assert found[second].original == f"{sandbox.url}/feed/posts/{post}"

    def test_oldest_first_and_then_it_rests(self, sandbox: Sandbox, of_blog: Feed) -> None:
        post = begin(sandbox)
        for number in range(3):
            comment(sandbox, post, "Bob", f"Comment {number}")
        page = of_blog.collect(None)
        times = [mention.published for mention in page.mentions]
        assert times == sorted(times)
        assert len(times) >= 3
        assert of_blog.collect(page.cursor).cursor == page.cursor
        assert of_blog.collect(page.cursor) == of_blog.collect(page.cursor)

    @pytest.mark.parametrize("mode", ["reset", "500", "apply+truncated"])
    def test_what_breaks_leaves_the_cursor(
        self, sandbox: Sandbox, of_blog: Feed, mode: str
    ) -> None:
        post = begin(sandbox)
        _, cursor = everything(of_blog)
        late = comment(sandbox, post, "Bob", "Late")
        sandbox.fail(mode, "feed")
        with pytest.raises(Unavailable):
            of_blog.collect(cursor)
        assert any(name.endswith(late) for name in mentions(of_blog, cursor))

    def test_too_much_is_rate_limited(self, sandbox: Sandbox, of_blog: Feed) -> None:
        sandbox.fail("429", "feed", seconds=120)
        with pytest.raises(RateLimited) as caught:
            of_blog.collect(None)
        assert caught.value.until is not None


@pytest.mark.parametrize("headers", [{"ETag": '"a"'}, {}])
def test_an_unchanged_feed_is_not_parsed(
    site: Site, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish(entry("1", "Hello", link="https://b.example/1"))
    site.headers["/feed"] = headers
    feed = opened(site.feed)
    _, cursor = everything(feed)
    parsed = _count(monkeypatch)
    assert everything(feed, cursor) == ({}, cursor)
    assert parsed == []
    assert ("if-none-match" in site.asked[-1]) == bool(headers)
    site.publish(entry("2", "More", link="https://b.example/2"))
    site.headers["/feed"] = {"ETag": '"b"'} if headers else {}
    assert list(mentions(feed, cursor)) == ["2"]
    assert len(parsed) == 1


def _count(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """How often feedparser is asked; it does its work all the same."""
    parse: Callable[..., Any] = feedparser.parse
    seen: list[object] = []

    def counted(*given: Any, **named: Any) -> Any:
        seen.append(given)
        return parse(*given, **named)

    monkeypatch.setattr(feedparser, "parse", counted)
    return seen


def test_last_modified_is_said_back(site: Site) -> None:
    site.publish()
    site.headers["/feed"] = {"Last-Modified": "Fri, 01 May 2026 10:00:00 GMT"}
    feed = opened(site.feed)
    everything(feed, everything(feed)[1])
    assert "if-modified-since: Fri, 01 May 2026 10:00:00 GMT\r\n" in site.asked[-1]


def test_a_feed_that_is_never_the_same_does_not_keep_us(site: Site) -> None:
    class Restless(dict[str, str | bytes]):
        def get(self, path: str, default: Any = None) -> Any:
            return ATOM.format(entries=entry(f"e{next(BEGUN)}", "Ever new"))

    site.bodies = Restless({"/feed": ""})
    feed = opened(site.feed)
    found, cursor = everything(feed)
    assert (len(found), requests_of(site)) == (1, 1)
    assert len(mentions(feed, cursor)) == 1


def test_after_a_restart_nothing_is_missed(site: Site) -> None:
    site.publish(entry("1", "One"))
    cursor = opened(site.feed).collect(None).cursor
    site.publish(entry("1", "One"), entry("2", "Two"))
    assert "2" in mentions(opened(site.feed), cursor)


def test_another_address_begins_anew(site: Site) -> None:
    site.publish(entry("1", "One"))
    site.bodies["/other"] = site.bodies["/feed"]
    site.headers = {path: {"ETag": '"1"'} for path in ("/feed", "/other")}
    _, cursor = everything(opened(site.feed))
    assert list(mentions(opened(f"{site.server.url}/other"), cursor)) == ["1"]


def test_words_choose_what_counts(site: Site) -> None:
    site.publish(
        entry("1", "On Lanternworks"),
        entry("2", "Elsewhere", html="<p>they use LANTERNWORKS</p>"),
        entry("3", "Other", html='<a href="https://lantern.example/x">this</a>'),
        entry("4", "Nothing of ours"),
    )
    feed = opened(site.feed, search=["lanternworks", "lantern.example"])
    assert set(mentions(feed)) == {"1", "2", "3"}


def test_what_finds_us_is_a_mention_with_its_title(site: Site) -> None:
    more = "<author><name>Grace</name><uri>https://grace.example/</uri></author>"
    site.publish(
        entry("1", "A & B", link="https://b.example/ü#x", html="<p>one</p><p>two</p>", more=more)
    )
    (mention,) = mentions(opened(site.feed)).values()
    assert mention.kind is Kind.MENTION
    assert mention.text == "A & B\n\none\n\ntwo"
    assert mention.author.url == mention.author.id == "https://grace.example/"
    assert mention.url == "https://b.example/%C3%BC#x"
    assert mention.original == "https://b.example/%C3%BC"


def test_wordpress_and_its_rss(site: Site) -> None:
    site.bodies["/feed"] = """<?xml version="1.0" encoding="UTF-8"?>
    <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Comments for A blog</title>
      <item><title>Comment on Hello by Grace</title>
      <link>https://b.example/hello/#comment-7</link><dc:creator>Grace</dc:creator>
      <pubDate>Fri, 01 May 2026 12:00:00 +0200</pubDate>
      <guid isPermaLink="false">https://b.example/?p=1#comment-7</guid>
      <description>Short &#8230;</description>
      <content:encoded><![CDATA[<p>Hello &amp; <b>thanks</b></p>]]></content:encoded></item>
      </channel></rss>"""
    (mention,) = mentions(opened(site.feed)).values()
    assert mention.id == "https://b.example/?p=1#comment-7"
    assert mention.original == "https://b.example/hello/"
    assert mention.text == "Comment on Hello by Grace\n\nHello & thanks"
    assert (mention.author.name, mention.published.hour) == ("Grace", 10)


def test_times(site: Site) -> None:
    site.publish(
        entry("future", published="2126-01-01T00:00:00Z"),
        entry("none", "No date"),
        entry("zone", published="2026-05-01T12:00:00+02:00"),
        entry("nonsense", published="0000-00-00T99:99:99Z"),
    )
    feed = opened(site.feed)
    found, (_, cursor) = mentions(feed), everything(feed)
    assert found["future"].published == NOW
    assert found["zone"].published == datetime(2026, 5, 1, 10, tzinfo=UTC)
    before = found["none"].published, found["nonsense"].published
    assert before == (NOW - timedelta(days=1),) * 2
    site.publish(entry("later", "No date either"))
    assert mentions(feed, cursor)["later"].published == NOW


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (410, Rejected, "gone for good"),
        (404, Rejected, "404"),
        (401, Rejected, "not open to everybody"),
        (403, Rejected, "not open to everybody"),
        (503, Unavailable, "503"),
        (429, RateLimited, "429"),
    ],
)
def test_what_a_status_means(site: Site, status: int, error: type[Exception], words: str) -> None:
    site.publish()
    site.status["/feed"] = status
    with pytest.raises(error, match=words):
        opened(site.feed).collect(None)


def test_redirects_are_followed_and_each_is_checked(site: Site) -> None:
    site.publish(entry("1", "One"))
    site.status["/old"] = 301
    site.headers["/old"] = {"Location": "/feed"}
    assert list(mentions(opened(f"{site.server.url}/old"))) == ["1"]
    site.headers["/old"] = {"Location": "http://10.0.0.1/feed"}
    with pytest.raises(Rejected, match=r"10\.0\.0\.1"):
        opened(f"{site.server.url}/old").collect(None)
    site.headers["/old"] = {"Location": "/old"}
    with pytest.raises(Rejected, match="redirects"):
        opened(f"{site.server.url}/old").collect(None)


DAMAGED = "<rss version='2.0'><channel><item><title>&#x110000;&bad;"


@pytest.mark.parametrize(
    "body",
    ["", "<html><p>Hello</p></html>", "{}", "/etc/passwd", "file:///etc/passwd", "<rss>", DAMAGED],
)
def test_what_is_no_feed_is_said(site: Site, body: str) -> None:
    site.bodies["/feed"] = body
    with pytest.raises(Unavailable, match="no feed that can be read"):
        opened(site.feed).collect(None)


def test_a_body_that_is_an_address_is_not_fetched(site: Site) -> None:
    site.bodies |= {"/feed": f"{site.server.url}/other", "/other": ATOM.format(entries="")}
    with pytest.raises(Unavailable):
        opened(site.feed).collect(None)
    assert requests_of(site) == 1


def test_of_a_damaged_feed_what_can_be_read(site: Site) -> None:
    site.bodies["/feed"] = ATOM.format(entries=entry("1", "One") + "<entry><title>R&D")[:-8]
    assert mentions(opened(site.feed))["1"].text == "One"


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "hostile",
    [
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]>'
        + ATOM.partition("\n")[2].format(entries=entry("1", "T").replace("T", "&l9;")),
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
        "<item><title>T&x;</title></item></channel></rss>",
        ATOM.format(entries=entry("1", "T", html="<div>" * 5000)),
        ATOM.format(entries=f"<entry><title>T</title>{'<a>' * 5000}{'</a>' * 5000}</entry>"),
    ],
)
def test_hostile_feeds_cost_little_and_read_no_file(site: Site, hostile: str) -> None:
    site.bodies["/feed"] = hostile
    for mention in mentions(opened(site.feed)).values():
        assert "root:" not in mention.text
        assert len(mention.text) < 100_000


def test_no_script_comes_through(site: Site) -> None:
    bad = "javascript:alert(1)"
    more = f'<author><name>x</name><uri>{bad}</uri></author><thr:in-reply-to ref="r" href="{bad}"/>'
    html = f"<p>Hi</p><script>evil()</script><a href='{bad}' onclick='evil()'>x</a>"
    site.publish(entry("1", "T", link=bad, html=html, more=more))
    (mention,) = mentions(opened(site.feed)).values()
    assert (mention.url, mention.author.url, mention.original) == ("", "", "")
    assert "evil" not in mention.text
    assert mention.in_reply_to == "r"


def test_a_feed_is_bounded(site: Site) -> None:
    site.bodies["/feed"] = ATOM.format(entries=" " * (1 << 20))
    with pytest.raises(Unavailable, match="larger than"):
        opened(site.feed).collect(None)


def test_a_feed_of_too_many_tags_is_refused_before_it_costs(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.bodies["/feed"] = ATOM.format(entries=entry("1", "T").replace("T", "<b>" * TAGS))
    parsed = _count(monkeypatch)
    with pytest.raises(Rejected, match=r"50,000 tags"):
        opened(site.feed).collect(None)
    assert parsed == []


def test_a_link_that_is_none_is_left_out(site: Site) -> None:
    site.publish(entry("1", "T", link="https://ü:port/x"), entry("2", "T", link="https://[ü"))
    assert {mention.url for mention in mentions(opened(site.feed)).values()} == {""}


def test_a_long_id_is_its_hash(site: Site) -> None:
    site.publish(entry("x" * 5000, "T"), entry("y" * 5000, "T"))
    assert {len(name) for name in mentions(opened(site.feed))} == {64}


def test_it_is_tested_by_being_read(site: Site) -> None:
    site.publish()
    feed = opened(site.feed)
    assert feed.handle() == "A blog"
    assert feed.rights() == Rights(handle="A blog", write="a feed is only read")
    site.status["/feed"] = 410
    assert "gone for good" in feed.rights().read


@pytest.mark.parametrize(
    ("url", "good"),
    [("blog.example/feed", True), ("ftp://a/b", False), ("http://", False)],
)
def test_the_address_is_of_the_web(url: str, good: bool) -> None:
    if good:
        settings = module.Settings.model_validate({"kind": "feed", "url": url})
        assert settings.url == f"https://{url}"
    else:
        with pytest.raises(ValueError, match="address of a feed"):
            module.Settings.model_validate({"kind": "feed", "url": url})
