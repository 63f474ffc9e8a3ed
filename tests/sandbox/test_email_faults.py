"""Each fault does to a mail what its name says, as far as SMTP has a way to do it."""

import smtplib
from email.policy import SMTP

import pytest

from outreach.sandbox.faults import MODES

from .mail import ADA, GRACE, imap, inbox, letter, send, smtp
from .running import Sandbox, eventually
from .test_email import answer

SAID = {
    "401": (smtplib.SMTPSenderRefused, "530"),
    "429": (smtplib.SMTPRecipientsRefused, "450"),
    "422": (smtplib.SMTPDataError, "554"),
}
HEARD = {
    "apply+reset": "reset",
    "apply+hang": "silence",
    "apply+500": b"",
    "apply+504": b"25",
    "apply+422": "reset",
    "apply+truncated": b"250 2.0.0 Ok: que",
    "apply+html": b"<html><body><h1>One moment, please</h1></body></html>\r\n",
    "apply+late": "reset",
    "reset": "reset",
    "500": b"",
    "index-lag": "reset",
}
"""What comes after the final dot, to the end of the connection."""


def test_every_fault_is_known_here() -> None:
    assert {*SAID, *HEARD} == set(MODES)


@pytest.mark.parametrize("mode", SAID)
def test_a_refusal_is_said_and_nothing_is_sent(sandbox: Sandbox, mode: str) -> None:
    error, code = SAID[mode]
    sandbox.fail(mode, "email")
    with smtp(sandbox) as client, pytest.raises(error, match=code):
        client.send_message(letter(), None, [GRACE])
    assert sandbox.ledger("email") == []
    assert sandbox.get("/faults") == []


@pytest.mark.parametrize("mode", ["401", "429"])
def test_a_refusal_that_comes_late_is_said_at_the_dot(sandbox: Sandbox, mode: str) -> None:
    with smtp(sandbox) as client:
        client.mail(ADA)
        client.rcpt(GRACE)
        sandbox.fail(mode, "email")
        assert client.data(letter().as_bytes(policy=SMTP))[0] == int(SAID[mode][1])
    assert sandbox.ledger("email") == []


@pytest.mark.parametrize("mode", HEARD)
def test_what_is_lost_at_the_dot(sandbox: Sandbox, mode: str) -> None:
    sandbox.fail(mode, "email", seconds=0.3)
    with smtp(sandbox) as client:
        for command in (f"MAIL FROM:<{ADA}>", f"RCPT TO:<{GRACE}>", "DATA"):
            client.docmd(command)
        client.send(letter().as_bytes(policy=SMTP) + b".\r\n")
        assert heard(client) == HEARD[mode]
    applied = mode == "index-lag" or (mode.startswith("apply+") and mode != "apply+late")
    assert len(sandbox.ledger("email")) == applied
    if mode == "apply+late":
        eventually(lambda: sandbox.ledger("email"))


def heard(client: smtplib.SMTP) -> bytes | str:
    """All that the server still says."""
    assert client.sock is not None
    client.sock.settimeout(0.2)
    said = b""
    try:
        while piece := client.sock.recv(1000):
            said += piece
    except ConnectionResetError:
        return "reset"
    except TimeoutError:
        return "silence"
    return said


def test_a_sign_in_takes_no_fault(sandbox: Sandbox) -> None:
    sandbox.fail("401", "email")
    with smtp(sandbox) as client:
        client.noop()
        client.rset()
    with imap(sandbox):
        assert len(sandbox.get("/faults")) == 1


def test_a_young_mail_is_not_shown_yet(sandbox: Sandbox) -> None:
    note = send(sandbox, letter())
    answer(sandbox, note, "before")
    sandbox.shift(3600)
    sandbox.fail("index-lag", "email", seconds=60)
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(sandbox, letter())
    answer(sandbox, note, "after")
    assert [mail.get_content()[:6] for mail in inbox(sandbox)] == ["before"]
    assert sandbox.call("DELETE", "/faults").ok
    assert [mail.get_content()[:5] for mail in inbox(sandbox)] == ["befor", "after"]
