"""X, by its API v2 (docs.x.com). A post costs money, one with a link more: channels.md."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from outreach.channels._extra import require
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.channels._signin import Consent, Form
from outreach.channels._x_access import Access, OAuth1, Wire, meaning
from outreach.channels._x_media import Uploads
from outreach.channels._x_oauth2 import Endpoint, OAuth2
from outreach.channels._x_posts import (
    FIELDS,
    Cursor,
    Tweet,
    is_note,
    kind,
    parent,
    quoted,
    unanswerable,
    unwound,
)
from outreach.channels._x_prices import OWN_READ, USER_READ, Meter, price
from outreach.channels._x_prices import PRICES as PRICES
from outreach.channels._x_signin import CodeGrant, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Activity, Receipt
from outreach.model.errors import Duplicate, Rejected, Unavailable, Uncertain
from outreach.model.mention import Author, Mention, Page
from outreach.model.note import Limits, Note
from outreach.rules import measure

PAGE = 100
MENTIONS_PAGE = 25
"""What one call of `collect` reads at most: an author may cost ten times what a post does."""

SHOWN = 3200
"""How many posts of an account X lists (docs.x.com, timelines)."""


class Settings(ChannelSettings):
    """One of two ways in, each secret by its name.

    OAuth 1.0a: `consumer_key` and `consumer_secret`, and the access token's pair unless a sign-in
    wins it. OAuth 2.0: `client_id`, with `client_secret` where the app has one. `callback` is an
    address that the app has registered. `monthly_cap` is in US dollars.
    """

    kind: Literal["x"]
    consumer_key: SecretName | None = None
    consumer_secret: SecretName | None = None
    access_token: SecretName | None = None
    access_token_secret: SecretName | None = None
    client_id: SecretName | None = None
    client_secret: SecretName | None = None
    callback: str = "http://127.0.0.1:8001/channels/callback"
    monthly_cap: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        keys = (self.consumer_key, self.consumer_secret)
        pair = (self.access_token, self.access_token_secret)
        if self.client_id and any((*keys, *pair)):
            raise ValueError("client_id is OAuth 2.0, the other keys are OAuth 1.0a: keep one way")
        if self.client_secret and not self.client_id:
            raise ValueError("client_secret needs client_id (OAuth 2.0)")
        if not self.client_id and not all(keys):
            raise ValueError("needs consumer_key and consumer_secret (OAuth 1.0a), or client_id")
        if any(pair) and not all(pair):
            raise ValueError("access_token and access_token_secret go together, or sign in")
        return self


LIMITS = Limits(
    length=280,
    measure=measure.x,
    images=4,
    image_bytes=5_000_000,
    image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    alt_length=1000,
    deduplication="look-up, and a refusal of the same text",
    settle=timedelta(seconds=10),
)


class X:
    """One X account: Publisher, Finder, Deleter, Listener, Identified, Tested, Priced, Summoned.

    X offers programs no edit.
    """

    limits = LIMITS

    def __init__(self, access: Access, wire: Wire, cap: Decimal | None) -> None:
        self._access = access
        self._wire = wire
        self._cap = cap
        self._meter = Meter(wire.now)
        self._uploads = Uploads(self._ask)
        self._known: tuple[str, Mapping[str, str]] | None = None

    def publish(self, note: Note, key: str) -> Receipt:
        from outreach.channels._requests import translated

        me, at = self._me, self._wire.now()  # asked first: after the post, nothing else may fail
        media = self._uploads.ids(note.media)
        try:
            with translated(Uncertain):
                answer = self._ask(
                    "create_tweet",
                    text=note.text,
                    in_reply_to_tweet_id=note.in_reply_to,
                    media_ids=media or None,
                )
                return self._receipt(me, answer["data"]["id"], at)
        except Rejected as error:
            if error.status == 403 and "duplicate" in error.body.lower():
                raise Duplicate(str(error)) from error
            raise

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        from outreach.channels._requests import translated

        me = self._me
        with translated(Unavailable):
            return [
                self._receipt(me, tweet["id"], datetime.fromisoformat(tweet["created_at"]))
                for tweet in self._own(since)
                if is_note(tweet, note)
            ]

    def delete(self, receipt: Receipt) -> None:
        from outreach.channels._requests import gone_is_done, translated

        with gone_is_done(), translated(Uncertain):
            self._ask("delete_tweet", receipt.id)

    def collect(self, cursor: str | None) -> Page:
        """One page of what names us. X lists newest first: the cursor remembers the way."""
        from outreach.channels._requests import translated

        place, me = Cursor.read(cursor), self._me
        with translated(Unavailable):
            page = self._mentions(place)
            tweets = page.get("data", ())
            users = {user["id"]: user for user in page.get("includes", {}).get("users", ())}
            found = [
                self._mention(tweet, users.get(tweet["author_id"], {}), me) for tweet in tweets
            ]
            token = page.get("meta", {}).get("next_token")
            after = place.after([tweet["id"] for tweet in tweets], token)
        self._meter.read(USER_READ, users)
        return Page(mentions=tuple(reversed(found)), cursor=after.text())

    def handle(self) -> str:
        return f"@{self._me['username']}"

    def rights(self) -> Rights:
        """By who we are, and by what X tells of the permission beside it."""
        from outreach.channels._requests import translated

        with translated(Unavailable):
            answer = self._ask("request", "GET", "/2/users/me")
            me = answer.json()["data"]
        self._meter.read(USER_READ, [me["id"]])
        return Rights(handle=f"@{me['username']}", write=self._access.unwritable(answer.headers))

    @property
    def cap(self) -> Decimal | None:
        return self._cap

    def price(self, activity: Activity, note: Note) -> Decimal:
        return price(activity, note)

    def price_to_read(self) -> Decimal:
        """Of one page. `find` reads a page more for each hundred posts of ours since `since`."""
        mentions = MENTIONS_PAGE * (OWN_READ + USER_READ)
        return USER_READ + max(mentions, PAGE * OWN_READ)

    def bill(self) -> Decimal:
        return self._meter.bill()

    def unanswerable(self, mention: Mention) -> str:
        return unanswerable(mention)

    def _own(self, since: datetime) -> Iterator[Tweet]:
        """Our posts, newest first, read back to `since`."""
        token: str | None = None
        for _ in range(SHOWN // PAGE):
            page = self._page(
                "get_users_tweets",
                max_results=PAGE,
                start_time=since.astimezone(UTC).replace(microsecond=0),
                exclude=["retweets"],
                pagination_token=token,
            )
            yield from page.get("data", ())
            token = page.get("meta", {}).get("next_token")
            if not token:
                return
        raise Unavailable(f"X lists {SHOWN} posts, and all of them are newer than {since}")

    def _mentions(self, place: Cursor) -> Mapping[str, Any]:
        """The page at that place. Where X no longer knows its token, what is older than we saw."""
        options = {
            "max_results": MENTIONS_PAGE,
            "since_id": place.since,
            "expansions": ["author_id"],
            "user_fields": ["name", "username"],
        }
        try:
            return self._page("get_users_mentions", pagination_token=place.token, **options)
        except Rejected as error:
            if place.token is None or error.status not in (400, 404):
                raise
        return self._page("get_users_mentions", until_id=place.oldest, **options)

    def _page(self, method: str, **options: object) -> Mapping[str, Any]:
        page: Mapping[str, Any] = self._ask(
            method, self._me["id"], tweet_fields=list(FIELDS), **options
        )
        self._meter.read(OWN_READ, [tweet["id"] for tweet in page.get("data", ())])
        return page

    def _mention(self, tweet: Tweet, user: Mapping[str, Any], me: Mapping[str, str]) -> Mention:
        handle = user.get("username", tweet["author_id"])
        return Mention(
            account="",
            id=tweet["id"],
            kind=kind(tweet, me),
            author=Author(
                id=tweet["author_id"],
                handle=f"@{handle}",
                name=user.get("name", ""),
                url=f"{self._site}/{handle}",
            ),
            text=unwound(tweet),
            url=f"{self._site}/{handle}/status/{tweet['id']}",
            published=datetime.fromisoformat(tweet["created_at"]),
            in_reply_to=parent(tweet) or quoted(tweet, me),
            raw=json.dumps(tweet, ensure_ascii=False),
        )

    def _receipt(self, me: Mapping[str, str], identifier: str, at: datetime) -> Receipt:
        url = f"{self._site}/{me['username']}/status/{identifier}"
        return Receipt(id=identifier, url=url, at=at)

    @property
    def _site(self) -> str:
        return self._wire.url("https://x.com", "")

    @property
    def _me(self) -> Mapping[str, str]:
        """Who we are, asked once a sign-in."""
        from outreach.channels._requests import translated

        identity = self._access.identity()
        if self._known is None or self._known[0] != identity:
            with translated(Unavailable):
                me: Mapping[str, str] = self._ask("get_me")["data"]
                self._meter.read(USER_READ, [me["id"]])
            self._known = identity, me
        return self._known[1]

    def _ask(self, method: str, *arguments: object, **options: object) -> Any:
        with meaning():
            return self._access.ask(method, *arguments, **options)


def open(settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]) -> X:
    """The account of these settings; nothing is loaded, read or asked before its first use."""
    require("x", "tweepy", "requests")
    wire = Wire(fetch=fetch, now=now, base_url=settings.base_url)
    return X(_access(settings, secrets, wire), wire, settings.monthly_cap)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Consent | Form:
    """By X's page for OAuth 2.0, by a form for OAuth 1.0a."""

    def handle(these: Secrets) -> str:
        return open(settings, these, fetch, now).handle()

    if settings.client_id is None:
        return TokenForm(secrets, handle)
    wire = Wire(fetch=fetch, now=now, base_url=settings.base_url)
    endpoint = Endpoint(wire, secrets, settings.client_id, settings.client_secret)
    return CodeGrant(wire, secrets, endpoint, settings.callback, handle)


def _access(settings: Settings, secrets: Secrets, wire: Wire) -> Access:
    if settings.client_id is not None:
        endpoint = Endpoint(wire, secrets, settings.client_id, settings.client_secret)
        return OAuth2(wire, secrets.tokens, endpoint)
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return OAuth1(wire, secrets, {name: getattr(settings, name) for name in names})
