"""What a mail is to us: an answer, a message, a letter that came back, or nothing."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from outreach.channels import _email_html, _email_quotes
from outreach.channels._email_address import Sender
from outreach.channels._email_bounce import bounces
from outreach.channels._email_parts import (
    addresses,
    clean,
    header,
    ids,
    message_id,
    parsed,
    recipients,
    texts,
)
from outreach.model.mention import Author, Bounce, Kind, Mention

KEPT = 100_000
"""How many characters of a mail's text are kept."""

_ROBOTS = (
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "List-Id",
    "List-Unsubscribe",
)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one mail gave."""

    mentions: tuple[Mention, ...] = ()
    bounced: tuple[Bounce, ...] = ()


def read(source: bytes, *, sender: Sender, now: datetime) -> Found:
    """What the mail is to `sender`; nothing where no person wrote it, or we did."""
    mail = parsed(source)
    came_back = bounces(mail, sender)
    if came_back is not None:
        return Found(bounced=came_back)
    author = _author(mail)
    if author is None or author.id == sender.address.lower() or _is_automatic(mail):
        return Found()
    return Found(mentions=(_mention(mail, source, author, sender, now),))


def _mention(
    mail: Message, source: bytes, author: Author, sender: Sender, now: datetime
) -> Mention:
    named = [*ids(mail, "References"), *ids(mail, "In-Reply-To")]
    ours = _answered(mail, named, sender)
    answered = ours or next(iter(ids(mail, "In-Reply-To")), None)
    identifier = message_id(mail) or f"<{hashlib.sha256(source).hexdigest()[:32]}@no-id.invalid>"
    subject, whole = header(mail, "Subject"), _text(mail)
    words = _email_quotes.own(whole)
    return Mention(
        account="",
        id=identifier,
        kind=Kind.REPLY if ours else Kind.MESSAGE,
        author=author,
        text=words if ours or not subject else f"{subject}\n\n{words}".strip(),
        url=f"mid:{quote(identifier[1:-1], safe='@$!*()+,;:=')}",
        published=_written(mail, now),
        in_reply_to=answered,
        raw=json.dumps(
            {
                "message_id": identifier,
                "from": header(mail, "From"),
                "to": header(mail, "To"),
                "subject": subject,
                "date": header(mail, "Date"),
                "references": named,
                "text": whole,
            },
            ensure_ascii=False,
        ),
    )


def _answered(mail: Message, named: list[str], sender: Sender) -> str | None:
    """The Message-ID of the letter of ours that it answers: of those that it names the nearest,
    else the one whose address it was sent to."""
    by_name = next((one for one in reversed(named) if sender.wrote(one)), None)
    key = next(filter(None, map(sender.answered, recipients(mail))), "")
    return by_name or (sender.message_id(key) if key else None)


def _author(mail: Message) -> Author | None:
    """Who wrote it; None where it does not say."""
    found = addresses(mail, "From")
    if not found:
        return None
    name = header(mail, "From").rpartition("<")[0].strip().strip('"').strip()
    return Author(id=found[-1], handle=found[-1], name=name)  # a name may look like an address


def _text(mail: Message) -> str:
    """Its text, from its HTML where it has no other, quotes and all."""
    plain = [text for text in texts(mail, "plain") if text.strip()]
    found = plain or [_email_html.words(html) for html in texts(mail, "html")]
    if not found and not mail.is_multipart() and mail.get_content_maintype() == "multipart":
        found = [clean(str(mail.get_payload()))]  # only its headers were read
    return "\n\n".join(text.strip() for text in found)[:KEPT]


def _is_automatic(mail: Message) -> bool:
    """Whether a program sent it (RFC 3834, 5), or sent it to many (RFC 2919)."""
    submitted = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or header(mail, "Precedence").lower() in _BULK
        or header(mail, "Return-Path") == "<>"
        or any(name in mail for name in _ROBOTS)
    )


def _written(mail: Message, now: datetime) -> datetime:
    """When it was written, or else first received; not later than now."""
    received = header(mail, "Received").rpartition(";")[2].strip()
    for value in (header(mail, "Date"), received):
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, IndexError, TypeError, OverflowError):
            continue
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        try:
            return min(at.astimezone(UTC), now)
        except OverflowError:
            continue
    return now
