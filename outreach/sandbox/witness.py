"""What a test asks the world: what happened, and what time it is."""

import json
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outreach.sandbox.addresses import page_url
from outreach.sandbox.ledger import Entry
from outreach.sandbox.network import iso
from outreach.sandbox.world import NOTE_EFFECTS, World


def routes(world: World) -> list[Route]:
    """The ledger and the clock."""

    async def ledger(request: Request) -> Response:
        entries = [e for e in world.ledger.entries if e["effect"] in NOTE_EFFECTS]
        return JSONResponse([_told(request, world, entry) for entry in entries])

    async def clock(request: Request) -> Response:
        return JSONResponse(_time(world))

    async def shift(request: Request) -> Response:
        try:
            world.offset = timedelta(seconds=float((await request.json())["offset_seconds"]))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError):
            return JSONResponse({"error": 'send {"offset_seconds": a number}'}, 400)
        return JSONResponse(_time(world))

    return [
        Route("/ledger.json", ledger, methods=["GET"]),
        Route("/clock", clock, methods=["GET"]),
        Route("/clock", shift, methods=["POST"]),
    ]


def _told(request: Request, world: World, entry: Entry) -> Entry:
    note = world.notes[entry["network"]][entry["id"]]
    return {**entry, "in_reply_to": note.in_reply_to, "url": page_url(request, note)}


def _time(world: World) -> dict[str, Any]:
    return {"now": iso(world.now()), "offset_seconds": world.offset.total_seconds()}
