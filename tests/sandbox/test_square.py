"""The town square: what people see, and that nothing they write does more than be read."""

import re
from html.parser import HTMLParser

import pytest
import requests

from .running import Sandbox

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}}{% raw %}",
    'https://example.com/"onmouseover="alert(1)',
    "javascript:alert(1)",
    "@bob<b>#tag<i>",
    "<b>https://example.com/<i>&lt;b> @acme <i>",
)


class Page(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def reply(sandbox: Sandbox, network: str, note: str, **form: str) -> requests.Response:
    return sandbox.call(
        "POST", f"/{network}/reply", token="", data={"note": note, **form}, allow_redirects=False
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(sandbox: Sandbox, text: str) -> None:
    status, tweet = sandbox.toot(text), sandbox.tweet(text)
    reply(sandbox, "mastodon", status["id"], name=text, text=text)
    reply(sandbox, "x", tweet["id"], name=text, text=text)
    assert len(sandbox.ledger()) == 4
    for path in ("/", sandbox.ledger()[2]["url"].removeprefix(sandbox.url)):
        html = sandbox.call("GET", path).text
        page = Page(html)
        assert [a for tag, a in page.tags if tag == "script"] == [
            {"src": "/square.js", "defer": None}
        ]
        names = {name for _, attributes in page.tags for name in attributes}
        assert not [name for name in names if name.startswith("on")]
        assert {"b", "i"}.isdisjoint(tag for tag, _ in page.tags)
        hrefs = [str(a["href"]) for _, a in page.tags if "href" in a]
        assert all(re.match(r"(/|#|https?://)", href) for href in hrefs)
        assert "49{" not in html


def test_nothing_is_fetched_from_elsewhere(sandbox: Sandbox) -> None:
    sandbox.toot("Hello")
    answer = sandbox.call("GET", "/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    fetched = [a[n] for tag, a in Page(answer.text).tags for n in ("src", "action") if n in a]
    fetched += [a["href"] for tag, a in Page(answer.text).tags if tag == "link"]
    assert fetched
    for url in {str(url) for url in fetched}:
        assert url.startswith("/")
        assert not url.startswith("//")
    for name in ("square.css", "square.js", "square.svg", "mastodon/@acme/picture.svg"):
        assert sandbox.call("GET", f"/{name}").ok
    assert "http" not in sandbox.call("GET", "/square.css").text


def test_an_answer_by_form_is_a_notification(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    answer = reply(sandbox, "mastodon", note["id"], name="Ada Ä. Lovelace", text=" Nice ")
    assert answer.status_code == 303
    [told] = sandbox.get("/api/v1/notifications?types[]=mention")
    assert told["account"]["display_name"] == "Ada Ä. Lovelace"
    assert told["account"]["username"] == "ada_a_lovelace"
    assert told["status"]["in_reply_to_id"] == note["id"]
    assert sandbox.ledger(by="ada_a_lovelace")[0]["text"] == "@acme Nice"
    assert answer.headers["Location"] == f"/#mastodon-{told['status']['id']}"


def test_an_answer_by_form_is_a_mention(sandbox: Sandbox) -> None:
    tweet = sandbox.tweet("Hello")
    reply(sandbox, "x", tweet["id"], name="Ada", text="Nice")
    query = "tweet.fields=conversation_id"
    [told] = sandbox.get(f"/2/users/{sandbox.me('x')}/mentions?{query}")["data"]
    assert (told["text"], told["conversation_id"]) == ("@acme Nice", tweet["id"])


def test_the_name_is_remembered(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    form = {"note": note["id"], "name": "Ada", "text": "Nice"}
    with requests.Session() as browser:
        page = browser.post(f"{sandbox.url}/mastodon/reply", data=form)
    assert ("input", "Ada") in [(tag, a.get("value")) for tag, a in Page(page.text).tags]


def test_likes_and_boosts_are_told_but_are_no_effects(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    for kind in ("like", "repost", "like"):
        form = {"note": note["id"], "kind": kind, "name": "Ada"}
        assert sandbox.call("POST", "/mastodon/react", token="", data=form).ok
    assert [n["type"] for n in sandbox.get("/api/v1/notifications")] == ["reblog", "favourite"]
    assert [e["effect"] for e in sandbox.ledger()] == ["create"]


@pytest.mark.parametrize(("text", "problem"), [(" ", "write something"), ("a" * 500, "500")])
def test_a_bad_answer_is_explained_and_kept(sandbox: Sandbox, text: str, problem: str) -> None:
    note = sandbox.toot("Hello")
    answer = reply(sandbox, "mastodon", note["id"], name="Ada", text=text)
    assert answer.status_code == 422
    assert problem in answer.text
    assert f">{text}</textarea>" in answer.text or not text.strip()
    assert len(sandbox.ledger()) == 1


def test_nobody_takes_an_accounts_name(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    reply(sandbox, "mastodon", note["id"], name="Acme", text="It is me")
    assert [e["by"] for e in sandbox.ledger()] == ["acme", "acme_reader"]


def test_a_notes_page_shows_its_conversation(sandbox: Sandbox) -> None:
    note = sandbox.toot("The beginning")
    answer = sandbox.toot("The end", in_reply_to_id=note["id"])
    for status in (note, answer):
        page = sandbox.call("GET", status["url"].removeprefix(sandbox.url))
        assert page.ok
        assert "The beginning" in page.text
        assert "The end" in page.text
    assert "The beginning" in sandbox.call("GET", "/mastodon/@acme").text
    assert sandbox.call("GET", f"/mastodon/@bob/{note['id']}").status_code == 404
    assert sandbox.call("GET", f"/nowhere/@acme/{note['id']}").status_code == 404


def test_other_sites_cannot_write(sandbox: Sandbox) -> None:
    note = sandbox.toot("Hello")
    form = {"note": note["id"], "name": "Ada", "text": "Nice"}
    for headers in (
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "example.com"},
    ):
        answer = sandbox.call("POST", "/mastodon/reply", token="", data=form, headers=headers)
        assert answer.status_code == 403
    assert len(sandbox.ledger()) == 1
    own = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}
    assert sandbox.call("POST", "/mastodon/reply", token="", data=form, headers=own).ok


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "[::2]", "", "[bad"])
def test_foreign_hosts_are_refused(sandbox: Sandbox, host: str) -> None:
    assert sandbox.call("GET", "/", headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8100"])
def test_own_hosts_are_taken(sandbox: Sandbox, host: str) -> None:
    assert sandbox.call("GET", "/", headers={"Host": host}).ok
