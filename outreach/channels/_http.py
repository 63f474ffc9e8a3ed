"""An HTTP outcome becomes one of our errors."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from outreach.fetch import SAFE_METHODS, Answer
from outreach.model.errors import (
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

LONGEST_WAIT = timedelta(hours=1)
_RESETS = (
    "retry-after",
    "x-ratelimit-reset-after",
    "x-rate-limit-reset",
    "x-ratelimit-reset",
    "ratelimit-reset",
)
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


@contextmanager
def not_public_yet() -> Iterator[None]:
    """Around what comes before a note is public (a sign-in, an upload): nothing is in doubt."""
    try:
        yield
    except Uncertain as error:
        raise Unavailable(str(error)) from error


def refusal(method: str, answer: Answer, now: datetime) -> OutreachError | None:
    """The error that an answer stands for, None for a 2xx.

    A 5xx to a request that writes is in doubt: the server may have applied it first.
    """
    if 200 <= answer.status < 300:
        return None
    what = f"{answer.status} {_reason(answer)}"
    if answer.status == 429:
        return RateLimited(what, until(answer.headers, now))
    if answer.status == 401:
        return Unauthorized(what)
    if answer.status >= 500 or answer.status == 408:
        return Unavailable(what) if method in SAFE_METHODS else Uncertain(what)
    return Rejected(what, answer.status, answer.text)


def until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the network wants to be asked again, at most an hour from now; None if it did not say.

    Reads Retry-After (seconds or HTTP-date), epoch seconds (X, Bluesky), Mastodon's ISO time and
    Discord's fractions of a second; a value that is in the past or cannot be read counts as not
    said.
    """
    for name in _RESETS:
        at = _moment(headers.get(name, ""), now)
        if at is not None and at > now:
            return min(at, now + LONGEST_WAIT)
    return None


def _moment(value: str, now: datetime) -> datetime | None:
    if _SECONDS.fullmatch(value):
        seconds = float(value)
        if seconds < 10_000_000:
            return now + timedelta(seconds=seconds)
        return datetime.fromtimestamp(min(seconds, 32_503_680_000), UTC)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(value)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _reason(answer: Answer) -> str:
    """What the network says went wrong, on one line."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if isinstance(body, dict):
        for name in ("detail", "error_description", "error", "message", "title"):
            if isinstance(body.get(name), str):
                return " ".join(str(body[name]).split())[:300]
    return " ".join(answer.text.split())[:200]
