"""X, by its API v2 (docs.x.com). A post costs money, one with a link more: channels.md."""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.fetch import Fetch
from outreach.model.delivery import Receipt
from outreach.model.errors import Duplicate, Rejected, Unavailable, Uncertain
from outreach.model.mention import Author, Kind, Mention, Page
from outreach.model.note import Limits, Note
from outreach.rules import measure

if TYPE_CHECKING:
    from tweepy import Client

HOST = "https://api.twitter.com"
"""The host that tweepy writes into every request, and that OAuth 1.0a signs."""

PAGE = 100
_addressed = re.compile(r"^(@\w+\s+)+")
"""Whom an answer is to: X writes it in front of the text."""

FIELDS = ["created_at", "entities", "referenced_tweets", "in_reply_to_user_id", "author_id"]


class Settings(ChannelSettings):
    """The names of the four secrets of an OAuth 1.0a user context."""

    kind: Literal["x"]
    consumer_key: SecretName
    consumer_secret: SecretName
    access_token: SecretName
    access_token_secret: SecretName


LIMITS = Limits(
    length=280,
    measure=measure.x,
    alt_length=1000,
    deduplication="look-up, and a refusal of the same text",
    settle=timedelta(seconds=10),
)


class X:
    """One X account: Publisher, Finder, Deleter, Listener, Identified. X offers no edit."""

    limits = LIMITS

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self._credentials = {
            "consumer_key": secrets(settings.consumer_key),
            "consumer_secret": secrets(settings.consumer_secret),
            "access_token": secrets(settings.access_token),
            "access_token_secret": secrets(settings.access_token_secret),
        }
        self._base_url = settings.base_url
        self._fetch = fetch
        self._now = now

    def publish(self, note: Note, key: str) -> Receipt:
        from outreach.channels._requests import translated

        me, at = self._me, self._now()  # asked for first: after the post, nothing else may fail
        try:
            with translated(Uncertain):
                answer = self._client.create_tweet(
                    text=note.text, in_reply_to_tweet_id=note.in_reply_to, user_auth=True
                )
                return self._receipt(me, answer["data"]["id"], at)
        except Rejected as error:
            if error.status == 403 and "duplicate" in error.body.lower():
                raise Duplicate(str(error)) from error
            raise

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        from outreach.channels._requests import translated

        with translated(Unavailable):
            return [
                self._receipt(self._me, tweet["id"], datetime.fromisoformat(tweet["created_at"]))
                for tweet in self._own(since)
                if _is(tweet, note)
            ]

    def delete(self, receipt: Receipt) -> None:
        from outreach.channels._requests import gone_is_done, translated

        with gone_is_done(), translated(Uncertain):
            self._client.delete_tweet(receipt.id, user_auth=True)

    def collect(self, cursor: str | None) -> Page:
        """All mentions since the cursor: X lists newest first, so a page alone would leave gaps."""
        from outreach.channels._requests import translated

        with translated(Unavailable):
            found = list(self._mentions(cursor))
        newest = max((mention.id for mention in found), key=_age, default=cursor)
        return Page(mentions=tuple(reversed(found)), cursor=newest)

    def handle(self) -> str:
        return f"@{self._me['username']}"

    def _own(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Our posts, newest first, read back to `since`."""
        pages = self._pages(
            self._client.get_users_tweets,
            start_time=since.astimezone(UTC).replace(microsecond=0),
            exclude=["retweets"],
        )
        for page in pages:
            yield from page.get("data", ())

    def _mentions(self, since: str | None) -> Iterator[Mention]:
        pages = self._pages(
            self._client.get_users_mentions,
            since_id=since,
            expansions=["author_id"],
            user_fields=["name", "username"],
        )
        for page in pages:
            users = {user["id"]: user for user in page.get("includes", {}).get("users", ())}
            for tweet in page.get("data", ()):
                yield self._mention(tweet, users.get(tweet["author_id"], {}))

    def _pages(self, call: Callable[..., Any], **options: object) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        while True:
            page = call(
                self._me["id"],
                max_results=PAGE,
                tweet_fields=FIELDS,
                pagination_token=token,
                user_auth=True,
                **options,
            )
            yield page
            token = page.get("meta", {}).get("next_token")
            if not token:
                return

    def _mention(self, tweet: Mapping[str, Any], user: Mapping[str, Any]) -> Mention:
        handle = user.get("username", tweet["author_id"])
        return Mention(
            account="",
            id=tweet["id"],
            kind=Kind.REPLY if tweet.get("in_reply_to_user_id") == self._me["id"] else Kind.MENTION,
            author=Author(
                id=tweet["author_id"],
                handle=f"@{handle}",
                name=user.get("name", ""),
                url=f"{self._site}/{handle}",
            ),
            text=_unwound(tweet),
            url=f"{self._site}/{handle}/status/{tweet['id']}",
            published=datetime.fromisoformat(tweet["created_at"]),
            in_reply_to=_parent(tweet),
            raw=json.dumps(tweet, ensure_ascii=False),
        )

    def _receipt(self, me: Mapping[str, str], identifier: str, at: datetime) -> Receipt:
        url = f"{self._site}/{me['username']}/status/{identifier}"
        return Receipt(id=identifier, url=url, at=at)

    @property
    def _site(self) -> str:
        return (self._base_url or "https://x.com").rstrip("/")

    @cached_property
    def _me(self) -> Mapping[str, str]:
        from outreach.channels._requests import translated

        with translated(Unavailable):
            me: Mapping[str, str] = self._client.get_me(user_auth=True)["data"]
        return me

    @cached_property
    def _client(self) -> "Client":
        import tweepy

        from outreach.channels._requests import Door, quiet, session

        quiet("tweepy")
        client = tweepy.Client(**self._credentials, return_type=dict, wait_on_rate_limit=False)
        moved = (HOST, self._base_url.rstrip("/")) if self._base_url else ("", "")
        client.session = session(Door(self._fetch, self._now, moved))
        return client


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> X:
    """The account of these settings; nothing is loaded or asked before its first use."""
    return X(settings, secrets, fetch, now)


def _is(tweet: Mapping[str, Any], note: Note) -> bool:
    """Whether a post of ours is this note: same parent, and its link or else its words."""
    from outreach.channels._text import same

    if _parent(tweet) != note.in_reply_to:
        return False
    if note.original and note.original in note.text:
        return any(url.get("expanded_url") == note.original for url in _urls(tweet))
    return same(_addressed.sub("", _unwound(tweet)), _addressed.sub("", note.text))


def _parent(tweet: Mapping[str, Any]) -> str | None:
    for reference in tweet.get("referenced_tweets", ()):
        if reference["type"] == "replied_to":
            return str(reference["id"])
    return None


def _urls(tweet: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    urls: Sequence[Mapping[str, str]] = tweet.get("entities", {}).get("urls", ())
    return urls


def _unwound(tweet: Mapping[str, Any]) -> str:
    """The text with X's t.co links and HTML escapes undone."""
    text = str(tweet["text"])
    for url in _urls(tweet):
        text = text.replace(url["url"], url.get("expanded_url", url["url"]))
    return html.unescape(text)


def _age(identifier: str) -> tuple[int, str]:
    """Ids are numbers as text: longer is newer."""
    return len(identifier), identifier
