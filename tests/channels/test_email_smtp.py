"""What each answer of a mail server means for the letter."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.channels import Secrets, email
from outreach.channels._email_servers import Security, place
from outreach.channels._email_smtp import stuffed
from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import (
    Deferred,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
    Undeliverable,
)
from outreach.model.note import Note

from ..ports import free_port
from ..server import reset, serving
from ..server import saying as saying_http
from .contract import new_key
from .mail_server import HangUp, Heard, saying, smtp

LETTER = Note(title="News", text="Hello.\n.\n.. dots", to="bob@reader.example")


def opened(port: int, **more: Any) -> email.Outbox | email.Correspondence:
    settings = {"kind": "email", "from": "ada@acme.example", "smtp": f"127.0.0.1:{port}", **more}
    return email.open(
        email.Settings.model_validate(settings),
        Secrets(named=lambda name: "s3cret"),
        Fetch(guard=loopback_only, deadline=0.5),
        lambda: datetime.now(UTC),
    )


@pytest.fixture
def server() -> Iterator[Heard]:
    with smtp() as heard:
        yield heard


def test_one_recipient_per_transaction_on_one_connection(server: Heard) -> None:
    channel, keys = opened(server.port), [new_key(), new_key()]
    for key in keys:
        channel.publish(LETTER, key)
    assert server.connections == 1
    assert [c for c in server.commands if not c.startswith("EHLO")] == [
        f"MAIL FROM:<ada+bounce-{keys[0]}@acme.example>",
        "RCPT TO:<bob@reader.example>",
        "DATA",
        "RSET",
        f"MAIL FROM:<ada+bounce-{keys[1]}@acme.example>",
        "RCPT TO:<bob@reader.example>",
        "DATA",
    ]
    assert b"\r\n..\r\n... dots\r\n" in server.letters[0]


def test_where_plus_addresses_are_refused_the_sender_is_plain(server: Heard) -> None:
    opened(server.port, plus=False).publish(LETTER, new_key())
    assert "MAIL FROM:<ada@acme.example>" in server.commands


def test_a_server_that_hung_up_in_between_costs_nothing() -> None:
    with smtp({"RSET": lambda connection: None}) as server:
        channel = opened(server.port)
        channel.publish(LETTER, new_key())
        channel.publish(LETTER, new_key())
    assert (server.connections, len(server.letters)) == (2, 2)


def test_a_new_password_counts_at_once(server: Heard) -> None:
    given = ["first", "second"]
    settings = email.Settings.model_validate(
        {
            "kind": "email",
            "from": "ada@acme.example",
            "smtp": f"127.0.0.1:{server.port}",
            "user": "ada",
            "password": "$P",
        }
    )
    channel = email.open(
        settings,
        Secrets(named=lambda name: given.pop(0)),
        Fetch(guard=loopback_only, deadline=1),
        lambda: datetime.now(UTC),
    )
    channel.publish(LETTER, new_key())
    channel.publish(LETTER, new_key())
    assert [c.split()[-1] for c in server.commands if c.startswith("AUTH")] == [
        base64.b64encode(f"\0ada\0{password}".encode()).decode() for password in ("first", "second")
    ]


def test_after_a_refused_sign_in_the_next_letter_signs_in_anew() -> None:
    with smtp({"MAIL": "530 5.7.0 Authentication required"}) as server:
        channel = opened(server.port)
        for _ in range(2):
            with pytest.raises(Unauthorized):
                channel.publish(LETTER, new_key())
    assert server.connections == 2


UNVERIFIED = "<bob@evil.example>: undeliverable address: host mx.evil.example[192.0.2.1] said:"
"""How Postfix repeats what the recipient's own server says (reject_unverified_recipient)."""

BEFORE = [
    ("", "421 Too busy", Unavailable),
    ("", "554 No mail here", Unavailable),
    ("", saying(b"HTTP/1.1 400 Bad Request\r\n"), Unavailable),
    ("EHLO", "421 Too many connections", RateLimited),
    ("AUTH", "535 5.7.8 No", Unauthorized),
    ("AUTH", "454 4.7.0 Not now", Unavailable),
    ("AUTH", reset, Unavailable),
    ("MAIL", "530 5.7.0 Authentication required", Unauthorized),
    ("MAIL", "550 5.7.1 You may not send as this", Unauthorized),
    ("MAIL", "552 5.3.4 Too large", Rejected),
    ("MAIL", "451 4.3.0 Try again", Unavailable),
    ("RCPT", "550 5.1.1 No such user", Undeliverable),
    ("RCPT", "553 5.7.1 Sender address rejected: not owned by user", Unauthorized),
    ("RCPT", "554 5.7.1 <bob@reader.example>: Relay access denied", Unauthorized),
    ("RCPT", f"550 5.1.1 {UNVERIFIED} 554 5.7.1 relay access denied", Undeliverable),
    ("RCPT", f"554 5.7.1 {UNVERIFIED} 553 5.1.1 sender address rejected", Rejected),
    ("RCPT", "554 5.7.1 <response@reader.example>: Relay access denied", Unauthorized),
    ("RCPT", "450 4.7.1 Greylisted", Deferred),
    ("RCPT", "450 4.7.28 Unusual rate of mail", RateLimited),
    ("RCPT", "452 4.2.2 Mailbox full", Deferred),
    ("RCPT", "421 4.7.0 Daily user sending limit exceeded", RateLimited),
    ("RCPT", reset, Unavailable),
    ("DATA", "554 5.7.1 No", Rejected),
    ("DATA", "451 4.3.0 Later", Unavailable),
    ("DATA", "250 What?", Unavailable),
    ("DATA", reset, Unavailable),
    (".", "554 5.7.1 Spam", Rejected),
    (".", "452 4.3.1 No space", Unavailable),
    (".", "450 4.7.0 Too many messages", RateLimited),
]


@pytest.mark.parametrize(("command", "said", "error"), BEFORE)
def test_a_refusal_is_a_definite_no(
    command: str, said: str | HangUp, error: type[OutreachError]
) -> None:
    with smtp({command: said}) as server, pytest.raises(OutreachError) as caught:
        opened(server.port, user="ada", password="$P").publish(LETTER, new_key())
    assert type(caught.value) is error
    if isinstance(said, str):
        code, _, words = said.partition(" ")
        assert words in str(caught.value)
        assert not isinstance(caught.value, Rejected) or caught.value.status == int(code)


@pytest.mark.parametrize(
    "said",
    [
        reset,
        saying(b""),
        saying(b"25"),
        saying(b"250 2.0.0 Ok: que"),
        saying(b"250-Ok\r\n"),
        saying(b"<html>\r\n"),
        "421 4.3.0 Shutting down",
        "354 What?",
        "999 Ok",
        "250-" + "x" * 100 + "\r\n250-still",
    ],
)
def test_a_lost_answer_to_the_final_dot_is_in_doubt(said: str | HangUp) -> None:
    with smtp({".": said}) as server:
        channel = opened(server.port)
        with pytest.raises(Uncertain, match="end of the letter"):
            channel.publish(LETTER, new_key())
        assert len(server.letters) == 1


def test_a_reply_of_several_lines_is_one() -> None:
    with smtp({".": "250-Queued\r\n250-as 12\r\n250 Bye"}) as server:
        opened(server.port).publish(LETTER, new_key())


def test_a_dripping_server_meets_the_deadline() -> None:
    with (
        serving(lambda server, connection: server.drip(connection, b"220")) as server,
        pytest.raises(Unavailable, match=r"no answer within 0.5 s|timed out"),
    ):
        opened(server.port).publish(LETTER, new_key())


def test_the_permit_is_asked_before_the_letter_goes(server: Heard) -> None:
    class Denied(Exception):
        """Somebody else sends now."""

    def permit() -> None:
        raise Denied

    settings = email.Settings.model_validate(
        {"kind": "email", "from": "ada@acme.example", "smtp": f"127.0.0.1:{server.port}"}
    )
    fetch = Fetch(guard=loopback_only, deadline=1, permit=permit)
    channel = email.open(settings, Secrets(named=str), fetch, lambda: datetime.now(UTC))
    channel.handle()
    with pytest.raises(Denied):
        channel.publish(LETTER, new_key())
    assert "DATA" not in server.commands


def elsewhere(server: Heard) -> email.Outbox | email.Correspondence:
    """An account at a server whose name is not of this machine; where it leads to is."""
    known = Fetch(guard=loopback_only).resolve
    fetch = Fetch(guard=loopback_only, deadline=1, resolve=lambda _, port: known("127.0.0.1", port))
    settings = {
        "kind": "email",
        "from": "ada@acme.example",
        "smtp": f"mail.acme.example:{server.port}",
        "user": "ada",
        "password": "$P",
    }
    secrets = Secrets(named=lambda name: "s3cret")
    return email.open(
        email.Settings.model_validate(settings), secrets, fetch, lambda: datetime.now(UTC)
    )


def test_a_stranger_gets_no_password(server: Heard) -> None:
    with pytest.raises(Unavailable, match="offers no STARTTLS"):
        elsewhere(server).publish(LETTER, new_key())
    assert [command.split()[0] for command in server.commands] == ["EHLO"]


def test_what_was_said_before_tls_is_not_believed() -> None:
    """Injected after STARTTLS, in the clear (CVE-2011-0411)."""
    said = {
        "EHLO": "250-mail.example\r\n250 STARTTLS",
        "STARTTLS": "220 Go on\r\n250 AUTH PLAIN",
    }
    with smtp(said) as server, pytest.raises(Unavailable, match="in the clear"):
        elsewhere(server).publish(LETTER, new_key())


@pytest.mark.parametrize(
    ("host", "security"),
    [
        ("mail.acme.example:587", Security.STARTTLS),
        ("mail.acme.example:25", Security.STARTTLS),
        ("192.168.0.1:25", Security.STARTTLS),
        ("localhost.acme.example:25", Security.STARTTLS),
        ("127.0.0.1.acme.example:25", Security.STARTTLS),
        ("mail.acme.example:465", Security.TLS),
        ("mail.acme.example:993", Security.TLS),
        ("127.0.0.1:465", Security.TLS),
        ("127.0.0.1:25", Security.PLAIN),
        ("[::1]:25", Security.PLAIN),
        ("localhost:25", Security.PLAIN),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(host: str, security: Security) -> None:
    assert place(host, 587).security is security


@pytest.mark.parametrize(
    "value", ["", "mail acme", "mail:", "mail:0", "mail:99999", "a:b:1", "x" * 64]
)
def test_what_is_no_server_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no mail server"):
        place(value, 587)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 Ok\r\nContent-Length: 6\r\n\r\n<html>",
    ],
)
def test_where_no_server_is_named_it_is_unavailable(answer: bytes) -> None:
    with serving(saying_http(answer)) as server, pytest.raises(Unavailable, match="autoconfig"):
        opened(free_port(), base_url=server.url).publish(LETTER, new_key())


@pytest.mark.parametrize("letter", [b".\r\n", b"a\r\n.b\r\n", b"a\r\n..\r\nc", b"a\r\n.\r\nb\r\n"])
def test_no_line_of_a_letter_ends_it(letter: bytes) -> None:
    sent = stuffed(letter)
    assert sent.endswith(b"\r\n")
    lines = sent.split(b"\r\n")[:-1]
    assert b"." not in lines
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == letter.removesuffix(b"\r\n")
