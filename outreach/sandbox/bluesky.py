"""Bluesky, as the lexicons of com.atproto and app.bsky describe it; its PDS and AppView in one."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import bluesky_feeds as feeds
from outreach.sandbox import bluesky_repo as repo
from outreach.sandbox import bluesky_sessions as sessions
from outreach.sandbox.bluesky_ids import NAME, actor, handle, post_uri, tid
from outreach.sandbox.bluesky_records import compose
from outreach.sandbox.bluesky_text import LONGEST, html, length
from outreach.sandbox.bluesky_xrpc import Refused, rate_headers, refuse
from outreach.sandbox.faults import Publishing
from outreach.sandbox.network import Network
from outreach.sandbox.world import Account, World

Endpoint = Callable[[Request], Awaitable[Response]]
Open = Callable[[World, Request], Awaitable[Response]]
Own = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def anyone(handler: Open) -> Endpoint:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, request)

        return handle

    def own(handler: Own) -> Endpoint:
        async def identified(world: World, request: Request) -> Response:
            return await handler(world, sessions.caller(world, request), request)

        return anyone(identified)

    async def creates(request: Request) -> bool:
        return await repo.creates(world, request)

    async def permalink(request: Request) -> Response:
        return _permalink(world, request)

    putting = Publishing(world, network, own(repo.put_record), creates)
    creating = Publishing(world, network, own(repo.create_record), creates)
    return [
        _procedure("com.atproto.server.createSession", anyone(sessions.create)),
        _procedure("com.atproto.server.refreshSession", anyone(sessions.refresh)),
        _query("com.atproto.server.getSession", own(sessions.show)),
        _query("com.atproto.identity.resolveHandle", anyone(feeds.resolve_handle)),
        _procedure("com.atproto.repo.putRecord", putting),
        _procedure("com.atproto.repo.createRecord", creating),
        _procedure("com.atproto.repo.deleteRecord", own(repo.delete_record)),
        _procedure("com.atproto.repo.uploadBlob", own(repo.upload_blob)),
        _query("com.atproto.repo.getRecord", anyone(repo.get_record)),
        _query("com.atproto.repo.listRecords", anyone(repo.list_records)),
        _query("app.bsky.notification.listNotifications", own(feeds.list_notifications)),
        _query("app.bsky.feed.getPostThread", anyone(feeds.get_post_thread)),
        _query("app.bsky.feed.getPosts", anyone(feeds.get_posts)),
        _query("app.bsky.feed.getAuthorFeed", anyone(feeds.get_author_feed)),
        _query("app.bsky.actor.getProfile", anyone(feeds.get_profile)),
        Route("/xrpc/{method}", anyone(_unknown), methods=["GET", "POST"]),
        Route("/profile/{actor}", permalink),
        Route("/profile/{actor}/post/{key}", permalink),
    ]


def _query(name: str, endpoint: Endpoint) -> Route:
    return Route(f"/xrpc/{name}", endpoint, methods=["GET"])


def _procedure(name: str, endpoint: Endpoint | Publishing) -> Route:
    return Route(f"/xrpc/{name}", endpoint, methods=["POST"])


async def _handle(world: World, handler: Open, request: Request) -> Response:
    """Answer, and say what is wrong in XRPC's words."""
    try:
        response = await handler(world, request)
    except Refused as refused:
        response = refused.answer()
    response.headers.update(rate_headers(world.now()))
    return response


async def _unknown(world: World, request: Request) -> Response:
    raise Refused("Method Not Implemented", "MethodNotImplemented", 501)


def _permalink(world: World, request: Request) -> Response:
    """A profile or a post where readers find it, as on bsky.app; its page is the town square's."""
    named = request.path_params["actor"]
    who = actor(world, named)
    page = f"/{NAME}/@{quote(who.handle if who else named)}"
    key = request.path_params.get("key")
    return RedirectResponse(f"{page}/{quote(key)}" if key else page)


network = Network(
    name=NAME,
    title="Bluesky",
    length=LONGEST,
    measure=length,
    new_id=tid,
    address=lambda handle, text: text,
    refuse=refuse,
    html=html,
    handle=handle,
    keyed=post_uri,
    compose=compose,
)
