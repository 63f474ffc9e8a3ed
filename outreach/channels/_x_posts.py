"""A post as X tells it (API v2, objects of type Post), and where reading stands."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from outreach.model.mention import Kind, Mention
from outreach.model.note import Note

Tweet = Mapping[str, Any]

FIELDS = (
    "created_at",
    "entities",
    "referenced_tweets",
    "in_reply_to_user_id",
    "author_id",
    "note_tweet",
)
_addressed = re.compile(r"^(@\w+\s+)+")
"""Whom an answer is to: X writes it in front of the text."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where reading stands. X lists newest first and by pages, so it takes several steps.

    All up to `since` is read. Between two pages, `newest` and `oldest` are the ends of what was
    read since, and `token` leads to the next page. At rest the cursor is written as the bare id.
    """

    since: str | None = None
    newest: str | None = None
    oldest: str | None = None
    token: str | None = None

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        return cls(**json.loads(text)) if text and text.startswith("{") else cls(since=text)

    def after(self, identifiers: Iterable[str], token: str | None) -> "Cursor":
        """Once a page with these posts was read."""
        seen = [*identifiers, *filter(None, (self.newest, self.oldest))]
        newest = max(seen, key=age, default=self.since)
        if not token:
            return Cursor(since=newest)
        oldest = min(seen, key=age, default=None)
        return Cursor(since=self.since, newest=newest, oldest=oldest, token=token)

    def text(self) -> str | None:
        return json.dumps(asdict(self)) if self.token else self.since


def age(identifier: str) -> tuple[int, str]:
    """Ids are numbers as text: longer is newer."""
    return len(identifier), identifier


def is_note(tweet: Tweet, note: Note) -> bool:
    """Whether a post of ours is this note: same parent, and its link or else its words."""
    from outreach.channels._text import same

    if parent(tweet) != note.in_reply_to:
        return False
    if note.original and note.original in note.text:
        return any(url.get("expanded_url") == note.original for url in _urls(tweet))
    return same(_addressed.sub("", unwound(tweet)), _addressed.sub("", note.text))


def kind(tweet: Tweet, me: Mapping[str, str]) -> Kind:
    """How a post that names us answers us."""
    if tweet.get("in_reply_to_user_id") == me["id"]:
        return Kind.REPLY
    return Kind.QUOTE if quoted(tweet, me) else Kind.MENTION


def parent(tweet: Tweet) -> str | None:
    """The id of what it answers."""
    return _referenced(tweet, "replied_to")


def quoted(tweet: Tweet, me: Mapping[str, str]) -> str | None:
    """The id of the post of ours that it quotes.

    X gives the id alone; whose it is, the link tells that X puts behind the text.
    """
    identifier = _referenced(tweet, "quoted")
    ours = f"/{me['username']}/status/{identifier}".lower()
    links = (str(url.get("expanded_url", "")).lower() for url in _urls(tweet))
    return identifier if any(link.endswith(ours) for link in links) else None


def unwound(tweet: Tweet) -> str:
    """The text as it was written: without X's t.co links, link to its images, and HTML escapes."""
    text = str(_whole(tweet)["text"])
    for url in _urls(tweet):
        text = text.replace(url["url"], "" if "media_key" in url else _target(url))
    return html.unescape(text.rstrip())


def unanswerable(mention: Mention) -> str:
    """Why X does not let an app answer this (docs.x.com, manage posts: replies of self-serve apps
    need an author who named or quoted us)."""
    if mention.kind in (Kind.MENTION, Kind.QUOTE):
        return ""
    tweet = json.loads(mention.raw)
    named = {str(each.get("id")) for each in _entities(tweet, "mentions")}
    if mention.kind is Kind.REPLY and str(tweet.get("in_reply_to_user_id")) in named:
        return ""
    return (
        f"X lets a program answer only who named or quoted us, and {mention.author.handle} did"
        " not: answer it by hand, in X's own app"
    )


def _whole(tweet: Tweet) -> Tweet:
    """The long form, where a post is longer than X shows at first."""
    long: Tweet | None = tweet.get("note_tweet")
    return long if long and "text" in long else tweet


def _entities(tweet: Tweet, name: str) -> Sequence[Mapping[str, str]]:
    """What X found in the text, in the long form and in the first of it."""
    forms = (form.get("entities") or {} for form in (tweet.get("note_tweet") or {}, tweet))
    return [each for entities in forms for each in entities.get(name) or ()]


def _urls(tweet: Tweet) -> Sequence[Mapping[str, str]]:
    return _entities(tweet, "urls")


def _target(url: Mapping[str, str]) -> str:
    return url.get("expanded_url") or url["url"]


def _referenced(tweet: Tweet, how: str) -> str | None:
    for reference in tweet.get("referenced_tweets") or ():
        if reference["type"] == how:
            return str(reference["id"])
    return None
