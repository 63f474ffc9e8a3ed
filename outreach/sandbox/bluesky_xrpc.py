"""XRPC: how a request is read, and how an answer or a refusal is worded."""

import re
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.forms import Malformed, fields

RATE_LIMIT = 3000
RATE_WINDOW = 300
_ERRORS = {
    400: ("InvalidRequest", "Refused by a fault"),
    401: ("AuthenticationRequired", "Authentication Required"),
    429: ("RateLimitExceeded", "Rate Limit Exceeded"),
    500: ("InternalServerError", "Internal Server Error"),
    504: ("UpstreamTimeout", "Upstream Timeout"),
}


class Refused(Exception):
    """A request that is not done, as XRPC says so."""

    def __init__(self, message: str, error: str = "InvalidRequest", status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.status = status

    def answer(self) -> Response:
        """The refusal on the wire."""
        return JSONResponse({"error": self.error, "message": str(self)}, self.status)


def unauthenticated(message: str = "Authentication Required") -> Refused:
    """Nobody, or the wrong one, asks."""
    return Refused(message, "AuthenticationRequired", 401)


async def body(request: Request, *required: str) -> dict[str, Any]:
    """The JSON object of a procedure."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if not kind:
        raise Refused("Request encoding (Content-Type) required but not provided")
    if kind != "application/json":
        raise Refused(f"Wrong request encoding (Content-Type): {kind}")
    try:
        sent = await fields(request)
    except Malformed as error:
        raise Refused(f"Unexpected token in JSON: {error}") from error
    for name in required:
        if name not in sent:
            raise Refused(f'Missing required key "{name}" at $')
    return sent


def parameter(request: Request, name: str) -> str:
    """A parameter that a query cannot do without."""
    value = request.query_params.get(name)
    if value is None:
        raise misasked(request, f'Missing required key "{name}"')
    return value


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number out of a query."""
    text = request.query_params.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise misasked(request, f'Expected integer value type (got "{text}")')
    if int(text) < least:
        raise misasked(request, f"integer too small (minimum {least}, got {text})")
    if int(text) > most:
        raise misasked(request, f"integer too big (maximum {most}, got {text})")
    return int(text)


def misasked(request: Request, problem: str) -> Refused:
    """A query against its lexicon."""
    method = request.url.path.rpartition("/")[2]
    return Refused(f"Invalid {method} params: {problem}")


def rate_headers(now: datetime, left: int = RATE_LIMIT - 1, seconds: float = 0) -> dict[str, str]:
    """The headers of every answer; this server counts nobody out."""
    reset = now.timestamp() + (seconds or RATE_WINDOW - now.timestamp() % RATE_WINDOW)
    return {
        "ratelimit-limit": str(RATE_LIMIT),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(int(reset)),
        "ratelimit-policy": f"{RATE_LIMIT};w={RATE_WINDOW}",
    }


def refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal in XRPC's words; what others call 422 is 400 here."""
    status = 400 if status == 422 else status
    error, message = _ERRORS[status]
    response = Refused(message, error, status).answer()
    if status == 429:
        response.headers.update(rate_headers(now, 0, seconds))
    return response
