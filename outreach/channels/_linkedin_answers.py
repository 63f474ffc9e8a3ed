"""Comments on an organisation's posts, and the answers to them, as mentions.

LinkedIn tells nobody of a comment and lists none by time, so each of the newest posts is asked how
much was said to it, and what was said is read where there is something.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from outreach.channels._linkedin_rest import Forbidden, Json, Rest, encoded, legible, moment, pages
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page

WATCHED = 50
"""How many of the newest posts are asked for comments; one request asks for as many."""

OVERLAP = timedelta(minutes=10)
"""How late a comment may show up after a newer one, and still be read."""

Said = tuple[str, Json]
"""A comment with the URN that it was said to."""


class Unreadable(Unavailable):
    """LinkedIn lets this token read nothing of the page. It may post all the same."""


@contextmanager
def reading() -> Iterator[None]:
    """Around what takes the right to read: Unreadable where the token lacks that, since Forbidden
    would pause the posting too; Unavailable where the answer lacks what LinkedIn documents."""
    try:
        with legible(Unavailable):
            yield
    except Forbidden as error:
        lacks = "r_organization_social is missing, or a role in the page"
        what = "LinkedIn does not let this token read posts and comments"
        raise Unreadable(f"{what} ({lacks}): {error}") from error


class Answers:
    """What was said to one organisation's posts. Names of authors are asked for once."""

    def __init__(self, rest: Rest, organization: str) -> None:
        self._rest = rest
        self._organization = organization
        self._authors: dict[str, Author] = {}

    def collect(self, cursor: str | None) -> Page:
        """All that is new. The cursor is the time of the newest comment, and the numbers of those
        that are not much older, since comments show up late and each post is read by itself.
        """
        with reading():
            return self._collected(cursor)

    def peek(self) -> None:
        """Ask what `collect` asks, of the newest post alone. Raises Unreadable, as that does."""
        with reading():
            for post in islice(self.posts(), 1):
                list(self._answered([str(post["id"])]))

    def _collected(self, cursor: str | None) -> Page:
        newest, seen = _read(cursor)
        said = [(to, one) for to, one in self._said() if one["actor"] != self._organization]
        fresh = [
            (to, one)
            for to, one in said
            if str(one["id"]) not in seen and (newest is None or _at(one) >= newest - OVERLAP)
        ]
        if not fresh:
            return Page(mentions=(), cursor=cursor)
        fresh.sort(key=lambda each: (_at(each[1]), int(each[1]["id"])))
        latest = max(_at(one) for _, one in fresh)
        latest = latest if newest is None else max(latest, newest)
        recent = sorted({str(one["id"]) for _, one in said if _at(one) >= latest - OVERLAP})
        return Page(
            mentions=tuple(self._mention(to, one) for to, one in fresh),
            cursor=" ".join([latest.isoformat(), *recent]),
        )

    def posts(self) -> Iterator[Json]:
        """The organisation's posts, newest first."""
        author = encoded(self._organization)
        return pages(self._rest, f"/rest/posts?author={author}&q=author&sortBy=CREATED&", "FINDER")

    def comments(self, urn: str) -> Iterator[Json]:
        """What was said to a post, or to a comment."""
        return pages(self._rest, f"/rest/socialActions/{encoded(urn)}/comments?", "")

    def _said(self) -> Iterator[Said]:
        level = [str(post["id"]) for post in islice(self.posts(), WATCHED)]
        while level:
            said = [(urn, one) for urn in self._answered(level) for one in self._every(urn)]
            yield from said
            level = [str(one["commentUrn"]) for _, one in said]

    def _every(self, urn: str) -> Sequence[Json]:
        """All that was said to a post or a comment, which may have been taken back just now."""
        try:
            return list(self.comments(urn))
        except Rejected as error:
            if error.status == 404:
                return []
            raise

    def _answered(self, urns: Sequence[str]) -> Iterator[str]:
        """Those of the posts or comments that something was said to, as far as LinkedIn knows."""
        for first in range(0, len(urns), WATCHED):
            asked = urns[first : first + WATCHED]
            listed = ",".join(map(encoded, asked))
            results = self._rest.get(f"/rest/socialMetadata?ids=List({listed})")["results"]
            for urn in asked:
                if results.get(urn, {}).get("commentSummary", {}).get("count", 1):
                    yield urn

    def _mention(self, to: str, comment: Json) -> Mention:
        urn = str(comment["commentUrn"])
        where = f"{self._rest.site}/feed/update/{comment['object']}"
        return Mention(
            account="",
            id=urn,
            kind=Kind.REPLY,
            author=self._author(str(comment["actor"])),
            text=comment["message"]["text"],
            url=f"{where}?commentUrn={encoded(urn)}",
            published=_at(comment),
            in_reply_to=to,
            raw=json.dumps(comment, ensure_ascii=False),
        )

    def _author(self, urn: str) -> Author:
        if urn not in self._authors:
            self._authors[urn] = self._asked(urn)
        return self._authors[urn]

    def _asked(self, urn: str) -> Author:
        """Who somebody is, as far as LinkedIn tells: it keeps most members' names to itself."""
        kind, _, identifier = urn.removeprefix("urn:li:").partition(":")
        nobody = Author(id=urn, handle=identifier, name="A member of LinkedIn")
        if kind == "organization":
            return Author(id=urn, handle=identifier, url=f"{self._rest.site}/company/{identifier}")
        try:
            known = self._rest.get(f"/rest/people/(id:{encoded(identifier)})")
        except (Forbidden, Rejected):
            return nobody
        vanity = known.get("vanityName")
        if not vanity:
            return nobody
        names = (known.get("localizedFirstName", ""), known.get("localizedLastName", ""))
        return Author(
            id=urn,
            handle=f"@{vanity}",
            name=" ".join(name for name in names if name),
            url=f"{self._rest.site}/in/{vanity}",
        )


def _at(comment: Json) -> datetime:
    return moment(comment["created"]["time"])


def _read(cursor: str | None) -> tuple[datetime | None, frozenset[str]]:
    if cursor is None:
        return None, frozenset()
    at, *seen = cursor.split(" ")
    return datetime.fromisoformat(at), frozenset(seen)
