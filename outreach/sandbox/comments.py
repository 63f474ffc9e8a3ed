"""A visitor of the company's own pages, who has no account: fills in the form for comments."""

import asyncio
import re

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.browser import Form, ask, forms
from outreach.sandbox.forms import fields
from outreach.sandbox.world import World

SECONDS = 10.0
LOOKS = 2.5
"""How many seconds a visitor looks at their words before they send them."""

WRITE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comment</title>'
    '<link rel="stylesheet" href="/square.css"></head><body><main>'
    '<form class="reply" method="post" action="/comments/write"><h1>Comment on a page</h1>'
    '<label>Which page <input name="url" type="url" required></label>'
    '<label>Your name <input name="name"></label>'
    '<label>Your words; without any you only like it <textarea name="text" rows="4"></textarea>'
    "</label><button>Send</button></form></main></body></html>"
)


class Nowhere(Exception):
    """The page has no form for this, or does not take what is in it."""


def routes(world: World) -> list[Route]:
    """Where somebody says which page they visit, and what they write there."""

    async def form(request: Request) -> Response:
        return HTMLResponse(WRITE)

    async def write(request: Request) -> Response:
        sent = {name: str(value) for name, value in (await fields(request)).items()}
        url, name, text = (sent.get(field, "") for field in ("url", "name", "text"))
        visit = _comment(url, name, text, LOOKS / world.time_scale) if text else _like(url)
        try:
            where = await asyncio.wait_for(visit, SECONDS)
        except (OSError, TimeoutError, ValueError, Nowhere) as error:
            return PlainTextResponse(f"{type(error).__name__}: {error}", 502)
        return RedirectResponse(where, 303)

    return [
        Route("/comments/write", form, methods=["GET"]),
        Route("/comments/write", write, methods=["POST"]),
    ]


async def _comment(url: str, name: str, text: str, looks: float) -> str:
    """Write, look it over, send it; gives back the address of the visitor's own page."""
    head, body = await _form(await _page(url), "/comment").submit(url, name=name, text=text)
    if "text" not in _form(body, "/comment").fields:
        raise Nowhere(_status(head))
    await asyncio.sleep(looks)
    head, body = await _form(body, "/comment").submit(url)
    return _led(head, url)


async def _like(url: str) -> str:
    head, _ = await _form(await _page(url), "/comment/like").submit(url)
    return _led(head, url)


async def _page(url: str) -> str:
    head, body = await ask("GET", url)
    if _status(head) != "200":
        raise Nowhere(f"{url} answers {_status(head)}")
    return body


def _form(html: str, action: str) -> Form:
    """The form that goes there. Raises Nowhere where the page has none."""
    for form in forms(html):
        if form.action.endswith(action):
            return form
    raise Nowhere(f"there is no form to {action}")


def _led(head: str, url: str) -> str:
    found = re.search(r"(?im)^location:\s*(\S+)", head)
    if not found:
        raise Nowhere(f"{url} answered {_status(head)}")
    return found[1] if "://" in found[1] else "/".join(url.split("/")[:3]) + found[1]


def _status(head: str) -> str:
    return head.split(" ")[1] if head.count(" ") > 1 else head
