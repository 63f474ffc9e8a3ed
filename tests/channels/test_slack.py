"""Slack keeps what the daemon relies on, as an app and as a webhook."""

import json
import socket
import traceback
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from outreach import channels
from outreach.channels import slack
from outreach.channels._slack_text import measure, mrkdwn, plain
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Deleter, Editor, Finder, Identified, Listener, Unread
from outreach.model.errors import (
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from outreach.model.mention import Kind

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, saying, serving
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
)
from .reading import everything
from .secrecy import SecrecyContract

names = count()


class TestApp(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "slack"
    settings: ClassVar = {"token": "$SLACK_TOKEN"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        """Each test has a channel of its own."""
        return {**self.settings, "channel": self.token.upper().replace("ACME", "C")[:10] + "0"}

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """Slack knows no key: it is in the metadata, and each message that has it is found."""
        hello, key = note("Hello", original=ORIGINAL), new_key()
        first, second = channel.publish(hello, key), channel.publish(hello, key)
        found = channel.find(hello, key, self.since())
        assert {one.id for one in found} == {first.id, second.id}
        assert len(self.ledger(sandbox)) == 2

    @pytest.mark.parametrize("text", ["Hello", f"Hello {ORIGINAL}"])
    def test_what_has_another_key_is_not_it(self, channel: Both, text: str) -> None:
        hello = note(text, original=ORIGINAL)
        channel.publish(hello, new_key())
        assert list(channel.find(hello, new_key(), self.since())) == []

    def test_what_was_edited_is_still_found(self, channel: Any) -> None:
        hello, key = note("Hello"), new_key()
        receipt = channel.publish(hello, key)
        channel.edit(receipt, note("Hello again"))
        self.same(channel.find(hello, key, self.since()), receipt)

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"ok": true}', b""])
    def test_a_broken_2xx_is_uncertain(self, body: bytes) -> None:
        with serving(after_the_test(body)) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(), new_key())

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"ok": true}', b""])
    def test_a_broken_account_is_unavailable(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server:
            with pytest.raises(Unavailable):
                self.open(server.url).collect(None)
            with pytest.raises(Unavailable):
                self.open(server.url).find(note(), "", now())


class TestWebhook(PublisherContract, SecrecyContract):
    kind = "slack"
    settings: ClassVar = {"webhook": "$SLACK_WEBHOOK"}

    def test_what_is_published_is_in_the_ledger_once(self, sandbox: Sandbox, channel: Both) -> None:
        """Slack gives it no name, so the receipt has ours."""
        key = new_key()
        receipt = channel.publish(note("Hello, world"), key)
        (entry,) = self.ledger(sandbox)
        assert (entry["effect"], entry["text"]) == ("create", "Hello, world")
        assert (receipt.id, receipt.url) == (key, "")
        assert abs(receipt.at - now()) < timedelta(seconds=10)

    def test_a_receipt_leads_to_the_note(self, sandbox: Sandbox, channel: Both) -> None:
        """There is no way there."""
        assert channel.publish(note(), new_key()).url == ""

    def test_an_answer_is_a_note_with_a_parent(self, sandbox: Sandbox, channel: Both) -> None:
        """A webhook has no such thing."""
        with pytest.raises(Rejected, match="answer nobody"):
            channel.publish(note(in_reply_to="C1/1.2"), new_key())
        assert self.ledger(sandbox) == []

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """A webhook knows no key, and cannot look: so it must not be a Finder either."""
        assert not isinstance(channel, Finder | Listener | Editor | Deleter | Identified)
        assert isinstance(channel, Unread)
        assert not channel.limits.threads

    def test_its_address_is_in_no_error(self, sandbox: Sandbox) -> None:
        told = []
        address = f"https://hooks.slack.com/services/T1/B2/{self.token}_CANARY"
        for url in (sandbox.url, "http://127.0.0.1:9"):
            sandbox.fail("reset", self.kind)
            with pytest.raises(OutreachError) as caught:
                self.open(url, lambda name: address).publish(note(), new_key())
            told += traceback.format_exception(caught.value)
        assert "POST http" in "".join(told)
        assert "CANARY" not in "".join(told)

    def test_one_that_is_gone_waits_for_a_human(self, sandbox: Sandbox) -> None:
        with pytest.raises(Unauthorized, match="make a new one"):
            self.open(sandbox.url, lambda name: "gone").publish(note(), new_key())

    @pytest.mark.parametrize("secret", ["acme", "https://hooks.slack.com.example/services/T/B/x"])
    def test_what_is_no_webhook_is_never_called(self, secret: str) -> None:
        settings = slack.Settings(kind="slack", webhook="$HOOK")
        fetch = Fetch(guard=lambda address, port: False)
        channel = slack.open(settings, channels.Secrets(named=lambda name: secret), fetch, now)
        with pytest.raises(Unauthorized, match=r"whole address .https://hooks.slack.com/"):
            channel.publish(note(), new_key())


def after_the_test(body: bytes) -> Callable[[Server, socket.socket], None]:
    """A server that knows the token, and says this to all else."""
    me = {"ok": True, "user": "ada", "user_id": "U1", "url": "https://acme.slack.example/"}

    def answer(server: Server, connection: socket.socket) -> None:
        known = b"auth.test" in request(connection)
        connection.sendall(ok(json.dumps(me).encode() if known else body))

    return answer


# Settings and signing in


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"token": "$A"},
        {"channel": "#general"},
        {"channel": "C123", "webhook": "$A"},
        {"webhook": "$A", "search": ["acme"]},
        {"webhook": "$A", "token": "$B"},
    ],
)
def test_an_account_is_an_app_or_a_webhook(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        slack.Settings.model_validate({"kind": "slack", **settings})


def test_a_token_that_is_copied_is_tried_and_kept(sandbox: Sandbox) -> None:
    me, tokens = somebody(), dict[str, str]()
    secrets = channels.Secrets(named=lambda name: "", tokens=tokens)
    settings = slack.Settings(kind="slack", channel="C123", base_url=sandbox.url)
    form = slack.sign_in(settings, secrets, Fetch(guard=loopback_only), now)
    assert form.submit({"token": f" {me} "}) == f"@{me}"
    assert tokens == {"token": me}


def test_a_token_that_is_refused_is_not_kept() -> None:
    tokens = dict[str, str]()
    with serving(saying(ok(b'{"ok": false, "error": "invalid_auth"}'))) as server:
        settings = slack.Settings(kind="slack", channel="C123", base_url=server.url)
        secrets = channels.Secrets(named=lambda name: "", tokens=tokens)
        form = slack.sign_in(settings, secrets, Fetch(guard=loopback_only), now)
        with pytest.raises(Unauthorized):
            form.submit({"token": "acme"})
    assert tokens == {}


def test_an_address_that_is_copied_must_be_one() -> None:
    tokens = dict[str, str]()
    secrets = channels.Secrets(named=lambda name: "", tokens=tokens)
    settings = slack.Settings(kind="slack", webhook="$HOOK")
    form = slack.sign_in(settings, secrets, Fetch(guard=loopback_only), now)
    with pytest.raises(Unauthorized):
        form.submit({"token": "xoxb-1"})
    address = "https://hooks.slack.com/services/T1/B2/x"
    assert form.submit({"token": address}) == "a webhook"
    assert tokens == {"token": address}


def somebody(lacks: str = "") -> str:
    """An app that nobody else has; it `lacks` this right."""
    return f"ada{next(names)}" + (f"-without-{lacks}" if lacks else "")


def opened(sandbox: Sandbox, me: str, place: str = "", **settings: Any) -> slack.App:
    """An app in a channel of its own."""
    clock = settings.pop("clock", now)
    place = place or f"CX{next(names)}"
    model = slack.Settings.model_validate(
        {"kind": "slack", "channel": place, "base_url": sandbox.url, **settings}
    )
    secrets = channels.Secrets(named=lambda name: me, tokens={"token": me})
    channel = slack.open(model, secrets, Fetch(guard=loopback_only, deadline=5), clock)
    assert isinstance(channel, slack.App)
    return channel


def say(sandbox: Sandbox, place: str, text: str) -> str:
    """A reader says something in a channel; gives its id."""
    form = {"name": "Grace", "title": place, "text": text}
    answer = sandbox.call("POST", "/slack/post", "", data=form, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(sandbox.ledger("slack", "grace")[-1]["id"])


def reply(sandbox: Sandbox, identifier: str, text: str) -> None:
    form = {"note": identifier, "name": "Grace", "text": text}
    answer = sandbox.call("POST", "/slack/reply", "", data=form, allow_redirects=False)
    assert answer.status_code == 303, answer.text


# Rights and refusals


def test_what_an_app_may_do_is_proved_without_a_message(sandbox: Sandbox) -> None:
    me = somebody()
    rights = opened(sandbox, me).rights()
    assert (rights.handle, rights.read, rights.write) == (f"@{me}", "", "")
    assert sandbox.ledger("slack", me) == []


@pytest.mark.parametrize(
    ("lacks", "read", "write"),
    [
        ("chat:write", "", "chat:write"),
        ("channels:history", "add channels:history", ""),
        ("users:read", "users:read", ""),
        ("invitation", "/invite", ""),
    ],
)
def test_what_an_app_may_not_do_is_said(
    sandbox: Sandbox, lacks: str, read: str, write: str
) -> None:
    rights = opened(sandbox, somebody(lacks)).rights()
    assert (bool(rights.read), bool(rights.write)) == (bool(read), bool(write))
    assert read in rights.read
    assert write in rights.write


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("account_inactive", Unauthorized),
        ("token_revoked", Unauthorized),
        ("not_authed", Unauthorized),
        ("internal_error", Uncertain),
        ("service_unavailable", Uncertain),
        ("request_timeout", Uncertain),
        ("rate_limited", RateLimited),
        ("is_archived", Rejected),
        ("channel_not_found", Rejected),
        ("something_new", Rejected),
    ],
)
def test_each_refusal_has_its_meaning(error: str, expected: type[OutreachError]) -> None:
    body = json.dumps({"ok": False, "error": error}).encode()
    with serving(after_the_test(body)) as server:
        settings = slack.Settings(kind="slack", channel="C123", base_url=server.url)
        secrets = channels.Secrets(named=lambda name: "ada", tokens={"token": "ada"})
        channel = slack.open(settings, secrets, Fetch(guard=loopback_only), now)
        with pytest.raises(expected, match=error):
            channel.publish(note(), new_key())


def test_where_it_was_not_invited_it_is_told_how(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected, match="/invite"):
        opened(sandbox, somebody("invitation")).publish(note(), new_key())


# Text


def test_nobody_is_called_by_accident(sandbox: Sandbox) -> None:
    me = somebody()
    text = "<!channel> @here & <@U0123456> @U0123456 https://x.example/?a=1&b=2|c."
    written = (
        "&lt;!channel&gt; @here &amp; &lt;@U0123456&gt; <@U0123456> "
        "<https://x.example/?a=1&amp;b=2%7Cc>."
    )
    assert mrkdwn(text) == written
    assert measure(text) == len(written)
    opened(sandbox, me).publish(note(text), new_key())
    assert sandbox.ledger("slack", me)[-1]["text"] == written


def test_what_is_too_long_as_it_goes_out_is_not_sent(sandbox: Sandbox) -> None:
    """Slack would make two messages of it, and one of them would have no receipt."""
    me = somebody()
    channel = opened(sandbox, me)
    channel.publish(note("&" * 800), new_key())
    with pytest.raises(Rejected, match="4005 characters"):
        channel.publish(note("&" * 801), new_key())
    receipt = channel.publish(note(), new_key())
    with pytest.raises(Rejected, match="4005 characters"):
        channel.edit(receipt, note("&" * 801))
    assert len(sandbox.ledger("slack", me)) == 2


def test_marked_text_is_read_as_people_see_it() -> None:
    text = (
        "<@U1> <@U2|bob> <#C1|general> <#C2> <!here> <!subteam^S1|@team> <!date^1^x|today> "
        "<https://x.example/a?b&amp;c> <https://x.example|x.example> <https://x.example|here> "
        "&lt;b&gt;"
    )
    assert plain(text, {"U1": "Ada"}.__getitem__) == (
        "@Ada @bob #general #C2 @here @team today "
        "https://x.example/a?b&c https://x.example here (https://x.example) <b>"
    )


# Listening


def test_who_calls_us_or_says_a_word_of_ours_is_heard_and_nobody_else(sandbox: Sandbox) -> None:
    me, place = somebody(), f"CY{next(names)}"
    channel = opened(sandbox, me, place, search=("blog.example", "Lantern"))
    mine = sandbox.get("/api/auth.test", me)["user_id"]
    channel.publish(note("Our own lantern"), new_key())
    opened(sandbox, somebody(), place).publish(note("A program's lantern"), new_key())
    for text in ("lanterns!", f"@{mine} hi <b>", "a LANTERN.", f"See {ORIGINAL}"):
        say(sandbox, place, text)
    found, cursor = everything(channel)
    assert [(m.kind, m.text, m.original) for m in sorted(found.values(), key=lambda m: m.id)] == [
        (Kind.MENTION, f"@{me} hi <b>", ""),
        (Kind.MENTION, "a LANTERN.", ""),
        (Kind.MENTION, f"See {ORIGINAL}", ORIGINAL),
    ]
    assert everything(channel, cursor) == ({}, cursor)


def test_an_answer_goes_into_the_thread_and_the_talk_goes_on(sandbox: Sandbox) -> None:
    """Under a message that calls us as under our own, also where the answer answers an answer."""
    me, place = somebody(), f"CY{next(names)}"
    channel = opened(sandbox, me, place, search=("lantern",))
    asked = say(sandbox, place, "What is a lantern?")
    assert list(everything(channel)[0]) == [asked]
    ours = channel.publish(note("A light", in_reply_to=asked), new_key())
    assert ours.id.startswith(f"{asked}/")
    reply(sandbox, ours.id, "Thank you")
    found, cursor = everything(channel)
    del found[asked]
    ((deeper, mention),) = found.items()
    assert (mention.kind, mention.text, mention.in_reply_to) == (Kind.REPLY, "Thank you", asked)
    assert f"thread_ts={asked.partition('/')[2]}" in mention.url
    again, key = note("Any time", in_reply_to=deeper), new_key()
    last = channel.publish(again, key)
    assert last.id.startswith(f"{asked}/")
    assert [one.id for one in channel.find(again, key, now() - timedelta(minutes=5))] == [last.id]
    channel.delete(last)
    assert everything(channel, cursor)[0] == {}


def test_it_listens_where_it_is_told(sandbox: Sandbox) -> None:
    other = f"CY{next(names)}"
    channel = opened(sandbox, somebody(), listen=(other, f"CY{next(names)}"), search=("lantern",))
    asked = say(sandbox, other, "What is a lantern?")
    assert list(everything(channel)[0]) == [asked]


def test_a_walk_goes_on_where_it_was_left(sandbox: Sandbox) -> None:
    """Each page is a request; what is said in the meantime is read after it."""
    place = f"CY{next(names)}"
    channel = opened(sandbox, somebody(), place, search=("lantern",))
    for number in range(40):
        say(sandbox, place, f"lantern {number}")
    first = channel.collect(None)
    assert len(first.mentions) == 15
    say(sandbox, place, "lantern 40")
    rest, cursor = everything(channel, first.cursor)
    assert len({mention.id for mention in first.mentions} | set(rest)) == 41
    assert everything(channel, cursor) == ({}, cursor)


def test_a_quiet_thread_is_asked_once_an_hour(sandbox: Sandbox) -> None:
    at = [now()]
    channel = opened(sandbox, somebody(), clock=lambda: at[0])
    receipt = channel.publish(note(), new_key())
    _, cursor = everything(channel)
    at[0] += timedelta(days=2)
    assert everything(channel, cursor)[0] == {}
    reply(sandbox, receipt.id, "Late")
    at[0] += timedelta(minutes=59)
    assert everything(channel, cursor)[0] == {}
    at[0] += timedelta(minutes=2)
    assert [mention.text for mention in everything(channel, cursor)[0].values()] == ["Late"]


def test_a_thread_that_is_gone_stops_nothing(sandbox: Sandbox) -> None:
    me = somebody()
    channel = opened(sandbox, me, search=("lantern",))
    receipt = channel.publish(note(), new_key())
    _, cursor = everything(channel)
    channel.delete(receipt)
    asked = say(sandbox, receipt.id.partition("/")[0], "lantern?")
    assert list(everything(channel, cursor)[0]) == [asked]


def test_pages_that_lead_in_a_circle_are_not_read_to_their_end() -> None:
    page = {"ok": True, "messages": [], "response_metadata": {"next_cursor": "again"}}
    with serving(after_the_test(json.dumps(page).encode())) as server:
        settings = slack.Settings(kind="slack", channel="C123", base_url=server.url)
        secrets = channels.Secrets(named=lambda name: "ada", tokens={"token": "ada"})
        channel = slack.open(settings, secrets, Fetch(guard=loopback_only), now)
        assert isinstance(channel, Finder)
        with pytest.raises(Unavailable, match="circle"):
            channel.find(note(), new_key(), now())


def test_a_name_instead_of_an_id_is_told_what_to_write() -> None:
    with pytest.raises(ValidationError, match="the channel's ID, like C0123456789"):
        slack.Settings(kind="slack", channel="#general")
