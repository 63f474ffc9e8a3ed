"""What we write on GitHub: discussions, comments on them, and comments on issues."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from outreach.channels._github_api import Api, Json, legible
from outreach.channels._github_text import key_of, markdown, signed
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable, Uncertain
from outreach.model.note import Note
from outreach.rules import cut

TITLE = 256
PAGE = 50
"""How many bodies one request brings: each may have 65,536 characters."""

_MADE = "id url createdAt"
_LISTED = "id url createdAt body author { login }"
_KIND = """
query($id: ID!) { node(id: $id) {
  __typename ... on Comment { body }
  ... on DiscussionComment { discussion { id } replyTo { id } }
  ... on IssueComment { issue { id } }
} }
"""
_HOME = """
query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
  id viewerPermission hasDiscussionsEnabled
  discussionCategories(first: 100) { nodes { id name } }
} }
"""
_DISCUSSIONS = f"""
query($owner: String!, $name: String!, $after: String) {{ repository(owner: $owner, name: $name) {{
  discussions(first: {PAGE}, after: $after, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
    pageInfo {{ hasNextPage endCursor }} nodes {{ {_LISTED} }}
  }} }} }}
"""
_BELOW = {
    "Discussion": "comments",
    "DiscussionComment": "replies",
    "Issue": "comments",
    "PullRequest": "comments",
}
_UPDATE = {
    "Discussion": ("updateDiscussion", "discussionId"),
    "DiscussionComment": ("updateDiscussionComment", "commentId"),
    "IssueComment": ("updateIssueComment", "id"),
}
_DELETE = {
    "Discussion": "deleteDiscussion",
    "DiscussionComment": "deleteDiscussionComment",
    "IssueComment": "deleteIssueComment",
}


class Threads:
    """The discussions of one repository, and whatever comments are made anywhere."""

    def __init__(self, api: Api, repository: str, category: str) -> None:
        self._api = api
        self._owner, _, self._name = repository.partition("/")
        self._category = category

    def publish(self, note: Note, key: str) -> Receipt:
        """A new discussion, or a comment where the note answers something."""
        body = signed(markdown(note.text, note.mentions), key)
        if note.in_reply_to is None:
            home = self.home()
            made = self._api.change(
                "createDiscussion",
                f"discussion {{ {_MADE} }}",
                repositoryId=home["id"],
                categoryId=self._category_of(home),
                title=title(note),
                body=body,
            )
            return _made(made, "discussion")
        kind, parent, thread = self._answered(note.in_reply_to)
        if kind in ("Issue", "PullRequest"):
            made = self._api.change(
                "addComment", f"commentEdge {{ node {{ {_MADE} }} }}", subjectId=parent, body=body
            )
            return _made(made, "commentEdge", "node")
        below = {"replyToId": parent} if kind == "DiscussionComment" else {}
        made = self._api.change(
            "addDiscussionComment",
            f"comment {{ {_MADE} }}",
            discussionId=thread,
            body=body,
            **below,
        )
        return _made(made, "comment")

    def find(self, note: Note, key: str, since: datetime, me: str) -> Sequence[Receipt]:
        """What `me` wrote there since, with the mark of the key."""
        listed = self._discussions() if note.in_reply_to is None else self._below(note.in_reply_to)
        found: list[Receipt] = []
        for each in listed:
            with legible(Unavailable):
                receipt = _receipt(each)
                if receipt.at < since.replace(microsecond=0):
                    return found
                if key_of(each["body"]) == key and _author(each) == me.lower():
                    found.append(receipt)
        return found

    def edit(self, identifier: str, note: Note) -> None:
        """The new words, under the mark that is there."""
        node = self._node(identifier)
        name, field = self._verb(_UPDATE, node)
        body = markdown(note.text, note.mentions)
        key = key_of(str(node.get("body", "")))
        given = {field: identifier, "body": signed(body, key) if key else body}
        if name == "updateDiscussion":
            given["title"] = title(note)
        self._api.change(name, "clientMutationId", **given)

    def delete(self, identifier: str) -> None:
        """What is gone is done."""
        try:
            node = self._node(identifier)
            self._api.change(self._verb(_DELETE, node), "clientMutationId", id=identifier)
        except Rejected as error:
            if error.status != 404:
                raise

    def home(self) -> Json:
        """The repository that posts are announced in. Raises Rejected where it is not there."""
        with legible(Unavailable):
            found: Json = self._api.ask(_HOME, owner=self._owner, name=self._name)["repository"]
            return {**found}

    def closed(self, home: Json) -> str:
        """Why nobody can begin a discussion of our category there, "" where one can."""
        place = f"{self._owner}/{self._name}"
        if not home.get("hasDiscussionsEnabled"):
            return f"{place} has no discussions: turn them on in its settings, under Features"
        names = [str(each["name"]) for each in home["discussionCategories"]["nodes"]]
        if self._category not in names:
            return f"{place} has no category {self._category!r}: it has {', '.join(names)}"
        return ""

    def _category_of(self, home: Json) -> str:
        with legible(Unavailable):
            if why := self.closed(home):
                raise Rejected(why, 404)
            nodes = home["discussionCategories"]["nodes"]
            return next(str(each["id"]) for each in nodes if each["name"] == self._category)

    def _node(self, identifier: str) -> Json:
        """What an id means. Raises Rejected (404) where it is nothing."""
        node = self._api.ask(_KIND, id=identifier).get("node")
        if not isinstance(node, dict):
            raise Rejected(f"{identifier} is not there", 404)
        return node

    def _answered(self, identifier: str) -> tuple[str, str, str]:
        """Below what an answer has to be put: its kind, its id, and the discussion's.

        GitHub has two levels: an answer to an answer stands below the comment, one to a comment
        on an issue at the end.
        """
        node = self._node(identifier)
        with legible(Unavailable):
            kind = str(node["__typename"])
            if kind == "IssueComment":
                return "Issue", str(node["issue"]["id"]), ""
            if kind == "DiscussionComment":
                top = node["replyTo"]["id"] if node.get("replyTo") else identifier
                return kind, str(top), str(node["discussion"]["id"])
        if kind not in _BELOW:
            raise Rejected(f"nothing can be put below a {kind}", 422)
        return kind, identifier, identifier

    def _verb(self, verbs: dict[str, Any], node: Json) -> Any:
        kind = str(node.get("__typename"))
        if kind not in verbs:
            raise Rejected(f"a {kind} is not ours to change", 422)
        return verbs[kind]

    def _discussions(self) -> Iterator[Json]:
        """Newest first."""
        after: str | None = None
        while True:
            found = self._api.ask(_DISCUSSIONS, owner=self._owner, name=self._name, after=after)
            with legible(Unavailable):
                page = found["repository"]["discussions"]
                yield from page["nodes"]
                if not page["pageInfo"]["hasNextPage"]:
                    return
                after = page["pageInfo"]["endCursor"]

    def _below(self, identifier: str) -> Iterator[Json]:
        """What was said to something, newest first."""
        kind, parent, _ = self._answered(identifier)
        field = _BELOW[kind]
        before: str | None = None
        while True:
            found = self._api.ask(_comments(kind, field), id=parent, before=before)
            with legible(Unavailable):
                page = found["node"][field]
                yield from reversed(page["nodes"])
                if not page["pageInfo"]["hasPreviousPage"]:
                    return
                before = page["pageInfo"]["startCursor"]


def title(note: Note) -> str:
    """What a discussion is called: as the post, or how the note begins."""
    first = note.title or note.text.strip().partition("\n")[0]
    return cut.at_word(first, TITLE, len)


def _comments(kind: str, field: str) -> str:
    kinds = ("Issue", "PullRequest") if kind == "Issue" else (kind,)
    listed = f"pageInfo {{ hasPreviousPage startCursor }} nodes {{ {_LISTED} }}"
    asked = f"{field}(last: {PAGE}, before: $before) {{ {listed} }}"
    parts = " ".join(f"... on {each} {{ {asked} }}" for each in kinds)
    return f"query($id: ID!, $before: String) {{ node(id: $id) {{ {parts} }} }}"


def _author(node: Json) -> str:
    """A login in lower case; "" of somebody who is gone."""
    return str((node.get("author") or {}).get("login", "")).lower()


def _made(payload: Json, *path: str) -> Receipt:
    """The receipt of what was just made. Raises Uncertain where the answer does not name it."""
    with legible(Uncertain):
        node: Any = payload
        for name in path:
            node = node[name]
        return _receipt(node)


def _receipt(node: Json) -> Receipt:
    return Receipt(
        id=str(node["id"]), url=str(node["url"]), at=datetime.fromisoformat(node["createdAt"])
    )
