"""Reddit's things (t1 comments, t3 submissions) and the listings that hold them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.reddit_text import html, shown, slug
from outreach.sandbox.world import Account, Note, World

NAME = "reddit"
Json = dict[str, Any]
PAGE, LONGEST_PAGE, SHOWN = 25, 100, 1000
TREE, DEEPEST = 200, 10
"""How many comments a tree shows unless told, and how deep it goes."""

HOME = "all_lanterns"
"""Where readers post who begin a thread in the square."""


def listing(request: Request, things: Sequence[Json]) -> Response:
    """One page of them, newest first, by `after`, `before` and `limit`."""
    sent = request.query_params
    shown = list(things[:SHOWN])
    names = [thing["data"]["name"] for thing in shown]
    size = min(int(sent.get("limit") or PAGE), LONGEST_PAGE)
    start, stop = 0, size
    if sent.get("after") in names:
        start = names.index(sent["after"]) + 1
        stop = start + size
    elif sent.get("before"):
        stop = names.index(sent["before"]) if sent["before"] in names else 0
        start = max(stop - size, 0)
    page, more = shown[start:stop], stop < len(shown)
    return answer(request, whole(page, names[stop - 1] if more and page else None, start, names))


def whole(
    page: Sequence[Json],
    after: str | None = None,
    start: int = 0,
    names: Sequence[str] = (),
) -> Json:
    """A Listing of these."""
    before = names[start] if start and names else None
    data = {"after": after, "before": before, "dist": len(page), "modhash": None}
    return {"kind": "Listing", "data": {**data, "children": list(page)}}


def answer(request: Request, value: Any, status: int = 200) -> Response:
    """JSON; without raw_json=1, texts have `<`, `>` and `&` as entities."""
    raw = request.query_params.get("raw_json") == "1"
    return JSONResponse(value if raw else _escaped(value), status)


def thing(world: World, note: Note, viewer: Account | None = None) -> Json:
    """A comment or a submission, as a member of a listing."""
    return _comment(world, note) if note.in_reply_to else _submission(world, note)


def _submission(world: World, note: Note) -> Json:
    title, url = note.extra.get("title", note.text), note.extra.get("url", "")
    body = note.extra.get("body", note.text)
    where = permalink(world, note)
    data = {
        **_common(note),
        "title": title,
        "is_self": not url,
        "selftext": body,
        "selftext_html": html(shown(body)) if body else None,
        "subreddit": subreddit(world, note),
        "url": url or f"https://www.reddit.com{where}",
        "permalink": where,
        "num_comments": Below(world).count(note),
        "over_18": False,
        "link_flair_template_id": note.extra.get("flair") or None,
    }
    return {"kind": "t3", "data": data}


def _comment(world: World, note: Note) -> Json:
    body = note.extra.get("body", note.text)
    root = world.root(note)
    data = {
        **_common(note),
        "body": body,
        "body_html": html(shown(body)),
        "parent_id": note.in_reply_to,
        "link_id": root.id,
        "subreddit": subreddit(world, root),
        "permalink": permalink(world, note),
        "replies": "",
    }
    if note.deleted:
        gone = {"author": "[deleted]", "body": "[deleted]", "body_html": html("[deleted]")}
        del data["author_fullname"]
        data |= gone
    return {"kind": "t1", "data": data}


def _common(note: Note) -> Json:
    return {
        "id": note.id.partition("_")[2],
        "name": note.id,
        "author": note.author.handle,
        "author_fullname": f"t2_{note.author.id}",
        "created_utc": float(int(note.at.timestamp())),
        "edited": float(int(note.edited.timestamp())) if note.edited else False,
        "score": 1,
    }


def subreddit(world: World, note: Note) -> str:
    """Where a note stands."""
    return str(world.root(note).extra.get("subreddit", HOME))


def permalink(world: World, note: Note) -> str:
    """A note's own path on reddit.com."""
    root = world.root(note)
    title = slug(str(root.extra.get("title", root.text)))
    path = f"/r/{subreddit(world, root)}/comments/{root.id.partition('_')[2]}/{title}/"
    return path if note is root else f"{path}{note.id.partition('_')[2]}/"


class Below:
    """What stands below each note, newest first. What was deleted is a mark where others stand
    below it, and else is not there."""

    def __init__(self, world: World) -> None:
        self._children: defaultdict[str, list[Note]] = defaultdict(list)
        for note in reversed(world.notes[NAME].values()):
            if note.in_reply_to:
                self._children[note.in_reply_to].append(note)

    def __call__(self, note: Note) -> list[Note]:
        return [one for one in self._children[note.id] if not one.deleted or self.count(one)]

    def count(self, note: Note) -> int:
        """How many comments stand below."""
        return sum((not one.deleted) + self.count(one) for one in self._children[note.id])


def tree(world: World, note: Note, limit: int) -> Json:
    """The comments below a note: `limit` of them, level by level; for the rest there is `more`."""
    below, chosen = Below(world), set[str]()
    level = below(note)
    while level and len(chosen) < limit:
        level = level[: limit - len(chosen)]
        chosen |= {child.id for child in level}
        level = [child for one in level for child in below(one)]
    return _branch(world, below, note, chosen, 0)


def _branch(world: World, below: Below, note: Note, chosen: set[str], depth: int) -> Json:
    listed, hidden = [], []
    for child in below(note):
        if child.id not in chosen:
            hidden.append(child)
            continue
        told = _comment(world, child)
        told["data"]["depth"] = depth
        if below(child):
            deep = depth + 1 >= DEEPEST
            told["data"]["replies"] = (
                whole([_continued(child, depth + 1)])
                if deep
                else _branch(world, below, child, chosen, depth + 1)
            )
        listed.append(told)
    if hidden:
        listed.append(_more(below, note, hidden, depth))
    return whole(listed)


def _more(below: Below, parent: Note, hidden: Iterable[Note], depth: int) -> Json:
    identifiers = [identifier for one in hidden for identifier in _ids(below, one)]
    first = identifiers[0]
    data = {
        "count": len(identifiers),
        "name": f"t1_{first}",
        "id": first,
        "parent_id": parent.id,
        "depth": depth,
        "children": identifiers,
    }
    return {"kind": "more", "data": data}


def _continued(parent: Note, depth: int) -> Json:
    """ "Continue this thread": a link, where the tree goes no deeper."""
    data = {
        "count": 0,
        "name": "t1__",
        "id": "_",
        "parent_id": parent.id,
        "depth": depth,
        "children": [],
    }
    return {"kind": "more", "data": data}


def _ids(below: Below, note: Note) -> list[str]:
    return [
        note.id.partition("_")[2],
        *(identifier for child in below(note) for identifier in _ids(below, child)),
    ]


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    if isinstance(value, dict):
        return {name: _escaped(each) for name, each in value.items()}
    return value
