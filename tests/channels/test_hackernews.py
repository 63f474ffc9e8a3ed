"""Hacker News is read without a gap: who links to us, names us, and what is said below."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from outreach.channels import Secrets, hackernews
from outreach.channels._hackernews_text import plain
from outreach.channels._terms import Term, leads_to, terms
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Listener, Publisher
from outreach.model.errors import RateLimited, Unavailable
from outreach.model.mention import Kind, Mention

from ..ports import free_port
from ..sandbox.running import Sandbox, in_thread
from ..server import Server, ok, request, saying, serving
from .contract import now
from .reading import everything

HOST = "lanternworks.example"
PAGE = f"https://{HOST}/2026/hello"


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A Hacker News of its own: what is found there is not another test's."""
    with in_thread(tmp_path_factory.mktemp("hackernews") / "ledger.jsonl") as running:
        yield running


def opened(url: str, *search: str, users: tuple[str, ...] = ("ada",)) -> hackernews.HackerNews:
    """The channel as the daemon opens it."""
    settings = hackernews.Settings(
        kind="hackernews", search=search or (HOST, "Lanternworks"), users=users, base_url=url
    )
    fetch = Fetch(guard=loopback_only, deadline=5)
    return hackernews.open(settings, Secrets(named=str), fetch, now)


def story(sandbox: Sandbox, title: str, url: str = "", text: str = "", name: str = "Bob") -> str:
    """A story of a reader's; its id."""
    return put(sandbox, "post", name=name, title=title, url=url, text=text)


def comment(sandbox: Sandbox, parent: str, text: str, name: str = "Grace") -> str:
    """A comment of a reader's; its id."""
    return put(sandbox, "reply", note=parent, name=name, text=text)


def put(sandbox: Sandbox, form: str, **sent: str) -> str:
    answer = sandbox.call("POST", f"/hackernews/{form}", token="", data=sent, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("#hackernews-")[2])


def found(sandbox: Sandbox, *search: str, **more: Any) -> dict[str, Mention]:
    return everything(opened(sandbox.url, *search, **more))[0]


def test_it_only_listens() -> None:
    channel = opened(f"http://127.0.0.1:{free_port()}")
    assert isinstance(channel, Listener)
    assert not isinstance(channel, Publisher)
    assert (hackernews.LIMITS, hackernews.sign_in) == (None, None)


def test_a_story_that_links_to_us(sandbox: Sandbox) -> None:
    identifier = story(sandbox, "A lantern that lights itself", PAGE)
    (mention,) = found(sandbox).values()
    assert (mention.id, mention.kind, mention.original) == (identifier, Kind.MENTION, PAGE)
    assert mention.text == f"A lantern that lights itself\n\n{PAGE}"
    assert (mention.author.handle, mention.in_reply_to) == ("bob", None)
    assert abs(mention.published - now()) < timedelta(seconds=10)
    assert json.loads(mention.raw)["objectID"] == identifier
    shown = sandbox.call("GET", mention.url.removeprefix(sandbox.url), token="")
    assert "A lantern that lights itself" in shown.text


def test_all_that_is_said_below_it(sandbox: Sandbox) -> None:
    identifier = story(sandbox, "A lantern", PAGE)
    first = comment(sandbox, identifier, "Nice. <b> & co?\n\nSee https://other.example/" + "x" * 80)
    second = comment(sandbox, first, "Indeed", name="Carol")
    mentions = found(sandbox)
    assert {m.id: (m.kind, m.in_reply_to, m.original) for m in mentions.values()} == {
        identifier: (Kind.MENTION, None, PAGE),
        first: (Kind.REPLY, identifier, PAGE),
        second: (Kind.REPLY, first, PAGE),
    }
    assert mentions[first].text == "Nice. <b> & co?\n\nSee https://other.example/" + "x" * 80


def test_who_names_us_elsewhere(sandbox: Sandbox) -> None:
    other = story(sandbox, "Ask HN: what do you build with?", text="I wonder.")
    named = comment(sandbox, other, "I use LANTERNWORKS, it is fine")
    linked = comment(sandbox, other, f"Look at {PAGE}")
    asked = story(sandbox, "Ask HN: who uses Lanternworks?", text="Anybody?")
    for wrong in ("the lantern works well", "Lanternworksy", f"https://not{HOST}/"):
        comment(sandbox, other, wrong)
    mentions = found(sandbox)
    assert {m.id: (m.kind, m.in_reply_to, m.original) for m in mentions.values()} == {
        named: (Kind.MENTION, other, ""),
        linked: (Kind.MENTION, other, ""),
        asked: (Kind.MENTION, None, ""),
    }
    assert mentions[asked].text == "Ask HN: who uses Lanternworks?\n\nAnybody?"


def test_our_own_words_are_no_mention_and_close_the_wait(sandbox: Sandbox) -> None:
    identifier = story(sandbox, "A lantern", PAGE)
    question = comment(sandbox, identifier, "Does it float?")
    elsewhere = comment(sandbox, story(sandbox, "Boats", text="?"), "Lanternworks floats?")
    own = [comment(sandbox, parent, "It does", name="Ada") for parent in (question, elsewhere)]
    page = opened(sandbox.url).collect(None)
    assert set(page.answered) == {question, elsewhere}
    assert {mention.id for mention in page.mentions} == {identifier, question, elsewhere}
    stranger = opened(sandbox.url, users=()).collect(None)
    assert stranger.answered == ()
    assert own[0] in {mention.id for mention in stranger.mentions}


def test_many_have_no_gap_and_the_cursor_rests(sandbox: Sandbox) -> None:
    identifier = story(sandbox, "A lantern", PAGE)
    ids = {comment(sandbox, identifier, f"Answer {number}") for number in range(110)}
    channel = opened(sandbox.url)
    first = channel.collect(None)
    late = comment(sandbox, identifier, "While you were reading")
    mentions, cursor = everything(channel, first.cursor)
    assert {m.id for m in first.mentions} | mentions.keys() == {identifier, late, *ids}
    assert list(first.mentions) == sorted(first.mentions, key=lambda m: (m.published, m.id))
    assert everything(channel, cursor)[1] == cursor
    assert len(str(cursor)) < 100


def test_where_nobody_says_anything_the_cursor_rests(sandbox: Sandbox) -> None:
    page = opened(sandbox.url).collect(None)
    assert (page.mentions, page.answered) == ((), ())
    assert opened(sandbox.url).collect(page.cursor) == page


def test_what_the_index_shows_late_is_read_all_the_same(sandbox: Sandbox) -> None:
    other = story(sandbox, "Boats", text="?")
    sandbox.shift(5 * 3600)
    comment(sandbox, other, "Lanternworks, the newer")
    _, cursor = everything(opened(sandbox.url))
    sandbox.shift(0)
    late = comment(sandbox, other, "Lanternworks, older by hours, shown later")
    assert late in everything(opened(sandbox.url), cursor)[0]


def test_a_story_that_is_found_late_is_read_from_its_beginning(sandbox: Sandbox) -> None:
    sandbox.shift(-3 * 86400)
    identifier = story(sandbox, "A lantern", PAGE)
    early = comment(sandbox, identifier, "First!")
    sandbox.shift(0)
    comment(sandbox, story(sandbox, "Boats", text="?"), "Lanternworks?")
    _, cursor = everything(opened(sandbox.url, "Lanternworks"))
    assert {identifier, early} <= everything(opened(sandbox.url, HOST), cursor)[0].keys()


def test_what_is_old_is_not_followed(sandbox: Sandbox) -> None:
    sandbox.shift(-15 * 86400)
    identifier = story(sandbox, "A lantern", PAGE)
    sandbox.shift(0)
    comment(sandbox, identifier, "Late to the party")
    assert found(sandbox) == {}


def test_a_daemon_that_was_off_for_weeks_misses_nothing(sandbox: Sandbox) -> None:
    sandbox.shift(-30 * 86400)
    identifier = story(sandbox, "A lantern", PAGE)
    read = int((now() - timedelta(days=30)).timestamp())
    sandbox.shift(-25 * 86400)
    later = comment(sandbox, identifier, "Is it waterproof?")
    sandbox.shift(0)
    cursor = json.dumps({"read": read, "stories": [identifier]})
    assert later in everything(opened(sandbox.url), cursor)[0]


def crowd(size: int, per_second: int) -> Any:
    """An index of comments that name us, as Algolia shows them: a thousand of a query at most."""
    newest = int(now().timestamp())
    hits: list[dict[str, Any]] = [
        {
            "objectID": str(size - number),
            "created_at_i": newest - number // per_second,
            "author": "bob",
            "comment_text": "Lanternworks",
            "parent_id": 1,
        }
        for number in range(size)
    ]

    def answer(server: Server, connection: socket.socket) -> None:
        query = parse_qs(urlsplit(request(connection).split()[1].decode()).query)
        ends = re.findall(r"created_at_i<=(\d+)", query["numericFilters"][0])
        end = int(ends[0]) if ends else newest
        listed = [hit for hit in hits if hit["created_at_i"] <= end][:1000]
        page, per = int(query["page"][0]), int(query["hitsPerPage"][0])
        told = {"hits": listed[page * per : (page + 1) * per]}
        connection.sendall(ok(json.dumps(told).encode()))

    return answer


def test_what_algolia_does_not_page_to_is_asked_for_by_its_time() -> None:
    with serving(crowd(1500, per_second=40)) as server:
        page = opened(server.url, "Lanternworks", users=()).collect(None)
    assert len({mention.id for mention in page.mentions}) == 1500


def test_what_cannot_be_reached_is_no_silent_gap() -> None:
    crowded = serving(crowd(1500, per_second=1500))
    with crowded as server, pytest.raises(Unavailable, match="one second"):
        opened(server.url, "Lanternworks").collect(None)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"hits": [{}]}', b""])
def test_an_answer_that_cannot_be_read_is_unavailable(body: bytes) -> None:
    with serving(saying(ok(body))) as server, pytest.raises(Unavailable):
        opened(server.url).collect(None)


def test_too_much_is_rate_limited() -> None:
    told = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"
    with serving(saying(told)) as server, pytest.raises(RateLimited):
        opened(server.url).collect(None)


def test_where_nobody_listens_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        opened(f"http://127.0.0.1:{free_port()}").collect(None)


def test_live_it_is_algolias_host() -> None:
    settings = hackernews.Settings(kind="hackernews", search=("x",))
    asked: list[str] = []

    def fetch(method: str, url: str) -> None:
        asked.append(url)
        raise Unavailable("not today")

    channel = hackernews.open(settings, Secrets(named=str), fetch, now)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        channel.collect(None)
    assert asked[0].startswith("https://hn.algolia.com/api/v1/search_by_date?")
    assert parse_qs(urlsplit(asked[0]).query)["typoTolerance"] == ["false"]


def test_somebody_must_say_what_to_look_for() -> None:
    with pytest.raises(ValidationError):
        hackernews.Settings(kind="hackernews", search=())


@pytest.mark.parametrize(
    ("term", "text", "there"),
    [
        ("Lanternworks", "lanternworks!", True),
        ("Lanternworks", "the lantern works well", False),
        ("Lanternworks", "Lanternworksy", False),
        ("Lantern Works", "the LANTERN\nworks", True),
        ("C++", "in C++, of course", True),
        (HOST, f"https://www.{HOST}/2026", True),
        (HOST, f"not{HOST} my-{HOST} {HOST}.org", False),
        (HOST, f"It is {HOST}.", True),
        (f"https://{HOST}/", f"see http://{HOST}", True),
        ("forge.example/acme", "https://forge.example/acme/lantern", True),
        ("forge.example/acme", "https://forge.example/acme-two", False),
        ("forge.example/acme", "forge.example/acme.git", True),
    ],
)
def test_whole_words_only(term: str, text: str, there: bool) -> None:
    assert Term(term).is_in(text) is there


def test_only_addresses_lead_to_us() -> None:
    ours = terms((HOST, "Lanternworks", f"https://{HOST}/2026"))
    assert [term.is_address for term in ours] == [True, False, True]
    assert leads_to(ours, PAGE)
    assert not leads_to(ours, "https://other.example/lanternworks")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello<p>it&#x27;s <i>me</i>", "Hello\n\nit's me"),
        ('<a href="https:&#x2F;&#x2F;a.example&#x2F;long">https:&#x2F;&#x2F;a...</a> yes',
         "https://a.example/long yes"),
        ("<p><pre><code>  a &lt; b\n</code></pre>", "a < b"),
    ],
)  # fmt: skip
def test_html_is_read_back(html: str, text: str) -> None:
    assert plain(html) == text
