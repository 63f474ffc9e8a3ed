"""app.bsky: what happened to an account, what it said, and the conversations below."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import bluesky_views as views
from outreach.sandbox.bluesky_ids import NAME, actor, did, parts, post
from outreach.sandbox.bluesky_records import content, images, quoted
from outreach.sandbox.bluesky_text import mentioned
from outreach.sandbox.bluesky_xrpc import Refused, number, parameter
from outreach.sandbox.world import Account, Note, Reaction, World

Event = TypeVar("Event", Note, Note | Reaction)
REPLY_DEPTH = 5
MOST_POSTS = 25


async def list_notifications(world: World, me: Account, request: Request) -> Response:
    """GET app.bsky.notification.listNotifications"""
    wanted = request.query_params.getlist("reasons")
    events = [
        event
        for event in _events(world, me)
        if not wanted or _reason(world, event, me)[0] in wanted
    ]
    shown, cursor = _page(request, world, events)
    told = [
        views.post_notification(request, event, *_reason(world, event, me))
        if isinstance(event, Note)
        else views.reaction_notification(request, event)
        for event in shown
    ]
    return JSONResponse({"notifications": told, "priority": False, **cursor})


async def get_post_thread(world: World, request: Request) -> Response:
    """GET app.bsky.feed.getPostThread"""
    depth = number(request, "depth", 6, 0, 1000)
    height = number(request, "parentHeight", 80, 0, 1000)
    uri = parameter(request, "uri")
    note = _indexed(world, uri)
    if note is None:
        raise Refused(f"Post not found: {uri}", "NotFound")
    return JSONResponse({"thread": views.thread(request, world, note, depth, height)})


async def get_posts(world: World, request: Request) -> Response:
    """GET app.bsky.feed.getPosts"""
    uris = request.query_params.getlist("uris")
    if not uris:
        raise Refused('Error: Params must have the property "uris"')
    if len(uris) > MOST_POSTS:
        raise Refused(f"Error: uris must not have more than {MOST_POSTS} elements")
    if not all(map(parts, uris)):
        raise Refused("Error: uris must be a valid at-uri")
    found = [note for uri in uris if (note := _indexed(world, uri))]
    return JSONResponse({"posts": [views.post_view(request, world, note) for note in found]})


async def get_author_feed(world: World, request: Request) -> Response:
    """GET app.bsky.feed.getAuthorFeed"""
    author = _profile(world, request)
    kind = request.query_params.get("filter", "posts_with_replies")
    notes = [
        note for note in world.listing(NAME) if note.author is author and _fits(world, note, kind)
    ]
    shown, cursor = _page(request, world, notes)
    feed = [views.feed_post(request, world, note) for note in shown]
    return JSONResponse({"feed": feed, **cursor})


async def get_profile(world: World, request: Request) -> Response:
    """GET app.bsky.actor.getProfile"""
    return JSONResponse(views.profile_detailed(request, world, _profile(world, request)))


async def resolve_handle(world: World, request: Request) -> Response:
    """GET com.atproto.identity.resolveHandle"""
    found = actor(world, parameter(request, "handle"))
    if found is None:
        raise Refused("Unable to resolve handle")
    return JSONResponse({"did": did(found.handle)})


def _events(world: World, me: Account) -> list[Note | Reaction]:
    """What happened to an account, newest first."""
    notes = [note for note in world.listing(NAME) if _reason(world, note, me)[0]]
    reactions = [
        r
        for r in world.reactions[NAME]
        if r.note.author is me and r.author is not me and not r.note.deleted
    ]
    order = _order(world)
    return sorted([*notes, *reactions], key=lambda event: order[event.id], reverse=True)


def _reason(world: World, event: Note | Reaction, me: Account) -> tuple[str, str]:
    """Why an account is told, and about which post of its own; both empty if it is not."""
    if isinstance(event, Reaction):
        return event.kind, event.note.id
    if event.author is me:
        return "", ""
    own = did(me.handle)
    if own in mentioned(content(event)):
        return "mention", ""
    for reason, subjects in (("quote", [quoted(content(event))]), ("reply", _above(world, event))):
        for subject in subjects:
            if (parts(subject) or ("",))[0] == own:
                return reason, subject
    return "", ""


def _above(world: World, note: Note) -> Iterator[str]:
    """The posts that are told of an answer: its parent, and some above that."""
    uri, left = note.in_reply_to, REPLY_DEPTH - 1
    while uri and left:
        above = world.note(NAME, uri)
        if above is None:
            return
        yield uri
        uri, left = above.in_reply_to, left - 1


def _page(
    request: Request, world: World, events: Sequence[Event]
) -> tuple[list[Event], dict[str, str]]:
    """One page and the cursor behind it, which is there as long as anything is shown."""
    limit = number(request, "limit", 50, 1, 100)
    cursor = request.query_params.get("cursor")
    if cursor is not None and not re.fullmatch(r"[0-9]{1,12}", cursor):
        raise Refused("Malformed cursor")
    order = _order(world)
    below = len(world.ledger.entries) if cursor is None else int(cursor)
    shown = [event for event in events if order[event.id] < below][:limit]
    return shown, {"cursor": str(order[shown[-1].id])} if shown else {}


def _order(world: World) -> dict[str, int]:
    """When things came to be, as their place in the ledger."""
    return {
        entry["id"]: place
        for place, entry in enumerate(world.ledger.entries)
        if entry["network"] == NAME and entry["effect"] in ("create", "like", "repost")
    }


def _indexed(world: World, uri: str) -> Note | None:
    note = post(world, uri)
    return note if note and any(each is note for each in world.listing(NAME)) else None


def _profile(world: World, request: Request) -> Account:
    found = actor(world, parameter(request, "actor"))
    if found is None:
        raise Refused("Profile not found")
    return found


def _fits(world: World, note: Note, kind: str) -> bool:
    match kind:
        case "posts_no_replies":
            return note.in_reply_to is None
        case "posts_and_author_threads":
            return world.root(note).author is note.author
        case "posts_with_media":
            return bool(images(content(note)))
        case "posts_with_video":
            return False
    return True
