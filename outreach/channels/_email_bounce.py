"""Mail that came back: who it could not be brought to, and whether ever (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string
from email.message import Message

from outreach.channels._email_address import Sender, address
from outreach.channels._email_parts import addresses, header, message_id, recipients, texts, walk
from outreach.model.mention import Bounce

_LASTING = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b|\b55[0-4]\b")


def bounces(mail: Message, sender: Sender) -> tuple[Bounce, ...] | None:
    """What a mail says that came back; None where it is no such mail.

    Somebody else's letters that came back to us are none of ours: an empty answer.
    """
    to_us = next(filter(None, map(sender.came_back, recipients(mail))), "")
    reports = [p for p in walk(mail) if p.get_content_type() == "message/delivery-status"]
    letter = _letter(mail)
    if not reports and not (to_us and letter is not None):
        return None
    key = to_us or (sender.key_of(message_id(letter) or "") if letter is not None else "")
    if not key:
        return ()
    found = _reported(reports[0], letter) if reports else _told(mail, letter)
    return tuple(replace(bounce, key=key) for bounce in found)


def _letter(mail: Message) -> Message | None:
    """What came back: the letter, or its headers alone."""
    for part in walk(mail):
        if part is mail:
            continue
        if part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            if isinstance(inside, list) and inside and isinstance(inside[0], Message):
                return inside[0]
        elif part.get_content_type() == "text/rfc822-headers":
            return message_from_string("\n".join(texts(part, "rfc822-headers")))
    return None


def _reported(report: Message, letter: Message | None) -> Iterator[Bounce]:
    """One for each recipient that a report says was not reached.

    The address that we wrote to is the letter's own: a report may name where that was forwarded to.
    """
    blocks = report.get_payload()
    people = [one for one in blocks if isinstance(one, Message) and one["Final-Recipient"]]
    ours = addresses(letter, "To") if letter is not None else ()
    for one in people:
        failed, status = header(one, "Action").lower() == "failed", header(one, "Status")
        named = _typed(header(one, "Original-Recipient") or header(one, "Final-Recipient"))
        whom = ours[0] if len(people) == len(ours) == 1 else named
        if failed and whom:  # what is delayed is still on its way
            why = _typed(header(one, "Diagnostic-Code")) or f"failed: {status}"
            yield Bounce(address=whom, lasting=status.startswith("5"), why=why[:300])


def _told(mail: Message, letter: Message | None) -> Iterator[Bounce]:
    """What a server says in prose that writes no reports."""
    said = "\n".join(texts(mail, "plain"))
    for whom in addresses(letter, "To") if letter is not None else ():
        lasting = _LASTING.search(said)
        line = next((line for line in said.splitlines() if _LASTING.search(line)), "it came back")
        yield Bounce(address=whom, lasting=lasting is not None, why=" ".join(line.split())[:300])


def _typed(value: str) -> str:
    """`rfc822; ada@acme.example` without its type, an address in the form that we write to."""
    words = value.partition(";")[2].strip() or value.strip()
    try:
        return address(words.strip("<>"))
    except ValueError:
        return words
