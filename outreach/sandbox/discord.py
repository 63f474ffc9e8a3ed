"""Discord, as its API's reference documents it: one guild, its channels, bots and webhooks."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import discord_entities as entities
from outreach.sandbox import discord_messages as messages
from outreach.sandbox.discord_api import (
    GENERAL,
    GUILD,
    LONGEST,
    NAME,
    Refused,
    caller,
    channel_of,
    lacks,
    message,
    named,
    new_id,
    refuse,
    unknown,
)
from outreach.sandbox.faults import Publishing
from outreach.sandbox.links import links
from outreach.sandbox.network import Network
from outreach.sandbox.world import Note, World

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[World, Request], Awaitable[Response]]
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')
_CALLED = re.compile(r"&lt;@!?(\d+)&gt;")


def routes(world: World) -> list[Route]:
    """The endpoints that a bot and a webhook need."""

    def told(handler: Handler) -> Endpoint:
        async def handle(request: Request) -> Response:
            try:
                return await handler(world, request)
            except Refused as refused:
                return refused.answer()

        return handle

    def route(method: str, path: str, handler: Handler) -> Route:
        return Route(f"/api/v10{path}", told(handler), methods=[method])

    posting = Publishing(world, network, told(messages.create))
    calling = Publishing(world, network, told(messages.execute))
    said, hook = "/channels/{channel}/messages", "/api/webhooks/{id}/{token}"
    return [
        route("GET", "/users/@me", _me),
        route("GET", "/applications/@me", _application),
        route("GET", "/channels/{channel}", _channel),
        Route(f"/api/v10{said}", posting, methods=["POST"]),
        route("GET", said, messages.listing),
        route("GET", said + "/{message}", messages.show),
        route("PATCH", said + "/{message}", messages.edit),
        route("DELETE", said + "/{message}", messages.delete),
        route("POST", said + "/{message}/threads", messages.begin_thread),
        route("GET", "/guilds/{guild}/threads/active", _active),
        route("GET", "/channels/{channel}/threads/archived/public", _archived),
        Route(hook, calling, methods=["POST"]),
        Route(hook, told(messages.show_webhook), methods=["GET"]),
        Route(hook + "/messages/{message}", told(messages.edit_by_webhook), methods=["PATCH"]),
        Route(hook + "/messages/{message}", told(messages.delete_by_webhook), methods=["DELETE"]),
        Route("/channels/{guild}/{channel}/{message}", told(_page), methods=["GET"]),
    ]


async def _me(world: World, request: Request) -> Response:
    """GET /users/@me"""
    return JSONResponse(entities.user(caller(world, request)) | _OWN)


async def _application(world: World, request: Request) -> Response:
    """GET /applications/@me: its flags say whether it may read what messages say."""
    who = caller(world, request)
    flags = 0 if "content" in lacks(who) else 1 << 19
    told = {"id": who.id, "name": who.name, "flags": flags, "flags_new": str(flags)}
    return JSONResponse({**_APPLICATION, **told, "owner": entities.user(who)})


async def _channel(world: World, request: Request) -> Response:
    """GET /channels/{channel}"""
    messages.check_member(caller(world, request))
    return JSONResponse(entities.channel(world, channel_of(request)))


async def _active(world: World, request: Request) -> Response:
    """GET /guilds/{guild}/threads/active"""
    caller(world, request)
    if request.path_params["guild"] != GUILD:
        raise unknown("Guild")
    found = [entities.thread(world, starter) for starter in entities.threads(world)]
    active = [thread for thread in found if not thread["thread_metadata"]["archived"]]
    return JSONResponse({"threads": active, "members": [], "has_more": False})


async def _archived(world: World, request: Request) -> Response:
    """GET /channels/{channel}/threads/archived/public: last archived first."""
    caller(world, request)
    channel, before = channel_of(request), request.query_params.get("before", "9999")
    limit = int(request.query_params.get("limit", 50))
    found = [
        thread
        for thread in (entities.thread(world, starter) for starter in entities.threads(world))
        if thread["thread_metadata"]["archived"]
        and thread["parent_id"] == channel
        and _archive_time(thread) < before
    ]
    found.sort(key=_archive_time, reverse=True)
    told = {"threads": found[:limit], "members": [], "has_more": len(found) > limit}
    return JSONResponse(told)


async def _page(world: World, request: Request) -> Response:
    """A message where people see it; the town square has it."""
    note = message(world, channel_of(request), request.path_params["message"])
    return RedirectResponse(f"/{NAME}/@{quote(note.author.handle)}/{note.page}")


def _archive_time(thread: dict[str, Any]) -> str:
    return str(thread["thread_metadata"]["archive_timestamp"])


def _html(request: Request, world: World, note: Note) -> Markup:
    """A message as the app shows it: links in blue, users by their names."""
    pieces, end = [Markup()], 0
    for start, stop in links(note.text):
        url = note.text[start:stop]
        pieces += [escape(note.text[end:start]), _ANCHOR.format(url, url)]
        end = stop
    shown = Markup().join([*pieces, escape(note.text[end:])])

    def name(match: re.Match[str]) -> str:
        who = world.account_by_id(NAME, match[1])
        return f"@{escape(who.name if who else match[1])}"

    return Markup(_CALLED.sub(name, shown)).replace("\n", Markup("<br>"))  # noqa: S704


_OWN = {"mfa_enabled": False, "locale": "en-US"}
_APPLICATION: dict[str, Any] = {
    "icon": None,
    "description": "",
    "type": None,
    "verify_key": "0" * 64,
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "approximate_guild_count": 1,
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
    "explicit_content_filter": 0,
    "team": None,
    "eligible_oauth2_scopes": [],
}

network = Network(
    name=NAME,
    title="Discord",
    length=LONGEST,
    measure=len,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=refuse,
    html=_html,
    named=named,
    begin=lambda title, url: {"channel": title or GENERAL},
    compose=lambda world, text, parent: {"type": entities.REPLY} if parent else {},
)
