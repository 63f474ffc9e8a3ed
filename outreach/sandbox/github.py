"""GitHub, as the references of its GraphQL and REST interfaces describe it."""

import json
import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.faults import Publishing
from outreach.sandbox.github_changes import CREATES, Changes
from outreach.sandbox.github_graphql import Thing, Wrong, execute, parse
from outreach.sandbox.github_rest import comments, issue, issues, missing
from outreach.sandbox.github_text import LONGEST, html
from outreach.sandbox.github_things import NAME, Things, begin, named, new_id
from outreach.sandbox.network import Network
from outreach.sandbox.world import Account, World

DOCUMENTATION = "https://docs.github.com/rest"
HOUR = 3600

Handler = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs, and the pages that they lead to."""

    def own(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, request)

        return handle

    async def thread(request: Request) -> Response:
        kind = "D" if request.path_params["where"] == "discussions" else "I"
        note = world.note(NAME, f"{kind}_{request.path_params['number']}")
        if note is None:
            return missing()
        return RedirectResponse(f"/{NAME}/@{quote(note.author.handle)}/{note.page}")

    repository = "/repos/{owner}/{name}"
    return [
        Route("/graphql", Publishing(world, network, own(graphql), _creates), methods=["POST"]),
        Route(f"{repository}/issues", own(issues)),
        Route(f"{repository}/issues/comments", own(comments)),
        Route(f"{repository}/issues/{{number:int}}", own(issue)),
        *(
            Route(f"/{{owner}}/{{name}}/{where}/{{number:int}}", _to(thread, where))
            for where in ("discussions", "issues")
        ),
    ]


def _to(
    page: Callable[[Request], Awaitable[Response]], where: str
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        request.path_params["where"] = where
        return await page(request)

    return handle


async def _handle(world: World, handler: Handler, request: Request) -> Response:
    """Authenticate and answer, with the headers that every answer has."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() not in ("bearer", "token") or not token.strip():
        return _refuse(401, world.now(), 0)
    response = await handler(world, world.join(NAME, token.strip()), request)
    response.headers.update(_limits(world.now(), 4999, HOUR))
    return response


async def graphql(world: World, me: Account, request: Request) -> Response:
    """POST /graphql. What goes wrong is told with status 200."""
    try:
        sent = await request.json()
        operation = parse(sent["query"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"message": "Problems parsing JSON"}, 400)
    except Wrong as wrong:
        return JSONResponse({"errors": [{"message": str(wrong)}]})
    things = Things(world, me, request)
    root = Changes(world, me, things).root() if operation.kind == "mutation" else _root(things)
    try:
        return JSONResponse(execute(operation, root, sent.get("variables") or {}))
    except Wrong as wrong:
        return JSONResponse({"errors": [{"message": str(wrong)}]})


def _root(things: Things) -> Thing:
    return Thing(
        kind="Query",
        fields={
            "viewer": things.viewer,
            "repository": things.repository,
            "node": things.node,
            "search": things.search,
        },
    )


async def _creates(request: Request) -> bool:
    """Whether a request makes something that readers see."""
    try:
        operation = parse((await request.json())["query"])
    except (ValueError, KeyError, TypeError, Wrong):
        return False
    return any(field.name in CREATES for field in operation.selection)


def _limits(now: datetime, left: int, seconds: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(math.ceil(now.timestamp() + seconds)),
    }


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal by a fault. What is asked too much is forbidden; what is invalid goes well."""
    if status in (500, 504):
        return HTMLResponse(
            "<html><body>This page is taking too long to load.</body></html>", status
        )
    if status == 422:
        error = {"type": "UNPROCESSABLE", "path": [CREATES[0]], "message": "Refused by a fault"}
        return JSONResponse({"data": {CREATES[0]: None}, "errors": [error]})
    messages = {
        401: "Bad credentials",
        429: "You have exceeded a secondary rate limit. Please wait a few minutes.",
    }
    told: dict[str, Any] = {"message": messages[status], "documentation_url": DOCUMENTATION}
    if status == 401:
        return JSONResponse(told, 401)
    headers = {"Retry-After": str(math.ceil(seconds)), **_limits(now, 4000, HOUR)}
    return Response(json.dumps(told), 403, headers, "application/json")


network = Network(
    name=NAME,
    title="GitHub",
    length=LONGEST,
    measure=len,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=_refuse,
    html=html,
    named=named,
    begin=begin,
)
