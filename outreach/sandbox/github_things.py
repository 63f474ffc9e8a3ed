"""What there is on GitHub, as GraphQL tells it: repositories, threads and what stands below them.

A repository is there as soon as somebody asks for it. Of its owner `strangers` nobody else may
write; one called `quiet` has no discussions.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from outreach.sandbox.addresses import base, profile_url
from outreach.sandbox.github_graphql import Thing, Wrong
from outreach.sandbox.world import Account, Note, World

NAME = "github"
CATEGORIES = ("Announcements", "General", "Q&A")
MOST = 100
KINDS = {
    "D": "Discussion",
    "DC": "DiscussionComment",
    "I": "Issue",
    "IC": "IssueComment",
}
_PATH = re.compile(r"^(?:https?://[^/]+/)?([\w.-]+)/([\w.-]+)(/discussions)?")
_COMMENT = frozenset({"Comment", "Node"})


def new_id(at: datetime, last: str) -> str:
    """A number that grows, of all things alike."""
    return str(int(number(last) or 0) + 1)


def number(id: str) -> str:
    """The number at the end of an id."""
    found = re.search(r"\d+$", id)
    return found[0] if found else ""


def named(parent: Note | None, new: str, extra: dict[str, Any]) -> str:
    """A node's id begins with what it is."""
    if parent is None:
        return f"{extra['kind']}_{new}"
    return f"{parent.id.partition('_')[0][:1]}C_{new}"


def begin(title: str, url: str) -> dict[str, Any]:
    """An issue that somebody opens, or a discussion: `url` is where."""
    found = _PATH.match(url) or _PATH.match("somebody/elsewhere")
    assert found is not None
    kind = "D" if found[3] else "I"
    repository = f"{found[1]}/{found[2]}"
    return {"kind": kind, "title": title, "repository": repository, "category": CATEGORIES[1]}


def stamp(at: datetime) -> str:
    """A time as GitHub writes it: without fractions."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def kind_of(note: Note) -> str:
    """Its GraphQL type."""
    return KINDS[note.id.partition("_")[0]]


def body_of(note: Note) -> str:
    """Its Markdown; what a reader typed is its own."""
    return str(note.extra.get("body", note.text))


def updated(world: World, note: Note) -> datetime:
    """When it was changed, or the last word was said to it."""
    below = (each.at for each in everything_below(world, note))
    return max(note.at, note.edited or note.at, *below)


def everything_below(world: World, note: Note) -> list[Note]:
    """All that was said to it and to that, oldest first, as far as the index shows it."""
    lags = world.faults.lag(NAME)
    indexed = {each.id for each in world.listing(NAME)} if lags else None

    def below(parent: Note) -> list[Note]:
        return [one for each in world.answers(parent) for one in (each, *below(each))]

    return sorted((one for one in below(note) if indexed is None or one.id in indexed), key=_age)


def may_write(owner: str, me: Account) -> bool:
    """Everybody is a collaborator, but of strangers."""
    return owner != "strangers" or me.handle == owner


class Things:
    """The things that one account sees in answer to one request."""

    def __init__(self, world: World, me: Account, request: Request) -> None:
        self._world = world
        self._me = me
        self._request = request

    def viewer(self) -> Thing:
        """Who asks."""
        return self.user(self._me)

    def user(self, account: Account) -> Thing:
        """A person."""
        fields = {
            "login": account.handle,
            "name": account.name,
            "url": profile_url(self._request, account),
        }
        return Thing(kind="User", kinds=frozenset({"Actor", "Node"}), fields=fields)

    def repository(self, owner: str, name: str) -> Thing:
        """A repository, and its discussions."""
        path = f"{owner}/{name}"
        categories = [
            Thing(kind="DiscussionCategory", fields={"id": f"DIC_{path}/{each}", "name": each})
            for each in CATEGORIES
        ]

        def discussions(**asked: Any) -> Thing:
            order = asked.pop("orderBy", {"field": "UPDATED_AT", "direction": "DESC"})
            found = [n for n in self._world.listing(NAME) if _is_in(n, path) and n.id[:2] == "D_"]
            if order["field"] == "UPDATED_AT":
                found.sort(key=lambda each: updated(self._world, each), reverse=True)
            return self._connection("discussions", found, **asked)

        return Thing(
            kind="Repository",
            fields={
                "id": f"R_{path}",
                "viewerPermission": "WRITE" if may_write(owner, self._me) else "READ",
                "hasDiscussionsEnabled": name != "quiet",
                "discussionCategories": lambda first: _listed(categories),
                "discussions": discussions,
            },
        )

    def node(self, id: str) -> Thing:
        """What an id means."""
        note = self._world.note(NAME, id)
        if note is None:
            raise Wrong(f"Could not resolve to a node with the global id of '{id}'.", "NOT_FOUND")
        return self.thing(note)

    def search(self, query: str, type: str, first: int, after: str | None = None) -> Thing:
        """Threads that have a quoted term in them, newest change first."""
        terms = [term.lower() for term in re.findall(r'"([^"]+)"', query)]
        since = re.search(r"updated:>=(\S+)", query)
        oldest = datetime.fromisoformat(since[1]) if since else self._world.now().replace(year=2000)
        wanted = "D_" if type == "DISCUSSION" else "I_"
        found = [
            note
            for note in self._world.listing(NAME)
            if note.id[:2] == wanted
            and updated(self._world, note) >= oldest
            and all(term in self._words(note) for term in terms)
        ]
        found.sort(key=lambda each: updated(self._world, each), reverse=True)
        return self._connection("search", found, first=first, after=after)

    def thing(self, note: Note) -> Thing:
        """A discussion, an issue, or a comment."""
        kind = kind_of(note)
        fields: dict[str, Any] = {
            "id": note.id,
            "url": self.url(note),
            "body": body_of(note),
            "createdAt": stamp(note.at),
            "updatedAt": stamp(updated(self._world, note)),
            "author": self.user(note.author),
        }
        if note.in_reply_to is None:
            fields["title"] = note.extra["title"]
        if kind == "DiscussionComment":
            top = self.top(note)
            fields |= {
                "deletedAt": None,
                "discussion": lambda: self.thing(self._world.root(note)),
                "replyTo": lambda: None if top is note else self.thing(top),
                "replies": lambda **asked: self._connection(
                    "replies", self._replies(note), **asked
                ),
            }
        elif kind == "IssueComment":
            fields["issue"] = lambda: self.thing(self._world.root(note))
        else:
            fields["comments"] = lambda **asked: self._connection(
                "comments", self.comments(note), **asked
            )
        return Thing(kind=kind, kinds=_COMMENT, fields=fields)

    def comments(self, thread: Note) -> list[Note]:
        """Those of the first level; an issue has no other."""
        below = everything_below(self._world, thread)
        return [n for n in below if kind_of(n) == "IssueComment" or n.in_reply_to == thread.id]

    def top(self, comment: Note) -> Note:
        """The comment of the first level above one, which may be itself."""
        root = self._world.root(comment)
        while comment.in_reply_to and comment.in_reply_to != root.id:
            comment = self._world.notes[NAME][comment.in_reply_to]
        return comment

    def url(self, note: Note) -> str:
        """Where a person reads it."""
        root = self._world.root(note)
        where = "discussions" if root.id.startswith("D_") else "issues"
        page = f"{base(self._request)}/{root.extra['repository']}/{where}/{number(root.id)}"
        anchor = "discussioncomment" if where == "discussions" else "issuecomment"
        return page if note is root else f"{page}#{anchor}-{number(note.id)}"

    def _replies(self, comment: Note) -> list[Note]:
        return everything_below(self._world, comment) if self.top(comment) is comment else []

    def _words(self, note: Note) -> str:
        said = (each.text for each in everything_below(self._world, note))
        return "\n".join((note.extra["title"], note.text, *said)).lower()

    def _connection(self, what: str, found: Sequence[Note], **asked: Any) -> Thing:
        return page(what, found, self.thing, **asked)


def page(
    what: str,
    found: Sequence[Note],
    told: Callable[[Note], Thing],
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Thing:
    """A part of a list. A cursor is the id of what it stands at."""
    size = first or last
    if size is None:
        message = f"You must provide a `first` or `last` value to properly paginate `{what}`."
        raise Wrong(message, "MISSING_PAGINATION_BOUNDARIES")
    if size > MOST:
        message = f"Requesting {size} records on `{what}` exceeds the limit of {MOST} records."
        raise Wrong(message, "EXCESSIVE_PAGINATION")
    ids = [each.id for each in found]
    start, end = (ids.index(after) + 1 if after else 0), (ids.index(before) if before else len(ids))
    shown = found[start:end][:first] if first else found[start:end][-size:]
    info = {
        "hasNextPage": bool(shown) and ids.index(shown[-1].id) < len(ids) - 1,
        "hasPreviousPage": bool(shown) and ids.index(shown[0].id) > 0,
        "startCursor": shown[0].id if shown else None,
        "endCursor": shown[-1].id if shown else None,
    }
    return _listed([told(each) for each in shown], info)


def _listed(nodes: list[Thing], info: dict[str, Any] | None = None) -> Thing:
    fields = {"nodes": nodes, "pageInfo": Thing(kind="PageInfo", fields=info or {})}
    return Thing(kind="Connection", fields=fields)


def _is_in(note: Note, path: str) -> bool:
    return str(note.extra.get("repository", "")).lower() == path.lower()


def _age(note: Note) -> int:
    return int(number(note.id))
