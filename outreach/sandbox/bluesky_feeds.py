"""app.bsky: what happened to an account, what it said, and the conversations below."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import bluesky_views as views
from outreach.sandbox.bluesky_ids import HANDLE, NAME, actor, did, parts, post
from outreach.sandbox.bluesky_records import content, images, quoted, shown_at
from outreach.sandbox.bluesky_text import mentioned
from outreach.sandbox.bluesky_xrpc import Refused, misasked, number, parameter
from outreach.sandbox.network import iso
from outreach.sandbox.world import Account, Note, Reaction, World

Event = TypeVar("Event", Note, Note | Reaction)
REPLY_DEPTH = 5
MOST_POSTS = 25
_CURSOR = re.compile(r"[0-9T:.Z-]{20,30}::[0-9]{12}")


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
        raise misasked(request, 'Missing required key "uris"')
    if len(uris) > MOST_POSTS:
        raise misasked(request, f"array too big (maximum {MOST_POSTS}, got {len(uris)})")
    for uri in uris:
        if not parts(uri):
            raise misasked(request, f'Invalid at-uri (got "{uri}")')
    found = [note for uri in uris if (note := _indexed(world, uri))]
    return JSONResponse({"posts": [views.post_view(request, world, note) for note in found]})


async def get_author_feed(world: World, request: Request) -> Response:
    """GET app.bsky.feed.getAuthorFeed"""
    author = _profile(world, request)
    kind = request.query_params.get("filter", "posts_with_replies")
    listed = list(world.listing(NAME))
    notes = [note for note in listed if note.author is author and _fits(world, note, kind)]
    reposts = [
        event
        for event in world.reactions[NAME]
        if event.kind == "repost" and event.author is author and event.note in listed
    ]
    shown, cursor = _page(request, world, _newest_first(world, [*notes, *reposts]))
    feed = [
        views.feed_post(request, world, event)
        if isinstance(event, Note)
        else views.feed_repost(request, world, event)
        for event in shown
    ]
    return JSONResponse({"feed": feed, **cursor})


async def get_profile(world: World, request: Request) -> Response:
    """GET app.bsky.actor.getProfile"""
    return JSONResponse(views.profile_detailed(request, world, _profile(world, request)))


async def resolve_handle(world: World, request: Request) -> Response:
    """GET com.atproto.identity.resolveHandle"""
    handle = parameter(request, "handle")
    if not HANDLE.fullmatch(handle):
        raise misasked(request, f'Invalid handle (got "{handle}")')
    found = actor(world, handle)
    if found is None:
        raise Refused("Unable to resolve handle", "HandleNotFound")
    return JSONResponse({"did": did(found.handle)})


def _events(world: World, me: Account) -> list[Note | Reaction]:
    """What happened to an account, newest first."""
    notes = [note for note in world.listing(NAME) if _reason(world, note, me)[0]]
    reactions = [
        r
        for r in world.reactions[NAME]
        if r.note.author is me and r.author is not me and not r.note.deleted
    ]
    return _newest_first(world, [*notes, *reactions])


def _newest_first(world: World, events: Sequence[Note | Reaction]) -> list[Note | Reaction]:
    order = _order(world)
    return sorted(events, key=lambda event: order[event.id], reverse=True)


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
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise Refused("Malformed cursor")
    order = _order(world)
    shown = [event for event in events if cursor is None or order[event.id] < cursor][:limit]
    return shown, {"cursor": order[shown[-1].id]} if shown else {}


def _order(world: World) -> dict[str, str]:
    """When things came to be; of one time, by their place in the ledger."""
    places = {
        entry["id"]: place
        for place, entry in enumerate(world.ledger.entries)
        if entry["network"] == NAME and entry["effect"] in ("create", "like", "repost")
    }
    times = {note.id: shown_at(note) for note in world.notes[NAME].values()}
    times |= {reaction.id: reaction.at for reaction in world.reactions[NAME]}
    return {id: f"{iso(times[id])}::{place:012}" for id, place in places.items() if id in times}


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
