"""The JSON objects with which app.bsky shows accounts, posts and what happened to them."""

from typing import Any

from starlette.requests import Request

from outreach.sandbox.addresses import media_url, picture_url
from outreach.sandbox.bluesky_ids import NAME, cid, did, handle, post
from outreach.sandbox.bluesky_records import (
    REACTIONS,
    content,
    images,
    quoted,
    reference,
    shown_at,
)
from outreach.sandbox.network import iso
from outreach.sandbox.world import Account, Note, Reaction, World

Json = dict[str, Any]
_DEFS = "app.bsky.feed.defs#"
_EMBED = "app.bsky.embed."


def profile_basic(request: Request, who: Account) -> Json:
    """A profileViewBasic."""
    return {
        "did": did(who.handle),
        "handle": handle(who.handle),
        "displayName": who.name,
        "avatar": picture_url(request, who),
        "viewer": {"muted": False, "blockedBy": False},
        "labels": [],
        "createdAt": iso(who.at),
    }


def profile(request: Request, who: Account) -> Json:
    """A profileView."""
    return {**profile_basic(request, who), "description": "", "indexedAt": iso(who.at)}


def profile_detailed(request: Request, world: World, who: Account) -> Json:
    """A profileViewDetailed."""
    notes = [n for n in world.notes[NAME].values() if n.author is who and not n.deleted]
    counts = {"followersCount": 0, "followsCount": 0, "postsCount": len(notes)}
    return profile(request, who) | counts


def post_view(request: Request, world: World, note: Note) -> Json:
    """A postView."""
    others = world.notes[NAME].values()
    view = {
        **reference(note),
        "author": profile_basic(request, note.author),
        "record": content(note),
        "bookmarkCount": 0,
        "replyCount": len(world.answers(note)),
        "repostCount": len(world.reacted(note, "repost")),
        "likeCount": len(world.reacted(note, "like")),
        "quoteCount": sum(quoted(content(n)) == note.id for n in others if not n.deleted),
        "indexedAt": iso(shown_at(note)),
        "labels": [],
    }
    if embed := _embed(request, world, note):
        view["embed"] = embed
    return view


def thread(request: Request, world: World, note: Note, depth: int, height: int) -> Json:
    """A threadViewPost: the post, what it answers, and its answers down to a depth."""
    view = _below(request, world, note, depth)
    if note.in_reply_to and height:
        parent = world.note(NAME, note.in_reply_to)
        view["parent"] = (
            thread(request, world, parent, 0, height - 1) if parent else missing(note.in_reply_to)
        )
    return view


def missing(uri: str) -> Json:
    """A notFoundPost."""
    return {"$type": f"{_DEFS}notFoundPost", "uri": uri, "notFound": True}


def feed_post(request: Request, world: World, note: Note) -> Json:
    """A feedViewPost."""
    view: Json = {"post": post_view(request, world, note)}
    if reply := content(note).get("reply"):
        view["reply"] = {
            name: _shown(request, world, str(reply[name]["uri"])) for name in ("root", "parent")
        }
    return view


def feed_repost(request: Request, world: World, event: Reaction) -> Json:
    """A feedViewPost of somebody else's post, and who handed it on."""
    reason = {
        "$type": f"{_DEFS}reasonRepost",
        "by": profile_basic(request, event.author),
        "indexedAt": iso(event.at),
    }
    return feed_post(request, world, event.note) | {"reason": reason}


def post_notification(request: Request, note: Note, reason: str, subject: str) -> Json:
    """A notification of a post that answers, names or quotes somebody."""
    told = _notification(request, note.author, reason, iso(shown_at(note)))
    told |= {**reference(note), "record": content(note)}
    return told | ({"reasonSubject": subject} if subject else {})


def reaction_notification(request: Request, event: Reaction) -> Json:
    """A notification of a like or a repost."""
    collection = next(name for name, kind in REACTIONS.items() if kind == event.kind)
    record = {
        "$type": collection,
        "subject": reference(event.note),
        "createdAt": iso(event.at),
    }
    told = _notification(request, event.author, event.kind, iso(event.at))
    uri = f"at://{did(event.author.handle)}/{collection}/{event.id}"
    return told | {"uri": uri, "cid": cid(record), "record": record, "reasonSubject": event.note.id}


def _notification(request: Request, author: Account, reason: str, at: str) -> Json:
    told = {"author": profile(request, author), "reason": reason, "isRead": False}
    return {**told, "indexedAt": at, "labels": []}


def _below(request: Request, world: World, note: Note, depth: int) -> Json:
    view: Json = {"$type": f"{_DEFS}threadViewPost", "post": post_view(request, world, note)}
    if depth:
        shown = {each.id for each in world.listing(NAME)}
        answers = [answer for answer in world.answers(note) if answer.id in shown]
        view["replies"] = [_below(request, world, answer, depth - 1) for answer in answers]
    return view


def _shown(request: Request, world: World, uri: str) -> Json:
    note = post(world, uri)
    if note is None:
        return missing(uri)
    return {"$type": f"{_DEFS}postView", **post_view(request, world, note)}


def _embed(request: Request, world: World, note: Note) -> Json:
    """The view of what a post carries; a quote with media is shown as the quote alone."""
    record = content(note)
    external = (record.get("embed") or {}).get("external")
    if external:
        view = {name: external[name] for name in ("uri", "title", "description")}
        if thumb := external.get("thumb"):
            view["thumb"] = _file(request, world, thumb)
        return {"$type": f"{_EMBED}external#view", "external": view}
    if uri := quoted(record):
        return {"$type": f"{_EMBED}record#view", "record": _quote(request, world, uri)}
    if shown := [_image(request, world, image) for image in images(record)]:
        return {"$type": f"{_EMBED}images#view", "images": shown}
    return {}


def _image(request: Request, world: World, image: Json) -> Json:
    url = _file(request, world, image["image"])
    return {"thumb": url, "fullsize": url, "alt": image["alt"]}


def _file(request: Request, world: World, blob: Json) -> str:
    """Where a blob is read."""
    return media_url(request, NAME, world.attachments[NAME][blob["ref"]["$link"]])


def _quote(request: Request, world: World, uri: str) -> Json:
    note = post(world, uri)
    if note is None:
        return {"$type": f"{_EMBED}record#viewNotFound", "uri": uri, "notFound": True}
    return {
        "$type": f"{_EMBED}record#viewRecord",
        **reference(note),
        "author": profile_basic(request, note.author),
        "value": content(note),
        "indexedAt": iso(shown_at(note)),
    }
