"""What people say on Reddit is read without a gap: the inbox, our threads, and those about us."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outreach.channels._reddit_listening import WALK_AT_ONCE
from outreach.channels._reddit_mentions import told
from outreach.model.channel import Summoned
from outreach.model.errors import Rejected
from outreach.model.mention import Kind, Mention
from outreach.sandbox.reddit_things import DEEPEST

from ..sandbox.running import Sandbox, in_thread
from ..server import Server, ok, request, serving
from .contract import ORIGINAL, new_key, note, now
from .reading import everything
from .reddit_account import opened

HOST = "blog.example"


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A Reddit of its own: what is found there is not another test's."""
    with in_thread(tmp_path_factory.mktemp("reddit") / "ledger.jsonl") as running:
        yield running


def put(sandbox: Sandbox, form: str, **sent: str) -> str:
    """A submission (`post`) or a comment (`reply`) of a reader's; its id."""
    answer = sandbox.call("POST", f"/reddit/{form}", token="", data=sent, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("#reddit-")[2])


def comment(sandbox: Sandbox, parent: str, text: str, name: str = "Grace") -> str:
    return put(sandbox, "reply", note=parent, name=name, text=text)


def kinds(mentions: dict[str, Mention]) -> dict[str, tuple[Kind, str | None, str]]:
    return {m.id: (m.kind, m.in_reply_to, m.original) for m in mentions.values()}


def test_all_below_our_submission_is_read_also_what_answers_others(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    post = channel.publish(note(title="T", original=ORIGINAL), new_key()).id
    first = comment(sandbox, post, "First")
    second = comment(sandbox, first, "Second", name="Bob")
    mentions, _ = everything(channel)
    assert kinds(mentions) == {
        first: (Kind.REPLY, post, ORIGINAL),
        second: (Kind.REPLY, first, ORIGINAL),
    }


def test_a_comment_is_read_however_deep_it_stands(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    parent = channel.publish(note(), new_key()).id
    ids = set()
    for depth in range(2 * DEEPEST + 3):
        parent = comment(sandbox, parent, f"Depth {depth}")
        ids.add(parent)
    assert everything(channel)[0].keys() == ids


def test_what_a_tree_leaves_out_is_asked_for(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    post = channel.publish(note(), new_key()).id
    first = comment(sandbox, post, "Root")
    ids = {first} | {comment(sandbox, first, f"Below {n}") for n in range(130)}
    read = {thing.id for thing in channel.collect(None).mentions}
    assert read == {first}, "the inbox has only what answers us"
    assert everything(channel)[0].keys() == ids


def test_threads_are_read_every_ten_minutes(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    post = channel.publish(note(), new_key()).id
    first = comment(sandbox, post, "First")
    _, cursor = everything(channel)
    second = comment(sandbox, first, "Second", name="Bob")
    assert everything(channel, cursor) == ({}, cursor)
    later = opened(sandbox.url, clock=lambda: now() + timedelta(minutes=11))
    assert second in everything(later, cursor)[0]


def test_many_threads_take_several_steps(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    deep = set()
    for _ in range(WALK_AT_ONCE + 3):
        post = channel.publish(note(), new_key()).id
        deep.add(comment(sandbox, comment(sandbox, post, "First"), "Second", name="Bob"))
    mentions, cursor = everything(channel)
    assert deep <= mentions.keys()
    assert len(str(cursor)) < 4096


def test_who_names_us_is_in_the_inbox_wherever_it_was(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    post = put(sandbox, "post", name="Bob", title="Lamps?", url="", text="Which?")
    channel.handle()
    named = comment(sandbox, post, "Ask u/acme", name="Carol")
    comment(sandbox, post, "Ask u/acme_two", name="Carol")
    assert kinds(everything(channel)[0]) == {named: (Kind.MENTION, post, "")}


def test_submissions_that_link_to_us_are_found_with_what_is_below(sandbox: Sandbox) -> None:
    link = put(sandbox, "post", name="Bob", title="Look", url=ORIGINAL, text="")
    below = comment(sandbox, link, "Neat")
    put(sandbox, "post", name="Bob", title="Else", url=f"https://not{HOST}/", text="")
    channel = opened(sandbox.url, search=(HOST,))
    mentions, _ = everything(channel)
    assert kinds(mentions) == {
        link: (Kind.MENTION, None, ORIGINAL),
        below: (Kind.REPLY, link, ORIGINAL),
    }
    assert mentions[link].text == f"Look\n\n{ORIGINAL}"
    assert everything(opened(sandbox.url))[0] == {}


def test_an_exact_link_is_looked_up_that_the_search_does_not_show() -> None:
    post: dict[str, Any] = {
        "name": "t3_1",
        "title": "Look",
        "url": ORIGINAL,
        "is_self": False,
        "author": "bob",
    }
    post |= {"created_utc": now().timestamp(), "permalink": "/r/x/1/", "num_comments": 0}

    def answer(server: Server, connection: socket.socket) -> None:
        line = request(connection).split(b"\r\n")[0]
        found = [{"kind": "t3", "data": post}] if b"/api/info?url=https%3A" in line else []
        told: dict[str, Any] = {"name": "acme", "access_token": "t", "expires_in": 3600}
        told["data"] = {"children": found, "after": None}
        connection.sendall(ok(json.dumps(told).encode()))

    with serving(answer) as server:
        (mention,) = opened(server.url, search=(ORIGINAL,)).collect(None).mentions
    assert (mention.id, mention.original) == ("t3_1", ORIGINAL)


def test_an_address_with_a_path_is_searched_for(sandbox: Sandbox) -> None:
    link = put(sandbox, "post", name="Bob", title="Look", url=f"{ORIGINAL}/more", text="")
    put(sandbox, "post", name="Bob", title="Else", url=f"https://{HOST}/2027/", text="")
    assert everything(opened(sandbox.url, search=(f"{HOST}/2026/hello",)))[0].keys() == {link}


def test_submissions_that_name_us_are_found(sandbox: Sandbox) -> None:
    named = put(sandbox, "post", name="Bob", title="Who?", url="", text="Anybody at LANTERNWORKS?")
    put(sandbox, "post", name="Bob", title="Lanternworksy", url="", text="?")
    comment(sandbox, named, "Not me")
    asked = comment(sandbox, named, "Lanternworks is two people")
    mentions, _ = everything(opened(sandbox.url, search=("Lanternworks",)))
    assert kinds(mentions) == {
        named: (Kind.MENTION, None, ""),
        asked: (Kind.MENTION, named, ""),
    }


def test_our_own_words_are_no_mention_and_close_the_wait(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    post = channel.publish(note(), new_key()).id
    asked = comment(sandbox, post, "Really?")
    channel.publish(note("Yes", in_reply_to=asked), new_key())
    answered: set[str] = set()
    cursor, seen = None, set[str]()
    for _ in range(3):
        page = channel.collect(cursor)
        answered |= set(page.answered)
        seen |= {mention.id for mention in page.mentions}
        cursor = page.cursor
    assert (answered, seen) == ({asked}, {asked})


def test_what_is_taken_back_is_withdrawn(sandbox: Sandbox) -> None:
    channel, bob = opened(sandbox.url), opened(sandbox.url, "bob")
    post = channel.publish(note(), new_key()).id
    gone = bob.publish(note("Never mind", in_reply_to=post), new_key())
    below = comment(sandbox, gone.id, "But why?")
    _, cursor = everything(channel)
    bob.delete(gone)
    later = opened(sandbox.url, clock=lambda: now() + timedelta(minutes=11))
    mentions, _ = everything(later, cursor)
    assert (mentions[gone.id].withdrawn, mentions[gone.id].text) == (True, "")
    assert mentions[below].withdrawn is False


def test_what_came_in_the_same_minutes_is_not_lost(sandbox: Sandbox) -> None:
    """An item that shows late, though older than the newest that was read."""
    channel = opened(sandbox.url)
    post = channel.publish(note(), new_key()).id
    sandbox.shift(300)
    comment(sandbox, post, "Newer")
    _, cursor = everything(channel)
    sandbox.shift(0)
    late = comment(sandbox, post, "Older, shown later")
    assert everything(channel, cursor)[0].keys() == {late}


def test_a_private_message_is_one() -> None:
    message: dict[str, Any] = {
        "id": "m1",
        "name": "t4_m1",
        "author": "grace",
        "subject": "Support?",
        "body": "Can we pay \\*you\\*?",
        "was_comment": False,
        "created_utc": 1764000000.0,
        "parent_id": None,
    }
    mention = told(message, "https://www.reddit.com")
    assert (mention.kind, mention.text) == (Kind.MESSAGE, "Support?\n\nCan we pay *you*?")
    assert mention.url == "https://www.reddit.com/message/messages/m1"
    assert json.loads(mention.raw) == message


def test_a_private_message_is_answered_by_hand(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    assert isinstance(channel, Summoned)
    post = channel.publish(note(), new_key()).id
    comment(sandbox, post, "Really?")
    (mention,) = channel.collect(None).mentions
    assert channel.unanswerable(mention) == ""
    assert "by hand" in channel.unanswerable(replace(mention, id="t4_1"))
    with pytest.raises(Rejected, match="by hand"):
        channel.publish(note(in_reply_to="t4_1"), new_key())


def test_the_inbox_is_read_back_to_where_it_was(sandbox: Sandbox) -> None:
    """Also after weeks."""
    channel = opened(sandbox.url)
    post = channel.publish(note(), new_key()).id
    sandbox.shift(-40 * 86400)
    old = comment(sandbox, post, "Long ago")
    sandbox.shift(0)
    cursor = json.dumps({"heard": (now() - timedelta(days=50)).timestamp(), "known": []})
    assert old in {mention.id for mention in channel.collect(cursor).mentions}


def test_a_tree_that_leads_in_a_circle_ends() -> None:
    at = now().timestamp()
    post = {"name": "t3_1", "title": "T", "is_self": True, "author": "acme", "created_utc": at}
    below = {"name": "t1_2", "author": "bob", "body": "Hi", "permalink": "/2", "created_utc": at}
    more = [
        {"kind": "t1", "data": {**below, "parent_id": "t3_1"}},
        {"kind": "more", "data": {"children": [], "parent_id": "t1_2"}},
        {"kind": "more", "data": {"children": ["3"], "parent_id": "t1_2"}},
    ]

    def answer(server: Server, connection: socket.socket) -> None:
        line = request(connection).split(b"\r\n")[0]
        told: Any = {"name": "acme", "access_token": "t", "expires_in": 3600}
        listed = [{"kind": "t3", "data": {**post, "num_comments": 1}}]
        told["data"] = {"children": listed if b"/submitted" in line else [], "after": None}
        if b"/morechildren" in line:
            told = {"json": {"data": {"things": more}}}
        elif b"/comments/1" in line:
            told = [{}, {"data": {"children": more}}]
        connection.sendall(ok(json.dumps(told).encode()))

    with serving(answer) as server:
        (mention,) = opened(server.url).collect(None).mentions
        assert server.seen < 12
    assert mention.id == "t1_2"


def closed(*threads: str) -> str:
    """What a search finds, as Reddit lists it."""
    found = [
        {
            "kind": "t3",
            "data": {
                "name": f"t3_{name}",
                "author": "bob",
                "title": "Lanternworks",
                "is_self": True,
                "num_comments": 1,
                "permalink": f"/r/x/{name}",
                "created_utc": now().timestamp(),
            },
        }
        for name in threads
    ]
    return json.dumps({"data": {"children": found, "after": None}})


@pytest.mark.parametrize(("status", "goes_on"), [(403, True), (404, True), (400, False)])
def test_a_thread_that_is_closed_to_us_by_now_stops_no_other(status: int, goes_on: bool) -> None:
    tree: dict[str, Any] = {"data": {"children": [], "after": None}}
    said: dict[str, Any] = {
        "kind": "t1",
        "data": {"name": "t1_c", "author": "grace", "body": "Lanternworks!"},
    }
    said["data"] |= {"permalink": "/r/x/c", "created_utc": now().timestamp()}
    open_tree = [tree, {"data": {"children": [said], "after": None}}]

    def answer(server: Server, connection: socket.socket) -> None:
        path = request(connection).split(b" ")[1]
        if b"access_token" in path:
            told = {"access_token": "t", "expires_in": 3600, "scope": "*"}
            connection.sendall(ok(json.dumps(told).encode()))
        elif b"/me?" in path:
            connection.sendall(ok(b'{"name": "acme"}'))
        elif b"/comments/b" in path:
            connection.sendall(b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % status)
        elif b"/comments/a" in path:
            connection.sendall(ok(json.dumps(open_tree).encode()))
        else:
            is_search = path.split(b"?")[0].endswith(b"/search")
            connection.sendall(ok((closed("b", "a") if is_search else closed()).encode()))

    with serving(answer) as server:
        channel = opened(server.url, search=("Lanternworks",))
        if goes_on:
            assert set(everything(channel)[0]) == {"t3_b", "t3_a", "t1_c"}
        else:
            with pytest.raises(Rejected):
                channel.collect(None)
