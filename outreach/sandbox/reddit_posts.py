"""Writing on Reddit: submissions, comments, edits and deletions (reddit.com/dev/api)."""

import re
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from outreach.sandbox.addresses import base
from outreach.sandbox.forms import Malformed, fields
from outreach.sandbox.reddit_text import shown
from outreach.sandbox.reddit_things import NAME, answer, permalink, thing
from outreach.sandbox.world import Account, Note, World

LONGEST_TITLE, LONGEST_TEXT, LONGEST_COMMENT = 300, 40_000, 10_000
NEWCOMER = "newcomer"
"""An account that begins so is told to take a break between two things that it writes."""

BREAK = timedelta(minutes=9)


class Problem(Exception):
    """One of `json.errors`: a name, words, and the field that it is about. HTTP says 200."""

    def __init__(self, name: str, words: str, field: str, ratelimit: float = 0) -> None:
        super().__init__(words)
        self.errors = [[name, words, field]]
        self.ratelimit = ratelimit


class Forbidden(Exception):
    """An HTTP 403."""


async def submit(world: World, caller: Account, request: Request) -> Response:
    """POST /api/submit"""
    sent = await _sent(request)
    kind, title, url = (str(sent.get(name, "")) for name in ("kind", "title", "url"))
    text, where = str(sent.get("text", "")), str(sent.get("sr", ""))
    _check_place(where, sent)
    _check_title(title)
    extra = {"title": title, "subreddit": where, "flair": str(sent.get("flair_id", "")), "body": ""}
    if kind == "link":
        _check_link(world, url, where, again=str(sent.get("resubmit")).lower() == "true")
        extra["url"], said = url, title
    elif kind == "self":
        _check_length(text, LONGEST_TEXT)
        extra["body"], said = text, f"{title}\n\n{shown(text)}".strip()
    else:
        raise Problem("INVALID_OPTION", "that option is not valid", "kind")
    _check_pace(world, caller)
    note = world.create(caller, said, **extra)
    where = f"{base(request)}/{NAME}{permalink(world, note)}"
    data = {"url": where, "drafts_count": 0, "id": note.id.partition("_")[2], "name": note.id}
    return answer(request, {"json": {"errors": [], "data": data}})


async def comment(world: World, caller: Account, request: Request) -> Response:
    """POST /api/comment"""
    sent = await _sent(request)
    parent = world.notes[NAME].get(str(sent.get("thing_id", "")))
    text = str(sent.get("text", ""))
    if parent is None:
        raise Problem("NO_THING_ID", "id not specified", "parent")
    if parent.deleted:
        gone = "DELETED_COMMENT" if parent.in_reply_to else "DELETED_LINK"
        raise Problem(gone, "that has been deleted", "parent")
    _check_text(text, LONGEST_COMMENT)
    _check_pace(world, caller)
    note = world.create(caller, shown(text), in_reply_to=parent.id, body=text)
    things = [thing(world, note)]
    return answer(request, {"json": {"errors": [], "data": {"things": things}}})


async def edit(world: World, caller: Account, request: Request) -> Response:
    """POST /api/editusertext: a comment's text, or a text post's; a link post has none."""
    sent = await _sent(request)
    note, text = world.note(NAME, str(sent.get("thing_id", ""))), str(sent.get("text", ""))
    if note is None or note.extra.get("url"):
        raise Forbidden
    if note.author is not caller:
        raise Problem("NOT_AUTHOR", "you can't do that", "thing_id")
    if note.in_reply_to:
        _check_text(text, LONGEST_COMMENT)
        world.update(note, shown(text), body=text)
    else:
        _check_length(text, LONGEST_TEXT)
        world.update(note, f"{note.extra['title']}\n\n{shown(text)}".strip(), body=text)
    things = [thing(world, note)]
    return answer(request, {"json": {"errors": [], "data": {"things": things}}})


async def delete(world: World, caller: Account, request: Request) -> Response:
    """POST /api/del: says nothing, also of what is gone already."""
    sent = await _sent(request)
    note = world.note(NAME, str(sent.get("id", "")))
    if note is not None and note.author is not caller:
        raise Forbidden
    if note is not None:
        world.delete(note)
    return answer(request, {})


def _check_place(where: str, sent: dict[str, Any]) -> None:
    """Some subreddits are there by their name: nowhere…, closed…, private…, flaired…"""
    if not where or where.startswith("nowhere"):
        raise Problem("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr")
    if where.startswith("closed"):
        raise Problem("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr")
    if where.startswith("private"):
        raise Forbidden
    if where.startswith("flaired") and not sent.get("flair_id"):
        words = "Your post must contain post flair."
        raise Problem("SUBMIT_VALIDATION_FLAIR_REQUIRED", words, "flair")


def _check_title(title: str) -> None:
    if not title.strip():
        raise Problem("NO_TEXT", "we need something here", "title")
    if len(title) > LONGEST_TITLE:
        raise Problem("TOO_LONG", f"this is too long (max: {LONGEST_TITLE})", "title")


def _check_text(text: str, longest: int) -> None:
    if not text.strip():
        raise Problem("NO_TEXT", "we need something here", "text")
    _check_length(text, longest)


def _check_length(text: str, longest: int) -> None:
    if len(text) > longest:
        raise Problem("TOO_LONG", f"this is too long (max: {longest})", "text")


def _check_link(world: World, url: str, where: str, *, again: bool) -> None:
    if not url:
        raise Problem("NO_URL", "a url is required", "url")
    if not re.match(r"https?://[^\s/]+", url):
        raise Problem("BAD_URL", "you should check that url", "url")
    if not again and any(_is_there(note, url, where) for note in world.notes[NAME].values()):
        raise Problem("ALREADY_SUB", "that link has already been submitted", "url")


def _is_there(note: Note, url: str, where: str) -> bool:
    same = str(note.extra.get("subreddit", "")).casefold() == where.casefold()
    return same and note.extra.get("url") == url and not note.deleted


def _check_pace(world: World, caller: Account) -> None:
    if not caller.handle.startswith(NEWCOMER):
        return
    own = (note for note in reversed(world.notes[NAME].values()) if note.author is caller)
    last = next(own, None)
    left = last.at + BREAK - world.now() if last else timedelta(0)
    if left > timedelta(0):
        minutes = -(-left.total_seconds() // 60)
        words = f"Looks like you've been doing that a lot. Take a break for {minutes:.0f} minutes"
        raise Problem(
            "RATELIMIT", f"{words} before trying again.", "ratelimit", left.total_seconds()
        )


async def _sent(request: Request) -> dict[str, Any]:
    try:
        sent = await fields(request)
    except Malformed as error:
        raise Forbidden from error
    if sent.get("api_type") != "json":
        raise Problem("BAD_API_TYPE", "the sandbox answers api_type=json only", "api_type")
    return sent
