"""Rest.li as LinkedIn speaks it: headers, bodies, pages, and how a refusal is worded."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.forms import Malformed, fields

OLDEST_VERSION = 202509
"""Older ones are sunset; LinkedIn serves each for a year."""

MOST = 100
Json = dict[str, Any]
_FAULTS = {
    401: ("INVALID_ACCESS_TOKEN", 65600, "Invalid access token"),
    422: ("UNPROCESSABLE_ENTITY", 0, "Refused by a fault"),
    429: ("TOO_MANY_REQUESTS", 101, "Resource level throttle limit for calls is reached"),
    500: ("INTERNAL_SERVER_ERROR", 0, "Internal Server Error"),
    504: ("GATEWAY_TIMEOUT", 0, "Gateway Timeout"),
}


class Refused(Exception):
    """A request that is not done, in LinkedIn's words."""

    def __init__(self, status: int, code: str, message: str, service: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.service = status, code, service

    def answer(self) -> Response:
        """The refusal on the wire."""
        body = {
            "status": self.status,
            "serviceErrorCode": self.service,
            "code": self.code,
            "message": str(self),
        }
        return JSONResponse(body, self.status)


class BadInput(Refused):
    """What the content service refuses, and why; its answers have another shape."""

    def __init__(self, status: int, code: str, message: str, description: str) -> None:
        super().__init__(status, code, message)
        self.description = description

    def answer(self) -> Response:
        exception = "com.linkedin.content.common.exception.BadRequestResponseException"
        wrong = {"description": self.description, "input": {}, "code": self.code}
        body = {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": f"{exception}: {self}",
            "errorDetails": {"inputErrors": [wrong]},
            "status": self.status,
        }
        return JSONResponse(body, self.status)


def denied(what: str) -> Refused:
    """The token may not do this."""
    return Refused(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", 100)


def missing(what: str) -> Refused:
    """There is no such thing."""
    return Refused(404, "NOT_FOUND", f"Could not find entity {what}")


def illegal(message: str) -> Refused:
    """The request means nothing."""
    return Refused(400, "ILLEGAL_ARGUMENT", message)


def check_headers(request: Request) -> None:
    """What every request below /rest must say."""
    version = request.headers.get("linkedin-version")
    if version is None:
        raise Refused(400, "VERSION_MISSING", "A version must be present in the request")
    if not re.fullmatch(r"\d{6}(\.\d{2})?", version) or int(version[:6]) < OLDEST_VERSION:
        raise Refused(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise illegal("X-Restli-Protocol-Version must be 2.0.0")


def check_method(request: Request, wanted: str) -> None:
    """An update says that it is partial."""
    if request.headers.get("x-restli-method", "").upper() != wanted:
        raise illegal(f"this resource method needs X-RestLi-Method: {wanted}")


async def body(request: Request) -> Json:
    """The JSON object of a request."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
    try:
        return await fields(request)
    except Malformed as error:
        raise illegal(f"the body cannot be read: {error}") from error


def at(sent: Any, *path: str) -> Any:
    """What is inside nested objects; None where there is nothing."""
    for name in path:
        sent = sent.get(name) if isinstance(sent, dict) else None
    return sent


def page(request: Request, found: Sequence[Any]) -> tuple[Sequence[Any], Json]:
    """The elements of one page, and its `paging`."""
    start, count = _number(request, "start", 0), _number(request, "count", 10)
    if count > MOST:
        raise illegal(f"count must not be more than {MOST}")
    links = []
    if start + count < len(found):
        href = request.url.include_query_params(start=start + count, count=count)
        links.append({"type": "application/json", "rel": "next", "href": _local(href)})
    paging = {"start": start, "count": count, "links": links, "total": len(found)}
    return found[start : start + count], paging


def milliseconds(when: datetime) -> int:
    """A time as LinkedIn writes it."""
    return int(when.timestamp() * 1000)


def created(urn: str, content: Json | None = None) -> Response:
    """201 with the new thing's name in its header. A post's has no body, and comes in chunks."""
    response = Response(status_code=201) if content is None else JSONResponse(content, 201)
    response.headers["x-restli-id"] = urn
    if content is None:
        del response.headers["content-length"]
    return response


def refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal by a fault."""
    code, service, message = _FAULTS[status]
    response = Refused(status, code, message, service).answer()
    if status == 429:
        response.headers["retry-after"] = str(int(seconds))
    return response


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not re.fullmatch(r"\d{1,6}", text):
        raise illegal(f"{name} must be a number")
    return int(text)


def _local(url: Any) -> str:
    return f"{url.path}?{url.query}"
