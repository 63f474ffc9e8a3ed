"""Discord keeps what the daemon relies on, as a bot and as a webhook."""

import json
import socket
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from outreach import channels
from outreach.channels import discord
from outreach.channels._discord_text import measure, plain
from outreach.channels._http import until
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Finder, Identified, Listener, Unread
from outreach.model.errors import OutreachError, Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Kind
from outreach.model.note import Mentioned
from outreach.model.post import Media

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

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"
GUILD = "1000000000000000001"
names = count()


class TestBot(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "discord"
    settings: ClassVar = {"token": "$DISCORD_TOKEN"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        """Each test has a channel of its own."""
        return {**self.settings, "channel": str(5000 + int(self.token.removeprefix("acme")))}

    def test_the_nonce_holds_for_some_minutes_at_the_network(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        hello, key = note("Hello"), new_key()
        first = channel.publish(hello, key)
        sandbox.shift(4 * 60)
        assert channel.publish(hello, key).id == first.id
        sandbox.shift(6 * 60)
        assert channel.publish(hello, key).id != first.id

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    def test_a_broken_2xx_is_uncertain(self, body: bytes) -> None:
        def answer(server: Server, connection: socket.socket) -> None:
            asked = request(connection).startswith(b"GET")
            connection.sendall(ok(b'{"guild_id": "1"}' if asked else body))

        with serving(answer) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(), new_key())

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    def test_a_broken_account_is_unavailable(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server:
            with pytest.raises(Unavailable):
                self.open(server.url).collect(None)
            with pytest.raises(Unavailable):
                self.open(server.url).find(note(), "", now())


class TestWebhook(PublisherContract, EditorContract, DeleterContract, SecrecyContract):
    kind = "discord"
    settings: ClassVar = {"webhook": "$DISCORD_WEBHOOK"}

    def test_an_answer_is_a_note_with_a_parent(self, sandbox: Sandbox, channel: Both) -> None:
        """A webhook has no such thing."""
        with pytest.raises(Rejected, match="answer nobody"):
            channel.publish(note(in_reply_to="1/2"), new_key())
        assert self.ledger(sandbox) == []

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """A webhook knows no key, and cannot look: so it must not be a Finder either."""
        assert not isinstance(channel, Finder)
        assert not isinstance(channel, Listener)
        assert isinstance(channel, Unread)
        assert isinstance(channel, Identified)
        assert not channel.limits.threads

    def test_its_address_is_in_no_error(self, sandbox: Sandbox) -> None:
        """It is the secret; a path alone would tell it."""
        told = []
        address = f"https://discord.com/api/webhooks/42/{self.token}_CANARY"
        for url in (sandbox.url, "http://127.0.0.1:9"):
            channel = self.open(url, lambda name: address)
            sandbox.fail("reset", self.kind)
            with pytest.raises(OutreachError) as caught:
                channel.publish(note(), new_key())
            told += traceback.format_exception(caught.value)
        assert "POST http" in "".join(told)
        assert "CANARY" not in "".join(told)

    def test_one_that_was_deleted_waits_for_a_human(self, sandbox: Sandbox) -> None:
        with pytest.raises(Unauthorized, match="make a new one"):
            self.open(sandbox.url, lambda name: "deleted").publish(note(), new_key())

    @pytest.mark.parametrize(
        "secret",
        [
            "acme",
            "http://discord.com/api/webhooks/1/acme",
            "https://discord.com.example/api/webhooks/1/acme",
            "https://discord.com/api/v10/users",
        ],
    )
    def test_what_is_no_webhook_is_never_called(self, secret: str) -> None:
        settings = discord.Settings(kind="discord", webhook="$HOOK")
        fetch = Fetch(guard=lambda address, port: False)
        channel = discord.open(settings, channels.Secrets(named=lambda name: secret), fetch, now)
        with pytest.raises(Unauthorized, match=r"whole address .https://discord.com/") as caught:
            channel.publish(note(), new_key())
        assert secret not in str(caught.value)


# Settings and signing in


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"token": "$A"},
        {"channel": "general"},
        {"channel": 1, "webhook": "$A"},
        {"webhook": "$A", "search": ["acme"]},
        {"webhook": "$A", "token": "$B"},
    ],
)
def test_an_account_is_a_bot_or_a_webhook(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        discord.Settings.model_validate({"kind": "discord", **settings})


@pytest.mark.parametrize("settings", [{"channel": 4711}, {"webhook": "$HOOK"}])
def test_what_is_copied_is_tried_and_kept(sandbox: Sandbox, settings: dict[str, Any]) -> None:
    me, tokens = somebody(), dict[str, str]()
    secrets = channels.Secrets(named=lambda name: "", tokens=tokens)
    model = discord.Settings.model_validate(
        {"kind": "discord", "base_url": sandbox.url, **settings}
    )
    form = discord.sign_in(model, secrets, Fetch(guard=loopback_only), now)
    assert form.submit({"token": f" {me} "}).endswith(me)
    assert tokens == {"token": me}
    channel = discord.open(model, secrets, Fetch(guard=loopback_only), now)
    assert channel.handle().endswith(me)


def test_a_token_that_is_refused_is_not_kept() -> None:
    tokens = dict[str, str]()
    refusing = saying(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    with serving(refusing) as server:
        settings = discord.Settings(kind="discord", channel="1", base_url=server.url)
        secrets = channels.Secrets(named=lambda name: "", tokens=tokens)
        form = discord.sign_in(settings, secrets, Fetch(guard=loopback_only), now)
        with pytest.raises(Unauthorized):
            form.submit({"token": "acme"})
    assert tokens == {}


def somebody(lacks: str = "") -> str:
    """A bot that nobody else has; it `lacks` these rights."""
    return f"ada{next(names)}" + (f"-without-{lacks}" if lacks else "")


def opened(sandbox: Sandbox, me: str, place: str = "", **settings: Any) -> discord.Bot:
    """A bot in a channel of its own."""
    place = place or str(100_000 + next(names))
    model = discord.Settings.model_validate(
        {"kind": "discord", "channel": place, "base_url": sandbox.url, **settings}
    )
    secrets = channels.Secrets(named=lambda name: me, tokens={"token": me})
    channel = discord.open(model, secrets, Fetch(guard=loopback_only, deadline=5), now)
    assert isinstance(channel, discord.Bot)
    return channel


def as_bot(sandbox: Sandbox, method: str, path: str, me: str, **options: Any) -> Any:
    """A request of a bot to the network itself."""
    headers = {"Authorization": f"Bot {me}"}
    answer = sandbox.call(method, f"/api/v10{path}", "", headers=headers, **options)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def say(sandbox: Sandbox, place: str, text: str, name: str = "Grace") -> None:
    """A reader says something in a channel."""
    form = {"name": name, "title": place, "text": text}
    answer = sandbox.call("POST", "/discord/post", "", data=form, allow_redirects=False)
    assert answer.status_code == 303, answer.text


def reply(sandbox: Sandbox, identifier: str, text: str) -> None:
    form = {"note": identifier, "name": "Grace", "text": text}
    answer = sandbox.call("POST", "/discord/reply", "", data=form, allow_redirects=False)
    assert answer.status_code == 303, answer.text


# Rights


def test_what_a_bot_may_do_is_proved_without_a_message(sandbox: Sandbox) -> None:
    me = somebody()
    rights = opened(sandbox, me).rights()
    assert (rights.handle, rights.read, rights.write) == (f"@{me}", "", "")
    assert sandbox.ledger("discord", me) == []


@pytest.mark.parametrize(
    ("lacks", "read", "write"),
    [
        ("content", "Message Content Intent", ""),
        ("send", "", "Send Messages"),
        ("view", "50001", "50001"),
    ],
)
def test_what_a_bot_may_not_do_is_said(sandbox: Sandbox, lacks: str, read: str, write: str) -> None:
    channel = opened(sandbox, somebody(lacks))
    rights = channel.rights()
    assert (bool(rights.read), bool(rights.write)) == (bool(read), bool(write))
    assert read in rights.read
    assert write in rights.write


def test_a_bot_that_may_not_post_is_told_what_it_lacks(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected, match="Send Messages"):
        opened(sandbox, somebody("send")).publish(note(), new_key())


def test_a_bot_that_is_not_let_in_waits_for_a_human(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized, match="invite the bot"):
        opened(sandbox, somebody("view")).publish(note(), new_key())


# Messages


def test_it_counts_code_points_and_names_as_they_go_out() -> None:
    assert measure("é👨‍👩‍👧") == 6
    assert measure("@123456789012345678") == len("<@123456789012345678>")
    assert measure("a@123456789012345678.example") == len("a@123456789012345678.example")


def test_nobody_is_called_but_who_is_named(sandbox: Sandbox) -> None:
    me, grace = somebody(), "123456789012345678"
    text = f"@everyone @here thank @{grace}"
    named = (Mentioned(words=f"@{grace}", handle=grace),)
    opened(sandbox, me).publish(note(text, mentions=named), new_key())
    entry = sandbox.ledger("discord", me)[-1]
    assert entry["text"] == f"@everyone @here thank <@{grace}>"
    assert entry["extra"]["called"] == {"parse": [], "users": [grace], "replied_user": True}


def test_images_go_out_with_their_words(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "dog.png"
    path.write_bytes(PNG)
    media = tuple(
        Media(path=str(path), alt=alt, content_type="image/png") for alt in ("A dog", "", None)
    )
    me, place = somebody(), "31337"
    channel = opened(sandbox, me, place)
    receipt = channel.publish(note("Look", media=media), new_key())

    def shown() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = as_bot(sandbox, "GET", f"/channels/{place}/messages", me)
        return list(found[0]["attachments"])

    assert [file.get("description") for file in shown()] == ["A dog", None, None]
    assert sandbox.call("GET", shown()[0]["url"][len(sandbox.url) :]).content == PNG
    channel.edit(receipt, note("Look", media=media[:1]))
    assert [file.get("description") for file in shown()] == ["A dog"]
    channel.edit(receipt, note("Gone"))
    assert shown() == []


def test_too_much_is_said_as_discord_says_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(bytes(26 << 20))
    media = (Media(path=str(path), content_type="image/png"),)
    with pytest.raises(Rejected, match="too large together"):
        opened(sandbox, somebody()).publish(note(media=media), new_key())


def test_an_answer_to_what_is_gone_is_rejected(sandbox: Sandbox) -> None:
    channel = opened(sandbox, somebody())
    receipt = channel.publish(note(), new_key())
    channel.delete(receipt)
    with pytest.raises(Rejected, match="Unknown message"):
        channel.publish(note(in_reply_to=receipt.id), new_key())


def test_fractions_of_a_second_are_waited_for() -> None:
    at = now()
    assert until({"retry-after": "1.337"}, at) == at + timedelta(seconds=1.337)
    assert until({"x-ratelimit-reset-after": "0.5"}, at) == at + timedelta(seconds=0.5)
    epoch = {"x-ratelimit-reset": f"{at.timestamp() + 60:.3f}"}
    assert abs((until(epoch, at) or at) - at - timedelta(seconds=60)) < timedelta(seconds=0.01)
    assert until({"retry-after": "9" * 40}, at) == at + timedelta(hours=1)


def test_a_channel_that_shows_one_page_forever_is_not_read_to_its_end() -> None:
    message = {
        "id": "1", "content": "Hi", "author": {"id": "1"}, "channel_id": "1",
        "timestamp": now().isoformat(),
    }  # fmt: skip
    listed = [{**message, "id": str(number)} for number in range(1, 101)]

    def answer(server: Server, connection: socket.socket) -> None:
        asked = request(connection)
        me = {"id": "1", "username": "ada", "guild_id": "1"}
        connection.sendall(ok(json.dumps(listed if b"/messages" in asked else me).encode()))

    with serving(answer) as server:
        settings = discord.Settings(kind="discord", channel="1", base_url=server.url)
        secrets = channels.Secrets(named=str, tokens={"token": "ada"})
        channel = discord.open(settings, secrets, Fetch(guard=loopback_only), now)
        assert isinstance(channel, Finder)
        with pytest.raises(Unavailable, match="circle"):
            channel.find(note("Hello"), new_key(), datetime.fromisoformat("2015-01-01T00:00Z"))


# Listening


def test_who_calls_us_or_says_a_word_of_ours_is_heard_and_nobody_else(sandbox: Sandbox) -> None:
    me, place = somebody(), str(200_000 + next(names))
    channel = opened(sandbox, me, place, search=("blog.example", "Lantern"))
    mine = as_bot(sandbox, "GET", "/users/@me", me)["id"]
    channel.publish(note(f"Our own lantern <@{mine}>"), new_key())
    for text in ("lanterns!", f"<@{mine}> hi <https://x.example>", "a LANTERN.", f"See {ORIGINAL}"):
        say(sandbox, place, text)
    as_bot(sandbox, "POST", f"/channels/{place}/messages", somebody(), json={"content": "lantern"})
    found, cursor = everything(channel)
    assert [(m.kind, m.text, m.original) for m in found.values()] == [
        (Kind.MENTION, f"@{me} hi https://x.example", ""),
        (Kind.MENTION, "a LANTERN.", ""),
        (Kind.MENTION, f"See {ORIGINAL}", ORIGINAL),
    ]
    assert everything(channel, cursor) == ({}, cursor)


def test_it_listens_where_it_is_told_and_answers_there(sandbox: Sandbox) -> None:
    me, other = somebody(), str(200_000 + next(names))
    channel = opened(sandbox, me, listen=(other,), search=("lantern",))
    say(sandbox, other, "What is a lantern?")
    ((identifier, mention),) = everything(channel)[0].items()
    assert mention.url.startswith(f"{sandbox.url}/channels/{GUILD}/{other}/")
    receipt = channel.publish(note("A light", in_reply_to=identifier), new_key())
    assert receipt.id.startswith(f"{other}/")
    assert sandbox.ledger("discord", me)[-1]["in_reply_to"] == identifier


def test_a_thread_below_ours_is_read_and_answered(sandbox: Sandbox) -> None:
    """Also what answers somebody else there, and after Discord has archived it."""
    me, bob = somebody(), somebody()
    channel = opened(sandbox, me)
    receipt = channel.publish(note(), new_key())
    place, message = receipt.id.split("/")
    threads = f"/channels/{place}/messages/{message}/threads"
    as_bot(sandbox, "POST", threads, bob, json={"name": "Talk"})
    said = as_bot(sandbox, "POST", f"/channels/{message}/messages", bob, json={"content": "Hm"})
    assert everything(channel)[0] == {}
    reply(sandbox, f"{message}/{said['id']}", "I agree")
    found, cursor = everything(channel)
    ((identifier, mention),) = found.items()
    assert (mention.kind, mention.text) == (Kind.REPLY, "I agree")
    assert identifier.startswith(f"{message}/")
    answer = note("Thank you", in_reply_to=identifier)
    key = new_key()
    ours = channel.publish(answer, key)
    assert [one.id for one in channel.find(answer, key, now() - timedelta(minutes=5))] == [ours.id]
    reply(sandbox, ours.id, "You are welcome")
    sandbox.shift(25 * 3600)
    listed = as_bot(sandbox, "GET", f"/guilds/{GUILD}/threads/active", me)["threads"]
    assert message not in [thread["id"] for thread in listed]
    again, _ = everything(channel, cursor)
    assert [m.text for m in again.values()] == ["You are welcome"]
    assert [m.in_reply_to for m in again.values()] == [ours.id]


def test_a_thread_below_somebody_else_is_heard_where_it_is_about_us(sandbox: Sandbox) -> None:
    me, bob, place = somebody(), somebody(), str(200_000 + next(names))
    channel = opened(sandbox, me, place, search=("lantern",))
    first = as_bot(sandbox, "POST", f"/channels/{place}/messages", bob, json={"content": "Hm"})
    threads = f"/channels/{place}/messages/{first['id']}/threads"
    as_bot(sandbox, "POST", threads, bob, json={"name": "Talk"})
    said = as_bot(sandbox, "POST", f"/channels/{first['id']}/messages", bob, json={"content": "?"})
    reply(sandbox, f"{first['id']}/{said['id']}", "Nothing to see")
    reply(sandbox, f"{first['id']}/{said['id']}", "Try lantern")
    found, _ = everything(channel)
    assert [(m.kind, m.text) for m in found.values()] == [(Kind.MENTION, "Try lantern")]


def test_empty_content_is_a_warning_and_no_empty_answer(sandbox: Sandbox) -> None:
    """Case 32: what Discord hides for want of the intent is not taken for silence."""
    channel = opened(sandbox, somebody("content"))
    assert isinstance(channel, Listener)
    receipt = channel.publish(note(), new_key())
    assert everything(channel)[0] == {}
    reply(sandbox, receipt.id, "Does it run on ARM?")
    with pytest.raises(Unavailable, match="Message Content Intent"):
        everything(channel)


def test_names_and_emoji_are_read_as_people_see_them() -> None:
    users = [{"id": "1", "username": "ada", "global_name": "Ada M"}]
    content = "<@1> <@!1> <@2> <:wave:42> <a:dance:43> <https://x.example/a> <b>"
    assert plain({"content": content, "mentions": users}) == (
        "@Ada M @Ada M @2 :wave: :dance: https://x.example/a <b>"
    )
