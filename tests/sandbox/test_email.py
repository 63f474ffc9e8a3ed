"""The sandbox's mail provider takes mail as RFC 5321 says, and the square shows and answers it."""

import asyncio
import smtplib
from base64 import b64encode
from pathlib import Path

import pytest

from outreach.sandbox.email import Servers
from outreach.sandbox.email_smtp import LONGEST
from outreach.sandbox.ledger import Ledger
from outreach.sandbox.world import World

from .mail import ADA, GRACE, imap, inbox, letter, send, smtp
from .running import Sandbox, in_thread


def answer(sandbox: Sandbox, note: str, text: str, name: str = "Robin") -> None:
    form = {"note": note, "name": name, "text": text}
    sent = sandbox.call("POST", "/email/reply", token="", data=form, allow_redirects=False)
    assert sent.status_code == 303


def test_what_is_accepted_is_in_the_ledger(sandbox: Sandbox) -> None:
    message = letter("Hello\n.hidden\n\n..\n", List_Unsubscribe="<https://acme.example/u>")
    message.add_alternative("<p>Hello</p>", subtype="html")
    id = send(sandbox, message)
    (entry,) = sandbox.ledger("email")
    assert (entry["effect"], entry["id"], entry["by"]) == ("create", id, "acme")
    assert entry["text"] == "Hello\n.hidden\n\n.."
    extra = entry["extra"]
    assert (extra["to"], extra["subject"], extra["html"]) == (GRACE, "News", "<p>Hello</p>")
    assert "List-Unsubscribe: <https://acme.example/u>\r\n" in extra["headers"]


def test_the_same_message_id_again_is_another_mail(sandbox: Sandbox) -> None:
    message = letter()
    first, again = send(sandbox, message), send(sandbox, message, "linus@kernel.example")
    assert first == again
    told = [(entry["id"], entry["extra"]["to"]) for entry in sandbox.ledger("email")]
    assert told == [(first, GRACE), (f"{first} 2", "linus@kernel.example")]


def test_each_recipient_gets_a_mail(sandbox: Sandbox) -> None:
    with smtp(sandbox) as client:
        client.send_message(letter(), ADA, [GRACE, "linus@kernel.example"])
    assert len(sandbox.ledger("email")) == 2


def test_the_server_says_what_it_can(sandbox: Sandbox) -> None:
    with smtp(sandbox, account="") as client:
        client.ehlo()
        said = client.esmtp_features
    assert {"pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"} < set(said)
    assert said["size"] == str(LONGEST)
    assert said["auth"].split() == ["PLAIN", "LOGIN"]


@pytest.mark.parametrize("way", ["auth_plain", "auth_login"])
def test_each_name_is_an_account(sandbox: Sandbox, way: str) -> None:
    with smtp(sandbox, account="") as client:
        client.ehlo()
        client.user, client.password = "acme", "other"
        with pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
            client.auth(way.removeprefix("auth_").upper(), getattr(client, way))
        client.password = "acme"
        assert client.auth(way.removeprefix("auth_").upper(), getattr(client, way))[0] == 235


BEGUN = ("EHLO me", "AUTH PLAIN " + b64encode(b"\0acme\0acme").decode())
MAIL = (*BEGUN, f"MAIL FROM:<{ADA}>")


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (("AUTH PLAIN AA==",), 503),
        ((f"MAIL FROM:<{ADA}>",), 503),
        (("EHLO me", f"MAIL FROM:<{ADA}>"), 530),
        (("EHLO me", "AUTH DIGEST-MD5"), 504),
        (("EHLO me", "AUTH PLAIN !"), 501),
        (("EHLO me", "AUTH PLAIN", "*"), 501),
        ((*BEGUN, BEGUN[1]), 503),
        ((*BEGUN, f"RCPT TO:<{GRACE}>"), 503),
        ((*BEGUN, "DATA"), 503),
        ((*MAIL, f"MAIL FROM:<{ADA}>"), 503),
        ((*MAIL, "DATA"), 554),
        ((*MAIL, "RSET", f"RCPT TO:<{GRACE}>"), 503),
        ((*MAIL, "RCPT TO:grace"), 501),
        ((*MAIL, "RCPT TO:<grace>"), 501),
        ((*MAIL, "RCPT TO:<gräce@navy.example>"), 553),
        ((*MAIL, "RCPT TO:<nobody.here@navy.example>"), 550),
        ((*BEGUN, f"MAIL FROM:<{ADA}> SIZE={LONGEST + 1}"), 552),
        ((*BEGUN, f"MAIL FROM:<{ADA}> RET=FULL"), 555),
        (
            (*BEGUN, f"MAIL FROM:<{ADA}> SMTPUTF8 BODY=8BITMIME", "RCPT TO:<gräce@navy.example>"),
            250,
        ),
        (("EHLO",), 501),
        (("TURN",), 502),
        (("NOOP" * 1000,), 500),
        (("QUIT",), 221),
    ],
)
def test_commands_have_an_order_and_a_form(
    sandbox: Sandbox, commands: tuple[str, ...], code: int
) -> None:
    with smtp(sandbox, account="") as client:
        client.command_encoding = "utf-8"
        codes = [client.docmd(command)[0] for command in commands]
    assert codes[-1] == code
    assert all(earlier < 400 for earlier in codes[:-1])
    assert sandbox.ledger("email") == []


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: nobody wrote it\r\nDate: x\r\n\r\nHello\r\n",
        b"From: ada@acme.example\r\n\r\nno date\r\n",
        b"From: ada@acme.example\r\nDate: x\r\nSubject: a\r\nSubject: b\r\n\r\nHello\r\n",
        b"From: ada@acme.example\r\nDate: x\r\nno header\r\n\r\nHello\r\n",
        b"From: ada@acme.example\r\nDate: x\r\n\r\nHel\nlo\r\n",
        b"From: ada@acme.example\r\nDate: x\r\n\r\n" + b"x" * 999 + b"\r\n",
    ],
)
def test_what_is_no_mail_is_refused(sandbox: Sandbox, data: bytes) -> None:
    with smtp(sandbox) as client:
        for command in (f"MAIL FROM:<{ADA}>", f"RCPT TO:<{GRACE}>", "DATA"):
            assert client.docmd(command)[0] < 400
        client.send(data + b".\r\n")
        assert client.getreply()[0] == 554
        assert client.noop()[0] == 250
    assert sandbox.ledger("email") == []


def test_commands_may_come_in_one_piece(sandbox: Sandbox) -> None:
    with smtp(sandbox) as client:
        client.send(f"MAIL FROM:<{ADA}>\r\nRCPT TO:<{GRACE}>\r\nDATA\r\n".encode())
        client.send(letter().as_bytes().replace(b"\n", b"\r\n") + b".\r\nNOOP\r\n")
        assert [client.getreply()[0] for _ in range(5)] == [250, 250, 354, 250, 250]


def test_what_breaks_off_before_the_final_dot_never_was(sandbox: Sandbox) -> None:
    with smtp(sandbox) as client:
        for command in (f"MAIL FROM:<{ADA}>", f"RCPT TO:<{GRACE}>", "DATA"):
            client.docmd(command)
        client.send(letter().as_bytes())
    with smtp(sandbox) as client:
        client.noop()
    assert sandbox.ledger("email") == []


def test_a_page_of_the_web_cannot_send_mail(sandbox: Sandbox) -> None:
    with smtp(sandbox, account="") as client:
        client.send(b"POST / HTTP/1.1\r\nEHLO me\r\n")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()


def test_the_square_shows_a_letter_and_its_answers(sandbox: Sandbox) -> None:
    note = send(sandbox, letter("Read <b>it</b> at https://acme.example/news & answer."))
    answer(sandbox, note, "Well done!")
    page = sandbox.call("GET", "/", token="").text
    assert "Read &lt;b&gt;it&lt;/b&gt; at" in page
    assert '<a href="https://acme.example/news"' in page
    assert f"to {GRACE}" in page
    assert "Well done!" in page


def test_a_thread_goes_on_over_mail(sandbox: Sandbox) -> None:
    first = send(sandbox, letter())
    answer(sandbox, first, "And then?")
    theirs = str(inbox(sandbox)[0]["Message-ID"])
    message = letter("Wait for it", References=f"{first} {theirs}", Subject="Re: News")
    second = send(sandbox, message, "robin@readers.example")
    answer(sandbox, second, "I do")
    parents = {entry["id"]: entry["in_reply_to"] for entry in sandbox.ledger("email")}
    assert parents[second] == theirs
    last = inbox(sandbox)[1]
    assert last["Subject"] == "Re: News"
    assert str(last["References"]).split() == [first, theirs, second]


def test_a_mail_to_an_accounts_address_is_in_its_inbox_as_it_was_sent(sandbox: Sandbox) -> None:
    send(sandbox, letter())
    robin = letter("Grüße\n", From="robin@mail.example", To="ada+more@ACME.example")
    send(sandbox, robin, "ada+more@ACME.example", account="robin")
    (got,) = inbox(sandbox)
    assert got["From"] == "robin@mail.example"
    assert got.get_content().split() == ["Grüße"]
    assert inbox(sandbox, "robin") == []


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    book = tmp_path / "ledger.jsonl"
    with in_thread(book) as sandbox:
        answer(sandbox, send(sandbox, letter()), "And then?")
        with imap(sandbox) as client:
            before = (client.response("UIDVALIDITY"), client.uid("FETCH", "1", "(UID BODY.PEEK[])"))
    with in_thread(book) as sandbox, imap(sandbox) as client:
        after = (client.response("UIDVALIDITY"), client.uid("FETCH", "1", "(UID BODY.PEEK[])"))
    assert before == after


def test_an_open_conversation_ends_with_its_server_and_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk() -> bytes:
        submission, _ = await Servers(World(Ledger(tmp_path / "ledger.jsonl"), {}, 1.0)).ports()
        reader, _ = await asyncio.open_connection("127.0.0.1", submission)
        return await reader.readline()

    assert asyncio.run(talk()).startswith(b"220")
    assert caplog.records == []
