"""What people say below our articles. Forem lists comments by article alone, the whole tree."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from outreach.channels._devto_api import Api, legible, moment
from outreach.channels._text import plain
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page

Json = dict[str, Any]
PAGE = 100
FIRST = timedelta(days=7)
"""How far back the first look goes."""

OVERLAP = timedelta(days=1)
"""How late a comment may show up: what lists our articles comes from a cache."""

_BREAKS = re.compile(r"(<br\s*/?>)\n|(</p>)\n+(?=<p)")
"""Forem ends a line in its HTML where it breaks one, and where it ends a paragraph."""


class Comments:
    """All comments on one account's articles."""

    def __init__(self, api: Api, me: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._api = api
        self._me = me
        self._now = now

    def page(self, cursor: str | None) -> Page:
        """All that is new. The cursor is the time of the newest comment, and the ids of those that
        are not much older."""
        newest, seen = _read(cursor)
        since = (newest - OVERLAP) if newest else self._now() - FIRST
        me = self._me()
        there = [
            mention
            for article in self._talked_about(me, since)
            for mention in self._below(article)
            if mention.published >= since
        ]
        fresh = [mention for mention in there if mention.id not in seen]
        if not fresh:
            return Page(mentions=(), cursor=cursor)
        latest = max(newest or since, *(mention.published for mention in fresh))
        near = sorted({m.id for m in there if m.published >= latest - OVERLAP})
        ours = [mention for mention in fresh if mention.author.handle == f"@{me}"]
        theirs = [mention for mention in fresh if mention not in ours]
        return Page(
            mentions=tuple(sorted(theirs, key=lambda mention: mention.published)),
            cursor=" ".join([latest.isoformat(), *near]),
            answered=tuple(dict.fromkeys(each.in_reply_to for each in ours if each.in_reply_to)),
        )

    def _talked_about(self, me: str, since: datetime) -> Iterator[Json]:
        """Our published articles that somebody commented on since then."""
        number = 1
        while True:
            found = self._api.listed(f"/articles?username={me}&per_page={PAGE}&page={number}")
            with legible(Unavailable):
                for article in found:
                    if article["comments_count"] and moment(article["last_comment_at"]) >= since:
                        yield article
                if len(found) < PAGE:
                    return
            number += 1

    def _below(self, article: Json) -> Iterator[Mention]:
        try:
            found = self._api.listed(f"/comments?a_id={article['id']}")
        except Rejected as error:
            if error.status == 404:  # it was unpublished just now
                return
            raise
        with legible(Unavailable):
            for comment in found:
                yield from self._told(comment, str(article["id"]))

    def _told(self, comment: Json, parent: str) -> Iterator[Mention]:
        """A comment and those below it. Of one that was deleted only its place is left."""
        identifier = f"comment-{comment['id_code']}"
        user = comment.get("user") or {}
        if user.get("username"):
            yield Mention(
                account="",
                id=identifier,
                kind=Kind.REPLY,
                author=Author(
                    id=str(user.get("user_id") or user["username"]),
                    handle=f"@{user['username']}",
                    name=user.get("name") or "",
                    url=f"{self._api.site}/{user['username']}",
                ),
                text=plain(_BREAKS.sub(r"\1\2", comment["body_html"])),
                url=f"{self._api.site}/{user['username']}/comment/{comment['id_code']}",
                published=moment(comment["created_at"]),
                in_reply_to=parent,
                raw=json.dumps(comment | {"children": []}, ensure_ascii=False),
            )
        for child in comment.get("children", []):
            yield from self._told(child, identifier)


def _read(cursor: str | None) -> tuple[datetime | None, frozenset[str]]:
    if cursor is None:
        return None, frozenset()
    at, *seen = cursor.split(" ")
    return datetime.fromisoformat(at), frozenset(seen)
