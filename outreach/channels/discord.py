"""Discord, as a bot or through a webhook (discord.com/developers/docs/resources/message).

The two can do different things, and so are two classes here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from outreach.channels import _webhook
from outreach.channels._discord_answers import PAGE, Answers
from outreach.channels._discord_api import (
    MISSING_ACCESS,
    Api,
    Json,
    code_of,
    snowflake,
    time_of,
)
from outreach.channels._discord_messages import body, is_it
from outreach.channels._discord_text import measure
from outreach.channels._http import not_public_yet
from outreach.channels._json import legible
from outreach.channels._settings import ChannelSettings, IsList, SecretName, Secrets, Words
from outreach.channels._terms import terms
from outreach.channels._token_form import KEPT_AS, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Page
from outreach.model.note import Limits, Note

HOSTS = ("discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com")
_NOT_EMPTY = 50006
"""What Discord says to an empty message of those who may send one."""

Snowflake = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{1,20}$")]


class Settings(ChannelSettings):
    """A bot has a `channel` (its ID) to post in, and a `token`, named here or won by a sign-in. It
    listens to `listen`, or else to that channel, for answers, for who calls it, and for the words
    of `search`. A webhook has nothing but the name of the secret that is its whole URL."""

    kind: Literal["discord"]
    channel: Snowflake | None = Field(default=None, examples=["1012345678901234567"])
    token: SecretName | None = None
    listen: Annotated[tuple[Snowflake, ...], IsList] = ()
    search: Words = ()
    webhook: SecretName | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Settings":
        if self.webhook is None and self.channel is None:
            raise ValueError("an account needs a channel (a bot's) or a webhook")
        if self.webhook is not None and (self.token or self.channel or self.listen or self.search):
            raise ValueError("a webhook has its channel in its URL, no token, and hears nothing")
        return self


LIMITS = Limits(
    length=2000,
    measure=measure,
    images=10,
    image_bytes=2_500_000,  # ten of them in a request of 25 MiB
    image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
    alt_length=1024,
    deduplication="nonce, kept for some minutes; then look-up (a webhook: none)",
    settle=timedelta(seconds=10),
)


class Bot:
    """A bot: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested."""

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
        self._guild = lru_cache(maxsize=1000)(self._ask_guild)
        self._answers = Answers(
            self._api,
            self._me,
            self._guild,
            settings.listen or (channel,),
            terms(settings.search),
            now,
        )

    def publish(self, note: Note, key: str) -> Receipt:
        channel, parent = self._place(note.in_reply_to)
        sent = {**body(note), "nonce": key, "enforce_nonce": True}
        if parent:
            sent["message_reference"] = {"channel_id": channel, "message_id": parent}
        with not_public_yet():
            self._enter(channel)
        told = self._api.send("POST", f"/channels/{channel}/messages", sent, note.media)
        with legible(Uncertain):
            return self._receipt(told)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """Our messages in the channel where the note goes, from `since` on."""
        channel, parent = self._place(note.in_reply_to)
        mine = self._me()["id"]
        with legible(Unavailable):
            return [
                self._receipt(message)
                for message in self._since(channel, since)
                if message["author"]["id"] == mine and is_it(message, note, key, parent)
            ]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """Images are uploaded anew, and replace those that were there."""
        channel, message = self._place(receipt.id)
        self._api.send("PATCH", f"/channels/{channel}/messages/{message}", body(note), note.media)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        channel, message = self._place(receipt.id)
        _gone(lambda: self._api.send("DELETE", f"/channels/{channel}/messages/{message}"))

    def collect(self, cursor: str | None) -> Page:
        return self._answers.collect(cursor)

    def handle(self) -> str:
        return f"@{self._me()['username']}"

    def rights(self) -> Rights:
        return Rights(
            handle=self.handle(), read=self._answers.unreadable(), write=self._why_not_write()
        )

    def _why_not_write(self) -> str:
        """An empty message is sent: Discord says that it is empty, or that we may not."""
        try:
            with not_public_yet():
                self._api.send("POST", f"/channels/{self._channel}/messages", {"content": ""})
        except Rejected as error:
            return "" if code_of(error.body) == _NOT_EMPTY else str(error)
        return ""

    def _enter(self, channel: str) -> None:
        """Know the guild of a channel. A bot that its own channel does not let in is paused."""
        try:
            self._guild(channel)
        except Rejected as error:
            if code_of(error.body) == MISSING_ACCESS and channel == self._channel:
                advice = "invite the bot, and let its role view the channel"
                raise Unauthorized(f"{error}: {advice}") from error
            raise

    def _token(self) -> str:
        return self._secrets.credential(KEPT_AS, self._settings.token)

    def _me(self) -> Json:
        """Whose token it is: another sign-in may be another bot's."""
        return self._known(self._token())

    def _ask_who(self, token: str) -> Json:
        with legible(Unavailable):
            told = self._api.get("/users/@me")
            return {"id": str(told["id"]), "username": str(told["username"])}

    def _ask_guild(self, channel: str) -> str:
        with legible(Unavailable):
            return str(self._api.get(f"/channels/{channel}")["guild_id"])

    def _place(self, identifier: str | None) -> tuple[str, str]:
        """The channel and the message of an id of ours, channel/message."""
        channel, _, message = (identifier or "").rpartition("/")
        return channel or self._channel, message

    def _since(self, channel: str, since: datetime) -> Sequence[Json]:
        """All messages of a channel from a time on. Each page begins where the last one ended."""
        found: list[Json] = []
        after = max(snowflake(since) - 1, 0)
        while True:
            page = self._answers.messages(channel, after)
            newer = [message for message in page if int(message["id"]) > after]
            found += newer
            if len(page) < PAGE:
                return found
            if not newer:
                raise Unavailable("the pages of a channel lead in a circle; Discord is at fault")
            after = int(newer[-1]["id"])

    def _receipt(self, message: Json) -> Receipt:
        channel, identifier = str(message["channel_id"]), str(message["id"])
        return Receipt(
            id=f"{channel}/{identifier}",
            url=self._answers.url(channel, identifier),
            at=time_of(message),
        )


class Webhook:
    """A webhook: Publisher, Editor, Deleter, Identified, Unread. What is in doubt stays so."""

    limits = replace(LIMITS, threads=False, deduplication="none")
    unread = "a Discord webhook can only speak; a bot reads the answers"

    def __init__(self, url: Callable[[], str], api: Api) -> None:
        self._url = url
        self._api = api
        self._known = lru_cache(maxsize=1)(self._ask_who)

    def publish(self, note: Note, key: str) -> Receipt:
        if note.in_reply_to:
            raise Rejected("a Discord webhook can answer nobody; a bot can", 400)
        with not_public_yet():
            guild = self._me()["guild_id"]
        told = self._send("POST", "?wait=true", note)
        with legible(Uncertain):
            channel, message = str(told["channel_id"]), str(told["id"])
            return Receipt(
                id=f"{channel}/{message}",
                url=f"{self._api.site}/channels/{guild}/{channel}/{message}",
                at=time_of(told),
            )

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        self._send("PATCH", f"/messages/{receipt.id.rpartition('/')[2]}", note)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        _gone(lambda: self._send("DELETE", f"/messages/{receipt.id.rpartition('/')[2]}"))

    def handle(self) -> str:
        return str(self._me().get("name") or "webhook")

    def _me(self) -> Json:
        return self._known(self._url())

    def _ask_who(self, url: str) -> Json:
        with _webhook.unnamed(url), legible(Unavailable):
            told: Json = self._api.get(url)
            return {"name": told["name"], "guild_id": str(told["guild_id"])}

    def _send(self, method: str, path: str, note: Note | None = None) -> Any:
        url = self._url()
        sent = body(note) if note else None
        with _webhook.unnamed(url):
            return self._api.send(method, url + path, sent, note.media if note else ())


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Bot | Webhook:
    """The account of these settings; nothing is asked before its first use."""
    if settings.channel is not None:
        return Bot(settings, settings.channel, secrets, fetch, now)

    def url() -> str:
        secret = secrets.credential(KEPT_AS, settings.webhook)
        return _webhook.address(secret, HOSTS, "/api/webhooks/", settings.base_url)

    return Webhook(url, Api(settings.base_url, fetch, now))


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> TokenForm:
    """The person copies the bot's token, or the webhook's URL."""

    def verified(token: str) -> str:
        return open(settings, replace(secrets, tokens={KEPT_AS: token}), fetch, now).handle()

    if settings.webhook is not None:
        label, hint = "Webhook URL", "Server Settings → Integrations → Webhooks → Copy Webhook URL"
    else:
        label = "Bot token"
        hint = "discord.com/developers/applications → your application → Bot → Reset Token"
    return TokenForm(tokens=secrets.tokens, label=label, hint=hint, verify=verified)


def _gone(remove: Callable[[], object]) -> None:
    """Take something away; where it is gone already, that is done."""
    try:
        remove()
    except Rejected as error:
        if error.status not in (404, 410):
            raise
