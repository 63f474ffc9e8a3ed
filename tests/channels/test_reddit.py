"""Reddit keeps what the daemon relies on; test_reddit_* is about reading and signing in."""

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.channels import Secrets, reddit
from outreach.channels._reddit_text import TITLE, markdown, plain, title_and_body
from outreach.fetch import Answer
from outreach.model.delivery import Receipt
from outreach.model.errors import (
    Duplicate,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from outreach.model.mention import Kind
from outreach.sandbox.reddit_text import shown

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, serving
from .contract import (
    ORIGINAL,
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
from .reddit_account import APP, opened
from .secrecy import SecrecyContract


class TestReddit(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "reddit"
    refusals = 2
    settings: ClassVar = {**APP, "refresh_token": "$REDDIT_REFRESH_TOKEN"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        """A subreddit of the account's own: a link is taken once in each."""
        return {**self.settings, "subreddit": secrets("$REDDIT_REFRESH_TOKEN")}

    def test_a_text_that_is_too_long_is_rejected(self, sandbox: Sandbox, channel: Both) -> None:
        """A comment is what takes least."""
        first = channel.publish(note(), new_key())
        with pytest.raises(Rejected, match="TOO_LONG") as caught:
            channel.publish(
                note("a" * (channel.limits.length + 1), in_reply_to=first.id), new_key()
            )
        assert caught.value.status == 400
        assert len(self.ledger(sandbox)) == 1

    def test_an_answer_arrives_with_all_that_is_known(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        """Reddit knows people by their account's name only."""
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Grace Müller", "Does it run on <ARM> & co?\n\nAsking.")
        mentions, cursor = self.everything(channel, None)
        ((identifier, mention),) = mentions.items()
        assert (mention.kind, mention.in_reply_to) == (Kind.REPLY, receipt.id)
        assert mention.text == "Does it run on <ARM> & co?\n\nAsking."
        assert mention.author.handle == "u/grace_muller"
        assert abs(mention.published - now()) < timedelta(seconds=10)
        assert mention.published.utcoffset() == timedelta(0)
        assert [identifier] == self.answers(sandbox, receipt.id)
        page = sandbox.call("GET", mention.url.removeprefix(sandbox.url), token="")
        assert (page.status_code, "Asking." in page.text) == (200, True)
        assert self.everything(channel, cursor) == ({}, cursor)

    def test_an_edit_is_repeatable(self, sandbox: Sandbox, channel: Any) -> None:
        """A title stays; the words below it are edited, of a text post and of a comment alike."""
        post = channel.publish(note("Title\n\nBefore"), new_key())
        comment = channel.publish(note("Before", in_reply_to=post.id), new_key())
        for _ in range(2):
            assert channel.edit(post, note("Title\n\nAfter")).id == post.id
            assert channel.edit(comment, note("After", in_reply_to=post.id)).id == comment.id
        newest = {entry["id"]: entry["text"] for entry in self.ledger(sandbox)}
        assert newest == {post.id: "Title\n\nAfter", comment.id: "After"}

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"json": {', b""])
    @pytest.mark.parametrize("parent", [None, "t3_1"])
    def test_a_broken_2xx_is_uncertain(self, body: bytes, parent: str | None) -> None:
        with serving(granting(ok(body))) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(in_reply_to=parent), new_key())

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>proxy</html>",
            b"{}",
            b"[]",
            b'{"data": 1}',
            b"",
            b'{"name": "acme", "data": {"children": [{"kind": "t3", "data": {}}]}}',
        ],
    )
    def test_a_broken_answer_is_unavailable(self, body: bytes) -> None:
        with serving(granting(ok(body))) as server:
            channel = self.open(server.url)
            with pytest.raises(Unavailable):
                channel.collect(None)
            with pytest.raises(Unavailable):
                channel.find(note(), new_key(), self.since())


def granting(answer: bytes) -> Callable[[Server, socket.socket], None]:
    """A server that gives a token, and this to all else."""

    def handler(server: Server, connection: socket.socket) -> None:
        asks = b"access_token" in request(connection).split(b"\r\n")[0]
        token = {"access_token": "t", "expires_in": 3600, "scope": "*"}
        connection.sendall(ok(json.dumps(token).encode()) if asks else answer)

    return handler


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"redditor{next(numbers)}"


# Submissions


def thing(sandbox: Sandbox, receipt: Receipt) -> dict[str, Any]:
    """What Reddit says is there."""
    agent = {"user-agent": "linux:test:1 (by /u/test)"}
    query = {"id": receipt.id, "raw_json": "1"}
    found = sandbox.get("/reddit/api/info", params=query, headers=agent)
    return dict(found["data"]["children"][0]["data"])


def test_a_post_is_a_link_with_its_title(sandbox: Sandbox, name: str) -> None:
    post = note(f"Hello & <b>\n\nWords\n\n{ORIGINAL}", title="Hello & <b>", original=ORIGINAL)
    there = thing(sandbox, opened(sandbox.url, name, flair="f1").publish(post, new_key()))
    assert (there["title"], there["url"], there["is_self"]) == ("Hello & <b>", ORIGINAL, False)
    assert (there["subreddit"], there["link_flair_template_id"]) == (name, "f1")


def test_words_without_a_page_are_a_text_post(sandbox: Sandbox, name: str) -> None:
    channel = opened(sandbox.url, name)
    there = thing(sandbox, channel.publish(note("A title\n\n1. It_is *this*"), new_key()))
    assert (there["is_self"], there["title"]) == (True, "A title")
    assert there["selftext"] == r"1\. It\_is \*this\*"
    long = "a " * 200 + "end"
    there = thing(sandbox, channel.publish(note(long), new_key()))
    assert (len(there["title"]) <= TITLE, there["selftext"]) == (True, long)


def test_a_link_that_is_there_is_a_duplicate(sandbox: Sandbox, name: str) -> None:
    opened(sandbox.url, "somebody", subreddit=name).publish(note(original=ORIGINAL), new_key())
    with pytest.raises(Duplicate, match="somebody else"):
        opened(sandbox.url, name).publish(note(original=ORIGINAL), new_key())
    assert sandbox.ledger("reddit", name) == []


def test_in_another_subreddit_it_is_another_note(sandbox: Sandbox, name: str) -> None:
    post, key = note(original=ORIGINAL), new_key()
    opened(sandbox.url, name, subreddit=f"{name}_2").publish(post, key)
    since = now() - timedelta(minutes=5)
    assert list(opened(sandbox.url, name).find(post, key, since)) == []


def test_an_edit_of_a_link_post_changes_nothing_that_is_there(sandbox: Sandbox, name: str) -> None:
    channel = opened(sandbox.url, name)
    receipt = channel.publish(note("T\n\nA", title="T", original=ORIGINAL), new_key())
    assert channel.edit(receipt, note("T\n\nB", title="T", original=ORIGINAL)) == receipt
    with pytest.raises(Rejected, match="nobody change the title"):
        channel.edit(receipt, note("U\n\nB", title="U", original=ORIGINAL))
    with pytest.raises(Rejected, match="or the link"):
        channel.edit(receipt, note("T\n\nB", title="T", original=f"{ORIGINAL}/2"))
    assert [entry["effect"] for entry in sandbox.ledger("reddit", name)] == ["create"]


@pytest.mark.parametrize(
    ("subreddit", "error", "told"),
    [
        ("nowhere", Rejected, "SUBREDDIT_NOEXIST"),
        ("closed", Rejected, "SUBREDDIT_NOTALLOWED"),
        ("flaired", Rejected, "FLAIR_REQUIRED"),
        ("private", Rejected, "403"),
    ],
)
def test_a_subreddit_that_does_not_take_it_is_a_rejection(
    sandbox: Sandbox, name: str, subreddit: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told) as caught:
        opened(sandbox.url, name, subreddit=subreddit).publish(note(), new_key())
    assert type(caught.value) is error


def test_a_newcomer_takes_a_break_of_the_told_length(sandbox: Sandbox, name: str) -> None:
    channel = opened(sandbox.url, f"newcomer_{name}")
    channel.publish(note(), new_key())
    sandbox.shift(60)
    with pytest.raises(RateLimited, match="Take a break") as caught:
        channel.publish(note(), new_key())
    assert caught.value.until is not None
    assert 470 < (caught.value.until - now()).total_seconds() < 485


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("you are doing that too much. try again in 9 minutes.", 540),
        ("Take a break for 1 minute before trying again.", 60),
        ("try again in 30 seconds.", 30),
        ("bitte warten", 600),
    ],
)
def test_a_break_is_also_told_in_words(words: str, seconds: int) -> None:
    said = {"json": {"errors": [["RATELIMIT", words, "ratelimit"]]}}
    error = refused(said)
    assert isinstance(error, RateLimited)
    assert error.until is not None
    assert abs((error.until - now()).total_seconds() - seconds) < 5


def test_a_full_quota_waits_for_an_hour() -> None:
    error = refused({"json": {"errors": [["QUOTA_FILLED", "try again in an hour.", None]]}})
    assert isinstance(error, RateLimited)
    assert error.until is not None
    assert error.until > now() + timedelta(minutes=59)


def test_what_was_taken_counts_whatever_error_stands_beside_it() -> None:
    data = {"url": "https://www.reddit.com/r/x/comments/1/t/", "id": "1", "name": "t3_1"}
    errors = [["RATELIMIT", "Take a break for 11 minutes", "ratelimit"]]
    told = {"json": {"ratelimit": 706.7, "errors": errors, "data": data}}
    with serving(granting(ok(json.dumps(told).encode()))) as server:
        assert opened(server.url).publish(note(), new_key()).id == "t3_1"


def refused(told: dict[str, Any]) -> OutreachError:
    """What the channel makes of such an answer to a submission."""
    with serving(granting(ok(json.dumps(told).encode()))) as server:
        with pytest.raises(OutreachError) as caught:
            opened(server.url).publish(note(), new_key())
        return caught.value


def test_a_thousand_newer_things_hide_what_is_older() -> None:
    listed = [{"kind": "t3", "data": {"created_utc": now().timestamp(), "subreddit": "x"}}] * 100
    pages = iter(range(1, 11))

    def answer(server: Server, connection: socket.socket) -> None:
        line = request(connection).split(b"\r\n")[0]
        if b"/submitted" in line:
            after = f"t3_{page}" if (page := next(pages)) < 10 else None
            told: dict[str, Any] = {"data": {"after": after, "children": listed}}
        elif b"access_token" in line:
            told = {"access_token": "t", "expires_in": 3600}
        else:
            told = {"name": "acme"}
        connection.sendall(ok(json.dumps(told).encode()))

    since = now() - timedelta(minutes=5)
    with serving(answer) as server, pytest.raises(Unavailable, match="1000"):
        opened(server.url).find(note(), new_key(), since)


def test_a_scope_that_was_not_granted_pauses_the_account() -> None:
    why = b'www-authenticate: Bearer realm="reddit", error="insufficient_scope"\r\n'
    told = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n" + why + b"\r\n"
    with serving(granting(told)) as server, pytest.raises(Unauthorized, match="sign in again"):
        opened(server.url).publish(note(), new_key())


def test_reddit_is_told_who_asks() -> None:
    heard: list[bytes] = []

    def answer(server: Server, connection: socket.socket) -> None:
        heard.append(request(connection))
        told = b"HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n"
        token = json.dumps({"access_token": "t", "expires_in": 3600}).encode()
        connection.sendall(ok(token) if len(heard) == 1 else told)

    with serving(answer) as server, pytest.raises(Unavailable):
        opened(server.url, username="ada").handle()
    agents = {line for each in heard for line in each.split(b"\r\n") if b"user-agent" in line}
    (agent,) = agents
    assert agent.count(b":") == 3
    assert b":outreach.abc:" in agent
    assert agent.endswith(b" (by /u/ada)")


def test_live_the_api_and_the_site_are_reddits() -> None:
    asked: list[str] = []

    def fetch(method: str, url: str, **options: Any) -> Answer:
        asked.append(url)
        if method == "GET":
            raise Unavailable("not today")
        token = b'{"access_token": "t", "expires_in": 3600}'
        return Answer(status=200, headers={}, body=token, url=url)

    settings = reddit.Settings.model_validate({**APP, "refresh_token": "$R"})
    channel = reddit.open(settings, Secrets(named=str), fetch, now)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        channel.handle()
    assert asked == [
        "https://www.reddit.com/api/v1/access_token",
        "https://oauth.reddit.com/api/v1/me?raw_json=1",
    ]


# Text

WRITTEN = st.text(
    st.sampled_from("ab1 \n.)#-+=>*_~^`[]|\\&;<") | st.characters(codec="utf-8"), max_size=60
)


@given(WRITTEN)
def test_markdown_shows_a_text_as_it_was_written(text: str) -> None:
    """For both readers of it: ours, and the sandbox's."""
    written = markdown(text)
    assert plain(written).split() == text.split()
    assert shown(written).split() == text.split()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# one", r"\# one"),
        ("- one\n+ two", "\\- one  \n\\+ two"),
        ("1. one\n2) two", "1\\. one  \n2\\) two"),
        ("> one", r"\> one"),
        ("one\n===", "one  \n&#61;=="),
        ("    code", "code"),
        ("a_b*c*~~d~~^e `f` [g](h) |i| <j> &amp; \\",
         r"a\_b\*c\*\~\~d\~\~\^e \`f\` \[g\](h) \|i\| \<j\> \&amp; \\"),
        ("see https://a.example/x_y_z*.", "see https://a.example/x_y_z\\*."),
        ("u/ada in r/lanterns 3.5", "u/ada in r/lanterns 3.5"),
        ("one\n\ntwo", "one\n\ntwo"),
    ],
)  # fmt: skip
def test_what_markdown_would_read_is_escaped(text: str, written: str) -> None:
    assert markdown(text) == written


@pytest.mark.parametrize(
    ("title", "text", "made"),
    [
        ("T", "T\n\nWords", ("T", "Words")),
        ("T", "Other words", ("T", "Other words")),
        ("", "One line", ("One line", "")),
        ("", "One\nTwo", ("One", "Two")),
        ("", "a" * 301, ("a" * 299 + "…", "a" * 301)),
    ],
)
def test_a_title_for_a_text(title: str, text: str, made: tuple[str, str]) -> None:
    assert title_and_body(title, text) == made


def test_what_people_write_is_read_without_markdowns_marks() -> None:
    assert plain("it\\_is &amp; &#x200B;new  \nline") == "it_is & new\nline"
