"""Mastodon, and whoever speaks its client API (docs.joinmastodon.org/methods)."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator

from outreach.channels._extra import require
from outreach.channels._http import not_public_yet
from outreach.channels._mastodon_api import Api, handle, meaning, verified
from outreach.channels._mastodon_limits import InstanceLimits
from outreach.channels._mastodon_replies import Replies, own
from outreach.channels._mastodon_signin import ACCESS_TOKEN, SignIn
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.channels._text import links, plain, same
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable, Uncertain
from outreach.model.mention import Page
from outreach.model.note import Limits, Note
from outreach.model.post import Media
from outreach.rules import measure

if TYPE_CHECKING:
    from mastodon import Mastodon as Client

PAUSE = 0.5
"""Seconds between two questions whether an upload is processed."""


def _address(value: str) -> str:
    return (value if "://" in value else f"https://{value}").rstrip("/")


class Settings(ChannelSettings):
    """`instance` is the server's address. `token` names an access token; without one the account
    is signed in by `outreach channels login`."""

    kind: Literal["mastodon"]
    instance: Annotated[str, AfterValidator(_address)]
    token: SecretName | None = None
    visibility: Literal["public", "unlisted", "private"] = "public"


LIMITS = Limits(
    length=500,
    measure=measure.mastodon,
    images=4,
    names_whom=True,
    warnings=True,
    alt_length=1500,
    image_bytes=16_000_000,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    deduplication="Idempotency-Key, kept for an hour; then look-up",
    settle=timedelta(seconds=10),
)
"""What an instance takes that was not set up otherwise."""

_PROOFS = {
    "read": (
        ("GET", "/api/v1/notifications?limit=1"),
        ("GET", "/api/v1/accounts/{me}/statuses?limit=1"),
    ),
    "write": (("DELETE", "/api/v1/statuses/0"), ("PUT", "/api/v1/media/0")),
}
"""Requests that change nothing. Mastodon looks at a token's scopes before it looks for what is
meant, so that what never was is 404 to those who may and 403 to those who may not. An empty status
would do as well, but there are servers that publish it (snac)."""

_MISSING = (404, 410)


class Mastodon:
    """One Mastodon account: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested."""

    def __init__(
        self, settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._fetch = fetch
        self._now = now
        self._api = _api(settings, fetch, now)
        self._limits = InstanceLimits(self._api, LIMITS, now)
        # Both live as long as the token does: after a new sign-in they are somebody else's.
        self._connected = lru_cache(maxsize=1)(self._connect)
        self._account = lru_cache(maxsize=1)(partial(verified, self._api))

    @property
    def limits(self) -> Limits:
        """The instance's own; LIMITS as long as it does not say. Asks once."""
        return self._limits()

    def publish(self, note: Note, key: str) -> Receipt:
        from outreach.channels._requests import translated

        client = self._client
        media = self._attached(note.media)
        with meaning(), translated(Uncertain):
            status = client.status_post(
                note.text,
                media_ids=media or None,
                in_reply_to_id=note.in_reply_to,
                visibility=self._settings.visibility,
                spoiler_text=note.warning or None,
                sensitive=bool(note.warning),
                language=note.language,
                idempotency_key=key,
            )
            return _receipt(status)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        from outreach.channels._requests import translated

        client, me = self._client, self._me
        with translated(Unavailable):
            return [_receipt(status) for status in own(client, me, since) if _is(status, note)]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """The pictures are uploaded anew: a server does not say which files it has."""
        fields: dict[str, str | list[str]] = {
            "status": note.text,
            "spoiler_text": note.warning,
            "sensitive": "true" if note.warning else "false",
            "language": note.language,
        }
        media = self._attached(note.media)
        if media:  # without them an edit takes the pictures away
            fields["media_ids[]"] = media
        with meaning():
            self._api("PUT", f"/api/v1/statuses/{receipt.id}", self._token, fields)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        from outreach.channels._requests import gone_is_done, translated

        with meaning(), gone_is_done(), translated(Uncertain):
            self._client.status_delete(receipt.id)

    def collect(self, cursor: str | None) -> Page:
        from outreach.channels._requests import translated

        replies = Replies(self._client, self._me, self._now)
        with translated(Unavailable):
            return replies.page(cursor)

    def handle(self) -> str:
        return handle(self._account(self._token), self._settings.instance)

    def rights(self) -> Rights:
        try:
            account = verified(self._api, self._token)
        except Rejected as error:
            return Rights(handle="", read=str(error), write=self._why_not("write"))
        return Rights(
            handle=handle(account, self._settings.instance),
            read=self._why_not("read", str(account["id"])),
            write=self._why_not("write"),
        )

    def _why_not(self, what: str, me: str = "") -> str:
        """The refusal of the first request that this right would allow, "" where there is none."""
        for method, path in _PROOFS[what]:
            try:
                with not_public_yet():
                    self._api(method, path.format(me=me), self._token)
            except Rejected as error:
                if error.status not in _MISSING:
                    return str(error)
        return ""

    def _attached(self, images: Sequence[Media]) -> list[str]:
        """The ids of uploaded images, ready for a status; nobody sees them before one has them."""
        from outreach.channels._requests import translated

        with meaning(), not_public_yet(), translated(Uncertain):
            uploaded = [self._upload(image) for image in images]
            until = self._now() + timedelta(seconds=self._fetch.deadline)
            return [self._processed(attachment, until) for attachment in uploaded]

    def _upload(self, image: Media) -> Mapping[str, Any]:
        data = Path(image.path).read_bytes()
        attachment: Mapping[str, Any] = self._client.media_post(
            data, mime_type=image.content_type, description=image.alt, synchronous=False
        )
        return attachment

    def _processed(self, attachment: Mapping[str, Any], until: datetime) -> str:
        """The attachment's id, once the server has made something of it: then it has a URL."""
        identifier = str(attachment["id"])
        while not attachment.get("url"):
            left = (until - self._now()).total_seconds()
            if left <= 0:
                raise Unavailable(
                    f"image {identifier} was not processed within {self._fetch.deadline:g} s"
                )
            threading.Event().wait(min(PAUSE, left))
            attachment = self._client.media(identifier)
        return identifier

    @property
    def _me(self) -> str:
        return str(self._account(self._token)["id"])

    @property
    def _token(self) -> str:
        return self._secrets.credential(ACCESS_TOKEN, self._settings.token)

    @property
    def _client(self) -> "Client":
        return self._connected(self._token)

    def _connect(self, token: str) -> "Client":
        from mastodon import Mastodon as Client

        from outreach.channels._requests import Door, quiet, session

        quiet("mastodon")
        return Client(
            access_token=token,
            api_base_url=self._api.base,
            session=session(Door(self._fetch, self._now)),
            ratelimit_method="throw",
            # Told, since Mastodon.py 2.3 would ask for it without end before the first upload.
            mastodon_version="4.0.0",
            version_check_mode="created",
            user_agent="outreach",
        )


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Mastodon:
    """The account of these settings; nothing is loaded, read or asked before its first use."""
    require("mastodon", "mastodon", "requests")
    return Mastodon(settings, secrets, fetch, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> SignIn:
    """OAuth at the instance, by a code that is copied or a way back."""
    return SignIn(_api(settings, fetch, now), settings.instance, secrets.tokens)


def _api(settings: Settings, fetch: Fetch, now: Callable[[], datetime]) -> Api:
    return Api(settings.base_url or settings.instance, fetch, now)


def _is(status: Mapping[str, Any], note: Note) -> bool:
    """Whether a status of ours is this note: same parent, and its link or else its words."""
    parent = status.get("in_reply_to_id")
    if (None if parent is None else str(parent)) != note.in_reply_to:
        return False
    if note.original and note.original in note.text:
        return note.original in links(status["content"])
    return same(plain(status["content"]), note.text)


def _receipt(status: Mapping[str, Any]) -> Receipt:
    return Receipt(
        id=str(status["id"]),
        url=status.get("url") or status["uri"],
        at=status["created_at"].astimezone(UTC),
    )
