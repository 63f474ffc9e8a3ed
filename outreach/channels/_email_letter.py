"""A note becomes a letter (RFC 5322, 2045, 2369, 8058)."""

import hashlib
import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from quopri import encodestring
from urllib.parse import urlsplit

from outreach.channels import _email_template as template
from outreach.channels._email_address import Sender, address
from outreach.channels._extra import require
from outreach.model.errors import Rejected
from outreach.model.note import Note
from outreach.rules.keys import time_of

_ID = re.compile(r"<[^<>\s]{1,900}>")


def compose(note: Note, key: str, sender: Sender) -> bytes:
    """The letter with this key, byte by byte the same for each attempt, in ASCII.

    What many letters share is made once. Raises Rejected for a recipient, a title or a link that
    no letter may have.
    """
    head = EmailMessage(policy=SMTP)
    head["From"] = Address(sender.name, addr_spec=sender.address)
    head["To"] = recipient(note)
    if sender.plus:
        head["Reply-To"] = Address(sender.name, addr_spec=sender.answering(key))
    head["Subject"] = _one_line(note.title, "the title")
    head["Date"] = format_datetime(time_of(key))
    head["Message-ID"] = sender.message_id(key)
    place = urlsplit(_link(note.unsubscribe)).hostname or ""
    pieces = _body(note.title, note.text, note.html, _link(note.original), note.language, place)
    lines = "".join(f"{name}: {value}\r\n" for name, value in _more(note, sender).items())
    ways_out = (_quoted(note.unsubscribe), _quoted(escape(note.unsubscribe)))
    body = [pieces[0], *map(bytes.__add__, ways_out, pieces[1:])]
    return head.as_bytes().removesuffix(b"\r\n") + lines.encode("ascii") + b"".join(body)


def recipient(note: Note) -> str:
    """To whom it goes. Raises Rejected where that is no address."""
    try:
        return address(_one_line(note.to or "", "the recipient"))
    except ValueError as error:
        raise Rejected(f"{error}; a letter needs a recipient") from error


def _more(note: Note, sender: Sender) -> dict[str, str]:
    """The headers that are of one word each. They are not folded: a program has to read them."""
    more: dict[str, str] = {}
    if note.in_reply_to:
        if not (_ID.fullmatch(note.in_reply_to) and note.in_reply_to.isascii()):
            raise Rejected(f"{note.in_reply_to[:80]!r}, which is answered, is no Message-ID")
        more |= {"In-Reply-To": note.in_reply_to, "References": note.in_reply_to}
    if note.unsubscribe:
        more["List-Id"] = f"<newsletter.{sender.domain}>"
        more["List-Unsubscribe"] = f"<{note.unsubscribe}>"
        more["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return more


@lru_cache(maxsize=4)
def _body(
    title: str, text: str, html: str, original: str, language: str, place: str
) -> tuple[bytes, ...]:
    """What follows a letter's own headers, cut where the reader's way out belongs: once in the
    text, and once in the HTML if there is any.

    `place` is where the reader subscribed; without one there is no way out.
    """
    shared = "\0".join((title, text, html, original, language, place))
    digest = hashlib.sha256(shared.encode()).hexdigest()[:24]
    mark = f"https://{digest}.invalid/" if place else ""
    foot = template.Foot(
        original=original if html or place else "", leave=mark, place=place, language=language
    )
    message = EmailMessage(policy=SMTP)
    message.set_content(template.plain(text, foot), cte="quoted-printable")
    if html:
        require("email", "css_inline")
        page = template.page(title, html, foot)
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        message.set_boundary(digest)
    return _cut(message.as_bytes(), mark)


def _cut(encoded: bytes, mark: str) -> tuple[bytes, ...]:
    """The bytes before, between and after the marks, each of which a line's end may have split."""
    if not mark:
        return (encoded,)
    split = b"(?:=\r\n)?".join(re.escape(letter).encode() for letter in mark)
    return tuple(re.split(split, encoded))


def _quoted(words: str) -> bytes:
    """Words in quoted-printable, on lines of their own that are joined to those around them."""
    coded = encodestring(words.encode("ascii")).replace(b"\n", b"\r\n")
    return b"=\r\n" + coded + b"=\r\n"


def _link(url: str) -> str:
    """A URL that may stand in a letter, or "". Raises Rejected for any other."""
    parts = urlsplit(_one_line(url, "a link"))
    if url and not (
        url.isascii() and not set(url) & set(' <>"') and parts.scheme in ("http", "https")
    ):
        raise Rejected(f"{url[:200]!r} is no link that a letter may have")
    return url


def _one_line(value: str, what: str) -> str:
    """The value, which no header is to be smuggled in with. Raises Rejected."""
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in value):
        raise Rejected(f"{what} has a line break or control character: {value[:80]!r}")
    return value
