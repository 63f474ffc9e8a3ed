"""What a mail says, and why a provider would not take it (RFC 5322)."""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import cast

LONGEST_LINE = 998
"""Octets of a line without its end (RFC 5322, 2.1.1)."""

NEEDED = ("From", "Date")
ONCE = (
    *("From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date"),
    *("Message-ID", "In-Reply-To", "References"),
)
_ID = re.compile(r"<[^<>\s]+>")


class Unacceptable(ValueError):
    """The mail breaks a rule; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail as it was sent.

    `id` is its Message-ID with its brackets, "" if it has none that is one. `references` are the
    Message-IDs that it names, the one that it answers first. `reply_to` is the address that answers
    go to. `headers` are as they came, and so is the whole `source`.
    """

    id: str
    references: tuple[str, ...]
    reply_to: str
    subject: str
    text: str
    html: str
    headers: str
    source: bytes


def read(source: bytes) -> Letter:
    """The mail, or Unacceptable."""
    head = source.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    _check_lines(source)
    message = BytesParser(policy=policy.default).parsebytes(source)
    _check_headers(message)
    return Letter(
        id=_id(str(message.get("Message-ID", "")).strip()),
        references=_references(message),
        reply_to=parseaddr(str(message.get("Reply-To") or message["From"]))[1],
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=head,
        source=source,
    )


def _check_lines(source: bytes) -> None:
    lines = source.split(b"\r\n")
    if b"\0" in source or any(b"\n" in line or b"\r" in line for line in lines):
        raise Unacceptable("5.6.0 a NUL, or a CR or LF that does not end a line")
    if any(len(line) > LONGEST_LINE for line in lines):
        raise Unacceptable(f"5.6.0 a line is longer than {LONGEST_LINE} octets")


def _check_headers(message: EmailMessage) -> None:
    if message.defects:
        raise Unacceptable(f"5.6.0 {type(message.defects[0]).__name__}")
    for name in NEEDED:
        if name not in message:
            raise Unacceptable(f"5.6.0 the {name} header is missing")
    for name in ONCE:
        if len(message.get_all(name, [])) > 1:
            raise Unacceptable(f"5.6.0 there is more than one {name} header")


def _id(value: str) -> str:
    return value if _ID.fullmatch(value) else ""


def _references(message: EmailMessage) -> tuple[str, ...]:
    """In-Reply-To, then References from the nearest to the first."""
    answered = _ID.findall(str(message.get("In-Reply-To", "")))
    chain = _ID.findall(str(message.get("References", "")))
    return (*answered, *reversed(chain))


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    try:
        text = cast(bytes, data).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError as error:
        raise Unacceptable(f"5.6.0 {error}") from error
    return text.replace("\r\n", "\n").strip()
