"""A form with files in it (RFC 7578)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Part:
    """One field. A `filename` makes it a file."""

    name: str
    data: bytes
    content_type: str
    filename: str = ""


def encode(parts: Iterable[Part]) -> tuple[str, bytes]:
    """The form's content type, and the form."""
    boundary = secrets.token_hex(16)
    lines = b"".join(_written(part, boundary) for part in parts)
    return f"multipart/form-data; boundary={boundary}", lines + f"--{boundary}--\r\n".encode()


def _written(part: Part, boundary: str) -> bytes:
    named = f'; filename="{part.filename}"' if part.filename else ""
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{part.name}"{named}\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n"
    )
    return head.encode() + part.data + b"\r\n"
