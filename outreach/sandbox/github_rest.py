"""GitHub's REST interface for issues: docs.github.com/rest/issues."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.addresses import base, profile_url
from outreach.sandbox.github_things import (
    NAME,
    Things,
    body_of,
    everything_below,
    kind_of,
    number,
    stamp,
    updated,
)
from outreach.sandbox.world import Account, Note, World

Json = dict[str, Any]


async def issues(world: World, me: Account, request: Request) -> Response:
    """GET /repos/{owner}/{repo}/issues"""
    things = Things(world, me, request)
    found = _issues(world, request)
    if request.query_params.get("state", "open") not in ("open", "closed", "all"):
        return invalid("state")
    return _page(world, request, found, lambda note: _issue(world, things, request, note))


async def issue(world: World, me: Account, request: Request) -> Response:
    """GET /repos/{owner}/{repo}/issues/{issue_number}"""
    wanted = str(request.path_params["number"])
    for note in _issues(world, request):
        if number(note.id) == wanted:
            return JSONResponse(_issue(world, Things(world, me, request), request, note))
    return missing()


async def comments(world: World, me: Account, request: Request) -> Response:
    """GET /repos/{owner}/{repo}/issues/comments"""
    things = Things(world, me, request)
    found = [each for one in _issues(world, request) for each in everything_below(world, one)]
    return _page(world, request, found, lambda note: _comment(world, things, request, note))


def missing() -> Response:
    """There is no such thing."""
    return JSONResponse({"message": "Not Found", "status": "404"}, 404)


def invalid(field: str) -> Response:
    """A parameter that means nothing."""
    wrong = {"resource": "Issue", "field": field, "code": "invalid"}
    return JSONResponse({"message": "Validation Failed", "errors": [wrong]}, 422)


def _issues(world: World, request: Request) -> list[Note]:
    path = "{owner}/{name}".format(**request.path_params).lower()
    return [
        note
        for note in world.listing(NAME)
        if note.in_reply_to is None
        and kind_of(note) == "Issue"
        and note.extra["repository"].lower() == path
    ]


def _page(
    world: World, request: Request, found: Sequence[Note], told: Callable[[Note], Json]
) -> Response:
    """One page of what changed since a time, in the order that was asked for."""
    asked = request.query_params
    try:
        since = datetime.fromisoformat(asked["since"]) if "since" in asked else None
        size, page = int(asked.get("per_page", "30")), int(asked.get("page", "1"))
    except ValueError:
        return invalid("since")
    size = min(size, 100)
    key: Callable[[Note], datetime] = lambda note: (  # noqa: E731
        updated(world, note) if asked.get("sort") == "updated" else note.at
    )
    chosen = [n for n in found if since is None or updated(world, n) >= since]
    chosen.sort(key=key, reverse=asked.get("direction", "desc") == "desc")
    shown = chosen[(page - 1) * size : page * size]
    response = JSONResponse([told(note) for note in shown])
    if page * size < len(chosen):
        following = request.url.include_query_params(page=page + 1)
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _said(world: World, things: Things, request: Request, note: Note) -> Json:
    return {
        "id": int(number(note.id)),
        "node_id": note.id,
        "html_url": things.url(note),
        "user": {
            "login": note.author.handle,
            "id": int(note.author.id),
            "html_url": profile_url(request, note.author),
            "type": "User",
        },
        "created_at": stamp(note.at),
        "updated_at": stamp(updated(world, note)),
        "body": body_of(note),
    }


def _issue(world: World, things: Things, request: Request, note: Note) -> Json:
    return {
        **_said(world, things, request, note),
        "url": _api_url(request, note),
        "number": int(number(note.id)),
        "title": note.extra["title"],
        "state": "open",
        "comments": len(everything_below(world, note)),
    }


def _comment(world: World, things: Things, request: Request, note: Note) -> Json:
    return {
        **_said(world, things, request, note),
        "issue_url": _api_url(request, world.root(note)),
    }


def _api_url(request: Request, note: Note) -> str:
    return f"{base(request)}/repos/{note.extra['repository']}/issues/{number(note.id)}"
