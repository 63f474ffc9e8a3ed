"""Mail servers and mail programs that answer by themselves."""

from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import format_datetime

from outreach.sandbox.email_mailbox import NAME, READERS, new_id
from outreach.sandbox.world import Note, World

POSTMASTER = "mailer-daemon"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a mail does not arrive: Action and Status of RFC 3464, and the words for people."""

    action: str
    status: str
    words: str


TROUBLES = {
    "bounce": Trouble(action="failed", status="5.1.1", words="There is no such mailbox."),
    "delayed": Trouble(action="delayed", status="4.2.2", words="The mailbox is full, so far."),
}
"""What becomes of mail to addresses that begin so."""

AWAY = "vacation"
"""Addresses that begin so answer that nobody is there."""


def answer(world: World, letter: Note, return_path: str) -> None:
    """Let whoever answers this mail by itself do so. Nobody answers the null return path."""
    recipient = letter.extra["to"]
    if not return_path:
        return
    for beginning, trouble in TROUBLES.items():
        if recipient.startswith(beginning):
            _send(world, letter, return_path, POSTMASTER, _report(letter, trouble))
    if recipient.startswith(AWAY):
        _send(world, letter, return_path, AWAY, _away(letter))


def _send(world: World, letter: Note, to: str, by: str, message: EmailMessage) -> None:
    """Put it into the mailbox of who sent the letter."""
    id = f"<{new_id(world.now(), '')}@{READERS}>"
    message["Message-ID"] = id
    message["Date"] = format_datetime(world.now())
    message["To"] = to
    text = message.get_body(("plain",))
    world.create(
        world.join(NAME, by, kind="reader"),
        text.get_content().strip() if text else "",
        in_reply_to=letter.id,
        message_id=id,
        mailbox=letter.author.handle,
        to=to,
        subject=str(message["Subject"]),
        source=message.as_bytes().decode("latin-1"),
    )


def _report(letter: Note, trouble: Trouble) -> EmailMessage:
    """A delivery status notification (RFC 3464 in the envelope of RFC 6522)."""
    recipient = letter.extra["to"]
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Mail Delivery System <{POSTMASTER}@{READERS}>"
    message["Subject"] = f"Delivery Status Notification ({trouble.action})"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(f"Your message to <{recipient}>: {trouble.words}\n")
    message.make_mixed()
    message.set_type("multipart/report")
    message.set_param("report-type", "delivery-status")
    status = (
        f"Reporting-MTA: dns; mx.{READERS}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\n"
        f"Action: {trouble.action}\r\nStatus: {trouble.status}\r\n"
        f"Diagnostic-Code: smtp; 550 {trouble.status} {trouble.words}\r\n"
    )
    _attach(message, "message/delivery-status", status)
    _attach(message, "text/rfc822-headers", letter.extra["headers"] + "\r\n")
    return message


def _attach(message: EmailMessage, kind: str, text: str) -> None:
    part = message_from_string(f"Content-Type: {kind}\r\n\r\n{text}", policy=policy.SMTP)
    message.attach(part)


def _away(letter: Note) -> EmailMessage:
    """What a mail program says while its owner is not there (RFC 3834)."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = letter.extra["to"]
    message["Subject"] = f"Out of office: {letter.extra['subject']}"
    message["Auto-Submitted"] = "auto-replied"
    message["In-Reply-To"] = message["References"] = letter.extra["message_id"].partition(" ")[0]
    message.set_content("I am away until Monday and read no mail.\n")
    return message
