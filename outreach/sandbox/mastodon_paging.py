"""Which part of a listing Mastodon answers with, and the Link header that leads on."""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from outreach.sandbox.addresses import base


class Dated(Protocol):
    """Whatever has an id that grows with time."""

    @property
    def id(self) -> str: ...


Event = TypeVar("Event", bound=Dated)


class Invalid(Exception):
    """A request that Mastodon answers with 422."""


class Missing(Exception):
    """Something that is not there: 404."""


def page(
    request: Request, events: Sequence[Event], *, most: int, default: int
) -> tuple[list[Event], dict[str, str]]:
    """One page, newest first: `since_id` leaves the oldest out, `min_id` the newest."""
    query = request.query_params
    limit = min(max(_whole(query.get("limit")) or default, 1), most)
    below, above, least = (_whole(query.get(name)) for name in ("max_id", "since_id", "min_id"))
    found = [
        event
        for event in events
        if (below is None or int(event.id) < below) and int(event.id) > max(above or 0, least or 0)
    ]
    shown = found[-limit:] if least is not None else found[:limit]
    return shown, _link_header(request, shown, full=len(shown) == limit)


def _link_header(request: Request, shown: Sequence[Dated], full: bool) -> dict[str, str]:
    if not shown:
        return {}
    links = [_link(request, "min_id", shown[0].id, "prev")]
    if full:
        links.insert(0, _link(request, "max_id", shown[-1].id, "next"))
    return {"Link": ", ".join(links)}


def _link(request: Request, name: str, id: str, relation: str) -> str:
    kept = [
        pair
        for pair in request.query_params.multi_items()
        if pair[0] not in ("max_id", "min_id", "since_id")
    ]
    query = urlencode([*kept, (name, id)])
    return f'<{base(request)}{request.url.path}?{query}>; rel="{relation}"'


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d+", text, re.ASCII):
        raise Invalid(f"{text} is not a number")
    return int(text)
