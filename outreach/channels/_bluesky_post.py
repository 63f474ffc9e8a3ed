"""A note as a record of app.bsky.feed.post."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach.channels._session import Session, is_named
from outreach.model.errors import Rejected, Unavailable
from outreach.model.note import Card, Note
from outreach.model.post import Media
from outreach.rules.facets import facets

POST = "app.bsky.feed.post"
Json = dict[str, Any]


def record(session: Session, note: Note, created: str, reply: Mapping[str, Any] | None) -> Json:
    """The record of a note; its images are uploaded and the people whom it names looked up.

    `created` is an atproto datetime, `reply` what it answers (#replyRef). What is uploaded nobody
    sees before a record has it.
    """
    made: Json = {
        "$type": POST,
        "text": note.text,
        "createdAt": created,
        "langs": [note.language],
        "facets": facets(note.text, _people(session, note)),
    }
    if reply is not None:
        made["reply"] = reply
    embed = _embed(session, note, answers=reply is not None)
    if embed is not None:
        made["embed"] = embed
    return made


def reply_to(session: Session, uri: str) -> Json:
    """Strong references to the parent and to the first post of its thread (#replyRef)."""
    found = stored(session, uri)
    if found is None:
        raise Rejected("the post to be answered is not there any more", 404)
    parent = {"uri": found["uri"], "cid": found["cid"]}
    root = found["value"].get("reply", {}).get("root", parent)
    return {"root": root, "parent": parent}


def stored(session: Session, uri: str) -> Json | None:
    """A record with its `uri`, `cid` and `value`, None where there is none.

    The repository is asked, which has no index that lags as app.bsky's.
    """
    did, collection, rkey = parts(uri)
    try:
        found: Json = session.get(
            "com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey
        )
    except Rejected as error:
        if is_named(error, "RecordNotFound") or "Could not locate record" in error.body:
            return None  # older servers have no name for it but InvalidRequest
        raise Unavailable(str(error)) from error
    return found


def parts(uri: str) -> tuple[str, str, str]:
    """Repository, collection and key of a record."""
    did, collection, rkey = uri.removeprefix("at://").split("/")
    return did, collection, rkey


def _people(session: Session, note: Note) -> list[tuple[str, str]]:
    """The words and the DID of each whom the note names; the words of the unknown stay words."""
    found = [(each.words, _did(session, each.handle)) for each in note.mentions]
    return [(words, did) for words, did in found if did]


def _did(session: Session, handle: str) -> str:
    """Whom a handle names, "" if nobody; a DID names itself."""
    if handle.startswith("did:"):
        return handle
    try:
        answer = session.get("com.atproto.identity.resolveHandle", handle=handle)
    except Rejected:
        return ""
    return str(answer["did"])


def _embed(session: Session, note: Note, *, answers: bool) -> Json | None:
    """The images; else the card; else, of a note that begins a thread, a card by its title."""
    if note.media:
        images = [{"image": _blob(session, image), "alt": image.alt or ""} for image in note.media]
        return {"$type": "app.bsky.embed.images", "images": images}
    if note.card is not None:
        return _external(session, note.card)
    if note.original and not answers:
        return _external(session, Card(url=note.original, title=note.title))
    return None


def _external(session: Session, card: Card) -> Json:
    external = {"uri": card.url, "title": card.title, "description": card.description}
    if card.image is not None:
        external["thumb"] = _blob(session, card.image)
    return {"$type": "app.bsky.embed.external", "external": external}


def _blob(session: Session, image: Media) -> Any:
    return session.upload(Path(image.path).read_bytes(), image.content_type)
