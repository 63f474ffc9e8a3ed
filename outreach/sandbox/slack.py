"""Slack, as its Web API documents it: one workspace, its channels, apps and webhooks."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import slack_messages as messages
from outreach.sandbox.faults import Publishing
from outreach.sandbox.network import Network
from outreach.sandbox.slack_api import (
    GENERAL,
    LONGEST,
    NAME,
    TEAM,
    Refused,
    bot,
    caller,
    channel,
    message,
    named,
    new_id,
    refuse,
    refuse_webhook,
    root,
    scopes,
    sent,
    user,
    user_of,
)
from outreach.sandbox.slack_text import html
from outreach.sandbox.world import World

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[World, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The methods that an app of one channel needs, and the address of a webhook."""

    def told(handler: Handler) -> Endpoint:
        async def handle(request: Request) -> Response:
            try:
                return await handler(world, request)
            except Refused as refused:
                return refused.answer()

        return handle

    def method(name: str, handler: Handler) -> Route:
        return Route(f"/api/{name}", told(handler), methods=["GET", "POST"])

    posting = Publishing(world, network, told(messages.post))
    hook = replace(network, refuse=refuse_webhook)
    hooked = Publishing(world, hook, told(messages.execute))
    return [
        method("auth.test", _test),
        method("users.info", _user),
        method("conversations.history", messages.history),
        method("conversations.replies", messages.replies),
        method("chat.getPermalink", _permalink),
        Route("/api/chat.postMessage", posting, methods=["POST"]),
        Route("/api/chat.update", told(messages.update), methods=["POST"]),
        Route("/api/chat.delete", told(messages.delete), methods=["POST"]),
        Route("/services/{address:path}", hooked, methods=["POST"]),
        Route("/archives/{channel}/p{number}", told(_page), methods=["GET"]),
    ]


async def _test(world: World, request: Request) -> Response:
    """auth.test: who the token is; its scopes are in a header."""
    who = caller(world, request)
    told = {
        "ok": True,
        "url": str(request.base_url),
        "team": "The sandbox",
        "user": who.handle,
        "team_id": TEAM,
        "user_id": user(who),
        "bot_id": bot(who),
    }
    return JSONResponse(told, headers={"x-oauth-scopes": ",".join(scopes(who))})


async def _user(world: World, request: Request) -> Response:
    """users.info"""
    caller(world, request, "users:read")
    arguments = await sent(request)
    who = user_of(world, str(arguments.get("user")))
    if who is None:
        raise Refused("user_not_found")
    told = {
        "id": user(who),
        "team_id": TEAM,
        "name": who.handle,
        "real_name": who.name,
        "is_bot": bool(bot(who)),
        "profile": {"real_name": who.name, "display_name": who.name},
    }
    return JSONResponse({"ok": True, "user": told})


async def _permalink(world: World, request: Request) -> Response:
    """chat.getPermalink"""
    caller(world, request)
    arguments = await sent(request)
    note = message(world, str(arguments.get("channel")), str(arguments.get("message_ts")))
    where, first = channel(note), root(note)
    link = f"{request.base_url}archives/{where}/p{note.page.replace('.', '')}"
    if first != note.page:
        link += f"?thread_ts={first}&cid={where}"
    return JSONResponse({"ok": True, "channel": where, "permalink": link})


async def _page(world: World, request: Request) -> Response:
    """A message where people see it; the town square has it."""
    number = str(request.path_params["number"])
    note = message(world, str(request.path_params["channel"]), f"{number[:-6]}.{number[-6:]}")
    return RedirectResponse(f"/{NAME}/@{quote(note.author.handle)}/{note.page}")


network = Network(
    name=NAME,
    title="Slack",
    length=LONGEST,
    measure=len,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=refuse,
    html=html,
    named=named,
    begin=lambda title, url: {"channel": title or GENERAL},
)
