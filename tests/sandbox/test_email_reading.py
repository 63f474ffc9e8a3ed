"""The sandbox's mailbox is read as RFC 3501 says; what comes by itself is marked as such."""

import imaplib
from email.message import EmailMessage
from typing import cast

import pytest

from outreach.sandbox import email_robots as robots

from .mail import ADA, GRACE, imap, inbox, letter, send, smtp
from .running import Sandbox, eventually, in_thread
from .test_email import answer


def answered(sandbox: Sandbox, *texts: str) -> str:
    """A letter that got these answers."""
    note = send(sandbox, letter("One\n\nTwo"))
    for text in texts:
        answer(sandbox, note, text)
    return note


def test_an_answer_is_a_mail_that_quotes(sandbox: Sandbox) -> None:
    note = answered(sandbox, "Three? Ünd vier")
    (mail,) = inbox(sandbox)
    assert (mail["From"], mail["To"]) == ("Robin <robin@readers.example>", ADA)
    assert (mail["Subject"], mail["In-Reply-To"], mail["References"]) == ("Re: News", note, note)
    words, gap, said, *quoted = mail.get_content().splitlines()
    assert (words, gap) == ("Three? Ünd vier", "")
    assert said.endswith(f"acme <{ADA}> wrote:")
    assert quoted == ["> One", "> ", "> Two"]


def test_a_name_can_be_told_that_needs_quoting(sandbox: Sandbox) -> None:
    answer(sandbox, answered(sandbox), "Hi", name='R. "Bob" <x@y>\r\nBcc: all, Ünal')
    (mail,) = inbox(sandbox)
    assert mail["Bcc"] is None
    (sender,) = mail["From"].addresses
    assert sender.display_name.startswith('R. "Bob" <x@y> Bcc:')


def test_the_inbox_is_opened_to_read(sandbox: Sandbox) -> None:
    answered(sandbox, "a", "b")
    with imap(sandbox) as client:
        assert client.response("EXISTS")[1] == [b"2"]
        assert client.response("UIDNEXT")[1] == [b"3"]
        assert client.state == "SELECTED"
        assert client.list()[1] == [b'(\\HasNoChildren) "/" INBOX']
        assert client.select("Sent")[0] == "NO"
        client.state = "SELECTED"
        with pytest.raises(imaplib.IMAP4.error, match="EXAMINE comes first"):
            client.uid("SEARCH", "ALL")


def test_new_mail_shows_while_the_inbox_is_open(sandbox: Sandbox) -> None:
    note = answered(sandbox, "a")
    with imap(sandbox) as client:
        answer(sandbox, note, "b")
        client.noop()
        assert client.response("EXISTS")[1][-1] == b"2"
        assert client.uid("SEARCH", "UID 2:*")[1] == [b"2"]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("ALL",), b"1 2 3"),
        (("UID", "2:*"), b"2 3"),
        (("UID", "9:*"), b"3"),
        (("UID", "*:2"), b"2 3"),
        (("UID", "1,3"), b"1 3"),
        (("UID", "4:9"), b""),
        (("2", "UID", "1:2"), b"2"),
        (("CHARSET", "UTF-8", "UID", "1"), b"1"),
    ],
)
def test_a_search_takes_sets(sandbox: Sandbox, keys: tuple[str, ...], found: bytes) -> None:
    answered(sandbox, "a", "b", "c")
    with imap(sandbox) as client:
        assert client.uid("SEARCH", *keys)[1] == [found]


def test_a_fetch_takes_parts(sandbox: Sandbox) -> None:
    answered(sandbox, "a", "b")
    with imap(sandbox) as client:
        _, whole = client.uid("FETCH", "1:2", "(UID RFC822.SIZE BODY.PEEK[])")
        mails = [answer for answer in whole if isinstance(answer, tuple)]
        assert len(mails) == 2
        head, data = mails[1]
        assert f"2 (UID 2 RFC822.SIZE {len(data)} BODY[] {{{len(data)}}}".encode() == head
        _, part = client.uid("FETCH", "2", "(BODY.PEEK[]<10.20>)")
        assert part[0] == (b"2 (BODY[]<10> {20}", data[10:30])
        assert part[1] == b" UID 2)"
        _, split = client.fetch("2", "(BODY[HEADER] BODY[TEXT])")
        assert b"".join(piece[1] for piece in split if isinstance(piece, tuple)) == data
        assert client.uid("FETCH", "5", "(UID)")[1] == [None]
        with pytest.raises(imaplib.IMAP4.error, match="cannot be fetched"):
            client.uid("FETCH", "1", "(ENVELOPE)")


def test_a_name_needs_its_password(sandbox: Sandbox) -> None:
    with imap(sandbox) as open_one:
        port = open_one.port
    with imaplib.IMAP4("127.0.0.1", port, timeout=2) as client:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login("acme", "other")
        client.state = "AUTH"
        with pytest.raises(imaplib.IMAP4.error, match="LOGIN comes first"):
            client.list()


def test_a_literal_is_a_string(sandbox: Sandbox) -> None:
    with imap(sandbox) as open_one:
        port = open_one.port
    with imaplib.IMAP4("127.0.0.1", port, timeout=2) as client:
        client.send(b'T LOGIN {8}\r\na "b" \\c {8}\r\na "b" \\c\r\n')
        said = [client.readline() for _ in range(3)]
    assert said == [b"+ go on\r\n", b"+ go on\r\n", b"T OK welcome\r\n"]


def report(sandbox: Sandbox, to: str) -> EmailMessage:
    send(sandbox, letter(), to)
    (mail,) = inbox(sandbox)
    return mail


@pytest.mark.parametrize(
    ("to", "action", "status"),
    [
        ("bounce@navy.example", "failed", "5.1.1"),
        ("bounce-7@navy.example", "failed", "5.1.1"),
        ("delayed@navy.example", "delayed", "4.2.2"),
    ],
)
def test_a_bounce_is_a_real_report(sandbox: Sandbox, to: str, action: str, status: str) -> None:
    mail = report(sandbox, to)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert mail["To"] == ADA
    words, told, returned = mail.iter_parts()
    assert isinstance(words, EmailMessage)
    assert to in words.get_content()
    _, about = cast(list[EmailMessage], told.get_payload())
    assert (about["Final-Recipient"], about["Action"], about["Status"]) == (
        f"rfc822; {to}",
        action,
        status,
    )
    assert "Subject: News" in returned.get_payload()


def test_nothing_bounces_to_nobody(sandbox: Sandbox) -> None:
    with smtp(sandbox) as client:
        client.send_message(letter(), "", ["bounce@navy.example"])
    assert inbox(sandbox) == []


def test_who_is_away_says_so_by_machine(sandbox: Sandbox) -> None:
    mail = report(sandbox, f"{robots.AWAY}@navy.example")
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"] == sandbox.ledger("email")[0]["id"]


def test_a_bounce_in_a_mailbox_is_no_letter_of_grace(sandbox: Sandbox) -> None:
    report(sandbox, "bounce@navy.example")
    assert [entry["by"] for entry in sandbox.ledger("email")] == ["acme", robots.POSTMASTER]
    send(sandbox, letter(), GRACE)
    assert len(inbox(sandbox)) == 1


def test_residents_answer_who_only_reads_mail(tmp_path_factory: pytest.TempPathFactory) -> None:
    book = tmp_path_factory.mktemp("world") / "ledger.jsonl"
    with in_thread(book, residents=True, time_scale=1000) as sandbox:
        send(sandbox, letter())
        with imap(sandbox) as client:
            eventually(lambda: client.uid("SEARCH", "ALL")[1] != [b""])
