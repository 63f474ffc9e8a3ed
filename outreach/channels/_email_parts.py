"""A mail that may be broken or hostile, taken apart without harm."""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser

DEEPEST = 50
"""How many parts of parts a mail may announce before only its headers are read."""

LONGEST = 4000
"""Characters of one header that are looked at."""

_PART = r"""[^\s<>,;:"'()\[\]@]"""
_ADDRESS = re.compile(f"{_PART}{{1,64}}@{_PART}{{1,255}}")
_NESTING = re.compile(rb"boundary|message/", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{1,900}>")


def parsed(source: bytes) -> Message:
    """The mail; only its headers where its parts are nested to no end."""
    if sum(1 for _ in _NESTING.finditer(source)) > DEEPEST:
        return BytesHeaderParser().parsebytes(source)
    return message_from_bytes(source)


def walk(mail: Message, depth: int = 0) -> Iterator[Message]:
    """The mail and its parts, but not what is inside a mail that it carries."""
    yield mail
    payload = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(payload, list) and depth < DEEPEST:
        for part in payload:
            if isinstance(part, Message):
                yield from walk(part, depth + 1)


def texts(mail: Message, subtype: str) -> list[str]:
    """The parts of text/`subtype` that are to be read at once, decoded."""
    return [
        _decoded(part)
        for part in walk(mail)
        if part.get_content_type() == f"text/{subtype}"
        and part.get_content_disposition() != "attachment"
    ]


def header(mail: Message, name: str) -> str:
    """A header on one line, "" where there is none; what cannot be decoded stays as it is."""
    value = str(mail.get(name, ""))[:LONGEST]
    with contextlib.suppress(HeaderParseError, LookupError, ValueError):
        value = str(make_header(decode_header(value)))
    return clean(" ".join(value.split()))


def addresses(mail: Message, name: str) -> tuple[str, ...]:
    """What is written as an address in a header, in lower case."""
    values = " ".join(str(value)[:LONGEST] for value in mail.get_all(name, [])[:10])
    return tuple(clean(found).lower() for found in _ADDRESS.findall(values))


def recipients(mail: Message) -> Iterator[str]:
    """To whom it says it is, and to whom servers say they brought it."""
    for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        yield from addresses(mail, name)


def ids(mail: Message, name: str) -> list[str]:
    """The Message-IDs in a header."""
    return _ID.findall("".join(map(str, mail.get_all(name, []))))


def message_id(mail: Message) -> str | None:
    """Its own Message-ID, where it has a fit one."""
    return next(iter(ids(mail, "Message-ID")), None)


def clean(text: str) -> str:
    """The text without control characters and lone surrogates; its lines stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    try:
        text = data.decode(part.get_content_charset("utf-8"))
    except (LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))
