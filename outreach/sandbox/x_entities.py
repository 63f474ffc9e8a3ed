"""The JSON objects of the X API, version 2."""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox import x_text
from outreach.sandbox.addresses import media_url, picture_url, profile_url
from outreach.sandbox.network import iso
from outreach.sandbox.world import Account, Note, World

NAME = "x"
Json = dict[str, Any]
# The API's newer words for the same things; a client that asks for post.fields speaks them.
_POST_WORDS = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}
_ALWAYS_TWEET = ("id", "text", "edit_history_tweet_ids")
_ALWAYS_USER = ("id", "name", "username")
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')


def text_of(world: World, note: Note) -> str:
    """What X shows of a note before it shortens links: an answer begins with its addressee."""
    parent = world.notes[NAME].get(note.in_reply_to or "")
    if parent is None or parent.author is note.author or parent.author.handle in named(note.text):
        return note.text
    return f"@{parent.author.handle} {note.text}"


def html(request: Request, world: World, note: Note) -> Markup:
    """A note as X's page shows it: links by their display form, names and tags in blue."""
    text, links = x_text.shorten(text_of(world, note), note.id)
    marked = [(link.start, link.end, link.expanded, link.display) for link in links]
    marked += [
        (match.start(), match.end(), profile_url(request, who), match[0])
        for match in x_text.mentions(text)
        if (who := world.account_by_handle(NAME, match[1]))
    ]
    pieces, end = [Markup()], 0
    for start, stop, url, shown in sorted(marked):
        pieces += [escape(text[end:start]), _ANCHOR.format(url, shown)]
        end = stop
    return Markup().join([*pieces, escape(text[end:])]).replace("\n", Markup("<br>"))


def named(text: str) -> set[str]:
    """The handles in a text."""
    return {match[1] for match in x_text.mentions(text)}


def tweet(world: World, note: Note) -> Json:
    """A Post with all its fields."""
    text, links = x_text.shorten(text_of(world, note), note.id)
    text, appended = _appended(world, note, text)
    parent = world.notes[NAME].get(note.in_reply_to or "")
    whole: Json = {
        "id": note.id,
        "text": text,
        "edit_history_tweet_ids": [note.id],
        "author_id": note.author.id,
        "conversation_id": world.root(note).id,
        "created_at": iso(note.at),
        "lang": "en",
        "reply_settings": "everyone",
        "possibly_sensitive": False,
        "source": "outreach sandbox",
        "public_metrics": {
            "retweet_count": len(world.reacted(note, "repost")),
            "reply_count": len(world.answers(note)),
            "like_count": len(world.reacted(note, "like")),
            "quote_count": sum(n.extra.get("quotes") == note.id for n in world.listing(NAME)),
            "bookmark_count": 0,
            "impression_count": 0,
        },
    }
    if entities := _entities(world, text, links, appended):
        whole["entities"] = entities
    if keys := [media_key(id) for id in note.extra.get("media", ())]:
        whole["attachments"] = {"media_keys": keys}
    if parent:
        whole["in_reply_to_user_id"] = parent.author.id
    references = {"replied_to": parent and parent.id, "quoted": note.extra.get("quotes")}
    if found := [{"type": how, "id": id} for how, id in references.items() if id]:
        whole["referenced_tweets"] = found
    return whole


def media_key(id: str) -> str:
    """How X names an image where it is shown."""
    return f"3_{id}"


def _appended(world: World, note: Note, text: str) -> tuple[str, list[Json]]:
    """The text with the links that X puts behind it: to what it quotes, and to its images."""
    found: list[Json] = []
    quoted = world.notes[NAME].get(note.extra.get("quotes", ""))
    pages = [(quoted, "", "")] if quoted else []
    images = note.extra.get("media", [])
    pages += [(note, f"/photo/{n}", media_key(id)) for n, id in enumerate(images, 1)]
    start = 0
    for n, (shown, below, key) in enumerate(pages):
        short = x_text.short(f"{note.id} {'media' if key else 'quote'}")
        if not (key and n and pages[n - 1][2]):  # all images share one link
            start = len(text) + bool(text)
            text = f"{text} {short}".strip()
        address = f"x.com/{shown.author.handle}/status/{shown.id}{below}"
        url = {"start": start, "end": len(text), "url": short}
        url |= {"expanded_url": f"https://{address}", "display_url": address}
        found.append(url | ({"media_key": key} if key else {}))
    return text, found


def user(request: Request, world: World, who: Account) -> Json:
    """A User with all its fields."""
    notes = [n for n in world.notes[NAME].values() if n.author is who and not n.deleted]
    return {
        "id": who.id,
        "name": who.name,
        "username": who.handle,
        "created_at": iso(who.at),
        "description": "",
        "protected": False,
        "verified": False,
        "url": profile_url(request, who),
        "profile_image_url": picture_url(request, who),
        "public_metrics": {
            "followers_count": 0,
            "following_count": 0,
            "tweet_count": len(notes),
            "listed_count": 0,
            "like_count": 0,
        },
    }


def tweets_answer(
    request: Request, world: World, notes: Sequence[Note], meta: Json | None = None
) -> Response:
    """Several Posts, with the fields and expansions that were asked for."""
    answer: Json = {"data": [_chosen_tweet(request, world, note) for note in notes]}
    if includes := _includes(request, world, notes):
        answer["includes"] = includes
    if meta is not None:
        answer["meta"] = meta
    if not notes:
        del answer["data"]
    return spoken(request, answer)


def tweet_answer(request: Request, world: World, note: Note) -> Response:
    """One Post."""
    answer: Json = {"data": _chosen_tweet(request, world, note)}
    if includes := _includes(request, world, [note]):
        answer["includes"] = includes
    return spoken(request, answer)


def user_answer(request: Request, world: World, who: Account) -> Response:
    """One User."""
    return spoken(request, {"data": _chosen_user(request, world, who)})


def spoken(request: Request, answer: Json) -> Response:
    """The answer in the words of the client: tweets, or posts."""
    if "post.fields" in request.query_params:
        answer = _renamed(answer)
    return JSONResponse(answer)


def not_found(resource: str, id: str) -> Json:
    """A ResourceNotFoundProblem."""
    return {
        "type": "https://api.x.com/2/problems/resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find {resource} with id: [{id}].",
        "resource_type": resource,
        "resource_id": id,
        "parameter": "id",
        "value": id,
    }


def invalid(parameter: str, value: str, message: str) -> Json:
    """An InvalidRequestProblem."""
    return {
        "type": "https://api.x.com/2/problems/invalid-request",
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "parameter": parameter,
        "value": value,
        "status": 400,
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
    }


def blank(status: int, title: str, detail: str) -> Json:
    """A problem without a type, as X sends for what HTTP itself already says."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def _entities(
    world: World, text: str, links: Sequence[x_text.Link], appended: Sequence[Json]
) -> Json:
    urls = [
        {
            "start": link.start,
            "end": link.end,
            "url": link.short,
            "expanded_url": link.expanded,
            "display_url": link.display,
        }
        for link in links
    ]
    mentions = [
        {"start": match.start(), "end": match.end(), "username": who.handle, "id": who.id}
        for match in x_text.mentions(text)
        if (who := world.account_by_handle(NAME, match[1]))
    ]
    tags = [
        {"start": match.start(), "end": match.end(), "tag": match[1]}
        for match in x_text.hashtags(text)
    ]
    found = {"urls": [*urls, *appended], "mentions": mentions, "hashtags": tags}
    return {name: value for name, value in found.items() if value}


def _includes(request: Request, world: World, notes: Sequence[Note]) -> Json:
    wanted = _list(request, "expansions")
    includes: Json = {}
    if "author_id" in wanted and notes:
        authors = {note.author.id: note.author for note in notes}
        includes["users"] = [_chosen_user(request, world, who) for who in authors.values()]
    if {"referenced_tweets.id", "referenced_posts"} & set(wanted):
        parents = {note.in_reply_to: world.note(NAME, note.in_reply_to) for note in notes}
        shown = [_chosen_tweet(request, world, parent) for parent in parents.values() if parent]
        if shown:
            includes["tweets"] = shown
    if "attachments.media_keys" in wanted:
        files = [id for note in notes for id in note.extra.get("media", ())]
        if files:
            includes["media"] = [_chosen_media(request, world, id) for id in files]
    return includes


def _chosen_media(request: Request, world: World, id: str) -> Json:
    file = world.attachments[NAME][id]
    moves = file.content_type == "image/gif"
    whole = {
        "media_key": media_key(id),
        "type": "animated_gif" if moves else "photo",
        "url": media_url(request, NAME, file),
        "alt_text": file.description,
    }
    return _only(whole, ("media_key", "type", *_list(request, "media.fields")))


def _chosen_tweet(request: Request, world: World, note: Note) -> Json:
    wanted = {*_list(request, "tweet.fields"), *_list(request, "post.fields")}
    if "author_id" in _list(request, "expansions"):
        wanted.add("author_id")
    wanted |= {old for old, new in _POST_WORDS.items() if new in wanted}
    if "post.fields" in request.query_params:
        wanted |= {"author_id", "in_reply_to_user_id", "referenced_tweets"}
    return _only(tweet(world, note), (*_ALWAYS_TWEET, *wanted))


def _chosen_user(request: Request, world: World, who: Account) -> Json:
    return _only(user(request, world, who), (*_ALWAYS_USER, *_list(request, "user.fields")))


def _only(whole: Json, names: Iterable[str]) -> Json:
    kept = set(names)
    return {name: value for name, value in whole.items() if name in kept}


def _list(request: Request, name: str) -> list[str]:
    return [item for item in request.query_params.get(name, "").split(",") if item]


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_POST_WORDS.get(name, name): _renamed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner) for inner in value]
    return value
