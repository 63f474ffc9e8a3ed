"""The blog of the sandbox: feeds that are valid, conditional, and hostile words that stay words."""

import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime

import feedparser
import pytest
import requests

from .running import Sandbox

HOSTILE = "<script>alert(1)</script> & ]]> \x00\x0b \ufffe “”"
ATOM = "{http://www.w3.org/2005/Atom}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
REQUIRED = ("id", "title", "updated")


def begin(sandbox: Sandbox, title: str = "Hello", text: str = "Words.") -> str:
    form = {"name": "Ada", "title": title, "url": "", "text": text}
    assert sandbox.call("POST", "/feed/post", token="", data=form, allow_redirects=False).ok
    return str(sandbox.ledger("feed")[-1]["id"])


def comment(sandbox: Sandbox, to: str, text: str, name: str = "Bob") -> str:
    form = {"note": to, "name": name, "text": text}
    assert sandbox.call("POST", "/feed/reply", token="", data=form, allow_redirects=False).ok
    return str(sandbox.ledger("feed")[-1]["id"])


def feed(sandbox: Sandbox, name: str, **headers: str) -> requests.Response:
    return sandbox.call("GET", f"/feed/{name}.xml", token="", headers=headers)


def test_posts_and_comments_each_have_their_feed(sandbox: Sandbox) -> None:
    post = begin(sandbox, "A & B", "One.\n\nTwo\nlines.")
    said = comment(sandbox, post, "Nice")
    (entry,) = feedparser.parse(feed(sandbox, "blog").content).entries
    assert (entry.title, entry.author) == ("A & B", "Ada")
    assert entry.content[0].value == "<p>One.</p><p>Two<br />lines.</p>"
    assert entry.link == f"{sandbox.url}/feed/posts/{post}"
    (answer,) = feedparser.parse(feed(sandbox, "comments").content).entries
    assert answer["thr_in-reply-to"]["ref"] == entry.id
    assert answer["thr_in-reply-to"]["href"] == entry.link
    assert answer.link == f"{entry.link}#comment-{said}"


def test_both_are_atom_as_rfc_4287_and_4685_have_it(sandbox: Sandbox) -> None:
    first = comment(sandbox, begin(sandbox), "One")
    comment(sandbox, first, "Two")
    for name in ("blog", "comments"):
        answer = feed(sandbox, name)
        assert answer.headers["content-type"].startswith("application/atom+xml")
        root = ET.fromstring(answer.content)
        for element in (root, *root.iter(f"{ATOM}entry")):
            for required in REQUIRED:
                assert len(element.findall(f"{ATOM}{required}")) == 1
        ids = [it.text for it in root.iter(f"{ATOM}id")]
        assert len(ids) == len(set(ids))
        assert all(":" in str(it) for it in ids)
        assert root.find(f"{ATOM}link[@rel='self']") is not None
        for entry in root.iter(f"{ATOM}entry"):
            assert entry.find(f"{ATOM}author/{ATOM}name") is not None
            assert entry.find(f"{ATOM}link[@rel='alternate']") is not None
            assert (entry.find(f"{THREAD}in-reply-to") is not None) == (name == "comments")


def test_hostile_words_stay_words(sandbox: Sandbox) -> None:
    post = begin(sandbox, HOSTILE, HOSTILE)
    comment(sandbox, post, HOSTILE, HOSTILE)
    for name in ("blog", "comments"):
        ET.fromstring(feed(sandbox, name).content)
    html = sandbox.call("GET", f"/feed/posts/{post}", token="").text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_page_says_whose_it_is_and_has_its_comments(sandbox: Sandbox) -> None:
    post = begin(sandbox, "Title")
    said = comment(sandbox, comment(sandbox, post, "One"), "Two")
    html = sandbox.call("GET", f"/feed/posts/{post}", token="").text
    assert "<title>Title – A blog</title>" in html
    assert f'<link rel="canonical" href="{sandbox.url}/feed/posts/{post}">' in html
    assert f'id="comment-{said}"' in html
    assert sandbox.call("GET", f"/feed/posts/{said}", token="").status_code == 404


def test_who_has_it_already_gets_304(sandbox: Sandbox) -> None:
    post = begin(sandbox)
    answer = feed(sandbox, "comments")
    tag, date = answer.headers["etag"], answer.headers["last-modified"]
    for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}):
        again = feed(sandbox, "comments", **headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert feed(sandbox, "comments", **{"If-Modified-Since": date}).status_code == 304
    assert feed(sandbox, "comments", **{"If-Modified-Since": "yesterday"}).status_code == 200
    comment(sandbox, post, "News")
    assert feed(sandbox, "comments", **{"If-None-Match": tag}).status_code == 200
    assert feed(sandbox, "comments", **{"If-Modified-Since": date}).status_code == 200
    other = {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert feed(sandbox, "comments", **other).status_code == 200
    parsedate_to_datetime(feed(sandbox, "comments").headers["last-modified"])


@pytest.mark.parametrize(("mode", "status"), [("500", 500), ("429", 429)])
def test_a_fault_strikes_a_feed_once(sandbox: Sandbox, mode: str, status: int) -> None:
    sandbox.fail(mode, "feed")
    assert [feed(sandbox, "blog").status_code for _ in range(2)] == [status, 200]


def test_what_the_index_is_late_with_is_not_there_yet(sandbox: Sandbox) -> None:
    begin(sandbox)
    sandbox.fail("index-lag", "feed", seconds=30)
    with pytest.raises(requests.ConnectionError):
        feed(sandbox, "blog")
    assert feedparser.parse(feed(sandbox, "blog").content).entries == []
    sandbox.shift(31)
    assert len(feedparser.parse(feed(sandbox, "blog").content).entries) == 1


def test_a_feed_shows_the_newest(sandbox: Sandbox) -> None:
    made = [begin(sandbox, f"Post {number}") for number in range(12)]
    shown = feedparser.parse(feed(sandbox, "blog").content).entries
    assert [it.id.rpartition(":")[2] for it in shown] == made[:1:-1]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"hub.mode": "publish", "hub.url": "https://a.example/feed"}, 204),
        ({"hub.mode": "publish", "hub.topic": "https://a.example/feed"}, 204),
        ({"hub.mode": "subscribe", "hub.url": "https://a.example/feed"}, 400),
        ({"hub.mode": "publish"}, 400),
        ({"hub.mode": "publish", "hub.url": "ftp://a.example/"}, 400),
    ],
)
def test_the_hub_notes_what_it_is_told(sandbox: Sandbox, form: dict[str, str], status: int) -> None:
    for _ in range(2):
        assert sandbox.call("POST", "/feed/hub", token="", data=form).status_code == status
    heard = [it["topic"] for it in sandbox.get("/feed/hub", token="")]
    assert heard == ["https://a.example/feed"] * (2 if status == 204 else 0)
