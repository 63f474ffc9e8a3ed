"""Reddit, as its API documentation and its OAuth wiki describe it, below /reddit."""

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from math import ceil

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox import reddit_oauth as oauth
from outreach.sandbox import reddit_posts as posts
from outreach.sandbox.faults import Publishing
from outreach.sandbox.network import Network
from outreach.sandbox.reddit_text import new_id, page
from outreach.sandbox.reddit_things import (
    HOME,
    NAME,
    TREE,
    answer,
    listing,
    permalink,
    thing,
    tree,
    whole,
)
from outreach.sandbox.world import Account, Note, World

MORE = 100
WINDOW, REQUESTS = 600, 1000
"""Seconds, and how many requests a client has in them; this server counts nobody out."""

Handler = Callable[[World, Account, Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """The endpoints that a client of one account needs."""

    def scoped(scope: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await _handle(world, handler, scope, request)

        return handle

    submitting = Publishing(world, network, scoped("submit", posts.submit))
    commenting = Publishing(world, network, scoped("submit", posts.comment))
    return [
        Route(f"/{NAME}/api/submit", submitting, methods=["POST"]),
        Route(f"/{NAME}/api/comment", commenting, methods=["POST"]),
        Route(f"/{NAME}/api/editusertext", scoped("edit", posts.edit), methods=["POST"]),
        Route(f"/{NAME}/api/del", scoped("edit", posts.delete), methods=["POST"]),
        Route(f"/{NAME}/api/v1/me", scoped("identity", me), methods=["GET"]),
        Route(f"/{NAME}/api/info", scoped("read", info), methods=["GET"]),
        Route(f"/{NAME}/api/morechildren", scoped("read", more), methods=["GET"]),
        Route(f"/{NAME}/search", scoped("read", search), methods=["GET"]),
        Route(f"/{NAME}/comments/{{article}}", scoped("read", comments), methods=["GET"]),
        Route(f"/{NAME}/message/inbox", scoped("privatemessages", inbox), methods=["GET"]),
        Route(f"/{NAME}/user/{{name}}/{{what}}", scoped("history", profile), methods=["GET"]),
        Route(f"/{NAME}/user/{{name}}", _person, methods=["GET"]),
        Route(f"/{NAME}/r/{{sub}}/comments/{{path:path}}", _permalink(world), methods=["GET"]),
    ]


async def _handle(world: World, handler: Handler, scope: str, request: Request) -> Response:
    """Authenticate, answer, and say what is wrong in Reddit's words."""
    who = oauth.caller(request, world.now())
    if who is None:
        return _refuse(401, world.now(), 0)
    if not oauth.is_named(request):
        return _refuse(429, world.now(), WINDOW)
    if scope not in who.scopes:
        response = _refuse(403, world.now(), 0)
        why = 'Bearer realm="reddit", error="insufficient_scope"'
        response.headers["www-authenticate"] = why
        return response
    try:
        response = await handler(world, world.join(NAME, who.name), request)
    except posts.Problem as problem:
        told: dict[str, object] = {"errors": problem.errors}
        if problem.ratelimit:
            told["ratelimit"] = problem.ratelimit
        response = answer(request, {"json": told})
    except posts.Forbidden:
        response = _refuse(403, world.now(), 0)
    except ValueError:
        response = oauth.bad()
    response.headers.update(_left(world.now(), REQUESTS - 1))
    return response


async def me(world: World, caller: Account, request: Request) -> Response:
    """GET /api/v1/me"""
    told = {"id": caller.id, "name": caller.handle, "is_suspended": False, "has_mail": False}
    return answer(request, {**told, "created_utc": float(int(caller.at.timestamp()))})


async def info(world: World, caller: Account, request: Request) -> Response:
    """GET /api/info: things by fullname, or submissions of a link."""
    sent = request.query_params
    if sent.get("url"):
        notes = (note for note in world.listing(NAME) if note.extra.get("url") == sent["url"])
        return listing(request, _things(world, notes))
    named = (world.note(NAME, name) for name in sent.get("id", "").split(","))
    return listing(request, _things(world, filter(None, named)))


async def search(world: World, caller: Account, request: Request) -> Response:
    """GET /search: submissions that have all the words, or lead to `url:`; newest first.

    What has more than letters, digits and dots is found in quotation marks only.
    """
    query = request.query_params.get("q", "").lower()
    site = re.fullmatch(r'url:("?)([\w.]+|(?<=")[^"]+)\1', query)

    def matches(note: Note) -> bool:
        if site:
            return site[2] in str(note.extra.get("url", "")).lower()
        said = f"{note.text} {note.extra.get('body', '')}".lower()
        phrase = re.fullmatch(r'"([^"]*)"', query)
        return phrase[1] in said if phrase else all(word in said for word in query.split())

    notes = (note for note in world.listing(NAME) if not note.in_reply_to and matches(note))
    return listing(request, _things(world, notes))


async def comments(world: World, caller: Account, request: Request) -> Response:
    """GET /comments/{article}: the submission, and the tree below it or below one comment."""
    note = world.note(NAME, f"t3_{request.path_params['article']}")
    if note is None:
        return _refuse(404, world.now(), 0)
    limit = int(request.query_params.get("limit") or TREE)
    root = world.notes[NAME].get(f"t1_{request.query_params.get('comment', '')}")
    below = tree(world, note, limit)
    if root is not None:
        told = thing(world, root)
        told["data"]["replies"] = tree(world, root, limit)
        below = whole([told])
    return answer(request, [whole([thing(world, note)]), below])


async def more(world: World, caller: Account, request: Request) -> Response:
    """GET /api/morechildren: comments that a tree left out, each without what is below it."""
    identifiers = request.query_params.get("children", "").split(",")
    if len(identifiers) > MORE or world.note(NAME, request.query_params.get("link_id")) is None:
        return oauth.bad()
    notes = (world.note(NAME, f"t1_{identifier}") for identifier in identifiers)
    things = _things(world, filter(None, notes))
    return answer(request, {"json": {"errors": [], "data": {"things": things}}})


async def inbox(world: World, caller: Account, request: Request) -> Response:
    """GET /message/inbox: comments that answer or name this account, newest first."""
    told = (_message(world, note, caller) for note in world.listing(NAME))
    return listing(request, [each for each in told if each])


async def profile(world: World, caller: Account, request: Request) -> Response:
    """GET /user/{name}/submitted, /user/{name}/comments"""
    kinds = {"submitted": "t3_", "comments": "t1_"}
    who = world.account_by_handle(NAME, request.path_params["name"])
    kind = kinds.get(request.path_params["what"])
    if who is None or kind is None:
        return _refuse(404, world.now(), 0)
    notes = (n for n in world.listing(NAME) if n.author is who and n.id.startswith(kind))
    return listing(request, _things(world, notes))


def _message(world: World, note: Note, caller: Account) -> dict[str, object] | None:
    """A comment as the inbox of whom it answers or names has it."""
    parent = world.notes[NAME].get(note.in_reply_to or "")
    if parent is None or note.author is caller:
        return None
    named = re.search(rf"(?<!\w)/?u/{re.escape(caller.handle)}(?!\w)", note.text, re.IGNORECASE)
    if parent.author is not caller and not named:
        return None
    subject = "comment reply" if parent.in_reply_to else "post reply"
    data = thing(world, note)["data"]
    for missing in ("permalink", "link_id", "replies", "edited"):
        data.pop(missing)
    data |= {
        "subject": subject if parent.author is caller else "username mention",
        "was_comment": True,
        "context": f"{permalink(world, note)}?context=3",
        "link_title": world.root(note).extra.get("title", world.root(note).text),
        "dest": caller.handle,
        "new": True,
    }
    return {"kind": "t1", "data": data}


def _things(world: World, notes: Iterable[Note]) -> list[dict[str, object]]:
    return [thing(world, note) for note in notes]


def _permalink(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        """A thing where readers find it, as on reddit.com; its page is the town square's."""
        article, _, rest = request.path_params["path"].strip("/").partition("/")
        comment = rest.partition("/")[2]
        note = world.note(NAME, f"t1_{comment}" if comment else f"t3_{article}")
        if note is None:
            return _refuse(404, world.now(), 0)
        return RedirectResponse(f"/{NAME}/@{note.author.handle}/{note.page}")

    return show


async def _person(request: Request) -> Response:
    return RedirectResponse(f"/{NAME}/@{request.path_params['name']}")


def _left(now: datetime, left: int, seconds: float = 0) -> dict[str, str]:
    """The headers of every answer; the window's end is told in seconds from now."""
    return {
        "x-ratelimit-used": str(REQUESTS - left),
        "x-ratelimit-remaining": f"{left:.1f}",
        "x-ratelimit-reset": str(ceil(seconds or WINDOW - now.timestamp() % WINDOW)),
    }


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    """A refusal in Reddit's words; what others call 422 is 400 here."""
    status = 400 if status == 422 else status
    words = {
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        429: "Too Many Requests",
        500: "Internal Server Error",
        504: "Gateway Timeout",
    }
    response = JSONResponse({"message": words[status], "error": status}, status)
    if status == 429:
        response.headers.update(_left(now, 0, seconds))
    return response


def _begin(title: str, url: str) -> dict[str, str]:
    """A thread of a reader's: a link, or a text post of its title and its words."""
    beside = {"title": title, "url": url, "subreddit": HOME}
    return {name: each for name, each in beside.items() if each}


network = Network(
    name=NAME,
    title="Reddit",
    length=posts.LONGEST_COMMENT,
    measure=len,
    new_id=new_id,
    address=lambda handle, text: text,
    refuse=_refuse,
    html=page,
    named=lambda parent, new, extra: f"t1_{new}" if parent else f"t3_{new}",
    begin=_begin,
)
