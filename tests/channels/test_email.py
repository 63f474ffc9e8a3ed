"""E-mail keeps what the daemon relies on, as far as mail can."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, cast

import pytest
from pydantic import ValidationError

from outreach import channels
from outreach.channels import Secrets, email
from outreach.channels._ability import ability
from outreach.channels._email_imap import PAGE
from outreach.fetch import Fetch, loopback_only
from outreach.model import channel
from outreach.model.channel import Finder, Identified, Listener, Publisher, Unread
from outreach.model.delivery import Receipt
from outreach.model.errors import RateLimited, Refused, Rejected, Unauthorized, Unavailable
from outreach.model.mention import Kind, Page
from outreach.model.note import Audience, Note, NoteKind

from ..sandbox.running import Sandbox
from ..server import Server, serving
from .contract import Both, ListenerContract, PublisherContract, new_key, note, now
from .mail_server import smtp
from .secrecy import SecrecyContract

READER = "grace@reader.example"
US = "Ada Moreau <ada@acme.example>"


class Addressed(email.Correspondence):
    """The channel, whose notes all have a reader: the contract's notes name none."""

    def publish(self, note: Note, key: str) -> Receipt:
        return super().publish(replace(note, to=note.to or READER, title=note.title or "News"), key)


class TestEmail(PublisherContract, ListenerContract, SecrecyContract):
    kind = "email"
    settings: ClassVar = {"from": US, "smtp": "mail.acme.example", "password": "$MAIL_PASSWORD"}

    def open(self, url: str, secrets: Callable[[str], str] | None = None) -> Both:
        settings = email.Settings.model_validate(
            {"kind": "email", **self.settings, "from": self.writer(), "base_url": url}
        )
        named = Secrets(named=secrets or self.secret)
        channel = Addressed(settings, named, Fetch(guard=loopback_only, deadline=1), now)
        return cast(Both, channel)

    def writer(self) -> str:
        """An address of its own, for the sandbox is one provider to all."""
        return f"Ada Moreau <{self.token}@acme.example>"

    def test_a_receipt_leads_to_the_note(self, sandbox: Sandbox, channel: Both) -> None:
        """A letter has no page: its address names it to whoever has it (RFC 2392)."""
        key = new_key()
        receipt = channel.publish(note("Hello, world"), key)
        assert receipt.id == f"<{key}@acme.example>"
        assert receipt.url == f"mid:{key}@acme.example"

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """SMTP takes a letter as often as it comes: so what is in doubt is not sent again."""
        assert not isinstance(channel, Finder)
        hello, key = note("Hello"), new_key()
        assert channel.publish(hello, key).id == channel.publish(hello, key).id
        first, second = self.ledger(sandbox)
        assert first["id"] == f"<{key}@acme.example>" != second["id"]

    def test_too_much_is_rate_limited_until_a_time(self, sandbox: Sandbox, channel: Both) -> None:
        """SMTP says that it is too much, and not until when."""
        sandbox.fail("429", self.kind, seconds=120)
        with pytest.raises(RateLimited) as caught:
            channel.publish(note(), new_key())
        assert caught.value.until is None
        assert self.ledger(sandbox) == []

    def test_an_answer_arrives_with_all_that_is_known(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Grace Müller", "Does it run on <ARM> & co?\n\nAsking.")
        mentions, cursor = self.everything(channel, None)
        ((identifier, mention),) = mentions.items()
        assert (mention.kind, mention.in_reply_to) == (Kind.REPLY, receipt.id)
        assert mention.text == "Does it run on <ARM> & co?\n\nAsking."
        assert mention.author.name == "Grace Müller"
        assert mention.author.handle == mention.author.id
        assert "@" in mention.author.handle
        assert abs(mention.published - now()) < timedelta(seconds=10)
        assert mention.published.utcoffset() == timedelta(0)
        assert mention.url == f"mid:{identifier[1:-1]}"
        assert [identifier] == self.answers(sandbox, receipt.id)
        assert self.everything(channel, cursor) == ({}, cursor)

    def test_several_pages_have_no_gap(self, sandbox: Sandbox, channel: Both) -> None:
        super().test_several_pages_have_no_gap(sandbox, channel)
        assert len(channel.collect(None).mentions) == PAGE

    def test_a_letter_that_comes_back_is_told(self, sandbox: Sandbox, channel: Both) -> None:
        channel.publish(note(to="bounce@reader.example"), new_key())
        (bounce,) = (found for page in pages(channel) for found in page.bounced)
        assert (bounce.address, bounce.lasting) == ("bounce@reader.example", True)
        assert not [found for page in pages(channel) for found in page.mentions]

    def test_nobody_at_an_address_is_a_definite_no(self, sandbox: Sandbox, channel: Both) -> None:
        with pytest.raises(Rejected, match="no such user") as caught:
            channel.publish(note(to="nobody@reader.example"), new_key())
        assert caught.value.status == 550
        assert self.ledger(sandbox) == []

    def test_a_mailbox_that_was_made_anew_is_read_from_its_start(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Bob", "First")
        first, cursor = self.everything(channel, None)
        assert cursor is not None
        validity, _, last = cursor.partition(":")
        again, rested = self.everything(channel, f"{int(validity) + 1}:{int(last) + 7}")
        assert (again.keys(), rested) == (first.keys(), cursor)

    def test_a_sign_in_is_tried_and_counts_at_once(self, sandbox: Sandbox) -> None:
        settings = email.Settings.model_validate(
            {"kind": "email", "from": US, "smtp": "mail.acme.example", "base_url": sandbox.url}
        )
        secrets, fetch = Secrets(named=refused), Fetch(guard=loopback_only)
        account = email.open(settings, secrets, fetch, now)
        with pytest.raises(Unauthorized):
            account.handle()
        form = email.sign_in(settings, secrets, fetch, now)
        assert form.submit({form.fields[0].name: self.token}) == "ada@acme.example"
        assert account.handle() == "ada@acme.example"


def pages(channel: Both) -> list[Page]:
    """All pages of a listener, from its start to where it rests."""
    read, cursor = [channel.collect(None)], None
    while read[-1].cursor != cursor:
        cursor = read[-1].cursor
        read.append(channel.collect(cursor))
    return read


def refused(name: str) -> str:
    raise Refused(f"{name} is not set")


def opened(**more: Any) -> email.Outbox | email.Correspondence:
    """An account that nobody has asked anything."""
    settings = {"kind": "email", "from": US, "smtp": "localhost:25", **more}
    return email.open(
        email.Settings.model_validate(settings),
        Secrets(named=str),
        Fetch(guard=loopback_only, deadline=1),
        now,
    )


def test_what_an_account_can_do_is_what_its_settings_give_it() -> None:
    writes, reads = opened(), opened(imap="localhost:143")
    for account in (writes, reads):
        assert isinstance(account, Publisher)
        assert isinstance(account, Identified)
        assert isinstance(account, channel.Tested)
        assert not isinstance(account, Finder)
    assert isinstance(writes, Unread)
    assert not isinstance(writes, Listener)
    assert isinstance(reads, Listener)
    assert not isinstance(reads, Unread)
    said = ability(channels.module("email"))
    assert (said["publish"], said["collect"], said["edit"], said["delete"]) == (
        True,
        True,
        False,
        False,
    )
    assert email.LIMITS.audience is Audience.SUBSCRIBERS
    assert email.LIMITS.kind is NoteKind.ARTICLE


def test_letters_are_spaced() -> None:
    assert opened().limits.spacing == timedelta(seconds=1)
    assert opened(per_minute=600).limits.spacing == timedelta(milliseconds=100)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "Ada"},
        {"from": "Ada <ada@acme.example>, Bob <bob@acme.example>"},
        {"smtp": "mail acme"},
        {"imap": "mail:0"},
        {"password": "hunter2"},
        {"per_minute": 0},
        {"surprise": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        opened(**wrong)


def test_who_writes_is_set_by_either_name() -> None:
    for name in ("from", "sender"):
        given = {"kind": "email", name: US, "smtp": "mail.acme.example"}
        assert email.Settings.model_validate(given).sender == US


def test_without_a_user_nobody_signs_in() -> None:
    with smtp() as server:
        account = opened(smtp=f"127.0.0.1:{server.port}")
        assert account.handle() == "ada@acme.example"
        assert not [command for command in server.commands if command.startswith("AUTH")]
    reads = opened(imap="127.0.0.1:143")
    assert isinstance(reads, email.Correspondence)
    with pytest.raises(Unauthorized, match="user"):
        reads.collect(None)
    form = email.sign_in(
        email.Settings.model_validate({"kind": "email", "from": US, "smtp": "localhost"}),
        Secrets(named=str),
        Fetch(guard=loopback_only),
        now,
    )
    with pytest.raises(Unauthorized, match="user"):
        form.submit({form.fields[0].name: "pw"})


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("NO [AUTHENTICATIONFAILED] wrong", Unauthorized),
        ("NO wrong", Unauthorized),
        ("NO [UNAVAILABLE] come again", Unavailable),
        ("BYE", Unavailable),
    ],
)
def test_a_password_has_to_open_the_mailbox_too(said: str, error: type[Exception]) -> None:
    def talk(server: Server, connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"* OK hello\r\n")
        while words := lines.readline().decode().split():
            if words[1] == "CAPABILITY":
                connection.sendall(f"* CAPABILITY IMAP4rev1\r\n{words[0]} OK done\r\n".encode())
            else:
                connection.sendall(f"{words[0]} {said}\r\n".encode())

    with smtp() as out, serving(talk) as home:
        settings = email.Settings.model_validate(
            {
                "kind": "email",
                "from": US,
                "smtp": f"127.0.0.1:{out.port}",
                "imap": f"127.0.0.1:{home.port}",
                "user": "ada",
            }
        )
        secrets = Secrets(named=str)
        form = email.sign_in(settings, secrets, Fetch(guard=loopback_only, deadline=1), now)
        with pytest.raises(error):
            form.submit({form.fields[0].name: "pw"})
    assert secrets.tokens == {}


def test_a_mailbox_that_says_nonsense_is_unavailable() -> None:
    def nonsense(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"* OK hello\r\n* BAD {99999999999}\r\n+ \r\nwhat\r\n" * 3)

    with serving(nonsense) as server, pytest.raises(Unavailable):
        mailbox = opened(imap=f"127.0.0.1:{server.port}", user="ada", password="$P")
        assert isinstance(mailbox, email.Correspondence)
        mailbox.collect(None)
