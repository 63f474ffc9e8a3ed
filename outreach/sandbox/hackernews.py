"""Hacker News: people write in the square, programs search as hn.algolia.com/api documents it.

There is no way to write by program, and so no fault strikes here.
"""

from datetime import datetime
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.sandbox.hackernews_query import Invalid, matcher
from outreach.sandbox.hackernews_text import html, page
from outreach.sandbox.network import Network, iso
from outreach.sandbox.world import Note, World

NAME = "hackernews"
LONGEST = 10_000
LONGEST_TITLE = 80
FIRST = 40_000_000
HITS, MOST_HITS, SHOWN = 20, 1000, 1000
"""Hits of a page, the most that may be asked for, and how many Algolia shows of one query."""


def routes(world: World) -> list[Route]:
    """The search, and the site's own pages."""

    async def search_by_date(request: Request) -> Response:
        return _search(world, request)

    async def item(request: Request) -> Response:
        note = world.note(NAME, request.path_params["id"])
        if note is None:
            return JSONResponse({"status": 404, "error": "Not Found"}, 404)
        return JSONResponse(_item(world, note))

    async def site_item(request: Request) -> Response:
        note = world.note(NAME, request.query_params.get("id"))
        if note is None:
            return Response("No such item.", 404)
        return RedirectResponse(f"/{NAME}/@{note.author.handle}/{note.page}")

    async def site_user(request: Request) -> Response:
        return RedirectResponse(f"/{NAME}/@{request.query_params.get('id', '')}")

    return [
        Route(f"/{NAME}/api/v1/search_by_date", search_by_date, methods=["GET"]),
        Route(f"/{NAME}/api/v1/items/{{id}}", item, methods=["GET"]),
        Route(f"/{NAME}/item", site_item, methods=["GET"]),
        Route(f"/{NAME}/user", site_user, methods=["GET"]),
    ]


def _search(world: World, request: Request) -> Response:
    """GET /api/v1/search_by_date: newest first."""
    sent = dict(request.query_params)
    try:
        matches = matcher(sent)
        size = min(int(sent.get("hitsPerPage", HITS)), MOST_HITS)
        number = int(sent.get("page", 0))
    except ValueError as error:
        why = str(error) if isinstance(error, Invalid) else "a number is none"
        return JSONResponse({"message": why, "status": 400}, 400)
    hits = [hit for hit in (_hit(world, note) for note in world.listing(NAME)) if matches(hit)]
    hits.sort(key=lambda hit: int(hit["created_at_i"]), reverse=True)
    shown = hits[:SHOWN]
    return JSONResponse(
        {
            "hits": shown[number * size : (number + 1) * size],
            "page": number,
            "nbHits": len(hits),
            "nbPages": ceil(len(shown) / size) if size else 0,
            "hitsPerPage": size,
            "query": sent.get("query", ""),
            "params": request.url.query,
            "exhaustiveNbHits": True,
            "processingTimeMS": 1,
        }
    )


def _hit(world: World, note: Note) -> dict[str, Any]:
    """A story or a comment as the index has it."""
    story = world.root(note)
    told: dict[str, Any] = {
        "objectID": note.id,
        "author": note.author.handle,
        "created_at": iso(note.at),
        "created_at_i": int(note.at.timestamp()),
        "story_id": int(story.id),
        "_tags": [f"author_{note.author.handle}", f"story_{story.id}"],
    }
    if note.in_reply_to:
        return told | {
            "_tags": ["comment", *told["_tags"]],
            "comment_text": html(note.text),
            "parent_id": int(note.in_reply_to),
            "story_title": story.extra.get("title", ""),
            "story_url": story.extra.get("url") or None,
        }
    told |= {
        "_tags": ["story", *told["_tags"]],
        "title": note.extra.get("title", ""),
        "points": 1,
        "num_comments": _below(world, note),
    }
    if note.extra.get("url"):
        told["url"] = note.extra["url"]
    if note.text:
        told["story_text"] = html(note.text)
    return told


def _below(world: World, note: Note) -> int:
    return sum(1 + _below(world, child) for child in world.answers(note))


def _item(world: World, note: Note) -> dict[str, Any]:
    """A story or a comment with all that is below it."""
    return {
        "id": int(note.id),
        "type": "comment" if note.in_reply_to else "story",
        "created_at": iso(note.at),
        "created_at_i": int(note.at.timestamp()),
        "author": note.author.handle,
        "title": note.extra.get("title"),
        "url": note.extra.get("url") or None,
        "text": html(note.text) if note.text else None,
        "points": None if note.in_reply_to else 1,
        "parent_id": int(note.in_reply_to) if note.in_reply_to else None,
        "story_id": int(world.root(note).id),
        "options": [],
        "children": [_item(world, child) for child in world.answers(note)],
    }


def _refuse(status: int, now: datetime, seconds: float) -> Response:
    return JSONResponse({"message": "Refused by a fault.", "status": status}, status)


network = Network(
    name=NAME,
    title="Hacker News",
    length=LONGEST,
    measure=len,
    new_id=lambda at, last: str(max(FIRST, int(last or 0)) + 1),
    address=lambda handle, text: text,
    refuse=_refuse,
    html=page,
    begin=lambda title, url: {"title": title[:LONGEST_TITLE], "url": url},
)
