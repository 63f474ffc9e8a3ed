"""What the pages have in common: how they are shown, and what they take."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Posted = Mapping[str, str]
"""The fields of a form that were filled in."""

Render = Callable[..., Response]
"""`render(template, status=200, **values)`"""


def posted(
    handle: Callable[[Request, Posted], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Takes a form of our own pages only, by its Origin, and answers off the event loop."""

    async def endpoint(request: Request) -> Response:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        if origin != request.headers["host"]:
            return PlainTextResponse("This form is not one of this page.\n", 403)
        body = (await request.body()).decode(errors="replace")
        return await run_in_threadpool(handle, request, dict(parse_qsl(body)))

    return endpoint
