"""A newsletter out, a reader's answer home, the way out, and a letter that comes back: through
Postfix and Dovecot, in TLS that was begun by STARTTLS."""

import imaplib
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest

from outreach.channels import Secrets, email
from outreach.fetch import Address, Fetch, loopback_only
from outreach.model.errors import Rejected, Unauthorized, Unavailable
from outreach.model.mention import Kind, Mention
from outreach.model.note import Note
from outreach.rules.keys import Tids

from ..channels.reading import everything
from ..wait import until
from . import mail
from .mail import ADA, BOB, GONE, HOST, Mail

UNSUBSCRIBE = "https://acme.test/unsubscribe?token=k3y&list=news"
ORIGINAL = "https://acme.test/2026/hello"

new_key = Tids(lambda: datetime.now(UTC), 0)


@pytest.fixture(scope="module")
def server() -> Iterator[Mail]:
    with mail.server() as running:
        yield running


@pytest.fixture(autouse=True)
def certificate(server: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """This server may prove who it is by its own certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))


def account(server: Mail, password: str = "") -> email.Correspondence:
    """Ada's account. The server's name leads to this machine; it is not of this machine."""
    settings = email.Settings.model_validate(
        {
            "kind": "email",
            "from": f"Ada Moreau <{ADA}>",
            "smtp": f"{HOST}:{server.smtp}",
            "imap": f"{HOST}:{server.imap}",
            "user": ADA,
            "password": "$MAIL_PASSWORD",
        }
    )
    secrets = Secrets(named=lambda name: password or server.passwords[ADA])
    fetch = Fetch(guard=loopback_only, resolve=here)
    return cast(email.Correspondence, email.open(settings, secrets, fetch, now))


def here(host: str, port: int) -> list[Address]:
    assert host == HOST
    return [ipaddress.ip_address("127.0.0.1")]


def now() -> datetime:
    return datetime.now(UTC)


def letter(to: str) -> Note:
    return Note(
        title="Grüße from Acme",
        text="Version 2 is out.\n\nTell us.",
        html="<p>Version 2 is out.</p><p>Tell us.</p>",
        original=ORIGINAL,
        to=to,
        unsubscribe=UNSUBSCRIBE,
    )


@contextmanager
def mailbox(server: Mail, person: str) -> Iterator[imaplib.IMAP4]:
    """Somebody's mailbox, as their own program sees it."""
    context = ssl.create_default_context(cafile=server.certificate)
    context.check_hostname = False
    with imaplib.IMAP4("127.0.0.1", server.imap, 10) as program:
        program.starttls(context)
        program.login(person, server.passwords[person])
        yield program


def delivered(server: Mail, message_id: str) -> EmailMessage | None:
    """The letter that Bob has with this id."""
    with mailbox(server, BOB) as program:
        program.select("INBOX")
        (found,) = program.search(None, "HEADER", "Message-ID", message_id)[1]
        if not found:
            return None
        ((_, source), *_) = cast(
            list[tuple[bytes, bytes]], program.fetch(found.decode(), "(RFC822)")[1]
        )
        return message_from_bytes(source, policy=default)


def answered(letter: EmailMessage, text: str) -> EmailMessage:
    """What Bob's program makes of an answer."""
    answer = EmailMessage(policy=default)
    answer["From"] = f"Bob Stone <{BOB}>"
    answer["To"] = letter["Reply-To"]
    answer["Subject"] = f"Re: {letter['Subject']}"
    answer["Message-ID"] = f"<{new_key()}.bob@reader.test>"
    answer["Date"] = now()
    answer["In-Reply-To"] = answer["References"] = letter["Message-ID"]
    answer.set_content(text)
    return answer


def test_where_it_is_missing_the_word_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "find", lambda command: None)
    with pytest.raises(pytest.skip.Exception, match="make servers"), mail.server():
        raise AssertionError("a server without a binary")


def test_a_letter_out_and_an_answer_home(server: Mail) -> None:
    us = account(server)
    receipt = us.publish(letter(BOB), new_key())
    got = until(lambda: delivered(server, receipt.id), 20, "the letter")
    assert got is not None
    assert (got["To"], got["Subject"]) == (BOB, "Grüße from Acme")
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    lines = plain.get_content().splitlines()
    assert lines[:4] == ["Version 2 is out.", "", "Tell us.", ""]
    assert "<h1" in html.get_content()

    quoted = "".join(f"> {line}\n" for line in lines)
    answer = answered(got, f"It works. Thanks!\n\nOn Tue, Ada Moreau wrote:\n{quoted}-- \nBob\n")
    server.send(answer, by=BOB, returning=BOB)
    mention = until(lambda: everything(us)[0].get(answer["Message-ID"]), 20, "the answer")
    assert isinstance(mention, Mention)
    assert (mention.kind, mention.in_reply_to) == (Kind.REPLY, receipt.id)
    assert mention.text == "It works. Thanks!"
    assert (mention.author.id, mention.author.name) == (BOB, "Bob Stone")
    assert "> Version 2 is out." in mention.raw

    thanks = Note(title="Re: Grüße from Acme", text="Glad!", to=BOB, in_reply_to=mention.id)
    sent = us.publish(thanks, new_key())
    reply = until(lambda: delivered(server, sent.id), 20, "our answer")
    assert reply is not None
    assert reply["In-Reply-To"] == reply["References"] == mention.id
    assert reply.get_content().strip() == "Glad!"
    assert "List-Unsubscribe" not in reply

    again = answered(reply, "One more thing.")
    del again["In-Reply-To"], again["References"]  # as some programs do
    server.send(again, by=BOB, returning=BOB)
    more = until(lambda: everything(us)[0].get(again["Message-ID"]), 20, "the second answer")
    assert isinstance(more, Mention)
    assert (more.kind, more.in_reply_to) == (Kind.REPLY, sent.id)


def test_the_way_out_is_one_click(server: Mail) -> None:
    """RFC 8058, as the reader's program finds it after two servers have had the letter."""
    sent = account(server).publish(letter(BOB), new_key())
    got = until(lambda: delivered(server, sent.id), 20, "the letter")
    assert got is not None
    assert got["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_letter_that_cannot_be_delivered_comes_back(server: Mail) -> None:
    """Postfix takes it, Dovecot does not know whose it is: Postfix reports (RFC 3464)."""
    us = account(server)
    us.publish(letter(GONE), new_key())

    def came_back() -> list[tuple[str, bool]]:
        cursor, found = None, []
        while True:
            page = us.collect(cursor)
            found += [(bounce.address, bounce.lasting) for bounce in page.bounced]
            if page.cursor == cursor:
                return found
            cursor = page.cursor

    assert until(came_back, 20, "the report") == [(GONE, True)]
    assert not [m for m in everything(us)[0].values() if "daemon" in m.author.id]


def test_nothing_is_marked_as_read(server: Mail) -> None:
    us = account(server)
    everything(us)
    with mailbox(server, ADA) as program:
        program.select("INBOX", readonly=True)
        assert program.search(None, "SEEN")[1] == [b""]


def test_rights_and_a_wrong_password(server: Mail) -> None:
    rights = account(server).rights()
    assert (rights.handle, rights.read, rights.write) == (ADA, "", "")
    stranger = account(server, "not ada's")
    for use in (stranger.handle, lambda: stranger.collect(None)):
        with pytest.raises(Unauthorized):
            use()
    with pytest.raises(Unauthorized):
        stranger.publish(letter(BOB), new_key())


def test_refusals(server: Mail) -> None:
    us = account(server)
    with pytest.raises(Rejected) as unknown:
        us.publish(letter("nobody@reader.test"), new_key())
    assert unknown.value.status == 550
    large = Note(title="Large", text="wordy " * 33_000, html="<p>wordy</p>" * 30_000, to=BOB)
    with pytest.raises(Rejected) as too_large:
        us.publish(large, new_key())
    assert too_large.value.status == 552
    us.publish(letter(BOB), new_key())  # the connection is as good as new


def test_a_name_that_the_certificate_does_not_prove(
    server: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    with pytest.raises(Unavailable, match="certificate"):
        account(server).handle()
    with pytest.raises(Unavailable, match="certificate"):
        account(server).collect(None)
