"""Mastodon, and whoever speaks its client API (docs.joinmastodon.org/methods)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.fetch import Fetch
from outreach.model.delivery import Receipt
from outreach.model.errors import Unavailable, Uncertain
from outreach.model.mention import Author, Kind, Mention, Page
from outreach.model.note import Limits, Note
from outreach.model.post import Media
from outreach.rules import measure

if TYPE_CHECKING:
    from mastodon import Mastodon as Client

PAGE = 40


class Settings(ChannelSettings):
    """`instance` is the server's address, `token` names an access token with read and write."""

    kind: Literal["mastodon"]
    instance: str
    token: SecretName
    visibility: Literal["public", "unlisted", "private"] = "public"


LIMITS = Limits(
    length=500,
    measure=measure.mastodon,
    images=4,
    alt_length=1500,
    image_bytes=16_000_000,
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    deduplication="Idempotency-Key, kept for an hour; then look-up",
    settle=timedelta(seconds=10),
)
"""What an instance takes that was not set up otherwise."""


class Mastodon:
    """One Mastodon account: Publisher, Finder, Editor, Deleter, Listener, Identified."""

    limits = LIMITS

    def __init__(
        self, settings: Settings, token: str, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._token = token
        self._fetch = fetch
        self._now = now

    def publish(self, note: Note, key: str) -> Receipt:
        from outreach.channels._http import not_public_yet
        from outreach.channels._requests import translated

        with not_public_yet(), translated(Uncertain):
            media = [self._upload(image) for image in note.media]
        with translated(Uncertain):
            status = self._client.status_post(
                note.text,
                media_ids=media or None,
                in_reply_to_id=note.in_reply_to,
                visibility=self._settings.visibility,
                language=note.language,
                idempotency_key=key,
            )
            return _receipt(status)

    def _upload(self, image: Media) -> str:
        """The id of an attachment, which nobody sees before a status has it."""
        data = Path(image.path).read_bytes()
        uploaded = self._client.media_post(
            data, mime_type=image.content_type, description=image.alt, synchronous=False
        )
        return str(uploaded["id"])

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        from outreach.channels._requests import translated

        with translated(Unavailable):
            return [_receipt(status) for status in self._own(since) if _is(status, note)]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        from outreach.channels._requests import translated

        with translated(Uncertain):
            self._client.status_update(receipt.id, status=note.text)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        from outreach.channels._requests import gone_is_done, translated

        with gone_is_done(), translated(Uncertain):
            self._client.status_delete(receipt.id)

    def collect(self, cursor: str | None) -> Page:
        from outreach.channels._requests import translated

        with translated(Unavailable):
            found = self._client.notifications(min_id=cursor or "0", limit=PAGE, types=["mention"])
            mentions = [self._mention(item) for item in found if item.get("status")]
            newest = max((str(item["id"]) for item in found), key=_age, default=cursor)
        return Page(mentions=tuple(reversed(mentions)), cursor=newest)

    def handle(self) -> str:
        host = urlsplit(self._settings.instance).hostname
        return f"@{self._account['acct']}@{host}"

    def _own(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Our statuses, newest first, read back to `since`."""
        before: str | None = None
        while True:
            page = self._client.account_statuses(
                self._me, exclude_reblogs=True, limit=PAGE, max_id=before
            )
            for status in page:
                if status["created_at"] < since:
                    return
                yield status
            if not page:
                return
            before = str(page[-1]["id"])

    def _mention(self, notification: Mapping[str, Any]) -> Mention:
        from outreach.channels._text import plain

        status, account = notification["status"], notification["account"]
        to_us = str(status.get("in_reply_to_account_id")) == self._me
        return Mention(
            account="",
            id=str(status["id"]),
            kind=Kind.REPLY if to_us else Kind.MENTION,
            author=Author(
                id=str(account["id"]),
                handle=f"@{account['acct']}",
                name=account.get("display_name") or "",
                url=account.get("url") or "",
            ),
            text=plain(status["content"]),
            url=status.get("url") or status["uri"],
            published=status["created_at"],
            in_reply_to=_maybe(status.get("in_reply_to_id")),
            raw=json.dumps(status, default=str, ensure_ascii=False),
        )

    @property
    def _me(self) -> str:
        return str(self._account["id"])

    @cached_property
    def _account(self) -> Mapping[str, Any]:
        from outreach.channels._requests import translated

        with translated(Unavailable):
            account: Mapping[str, Any] = self._client.account_verify_credentials()
        return account

    @cached_property
    def _client(self) -> "Client":
        from mastodon import Mastodon as Client

        from outreach.channels._requests import Door, quiet, session

        quiet("mastodon")
        return Client(
            access_token=self._token,
            api_base_url=self._settings.base_url or self._settings.instance,
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
    """The account of these settings; nothing is loaded or asked before its first use."""
    return Mastodon(settings, secrets(settings.token), fetch, now)


def _is(status: Mapping[str, Any], note: Note) -> bool:
    """Whether a status of ours is this note: same parent, and its link or else its words."""
    from outreach.channels._text import links, plain, same

    if _maybe(status.get("in_reply_to_id")) != note.in_reply_to:
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


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)


def _age(identifier: str) -> tuple[int, str]:
    """Ids are numbers as text: longer is newer."""
    return len(identifier), identifier
