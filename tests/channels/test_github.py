"""GitHub keeps what the daemon relies on."""

import json
import re
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from typing import Any, ClassVar

import pytest
from markdown_it import MarkdownIt

from outreach.channels import Secrets, github
from outreach.channels._github_api import Forbidden
from outreach.channels._github_text import key_of, markdown, said, signed
from outreach.fetch import Answer, Fetch, loopback_only
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import RateLimited, Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Kind, Page
from outreach.model.note import Mentioned
from outreach.sandbox.github_text import called, read_into, shown

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, saying, serving
from .contract import (
    Both,
    DeleterContract,
    EditorContract,
    FinderContract,
    ListenerContract,
    PublisherContract,
    new_key,
    note,
    now,
    numbers,
)
from .reading import everything
from .secrecy import SecrecyContract


class TestGitHub(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "github"
    settings: ClassVar = {"repository": "lanternworks/lantern", "token": "$GITHUB_TOKEN"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        return {**self.settings, "repository": f"lanternworks/{self.token}"}

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """GitHub takes the same twice; that it is there is seen by its mark, both times."""
        hello, key = note("Hello"), new_key()
        for _ in range(2):
            channel.publish(hello, key)
        made = {entry["id"] for entry in self.ledger(sandbox)}
        assert {one.id for one in channel.find(hello, key, self.since())} == made
        assert len(made) == 2

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[]", b'{"data": 1', b""])
    def test_a_broken_2xx_is_uncertain(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server, pytest.raises(Unavailable):
            self.open(server.url).publish(note(), new_key())
        with serving(saying(ok(body))) as server, pytest.raises(Uncertain):
            opened(server.url)._threads._api.change("createDiscussion", "discussion { id }")


# Opening one


def somebody() -> str:
    """An account that nobody else has."""
    return f"octo{next(numbers)}"


def opened(
    url: str, token: str = "octo", repository: str = "lanternworks/lantern", **more: Any
) -> github.GitHub:
    settings = github.Settings.model_validate(
        {"kind": "github", "repository": repository, "token": "$T", "base_url": url, **more}
    )
    fetch = Fetch(guard=loopback_only, deadline=5)
    return github.open(settings, Secrets(named=lambda name: token), fetch, now)


def begun(sandbox: Sandbox, where: str, name: str, title: str, text: str) -> str:
    """The id of a thread that a reader begins."""
    form = {"name": name, "title": title, "url": where, "text": text}
    sandbox.call("POST", "/github/post", token="", data=form, allow_redirects=False)
    return str(sandbox.ledger("github")[-1]["id"])


def answered(sandbox: Sandbox, identifier: str, name: str, text: str) -> str:
    form = {"note": identifier, "name": name, "text": text}
    sandbox.call("POST", "/github/reply", token="", data=form, allow_redirects=False)
    return str(sandbox.ledger("github")[-1]["id"])


# Texts

TEXTS = [
    "*stars* _under_ `ticks` ~~gone~~ [a](b) ![c](d) <b>x</b> &amp; \\* | a",
    "# no heading\n- no list\n+ nor\n1. this\n2) that\n> no quote\n===\n---",
    "    four spaces\n\tand a tab",
    "@ada and @grace-hopper, ada@b.example, @org/team; #12, x#3, GH-4, :tada: and 1:2:3",
    "from $5 to $6, $x$",
    "See https://blog.example/2026/a_b_c*d*?x=1&y=[2] and www.example.com/_a_, it's #new",
    "Zeile eins\nZeile zwei — „so“ 日本語 🎉\n\nAbsatz",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_appears_as_it_was_written(text: str) -> None:
    written = markdown(text)
    assert shown(written) == text.expandtabs(4).strip()
    assert called(written) == []
    assert read_into(written) == []


@pytest.mark.parametrize("text", TEXTS)
def test_another_reader_of_markdown_sees_the_same(text: str) -> None:
    html = MarkdownIt("commonmark", {"breaks": True}).render(signed(markdown(text), new_key()))
    seen = unescape(re.sub(r"<!--.*?-->|<[^>]*>", "", html)).replace("\xa0", " ")
    assert [line for line in seen.split("\n") if line] == [
        line for line in text.expandtabs(4).split("\n") if line
    ]
    assert not set(html.split("<")[1:]) & {"em>", "strong>", "ul>", "ol>", "h1>", "code>", "hr>"}


def test_only_whom_a_note_names_is_called() -> None:
    ada = Mentioned(words="@ada", handle="ada")
    written = markdown("@ada, @adam and @bob with (@ada) at https://x.example/@ada", (ada,))
    assert called(written) == ["ada", "ada"]
    assert shown(written) == "@ada, @adam and @bob with (@ada) at https://x.example/@ada"


def test_the_mark_is_the_last_thing_and_nobody_elses() -> None:
    key = new_key()
    assert key_of(signed("Hello", key)) == key
    assert key_of(f"{signed('Hello', key)}\n\nand more") == ""
    assert key_of("<!-- outreach: none -->") == ""
    assert said("<!-- How to\nreport -->\r\nIt broke <!-- x -->") == "It broke"


# What a note becomes


def test_a_discussion_has_a_title_and_a_category(sandbox: Sandbox) -> None:
    me = somebody()
    channel = opened(sandbox.url, me, category="General")
    channel.publish(note("A *greeting*.", title="Hello <world>"), new_key())
    channel.publish(note("First line\n\nmore"), new_key())
    channel.publish(note("word " * 100), new_key())
    first, second, third = sandbox.ledger("github", me)
    assert (first["extra"]["title"], first["extra"]["category"]) == ("Hello <world>", "General")
    assert first["text"] == "Hello <world>\n\nA *greeting*."
    assert second["extra"]["title"] == "First line"
    assert len(third["extra"]["title"]) <= 256


def test_an_edit_keeps_the_mark_and_the_names(sandbox: Sandbox) -> None:
    me, key = somebody(), new_key()
    channel = opened(sandbox.url, me)
    ada = (Mentioned(words="@ada", handle="ada"),)
    receipt = channel.publish(note("Before", title="Old"), key)
    channel.edit(receipt, note("After, @ada", title="New", mentions=ada))
    (found,) = channel.find(note(), key, now() - timedelta(minutes=5))
    assert found.id == receipt.id
    last = sandbox.ledger("github", me)[-1]
    assert (last["extra"]["title"], last["text"]) == ("New", "New\n\nAfter, @ada")


@pytest.mark.parametrize("where", ["acme/tools", "acme/tools/discussions"])
def test_answers_stand_where_github_has_a_place_for_them(sandbox: Sandbox, where: str) -> None:
    me = somebody()
    channel = opened(sandbox.url, me)
    thread = begun(sandbox, where, "Ada", "It breaks", "Does it?")
    comment = answered(sandbox, thread, "Grace", "For me as well")
    to_thread = channel.publish(note("Thanks", in_reply_to=thread), new_key())
    to_comment = channel.publish(note("Since when?", in_reply_to=comment), key := new_key())
    deeper = answered(sandbox, to_comment.id, "Grace", "Yesterday")
    to_deeper = channel.publish(note("I see", in_reply_to=deeper), new_key())
    parents = {entry["id"]: entry["in_reply_to"] for entry in sandbox.ledger("github", me)}
    below = comment if where.endswith("discussions") else thread
    assert parents == {to_thread.id: thread, to_comment.id: below, to_deeper.id: below}
    since = now() - timedelta(minutes=5)
    (found,) = channel.find(note("Since when?", in_reply_to=comment), key, since)
    assert (found.id, found.url) == (to_comment.id, to_comment.url)
    for receipt in (to_thread, to_comment, to_deeper):
        channel.edit(receipt, note("Better"))
        assert sandbox.ledger("github", me)[-1]["text"] == "Better"
        channel.delete(receipt)
        channel.delete(receipt)


def test_what_is_not_ours_is_not_changed(sandbox: Sandbox) -> None:
    thread = begun(sandbox, "acme/tools/discussions", "Ada", "Mine", "My words")
    receipt = Receipt(id=thread, url="", at=now())
    for change in (
        lambda: opened(sandbox.url).edit(receipt, note("Yours")),
        lambda: opened(sandbox.url).delete(receipt),
    ):
        with pytest.raises(Rejected) as caught:
            change()
        assert caught.value.status == 403


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"category": "News"}, "no category 'News': it has Announcements, General, Q&A"),
        ({"repository": "lanternworks/quiet"}, "has no discussions"),
        ({"repository": "strangers/lantern"}, "cannot create discussions"),
    ],
)
def test_where_nothing_can_be_announced_it_says_why(
    sandbox: Sandbox, settings: dict[str, str], why: str
) -> None:
    with pytest.raises(Rejected, match=why):
        opened(sandbox.url, somebody(), **settings).publish(note(), new_key())


def test_what_an_account_may_is_proved_without_a_post(sandbox: Sandbox) -> None:
    me = somebody()
    assert opened(sandbox.url, me).rights() == Rights(handle=f"@{me}")
    assert "may only read" in opened(sandbox.url, me, "strangers/lantern").rights().write
    assert "no discussions" in opened(sandbox.url, me, "lanternworks/quiet").rights().write
    assert opened(sandbox.url, me).handle() == f"@{me}"
    assert sandbox.ledger("github", me) == []


def test_a_token_is_copied_and_kept_once_it_works(sandbox: Sandbox) -> None:
    settings = github.Settings(kind="github", repository="a/b", base_url=sandbox.url)
    tokens: dict[str, str] = {}
    given = (Secrets(named=str, tokens=tokens), Fetch(guard=loopback_only, deadline=5), now)
    form = github.sign_in(settings, *given)
    assert "Fine-grained" in form.fields[0].hint
    with pytest.raises((Unauthorized, Rejected)):
        form.submit({"token": " "})
    assert tokens == {}
    assert form.submit({"token": " octocat "}) == "@octocat"
    assert github.open(settings, *given).handle() == "@octocat"


# Listening


def test_a_repository_is_listened_to(sandbox: Sandbox) -> None:
    me = somebody()
    repository = f"acme/{me}"
    channel = opened(sandbox.url, me, listen=(repository,))
    issue = begun(sandbox, repository, "Ada", "It breaks", "<!-- template -->Always.")
    discussion = begun(sandbox, f"{repository}/discussions", "Bob", "Ideas", "Make it blue")
    on_issue = answered(sandbox, issue, "Grace", "Here too")
    on_discussion = answered(sandbox, discussion, "Grace", "Or green")
    deeper = answered(sandbox, on_discussion, "Ada", "Or red")
    begun(sandbox, "acme/elsewhere", "Eve", "Not ours", "Nothing")
    found, cursor = everything(channel)
    assert {id: (each.kind, each.in_reply_to, each.text) for id, each in found.items()} == {
        issue: (Kind.MENTION, None, "It breaks\n\nAlways."),
        discussion: (Kind.MENTION, None, "Ideas\n\nMake it blue"),
        on_issue: (Kind.REPLY, issue, "Here too"),
        on_discussion: (Kind.REPLY, discussion, "Or green"),
        deeper: (Kind.REPLY, on_discussion, "Or red"),
    }
    assert all(json.loads(each.raw)["body"] for each in found.values())
    assert everything(channel, cursor) == ({}, cursor)
    again = answered(sandbox, issue, "Bob", "And here")
    assert list(everything(channel, cursor)[0]) == [again]


def test_what_we_said_ourselves_answers_what_it_stands_below(sandbox: Sandbox) -> None:
    me = somebody()
    repository = f"acme/{me}"
    channel = opened(sandbox.url, me, listen=(repository,))
    issue = begun(sandbox, repository, "Ada", "It breaks", "Always.")
    discussion = begun(sandbox, f"{repository}/discussions", "Bob", "Ideas", "Make it blue")
    comment = answered(sandbox, discussion, "Grace", "Or green")
    for parent in (issue, comment):
        channel.publish(note("By hand", in_reply_to=parent), new_key())
    ids, said, cursor = set[str](), set[str](), None
    while (page := channel.collect(cursor)).cursor != cursor:
        ids |= {mention.id for mention in page.mentions}
        said |= set(page.answered)
        cursor = page.cursor
    assert said == {issue, comment}
    assert ids == {issue, discussion, comment}


def test_more_than_a_page_of_everything_has_no_gap(sandbox: Sandbox) -> None:
    me = somebody()
    repository = f"acme/{me}"
    channel = opened(sandbox.url, me, listen=(repository,))
    issue = begun(sandbox, repository, "Ada", "It breaks", "Always.")
    discussions = [
        begun(sandbox, f"{repository}/discussions", "Bob", f"Idea {each}", "Blue")
        for each in range(12)
    ]
    top = answered(sandbox, discussions[0], "Ada", "First")
    wanted = {issue, *discussions, top}
    wanted |= {answered(sandbox, top, "Grace", f"Reply {each}") for each in range(25)}
    wanted |= {answered(sandbox, discussions[0], "Ada", f"Comment {each}") for each in range(55)}
    wanted |= {answered(sandbox, issue, "Ada", f"Here {each}") for each in range(101)}
    assert set(everything(channel)[0]) == wanted


@pytest.mark.parametrize("where", ["others/tool", "others/tool/discussions"])
def test_what_names_us_anywhere_is_found(sandbox: Sandbox, where: str) -> None:
    me = somebody()
    address = f"https://{me}.example/"
    channel = opened(sandbox.url, me, listen=(), search=(address,))
    named = begun(sandbox, where, "Ada", "Which one?", f"See {address}2026/hello/ or others")
    other = begun(sandbox, where, "Bob", "Something else", "Nothing of it")
    comment = answered(sandbox, other, "Grace", f"Have you seen {address}about ?")
    begun(sandbox, where, "Eve", "Unrelated", "No word")
    more = {begun(sandbox, where, "Ada", f"And {address}", "Again") for _ in range(20)}
    found, cursor = everything(channel)
    assert {id: (each.kind, each.original) for id, each in found.items()} == {
        named: (Kind.MENTION, f"{address}2026/hello/"),
        comment: (Kind.MENTION, f"{address}about"),
        **dict.fromkeys(more, (Kind.MENTION, address)),
    }
    assert everything(channel, cursor) == ({}, cursor)


def test_what_is_older_than_a_week_is_not_new(sandbox: Sandbox) -> None:
    me = somebody()
    repository = f"acme/{me}"
    sandbox.shift(-8 * 86400)
    old = begun(sandbox, repository, "Ada", "It breaks", "Always.")
    sandbox.shift(0)
    new = answered(sandbox, old, "Grace", "Still")
    (mention,) = everything(opened(sandbox.url, me, listen=(repository,)))[0].values()
    assert (mention.id, mention.in_reply_to) == (new, old)


def by_path(answers: dict[bytes, object]) -> Callable[[Server, socket.socket], None]:
    """A server that answers by the first of these words that stand in a request."""

    def answer(server: Server, connection: socket.socket) -> None:
        asked = request(connection)
        told = next((value for part, value in answers.items() if part in asked), [])
        connection.sendall(ok(json.dumps(told).encode()))

    return answer


def listed(number: int, at: str) -> dict[str, object]:
    """An issue or a comment, as REST lists it."""
    return {
        "id": number,
        "node_id": f"N_{number}",
        "url": f"https://api.github.com/repos/a/b/issues/{number}",
        "issue_url": "https://api.github.com/repos/a/b/issues/7",
        "html_url": "https://github.com/a/b/issues/7",
        "title": None,
        "body": None,
        "user": None,
        "created_at": at,
        "updated_at": at,
    }


VIEWER = {"data": {"viewer": {"login": "octo"}}}


def test_many_changes_in_one_second_are_all_read() -> None:
    at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    answers: dict[bytes, object] = {
        b"viewer": VIEWER,
        b"issues/comments": [],
        b"page=2": [listed(101, at)],
        b"issues?": [listed(number, at) for number in range(1, 101)],
    }
    with serving(by_path(answers)) as server:
        page = opened(server.url, listen=("a/b",)).collect(None)
    assert len(page.mentions) == 101
    assert {each.author.handle for each in page.mentions} == {"@ghost"}


def test_a_comment_on_an_issue_that_was_made_just_now_knows_its_issue() -> None:
    at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    answers: dict[bytes, object] = {
        b"viewer": VIEWER,
        b"issues/comments": [listed(9, at)],
        b"issues/7": listed(7, at),
        b"issues?": [],
    }
    with serving(by_path(answers)) as server:
        (mention,) = opened(server.url, listen=("a/b",)).collect(None).mentions
    assert (mention.id, mention.in_reply_to) == ("N_9", "N_7")


def test_a_comment_that_was_deleted_is_none_and_what_is_below_it_is_read() -> None:
    def said(id: str, deleted: str | None) -> dict[str, object]:
        return {
            "id": id,
            "url": f"https://github.com/a/b/discussions/1#{id}",
            "body": "Hm",
            "createdAt": now().isoformat(),
            "updatedAt": now().isoformat(),
            "deletedAt": deleted,
            "author": None,
        }

    def page(*nodes: dict[str, object]) -> dict[str, object]:
        return {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}

    gone = {**said("DC_1", now().isoformat()), "replies": page(said("DC_2", None))}
    discussion = {**said("D_1", None), "title": "Ideas", "comments": page(gone)}
    found = {"data": {"repository": {"discussions": page(discussion)}}}
    answers: dict[bytes, object] = {b"viewer": VIEWER, b"discussions": found}
    with serving(by_path(answers)) as server:
        mentions = opened(server.url, listen=("a/b",)).collect(None).mentions
    assert {each.id: each.in_reply_to for each in mentions} == {"D_1": None, "DC_2": "DC_1"}


def test_what_nothing_happened_to_is_not_read_again(sandbox: Sandbox) -> None:
    me = somebody()
    asked = count()

    class Counting(Fetch):
        def __call__(self, method: str, url: str, **more: Any) -> Answer:
            next(asked)
            return super().__call__(method, url, **more)

    sandbox.shift(-30 * 86400)
    for number in range(12):
        begun(sandbox, f"acme/{me}/discussions", "Ada", f"Idea {number}", "Blue")
    sandbox.shift(0)
    settings = github.Settings(
        kind="github", repository=f"acme/{me}", token="$T", base_url=sandbox.url
    )
    fetch = Counting(guard=loopback_only, deadline=5)
    channel = github.open(settings, Secrets(named=lambda name: me), fetch, now)
    assert channel.collect(None) == Page(mentions=(), cursor=None)
    assert next(asked) == len(("issues", "their comments", "discussions"))


def test_an_answer_behind_many_newer_ones_is_found(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url, somebody())
    thread = begun(sandbox, "acme/tools", "Ada", "It breaks", "Does it?")
    thanks, key = note("Thanks", in_reply_to=thread), new_key()
    receipt = channel.publish(thanks, key)
    for number in range(51):
        answered(sandbox, thread, "Grace", f"Here {number}")
    (found,) = channel.find(thanks, key, now() - timedelta(minutes=5))
    assert found.id == receipt.id


# Refusals


def refusing(status: int, told: object, **headers: str) -> bytes:
    body = json.dumps(told).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} No\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


SECONDARY = {"message": "You have exceeded a secondary rate limit."}


def soon(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (refusing(403, SECONDARY, retry_after="90"), 90),
        (refusing(429, SECONDARY, retry_after="90"), 90),
        (refusing(403, SECONDARY, x_ratelimit_remaining="14", x_ratelimit_reset="9999999999"), 60),
        (refusing(403, {}, x_ratelimit_remaining="0", x_ratelimit_reset="9999999999"), 3600),
        (refusing(200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit"}]}), 60),
    ],
)
def test_too_much_is_rate_limited_as_long_as_github_says(answer: bytes, wait: float) -> None:
    start: datetime = now()
    with serving(saying(answer)) as server, pytest.raises(RateLimited) as caught:
        opened(server.url).publish(note(), new_key())
    assert caught.value.until is not None
    assert soon(wait - 1) < caught.value.until - start < soon(wait + 10)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusing(401, {"message": "Bad credentials"}), Unauthorized),
        (refusing(403, {"message": "Resource not accessible by integration"}), Forbidden),
        (
            refusing(
                200,
                {
                    "errors": [
                        {
                            "type": "FORBIDDEN",
                            "message": "Resource not accessible by personal access token",
                        }
                    ]
                },
            ),
            Forbidden,
        ),
        (refusing(200, {"errors": [{"type": "NOT_FOUND", "message": "No repository"}]}), Rejected),
        (refusing(403, {"message": "Repository access blocked"}), Rejected),
        (refusing(200, {"errors": [{"message": "Something went wrong"}]}), Unavailable),
        (refusing(502, {}), Unavailable),
    ],
)
def test_a_refusal_has_its_name(answer: bytes, error: type[Exception]) -> None:
    with serving(saying(answer)) as server, pytest.raises(error) as caught:
        opened(server.url).publish(note(), new_key())
    assert type(caught.value) is error


def test_what_goes_wrong_inside_github_while_it_writes_is_in_doubt() -> None:
    told = {"data": {"createDiscussion": None}, "errors": [{"message": "Something went wrong"}]}
    with serving(saying(refusing(200, told))) as server, pytest.raises(Uncertain):
        opened(server.url)._threads._api.change("createDiscussion", "discussion { id }")


@pytest.mark.parametrize("use", ["collect", "find"])
def test_what_cannot_be_read_is_no_empty_answer(use: str) -> None:
    told = {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "None"}]}
    with serving(saying(refusing(200, told))) as server, pytest.raises(Unavailable):
        channel = opened(server.url)
        if use == "collect":
            channel.collect(None)
        else:
            channel.find(note(), new_key(), now())


def test_a_token_that_may_not_read_may_write_all_the_same() -> None:
    answer = refusing(403, {"message": "Resource protected by organization SAML enforcement."})
    with serving(saying(answer)) as server, pytest.raises(Unavailable, match="issues a/b: 403"):
        opened(server.url, listen=("a/b",)).collect(None)


def test_where_issues_are_turned_off_there_are_none() -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        if b"/issues" in request(connection).split(b"\r\n")[0]:
            connection.sendall(refusing(410, {"message": "Issues are disabled for this repo"}))
        else:
            page = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
            connection.sendall(
                ok(json.dumps({"data": {"repository": {"discussions": page}}}).encode())
            )

    with serving(answer) as server:
        assert opened(server.url).collect(None) == Page(mentions=(), cursor=None)


@pytest.mark.parametrize("repository", ["lantern", "a/b/c", "a b/c", "https://github.com/a/b"])
def test_a_repository_is_an_owner_and_a_name(repository: str) -> None:
    with pytest.raises(ValueError, match="repository"):
        github.Settings(kind="github", repository=repository)


EMPTY: dict[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


@pytest.mark.parametrize("status", [301, 404])
def test_a_repository_that_is_gone_keeps_us_from_no_other(status: int) -> None:
    issue = listed(1, now().isoformat())
    told = {"data": {"repository": {"discussions": EMPTY}, **VIEWER["data"]}}
    answers = {b"GET /repos/a/b/issues?": [issue], b"graphql": told}

    def answer(server: Server, connection: socket.socket) -> None:
        asked = request(connection)
        if b"/repos/a/gone/" in asked.split(b"\r\n")[0]:
            connection.sendall(refusing(status, {"message": "Moved"}))
        else:
            found = next((value for part, value in answers.items() if part in asked), [])
            connection.sendall(ok(json.dumps(found).encode()))

    with serving(answer) as server:
        channel = opened(server.url, listen=("a/gone", "a/b"))
        page = channel.collect(None)
        assert [mention.id for mention in page.mentions] == ["N_1"]
        with pytest.raises(Unavailable, match=f"not read: issues a/gone: {status}"):
            channel.collect(page.cursor)


@pytest.mark.parametrize("cursors", [("1", "2", None), ("1", "1", "1")])
def test_an_empty_page_is_not_the_last_unless_it_leads_nowhere(cursors: tuple[str, ...]) -> None:
    left = iter(cursors)
    asked = count()

    def answer(server: Server, connection: socket.socket) -> None:
        if b"graphql" not in request(connection):
            connection.sendall(ok(b"[]"))
            return
        next(asked)
        cursor = next(left)
        page = {"nodes": [], "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}}
        connection.sendall(ok(json.dumps({"data": {"repository": {"discussions": page}}}).encode()))

    with serving(answer) as server:
        assert opened(server.url, listen=("a/b",)).collect(None).mentions == ()
    assert next(asked) == (3 if cursors[-1] is None else 2)


def test_an_address_instead_of_a_repository_is_told_what_to_write() -> None:
    with pytest.raises(ValueError, match="owner/name"):
        github.Settings(kind="github", repository="https://github.com/a/b")
