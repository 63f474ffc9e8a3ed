"""A mail program for tests of the sandbox's provider: the standard library's own."""

import imaplib
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from xml.etree import ElementTree

from .running import Sandbox

WHERE = "/.well-known/autoconfig/mail/config-v1.1.xml"
ADA = "ada@acme.example"
GRACE = "grace@navy.example"
_numbers = count(1)


def port(sandbox: Sandbox, kind: str) -> int:
    """Where the sandbox's "smtp" or "imap" listens, as its document says."""
    document = ElementTree.fromstring(sandbox.call("GET", WHERE, token="").content)
    (server,) = document.iterfind(f"emailProvider/*[@type='{kind}']")
    assert server.findtext("socketType") == "plain"
    assert server.findtext("hostname") == "127.0.0.1"
    return int(server.findtext("port") or "")


@contextmanager
def smtp(sandbox: Sandbox, account: str = "acme") -> Iterator[smtplib.SMTP]:
    """A connection, signed in unless `account` is "". What the server breaks off stays broken."""
    client = smtplib.SMTP("127.0.0.1", port(sandbox, "smtp"), timeout=2)
    try:
        if account:
            client.login(account, account)
        yield client
    finally:
        client.close()


def letter(text: str = "Hello", **headers: str) -> EmailMessage:
    """A mail of its own; `in_reply_to` becomes In-Reply-To, and "" leaves a header out."""
    message = EmailMessage()
    named = {
        "From": f"Ada <{ADA}>",
        "To": GRACE,
        "Subject": "News",
        "Date": "Tue, 24 Nov 2026 17:00:00 +0000",
        "Message-ID": f"<note-{next(_numbers)}@acme.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in named.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message


def send(sandbox: Sandbox, message: EmailMessage, to: str = GRACE, account: str = "acme") -> str:
    """Send a mail in a session of its own; its Message-ID."""
    with smtp(sandbox, account) as client:
        client.send_message(message, ADA, [to])
    return str(message["Message-ID"])


@contextmanager
def imap(sandbox: Sandbox, account: str = "acme") -> Iterator[imaplib.IMAP4]:
    """A connection with the inbox open, to read."""
    with imaplib.IMAP4("127.0.0.1", port(sandbox, "imap"), timeout=2) as client:
        client.login(account, account)
        assert client.select("INBOX", readonly=True)[0] == "OK"
        yield client


def inbox(sandbox: Sandbox, account: str = "acme") -> list[EmailMessage]:
    """All mails that an account got."""
    with imap(sandbox, account) as client:
        (found,) = client.uid("SEARCH", "ALL")[1]
        return [fetched(client, uid) for uid in found.decode().split()]


def fetched(client: imaplib.IMAP4, uid: str) -> EmailMessage:
    """One mail, whole."""
    _, data = client.uid("FETCH", uid, "(BODY.PEEK[])")
    answer = data[0]
    assert isinstance(answer, tuple)
    assert re.match(rb"\d+ \(.*UID " + uid.encode(), b"".join((answer[0], b"", data[1])), re.S)
    return message_from_bytes(answer[1], policy=policy.default)
