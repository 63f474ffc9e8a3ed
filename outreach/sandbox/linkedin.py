"""LinkedIn, as its documentation describes the versioned REST API and its OAuth."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import linkedin_comments as comments
from outreach.sandbox import linkedin_people as people
from outreach.sandbox import linkedin_posts as posts
from outreach.sandbox import linkedin_sessions as sessions
from outreach.sandbox.faults import Publishing
from outreach.sandbox.linkedin_ids import NAME, named, new_id, target
from outreach.sandbox.linkedin_rest import Refused, check_headers, missing, refuse
from outreach.sandbox.linkedin_text import LONGEST, html, length
from outreach.sandbox.network import Network
from outreach.sandbox.world import World

Endpoint = Callable[[Request], Awaitable[Response]]
Open = Callable[[World, Request], Awaitable[Response]]
Own = Callable[[World, sessions.Session, Request], Awaitable[Response]]
COMMENTS = "socialActions/{target}/comments"


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def anyone(handler: Open) -> Endpoint:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, request)

        return handle

    def own(handler: Own) -> Endpoint:
        async def identified(world: World, request: Request) -> Response:
            if request.url.path.startswith("/rest/"):
                check_headers(request)
            return await handler(world, sessions.caller(world, request), request)

        return anyone(identified)

    posting = Publishing(world, network, own(posts.create))
    commenting = Publishing(world, network, own(comments.create))
    return [
        Route("/oauth/v2/authorization", anyone(sessions.authorize), methods=["GET"]),
        Route("/oauth/v2/accessToken", anyone(sessions.access_token), methods=["POST"]),
        Route("/oauth/v2/introspectToken", anyone(sessions.introspect), methods=["POST"]),
        Route("/v2/userinfo", own(people.userinfo), methods=["GET"]),
        Route("/rest/people/{key}", own(people.person), methods=["GET"]),
        Route("/rest/organizations/{number}", own(people.organization), methods=["GET"]),
        Route("/rest/organizationAcls", own(people.acls), methods=["GET"]),
        Route("/rest/posts", posting, methods=["POST"]),
        Route("/rest/posts", own(posts.find), methods=["GET"]),
        Route("/rest/posts/{urn}", own(posts.show), methods=["GET"]),
        Route("/rest/posts/{urn}", own(posts.update), methods=["POST"]),
        Route("/rest/posts/{urn}", own(posts.delete), methods=["DELETE"]),
        Route("/rest/images", own(posts.initialize), methods=["POST"]),
        Route("/dms-uploads/sp/{urn}/0", own(posts.upload), methods=["PUT"]),
        Route("/rest/socialMetadata", own(comments.metadata), methods=["GET"]),
        Route(f"/rest/{COMMENTS}", own(comments.find), methods=["GET"]),
        *(Route(f"{path}/{COMMENTS}", commenting, methods=["POST"]) for path in ("/rest", "/v2")),
        *(
            Route(f"{path}/{COMMENTS}/{{key}}", own(handler), methods=[method])
            for path in ("/rest", "/v2")
            for method, handler in (("POST", comments.update), ("DELETE", comments.delete))
        ),
        Route("/feed/update/{urn}", anyone(_permalink), methods=["GET"]),
        Route("/in/{handle}", _profile, methods=["GET"]),
        Route("/company/{handle}", _profile, methods=["GET"]),
    ]


async def _handle(world: World, handler: Open, request: Request) -> Response:
    """Answer, and say what is wrong in LinkedIn's words."""
    try:
        return await handler(world, request)
    except Refused as refused:
        return refused.answer()


async def _permalink(world: World, request: Request) -> Response:
    """A post or a comment where readers find it, as on linkedin.com; the town square has it."""
    urn = request.query_params.get("commentUrn") or request.path_params["urn"]
    note = target(world, urn)
    if note is None:
        raise missing(urn)
    return RedirectResponse(f"/{NAME}/@{quote(note.author.handle)}/{quote(note.page)}")


async def _profile(request: Request) -> Response:
    return RedirectResponse(f"/{NAME}/@{quote(request.path_params['handle'])}")


network = Network(
    name=NAME,
    title="LinkedIn",
    length=LONGEST,
    measure=length,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=refuse,
    html=html,
    named=named,
)
