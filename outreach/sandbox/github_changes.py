"""What a client changes on GitHub: one mutation each, as the GraphQL reference describes them."""

from collections.abc import Callable, Mapping
from typing import Any

from outreach.sandbox.github_graphql import Thing, Wrong
from outreach.sandbox.github_text import LONGEST, called, read_into, shown
from outreach.sandbox.github_things import CATEGORIES, NAME, Things, body_of, kind_of, may_write
from outreach.sandbox.world import Account, Note, World

CREATES = ("createDiscussion", "addDiscussionComment", "addComment")
TITLE = 256

Input = Mapping[str, Any]


class Changes:
    """The mutations of one account."""

    def __init__(self, world: World, me: Account, things: Things) -> None:
        self._world = world
        self._me = me
        self._things = things

    def root(self) -> Thing:
        """Every mutation by its name."""
        known: dict[str, Callable[[Input], dict[str, Any]]] = {
            "createDiscussion": self._create,
            "addDiscussionComment": self._discuss,
            "addComment": self._comment,
            "updateDiscussion": lambda sent: self._update("Discussion", sent["discussionId"], sent),
            "updateDiscussionComment": lambda sent: self._update(
                "DiscussionComment", sent["commentId"], sent
            ),
            "updateIssueComment": lambda sent: self._update("IssueComment", sent["id"], sent),
            "deleteDiscussion": lambda sent: self._delete("Discussion", sent),
            "deleteDiscussionComment": lambda sent: self._delete("DiscussionComment", sent),
            "deleteIssueComment": lambda sent: self._delete("IssueComment", sent),
        }
        return Thing(
            kind="Mutation", fields={name: _taking(change) for name, change in known.items()}
        )

    def _create(self, sent: Input) -> dict[str, Any]:
        path, category = self._place(sent)
        if not may_write(path.partition("/")[0], self._me) and category == CATEGORIES[0]:
            raise Wrong(f"{self._me.handle} cannot create discussions in {category}", "FORBIDDEN")
        title = _title(sent["title"])
        extra = {"kind": "D", "title": title, "repository": path, "category": category}
        return {"discussion": self._made(sent["body"], None, extra)}

    def _discuss(self, sent: Input) -> dict[str, Any]:
        thread = self._note(sent["discussionId"], "Discussion")
        parent = thread
        if sent.get("replyToId"):
            parent = self._note(sent["replyToId"], "DiscussionComment")
            if self._things.top(parent) is not parent:
                message = "Parent comment is already in a thread, cannot reply to it"
                raise Wrong(message, "UNPROCESSABLE")
            if self._world.root(parent) is not thread:
                raise Wrong("Parent comment is in another discussion", "UNPROCESSABLE")
        return {"comment": self._made(sent["body"], parent, {})}

    def _comment(self, sent: Input) -> dict[str, Any]:
        issue = self._note(sent["subjectId"], "Issue")
        made = self._made(sent["body"], issue, {})
        return {"commentEdge": Thing(kind="IssueCommentEdge", fields={"node": made})}

    def _update(self, kind: str, id: str, sent: Input) -> dict[str, Any]:
        note = self._own(id, kind)
        body = _body(sent.get("body", body_of(note)))
        title = _title(sent["title"]) if sent.get("title") else note.extra.get("title", "")
        extra = {"body": body, **({"title": title} if title else {})}
        self._world.update(note, _said(title, body), **extra)
        return {}

    def _delete(self, kind: str, sent: Input) -> dict[str, Any]:
        self._world.delete(self._own(sent["id"], kind))
        return {}

    def _made(self, body: str, parent: Note | None, extra: dict[str, Any]) -> Thing:
        body = _body(body)
        note = self._world.create(
            self._me,
            _said(extra.get("title", ""), body),
            in_reply_to=parent.id if parent else None,
            **extra,
            body=body,
            called=called(body),
            read_into=read_into(body),
        )
        return self._things.thing(note)

    def _place(self, sent: Input) -> tuple[str, str]:
        """The repository and the category of a new discussion."""
        path = str(sent["repositoryId"]).removeprefix("R_")
        start = f"DIC_{path}/"
        category = str(sent["categoryId"]).removeprefix(start)
        if not str(sent["categoryId"]).startswith(start) or category not in CATEGORIES:
            raise Wrong(f"Could not resolve to a node '{sent['categoryId']}'.", "NOT_FOUND")
        return path, category

    def _note(self, id: str, kind: str) -> Note:
        note = self._world.note(NAME, id)
        if note is None or kind_of(note) != kind:
            raise Wrong(f"Could not resolve to a node with the global id of '{id}'.", "NOT_FOUND")
        return note

    def _own(self, id: str, kind: str) -> Note:
        note = self._note(id, kind)
        if note.author is not self._me:
            raise Wrong(f"{self._me.handle} does not have the correct permissions", "FORBIDDEN")
        return note


def _taking(change: Callable[[Input], dict[str, Any]]) -> Callable[..., Thing]:
    def mutation(input: Input) -> Thing:
        try:
            fields = {"clientMutationId": input.get("clientMutationId"), **change(input)}
        except KeyError as error:
            raise Wrong(f"Argument {error} on InputObject is required") from error
        return Thing(kind="Payload", fields=fields)

    return mutation


def _title(title: str) -> str:
    if not title.strip():
        raise Wrong("Title can't be blank", "UNPROCESSABLE")
    if len(title) > TITLE:
        raise Wrong(f"Title is too long (maximum is {TITLE} characters)", "UNPROCESSABLE")
    return title


def _body(body: str) -> str:
    if not body.strip():
        raise Wrong("Body can't be blank", "UNPROCESSABLE")
    if len(body) > LONGEST:
        raise Wrong(f"Body is too long (maximum is {LONGEST} characters)", "UNPROCESSABLE")
    return body


def _said(title: str, body: str) -> str:
    """What readers see: the title, unless the body begins with it, and the body."""
    text = shown(body)
    return text if text.startswith(title.removesuffix("…")) else f"{title}\n\n{text}"
