"""Slack, as an app or through an incoming webhook (docs.slack.dev).

The two can do different things, and so are two classes here.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from outreach.channels import _webhook
from outreach.channels._http import not_public_yet, refusal
from outreach.channels._json import legible
from outreach.channels._settings import ChannelSettings, IsList, SecretName, Secrets, Words
from outreach.channels._slack_answers import PAGE, Answers, identifier
from outreach.channels._slack_api import Api, Json, time_of, ts_of
from outreach.channels._slack_text import measure, mrkdwn
from outreach.channels._terms import terms
from outreach.channels._token_form import KEPT_AS, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Page
from outreach.model.note import Limits, Note

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
EVENT = "outreach"
"""The type of the metadata that every message carries; `post_id` in it is the key."""

_GONE_WEBHOOKS = ("no_active_hooks", "no_service", "no_service_id", "no_team", "invalid_token")

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}")


def _is_channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError("the channel's ID, like C0123456789 (click its name → About → below)")
    return value


ChannelId = Annotated[str, AfterValidator(_is_channel)]


class Settings(ChannelSettings):
    """An app has a `channel` (its ID) to post in, and a bot `token`, named here or won by a
    sign-in. It listens to `listen`, or else to that channel, for answers, for who calls it, and for
    the words of `search`. A webhook has nothing but the name of the secret that is its whole URL.
    """

    kind: Literal["slack"]
    channel: ChannelId | None = Field(default=None, examples=["C0123456789"])
    token: SecretName | None = None
    listen: Annotated[tuple[ChannelId, ...], IsList] = ()
    search: Words = ()
    webhook: SecretName | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Settings":
        if self.webhook is None and self.channel is None:
            raise ValueError("an account needs a channel (an app's) or a webhook")
        if self.webhook is not None and (self.token or self.channel or self.listen or self.search):
            raise ValueError("a webhook has its channel in its URL, no token, and hears nothing")
        return self


LIMITS = Limits(
    length=4000,
    measure=measure,
    deduplication="look-up by a key in the message's metadata (a webhook: none)",
    settle=timedelta(seconds=30),
)
"""Slack cuts a text at 40,000 characters, but splits one of more than 4,000 into several messages.
Nothing keeps it from taking a note twice, so it gets more time to show what it has."""


class App:
    """An app: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested."""

    limits = LIMITS

    def __init__(
        self,
        settings: Settings,
        channel: str,
        secrets: Secrets,
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._secrets = secrets
        self._api = Api(settings.base_url, fetch, now, self._token)
        self._known = lru_cache(maxsize=1)(self._ask_who)
        self._answers = Answers(
            self._api, self._me, settings.listen or (channel,), terms(settings.search), now
        )

    def publish(self, note: Note, key: str) -> Receipt:
        channel, root, _ = self._place(note.in_reply_to)
        with not_public_yet():
            self._me()
        told = self._api.post(
            "chat.postMessage",
            channel=channel,
            text=_checked(note.text),
            thread_ts=root or None,
            unfurl_links=True,
            metadata={"event_type": EVENT, "event_payload": {"post_id": key}},
        )
        with legible(Uncertain):
            return self._receipt(str(told["channel"]), str(told["ts"]), root)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """The messages that carry the key, of the channel or the thread where the note goes."""
        channel, root, _ = self._place(note.in_reply_to)
        self._me()
        with legible(Unavailable):
            return [
                self._receipt(channel, str(message["ts"]), root)
                for message in self._since(channel, root, since)
                if _key(message) == key and self._answers.is_mine(message)
            ]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        channel, _, ts = self._place(receipt.id)
        self._api.post("chat.update", channel=channel, ts=ts, text=_checked(note.text))
        return receipt

    def delete(self, receipt: Receipt) -> None:
        channel, _, ts = self._place(receipt.id)
        try:
            self._api.post("chat.delete", channel=channel, ts=ts)
        except Rejected as error:
            if error.status != 404:
                raise

    def collect(self, cursor: str | None) -> Page:
        return self._answers.collect(cursor)

    def handle(self) -> str:
        return f"@{self._me()['user']}"

    def rights(self) -> Rights:
        """What the token's scopes are; and each channel is read, which takes an invitation."""
        with legible(Unavailable):
            told, scopes = self._api.test()
            handle = f"@{told['user']}"
        nameless = "" if "users:read" in scopes else _lacks("users:read")
        return Rights(
            handle=handle,
            read=self._answers.unreadable() or nameless,
            write="" if "chat:write" in scopes else _lacks("chat:write"),
        )

    def _token(self) -> str:
        return self._secrets.credential(KEPT_AS, self._settings.token)

    def _me(self) -> Json:
        """Whose token it is: another sign-in may be another app's."""
        return self._known(self._token())

    def _ask_who(self, token: str) -> Json:
        with legible(Unavailable):
            told = self._api.test()[0]
            return {
                "user": str(told["user"]),
                "user_id": str(told["user_id"]),
                "bot_id": str(told.get("bot_id") or ""),
                "url": str(told["url"]),
            }

    def _place(self, id: str | None) -> tuple[str, str, str]:
        """The channel, the thread and the message of an id of ours."""
        parts = (id or "").split("/")
        channel = parts[0] if len(parts) > 1 else self._channel
        return channel, parts[1] if len(parts) > 1 else parts[0], parts[-1]

    def _since(self, channel: str, root: str, since: datetime) -> Iterator[Json]:
        """All messages of a channel, or of a thread, from a time on."""
        method = "conversations.replies" if root else "conversations.history"
        cursor: str | None = None
        read: set[str] = set()
        while True:
            page = self._api.get(
                method,
                channel=channel,
                ts=root or None,
                oldest=ts_of(since),
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            yield from (one for one in page["messages"] if time_of(str(one["ts"])) >= since)
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            if cursor in read:
                raise Unavailable(f"the pages of {method} lead in a circle; Slack is at fault")
            read.add(cursor)

    def _receipt(self, channel: str, ts: str, root: str) -> Receipt:
        return Receipt(
            id=identifier(channel, ts, root),
            url=self._answers.url(channel, ts, root),
            at=time_of(ts),
        )


class Webhook:
    """An incoming webhook: Publisher and Unread. What is in doubt stays so."""

    limits = replace(LIMITS, threads=False, deduplication="none")
    unread = "a Slack webhook can only speak; an app with a bot token reads the answers"

    def __init__(self, url: Callable[[], str], fetch: Fetch, now: Callable[[], datetime]) -> None:
        self._url = url
        self._fetch = fetch
        self._now = now

    def publish(self, note: Note, key: str) -> Receipt:
        """Slack does not say what it calls the message: the receipt's id is the key."""
        if note.in_reply_to:
            raise Rejected("a Slack webhook can answer nobody; an app can", 400)
        url, body = self._url(), {"text": _checked(note.text), "unfurl_links": True}
        at = self._now()
        headers = {"content-type": "application/json"}
        with _webhook.unnamed(url):
            answer = self._fetch("POST", url, headers=headers, content=json.dumps(body).encode())
        error = refusal("POST", answer, at)
        if isinstance(error, Rejected) and answer.text.strip() in _GONE_WEBHOOKS:
            raise Unauthorized(f"{error}: the webhook is gone; make a new one and copy its URL")
        if error is not None:
            raise error
        if answer.text.strip() != "ok":
            raise Uncertain(f"Slack answers {answer.text[:80]!r} in place of ok")
        return Receipt(id=key, url="", at=at)


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> App | Webhook:
    """The account of these settings; nothing is asked before its first use."""
    if settings.channel is not None:
        return App(settings, settings.channel, secrets, fetch, now)
    return Webhook(lambda: _address(settings, secrets), fetch, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> TokenForm:
    """The person copies the app's bot token, or the webhook's URL."""

    def verified(token: str) -> str:
        trial = replace(secrets, tokens={KEPT_AS: token})
        account = open(settings, trial, fetch, now)
        if isinstance(account, App):
            return account.handle()
        _address(settings, trial)  # to try it would be to post
        return "a webhook"

    if settings.webhook is not None:
        label, hint = "Webhook URL", "api.slack.com/apps → your app → Incoming Webhooks → Copy"
    else:
        label = "Bot User OAuth Token"
        hint = "api.slack.com/apps → your app → OAuth & Permissions; it begins with xoxb-"
    return TokenForm(tokens=secrets.tokens, label=label, hint=hint, verify=verified)


def _address(settings: Settings, secrets: Secrets) -> str:
    secret = secrets.credential(KEPT_AS, settings.webhook)
    return _webhook.address(secret, HOSTS, "/services/", settings.base_url)


def _checked(text: str) -> str:
    """The text as mrkdwn. Slack would make several messages of one that is longer."""
    written = mrkdwn(text)
    if len(written) > LIMITS.length:
        what = f"{len(written)} characters; Slack splits what is longer than {LIMITS.length}"
        raise Rejected(what, 400)
    return written


def _key(message: Json) -> str | None:
    """The key that a message carries, where it is one of ours."""
    metadata: dict[str, Any] = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT:
        return None
    return str((metadata.get("event_payload") or {}).get("post_id"))


def _lacks(scope: str) -> str:
    return (
        f"the token lacks the scope {scope}: api.slack.com/apps → your app → "
        "OAuth & Permissions, then reinstall the app"
    )
