"""Which part of a listing X answers with: windows of time and id, pages, tokens."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from outreach.sandbox.world import Note

MOST = 100
DEFAULT = 10


class Invalid(Exception):
    """A parameter that X refuses with 400."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Window:
    """The part of a listing between ids, between times, and after a page."""

    since_id: int | None
    until_id: int | None
    start_time: datetime | None
    end_time: datetime | None
    last: int | None

    def holds(self, note: Note) -> bool:
        """Whether a note is inside."""
        id = int(note.id)
        return (
            (self.since_id is None or id > self.since_id)
            and (self.until_id is None or id < self.until_id)
            and (self.last is None or id < self.last)
            and (self.start_time is None or note.at >= self.start_time)
            and (self.end_time is None or note.at < self.end_time)
        )


def page(
    query: Mapping[str, str], notes: Iterable[Note], *, least: int
) -> tuple[list[Note], dict[str, Any]]:
    """The notes of one page, newest first, and its `meta`."""
    size, window = _size(query, least), _window(query)
    found = list(islice(filter(window.holds, notes), size + 1))
    shown, more = found[:size], len(found) > size
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
    if more:
        meta["next_token"] = _token(shown[-1].id)
    return shown, meta


def _window(query: Mapping[str, str]) -> Window:
    return Window(
        since_id=_id(query, "since_id"),
        until_id=_id(query, "until_id"),
        start_time=_time(query, "start_time"),
        end_time=_time(query, "end_time"),
        last=_last(query),
    )


def _size(query: Mapping[str, str], least: int) -> int:
    value = query.get("max_results", str(DEFAULT))
    if not re.fullmatch(r"[0-9]{1,4}", value) or not least <= int(value) <= MOST:
        message = (
            f"The `max_results` query parameter value [{value}] is not between {least} and {MOST}"
        )
        raise Invalid("max_results", value, message)
    return int(value)


def _id(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", value):
        raise Invalid(name, value, f"The `{name}` query parameter value [{value}] is not valid")
    return int(value)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value, re.ASCII):
        message = f"The `{name}` query parameter value [{value}] is not a valid RFC3339 date-time"
        raise Invalid(name, value, message)
    return datetime.fromisoformat(value)


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(f"after {last}".encode()).decode().rstrip("=")


def _last(query: Mapping[str, str]) -> int | None:
    name = "next_token" if "next_token" in query else "pagination_token"
    value = query.get(name)
    if value is None:
        return None
    try:
        word, _, id = base64.urlsafe_b64decode(value + "==").decode().partition(" ")
        if word == "after":
            return int(id)
    except (ValueError, binascii.Error):
        pass
    raise Invalid(name, value, f"The `{name}` query parameter value [{value}] is not valid")
