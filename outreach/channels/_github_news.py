"""What people say on GitHub: in repositories that we listen to, and wherever they name us.

Each source is read from a little before the newest that it had, since things show up late, and what
was seen there is left out. Times have no fractions of a second there.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from outreach.channels._github_api import Api, Forbidden, Json, legible, stamp
from outreach.channels._github_text import said
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page
from outreach.rules.measure import URL

FIRST = timedelta(days=7)
"""How far back the first look goes."""

OVERLAP = timedelta(hours=1)

_SAID = (
    "id url body createdAt author { login url ... on User { name } ... on Organization { name } }"
)
_REPLY = f"{_SAID} deletedAt"
_REPLIES = f"pageInfo {{ hasNextPage endCursor }} nodes {{ {_REPLY} }}"
_COMMENT = f"{_REPLY} replies(first: 20) {{ {_REPLIES} }}"
_COMMENTS = f"pageInfo {{ hasNextPage endCursor }} nodes {{ {_COMMENT} }}"
_DISCUSSIONS = f"""
query($owner: String!, $name: String!, $after: String) {{ repository(owner: $owner, name: $name) {{
  discussions(first: 10, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_SAID} title updatedAt comments(first: 50) {{ {_COMMENTS} }} }}
  }} }} }}
"""
_MORE = {
    "comments": f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Discussion {{
      comments(first: 50, after: $after) {{ {_COMMENTS} }} }} }} }}""",
    "replies": f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on DiscussionComment {{
      replies(first: 100, after: $after) {{ {_REPLIES} }} }} }} }}""",
}
_HIT = f"{_SAID} title comments(last: 50) {{ nodes {{ {_SAID} }} }}"
_FOUND = """
query($q: String!, $after: String) {
  search(query: $q, type: %s, first: 20, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { %s }
  } }
"""
_FOUND_BY = {
    "ISSUE": _FOUND % ("ISSUE", f"... on Issue {{ {_HIT} }} ... on PullRequest {{ {_HIT} }}"),
    "DISCUSSION": _FOUND % ("DISCUSSION", f"... on Discussion {{ {_HIT} }}"),
}

Source = Callable[[datetime], Iterator[Mention]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """How far one source was read: its newest time, and what was seen shortly before that."""

    at: datetime
    seen: frozenset[str] = frozenset()


class News:
    """One account's sources, read one after the other."""

    def __init__(
        self,
        api: Api,
        *,
        repositories: Iterable[str],
        terms: Iterable[str],
        me: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._me = me
        self._now = now
        self._sources: dict[str, Source] = {}
        for name in repositories:
            self._sources[f"issues {name}"] = _of(self._issues, name)
            self._sources[f"discussions {name}"] = _of(self._discussions, name)
        for term in terms:
            self._sources[f"search {term}"] = _of(self._found, term)

    def page(self, cursor: str | None) -> Page:
        """What is new in the first source that has something; the same cursor where none has.

        A source that is closed to us, or gone, keeps us from no other. Where there is nothing else
        to tell, it raises Unavailable.
        """
        places, closed = _read(cursor), dict[str, Exception]()
        for name, source in self._sources.items():
            place = places.get(name, Place(at=self._now() - FIRST + OVERLAP))
            since = (place.at - OVERLAP).replace(microsecond=0)
            try:
                there = {each.id: each for each in source(since) if each.published >= since}
            except (Forbidden, Rejected) as error:  # the account may write all the same
                closed[name] = error
                continue
            if fresh := [each for id, each in there.items() if id not in place.seen]:
                at = max(place.at if place.seen else since, *(each.published for each in fresh))
                near = frozenset(id for id, each in there.items() if each.published >= at - OVERLAP)
                return self._page(fresh, _written({**places, name: Place(at=at, seen=near)}))
        if closed:
            what = "; ".join(f"{name}: {error}" for name, error in closed.items())
            raise Unavailable(f"not read: {what}")
        return Page(mentions=(), cursor=cursor)

    def _page(self, fresh: list[Mention], cursor: str) -> Page:
        """Ours are no mentions, but answers to what they stand below."""
        me = self._me().lower()
        ours = [each for each in fresh if each.author.id.lower() == me]
        theirs = (each for each in fresh if each.author.id.lower() != me)
        return Page(
            mentions=tuple(sorted(theirs, key=lambda each: each.published)),
            cursor=cursor,
            answered=tuple(dict.fromkeys(each.in_reply_to for each in ours if each.in_reply_to)),
        )

    def _issues(self, repository: str, since: datetime) -> Iterator[Mention]:
        """Issues, pull requests, and what was said to them; nothing where they are turned off."""
        try:
            yield from self._tracked(repository, since)
        except Rejected as error:
            if error.status != 410:
                raise

    def _tracked(self, repository: str, since: datetime) -> Iterator[Mention]:
        where = f"/repos/{repository}"
        numbers: dict[str, str] = {}
        for issue in self._api.listed(f"{where}/issues", since, state="all"):
            with legible(Unavailable):
                numbers[str(issue["url"])] = str(issue["node_id"])
                yield _listed(issue, Kind.MENTION, None)
        for comment in self._api.listed(f"{where}/issues/comments", since):
            with legible(Unavailable):
                yield _listed(comment, Kind.REPLY, self._issue(numbers, where, comment))

    def _issue(self, numbers: dict[str, str], where: str, comment: Json) -> str:
        """The id of the issue that a comment is on, which may have been made just now."""
        url = str(comment["issue_url"])
        if url not in numbers:
            issue = self._api.get(f"{where}/issues/{url.rpartition('/')[2]}")
            numbers[url] = str(issue["node_id"])
        return numbers[url]

    def _discussions(self, repository: str, since: datetime) -> Iterator[Mention]:
        """Discussions that something happened to, and all that was said in them."""
        owner, _, name = repository.partition("/")
        after: str | None = None
        while True:
            found = self._api.ask(_DISCUSSIONS, owner=owner, name=name, after=after)
            with legible(Unavailable):
                page = found["repository"]["discussions"]
                for discussion in page["nodes"]:
                    yield _told(discussion, Kind.MENTION, None)
                    yield from self._below(discussion, "comments")
                if any(_at(discussion["updatedAt"]) < since for discussion in page["nodes"]):
                    return
                before, after = after, page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"] or after == before:
                    return

    def _below(self, node: Json, field: str) -> Iterator[Mention]:
        """Comments and their replies; GitHub has no third level."""
        page = node[field]
        while True:
            for each in page["nodes"]:
                if not each["deletedAt"]:
                    yield _told(each, Kind.REPLY, str(node["id"]))
                if "replies" in each:
                    yield from self._below(each, "replies")
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
            page = self._api.ask(_MORE[field], id=node["id"], after=after)["node"][field]

    def _found(self, term: str, since: datetime) -> Iterator[Mention]:
        """What names a term, in title, text or one of the last comments; the search finds more."""
        quoted = term.replace('"', "")
        asked = f'"{quoted}" updated:>={stamp(since)} sort:updated-desc'
        for query in _FOUND_BY.values():
            after: str | None = None
            while True:
                with legible(Unavailable):
                    page = self._api.ask(query, q=asked, after=after)["search"]
                    for hit in filter(None, page["nodes"]):
                        yield from _naming(term, hit)
                    if not page["pageInfo"]["hasNextPage"]:
                        break
                    after = page["pageInfo"]["endCursor"]


def _of(read: Callable[[str, datetime], Iterator[Mention]], name: str) -> Source:
    return lambda since: read(name, since)


def _naming(term: str, hit: Json) -> Iterator[Mention]:
    """Of a thread that was found, what has the term in it, with the address of ours that it is
    about."""
    comments = (_told(each, Kind.MENTION, str(hit["id"])) for each in hit["comments"]["nodes"])
    for mention in (_told(hit, Kind.MENTION, None), *comments):
        if term.lower() in mention.text.lower():
            ours = (url for url in URL.findall(mention.text) if term.lower() in url.lower())
            yield replace(mention, original=next(ours, ""))


def _told(node: Json, kind: Kind, parent: str | None) -> Mention:
    """A thing as GraphQL tells it."""
    author = node.get("author") or {"login": "ghost"}
    return Mention(
        account="",
        id=str(node["id"]),
        kind=kind,
        author=_author(author["login"], author.get("url"), author.get("name")),
        text=_text(node.get("title"), node["body"]),
        url=str(node["url"]),
        published=_at(node["createdAt"]),
        in_reply_to=parent,
        raw=json.dumps(_alone(node), ensure_ascii=False),
    )


def _listed(item: Json, kind: Kind, parent: str | None) -> Mention:
    """A thing as REST tells it."""
    user = item.get("user") or {"login": "ghost"}
    return Mention(
        account="",
        id=str(item["node_id"]),
        kind=kind,
        author=_author(user["login"], user.get("html_url"), None),
        text=_text(item.get("title"), item["body"]),
        url=str(item["html_url"]),
        published=_at(item["created_at"]),
        in_reply_to=parent,
        raw=json.dumps(item, ensure_ascii=False),
    )


def _author(login: Any, url: Any, name: Any) -> Author:
    return Author(id=str(login), handle=f"@{login}", name=name or "", url=url or "")


def _text(title: str | None, body: str | None) -> str:
    """The title is part of what somebody said."""
    return "\n\n".join(filter(None, (title, said(body or ""))))


def _alone(node: Json) -> Json:
    """Without what stands below it, which is told by itself."""
    return {name: value for name, value in node.items() if name not in ("comments", "replies")}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _read(cursor: str | None) -> dict[str, Place]:
    kept: Mapping[str, list[str]] = json.loads(cursor) if cursor else {}
    return {name: Place(at=_at(at), seen=frozenset(seen)) for name, (at, *seen) in kept.items()}


def _written(places: Mapping[str, Place]) -> str:
    kept = {name: [stamp(each.at), *sorted(each.seen)] for name, each in places.items()}
    return json.dumps(kept)
