"""What each mail is to us: an answer, a message, a letter that came back, or nothing."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.channels._email_address import sender
from outreach.channels._email_incoming import Found, read
from outreach.model.mention import Bounce, Kind, Mention
from outreach.rules.keys import tid

from .contract import new_key

ADA = sender("Ada <ada@acme.example>")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = tid(NOW, 1)
OURS = ADA.message_id(KEY)
AGAIN = ADA.message_id(tid(NOW, 2))


def found(mail: str | bytes) -> Found:
    source = mail if isinstance(mail, bytes) else mail.replace("\n", "\r\n").encode()
    return read(source, sender=ADA, now=NOW)


def mail(body: str = "It works.", **headers: str) -> str:
    given = {
        "From": "Bob Stone <Bob@Reader.example>",
        "To": "ada@acme.example",
        "Subject": "Re: News",
        "Message-ID": "<1@reader.example>",
        "Date": "Tue, 24 Nov 2026 10:00:00 +0100",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return "".join(f"{name}: {value}\n" for name, value in given.items() if value) + f"\n{body}\n"


def mention(source: str | bytes) -> Mention:
    (one,) = found(source).mentions
    return one


def test_an_answer_to_a_letter() -> None:
    answer = mention(mail("It works.\n\n> News\n", In_Reply_To=OURS, References=OURS))
    assert (answer.kind, answer.in_reply_to) == (Kind.REPLY, OURS)
    assert (answer.id, answer.url) == ("<1@reader.example>", "mid:1@reader.example")
    assert (answer.author.id, answer.author.name) == ("bob@reader.example", "Bob Stone")
    assert answer.text == "It works."
    assert answer.published == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    raw = json.loads(answer.raw)
    assert raw["text"] == "It works.\n\n> News"
    assert raw["subject"] == "Re: News"


@pytest.mark.parametrize(
    ("headers", "kind", "parent"),
    [
        ({"In_Reply_To": OURS}, Kind.REPLY, OURS),
        ({"References": f"{OURS} <2@b.example>"}, Kind.REPLY, OURS),
        ({"References": f"{OURS} <2@b> {AGAIN}", "In_Reply_To": "<2@b>"}, Kind.REPLY, AGAIN),
        ({"References": f"{OURS}\n <2@b>", "In_Reply_To": "<2@b>"}, Kind.REPLY, OURS),
        ({"In_Reply_To": "<2@b.example>"}, Kind.MESSAGE, "<2@b.example>"),
        ({"In_Reply_To": "your mail of Tuesday"}, Kind.MESSAGE, None),
        ({}, Kind.MESSAGE, None),
        ({"To": f"Ada <{ADA.answering(KEY)}>"}, Kind.REPLY, OURS),
        ({"Delivered_To": ADA.answering(KEY).upper()}, Kind.REPLY, OURS),
        ({"To": ADA.returning(KEY), "In_Reply_To": "<2@b.example>"}, Kind.REPLY, OURS),
        ({"To": ADA.answering(KEY), "References": AGAIN}, Kind.REPLY, AGAIN),
        ({"To": "ada+newsletterabc@acme.example"}, Kind.MESSAGE, None),
        ({"To": f"eve+{KEY}@acme.example"}, Kind.MESSAGE, None),
    ],
)
def test_to_what_it_is_an_answer(headers: dict[str, str], kind: Kind, parent: str | None) -> None:
    told = mention(mail(**headers))
    assert (told.kind, told.in_reply_to) == (kind, parent)


def test_a_message_has_its_subject() -> None:
    assert mention(mail("Does it run on ARM?", Subject="A question")).text == (
        "A question\n\nDoes it run on ARM?"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Generated; owner=x"},
        {"Precedence": "bulk"},
        {"Precedence": "Auto_Reply"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<other.example>"},
        {"List_Unsubscribe": "<https://other.example/>"},
        {"Return_Path": "<>"},
        {"From": "Ada Moreau <ADA@acme.example>"},
        {"From": ""},
        {"From": "nobody"},
    ],
)
def test_what_no_reader_wrote_is_dropped(headers: dict[str, str]) -> None:
    assert found(mail(In_Reply_To=OURS, **headers)) == Found()
    assert mention(mail(In_Reply_To=OURS, Auto_Submitted="no"))


def test_a_name_that_looks_like_an_address_is_none() -> None:
    told = mention(mail(From='"ada@acme.example" <eve@evil.example>'))
    assert (told.author.id, told.author.name) == ("eve@evil.example", "ada@acme.example")


def test_an_id_is_made_where_there_is_none() -> None:
    first, again = mention(mail(Message_ID="")), mention(mail(Message_ID=""))
    other = mention(mail("Other", Message_ID=""))
    assert first.id == again.id != other.id
    assert first.id.startswith("<")
    assert mention(mail(Message_ID="<" + "x" * 2000 + ">")).id.endswith("@no-id.invalid>")


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"Date": "Tue, 24 Nov 2026 10:00:00 +0100"}, datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ({"Date": "Tue, 24 Nov 2099 10:00:00 +0100"}, NOW),
        ({"Date": "yesterday"}, NOW),
        ({"Date": "Tue, 99 Foo 9999 99:99:99 +9999"}, NOW),
        (
            {"Date": "", "Received": "from a by b; Mon, 23 Nov 2026 10:00:00 +0000"},
            datetime(2026, 11, 23, 10, tzinfo=UTC),
        ),
    ],
)
def test_when_it_was_written(headers: dict[str, str], at: datetime) -> None:
    assert mention(mail(**headers)).published == at


PARTS = """From: =?utf-8?q?Gr=C3=A4ce?= <grace@reader.example>
Subject: =?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=
In-Reply-To: {ours}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6n!
--b
Content-Type: text/html

<p>Not this</p>
--b--
--a
Content-Type: text/plain
Content-Disposition: attachment; filename=log.txt

an attached log
--a
Content-Type: message/rfc822

Subject: inside

forwarded
--a--
"""


def test_the_words_are_found_among_the_parts() -> None:
    told = mention(PARTS.format(ours=OURS))
    assert told.text == "Schön!"
    assert told.author.name == "Gräce"
    assert json.loads(told.raw)["subject"] == "Re: Grüße"


def test_a_mail_of_html_alone_is_read() -> None:
    html = "<p>It <b>works</b>.</p><blockquote>News</blockquote>"
    told = mention(mail(html, In_Reply_To=OURS, Content_Type="text/html; charset=utf-8"))
    assert told.text == "It works."


def report(
    *blocks: str, letter: str = f"Message-ID: {OURS}\nTo: bob@reader.example\n", **headers: str
) -> str:
    parts = [
        "Content-Type: text/plain\n\nIt could not be delivered.\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        + "\n".join(blocks),
        f"Content-Type: message/rfc822\n\n{letter}Subject: News\n\nHello\n",
    ]
    body = "".join(f"--x\n{part}\n" for part in parts) + "--x--"
    kind = 'multipart/report; report-type=delivery-status; boundary="x"'
    given: dict[str, Any] = {
        "From": "MAILER-DAEMON@mx.example",
        "Auto_Submitted": "auto-replied",
        "Content_Type": kind,
        **headers,
    }
    return mail(body, **given)


def block(action: str, status: str, who: str = "bob@reader.example", more: str = "") -> str:
    return f"Final-Recipient: rfc822; {who}\nAction: {action}\nStatus: {status}\n{more}"


@pytest.mark.parametrize(
    ("status", "lasting"), [("5.1.1", True), ("5.2.2", True), ("4.4.7", False)]
)
def test_a_letter_that_came_back(status: str, lasting: bool) -> None:
    diagnosis = "Diagnostic-Code: smtp; 550 5.1.1\n No such user\n"
    told = found(report(block("failed", status, more=diagnosis)))
    assert told.mentions == ()
    assert told.bounced == (
        Bounce(
            address="bob@reader.example",
            lasting=lasting,
            why="550 5.1.1 No such user",
            key=tid(NOW, 1),
        ),
    )


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "delayed"])
def test_a_letter_that_is_on_its_way_has_not_come_back(action: str) -> None:
    assert found(report(block(action, "4.4.1"))) == Found()


def test_the_address_is_the_one_that_we_wrote_to() -> None:
    forwarded = found(report(block("failed", "5.1.1", "robert@elsewhere.example")))
    assert [bounce.address for bounce in forwarded.bounced] == ["bob@reader.example"]
    asked = block("failed", "5.1.1", "x@y.example", "Original-Recipient: rfc822;carol@a.example\n")
    several = found(report(asked, block("failed", "5.2.2", "dave@b.example")))
    assert [bounce.address for bounce in several.bounced] == ["carol@a.example", "dave@b.example"]


def test_what_was_no_letter_of_ours_strikes_nobody_out() -> None:
    foreign = "Message-ID: <1@evil.example>\nTo: bob@reader.example\n"
    assert found(report(block("failed", "5.1.1"), letter=foreign)) == Found()
    to_us = ADA.returning(new_key())
    known = found(report(block("failed", "5.1.1"), letter=foreign, To=f"<{to_us}>"))
    assert [bounce.address for bounce in known.bounced] == ["bob@reader.example"]


@pytest.mark.parametrize(("says", "lasting"), [("550 5.1.1 unknown", True), ("no room", False)])
def test_a_server_that_writes_prose_is_understood(says: str, lasting: bool) -> None:
    body = (
        f"--x\nContent-Type: text/plain\n\nSorry: {says}\n"
        f"--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: {OURS}\nTo: bob@reader.example\n"
        "--x--"
    )
    told = found(
        mail(
            body,
            From="postmaster@mx.example",
            To=ADA.returning(new_key()),
            Content_Type="multipart/mixed; boundary=x",
        )
    )
    assert told.mentions == ()
    (bounce,) = told.bounced
    assert (bounce.address, bounce.lasting) == ("bob@reader.example", lasting)


NESTED = "From: a@b.example\nContent-Type: multipart/mixed; boundary=b0\n\n" + "".join(
    f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(5000)
)
HOSTILE: dict[str, bytes] = {
    "nested": NESTED.encode(),
    "mails in mails": b"From: a@b.example\n" + b"Content-Type: message/rfc822\n\n" * 20_000,
    "charset": mail(Content_Type="text/plain; charset=no-such").encode(),
    "charset of bytes": mail("\udcff", Content_Type="text/plain; charset=utf-16").encode(
        errors="surrogateescape"
    ),
    "base64": mail("!!!!", Content_Transfer_Encoding="base64").encode(),
    "uuencode": mail("begin x", Content_Transfer_Encoding="x-uuencode").encode(),
    "encoded word": mail(Subject="=?utf-8?b?////?= =?no-such?q?x?=").encode(),
    "long header": mail(Subject="=?utf-8?q?" + "=C3" * 200_000).encode(),
    "many addresses": mail(To="<a@b>," * 100_000).encode(),
    "comments": mail(From="(" * 100_000 + "a@b.example").encode(),
    "many headers": (b"X: y\n" * 100_000) + b"From: a@b.example\n\nx",
    "bytes": b"From: a@b.example\n\n" + bytes(range(256)) * 4000,
    "surrogates": b"From: a@b.example\nContent-Type: text/plain; charset=utf-7\n\n+2D8-",
    "no end": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-",
    "no boundary": b"From: a@b.example\nContent-Type: multipart/mixed\n\nwords",
    "header bytes": b"From: \xff\xfe <a@b.example>\nSubject: \xff\n\nwords",
    "report of nothing": report().encode(),
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_harms_nobody(name: str) -> None:
    begun = time.process_time()
    told = found(HOSTILE[name])
    assert time.process_time() - begun < 5
    for one in told.mentions:
        json.dumps([one.text, one.raw, one.author.name, one.id]).encode()
        one.text.encode()
        one.raw.encode()
        one.author.name.encode()
        assert timedelta(0) <= NOW - one.published
    for bounce in told.bounced:
        bounce.address.encode()
