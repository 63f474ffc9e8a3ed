"""What a client sent, whichever of the three usual ways it was written."""

import json
import re
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file out of a form."""

    data: bytes
    content_type: str


class Malformed(ValueError):
    """The body is not what its content type says."""


async def fields(request: Request) -> dict[str, Any]:
    """The parameters of a request: text, lists where a name ends with [], files, JSON values."""
    body = await request.body()
    kind, options = _content_type(request.headers.get("content-type", ""))
    try:
        if kind == "application/json":
            value = json.loads(body)
        elif kind == "multipart/form-data":
            value = _collect(_parts(body, options["boundary"].encode()))
        else:
            value = _collect(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, KeyError) as error:
        raise Malformed(str(error)) from error
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def _content_type(header: str) -> tuple[str, dict[str, str]]:
    message = Message()
    message["content-type"] = header or "application/x-www-form-urlencoded"
    return message.get_content_type(), dict(message.get_params([])[1:])


def _collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(value)
        else:
            found[name] = value
    return found


def _parts(body: bytes, boundary: bytes) -> list[tuple[str, Any]]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]
    return [_part(piece.removeprefix(b"\r\n")) for piece in pieces]


def _part(piece: bytes) -> tuple[str, Any]:
    head, _, data = piece.partition(b"\r\n\r\n")
    headers = head.decode()
    name = re.search(r'\bname="([^"]*)"', headers)
    if name is None:
        raise ValueError("a part without a name")
    if "filename" not in headers:
        return name[1], data.decode()
    kind = re.search(r"(?im)^content-type:\s*(\S+)", headers)
    return name[1], Upload(data=data, content_type=kind[1] if kind else "application/octet-stream")
