"""E-mail: a newsletter by SMTP, one letter to each reader, and their answers by IMAP.

With and without a mailbox to read are two accounts of different abilities, and so two classes here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from outreach.channels._email_address import sender
from outreach.channels._email_imap import Mailbox
from outreach.channels._email_incoming import read
from outreach.channels._email_letter import compose, recipient
from outreach.channels._email_servers import Place, discover, place
from outreach.channels._email_smtp import Credential, Submission
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.channels._token_form import KEPT_AS, TokenForm
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized
from outreach.model.mention import Page
from outreach.model.note import Audience, Limits, Note, NoteKind
from outreach.rules import measure

SUBMISSION = 587
IMAPS = 993


def _is_sender(value: str) -> str:
    sender(value)
    return value


def _is_place(value: str) -> str:
    place(value, SUBMISSION)
    return value


class Settings(ChannelSettings):
    """`sender` (in the file: `from`) is who writes, `Ada <ada@acme.example>`.

    `smtp` and `imap` are servers, `host:port`; without `imap` nobody reads the answers. `user`
    signs in to both, with `password` or by `outreach channels login`; without one nobody signs in.
    `per_minute` is how many letters go out. `plus: false` is for a server that does not know
    `ada+bounce-…@acme.example`: returned letters and answers come to `from` itself then.
    `dkim_selector` is for `outreach doctor`.
    """

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["email"]
    sender: Annotated[str, Field(alias="from"), AfterValidator(_is_sender)]
    smtp: Annotated[str, AfterValidator(_is_place)]
    imap: Annotated[str, AfterValidator(_is_place)] | None = None
    user: str | None = None
    password: SecretName | None = None
    per_minute: Annotated[int, Field(gt=0)] = 60
    plus: bool = True
    dkim_selector: str = ""


LIMITS = Limits(
    length=200_000,
    measure=measure.characters,
    kind=NoteKind.ARTICLE,
    threads=False,
    audience=Audience.SUBSCRIBERS,
    spacing=timedelta(seconds=1),
    deduplication="none: a letter in doubt waits for a human",
)


class Account:
    """What both have: Publisher, Identified, Tested."""

    def __init__(
        self, settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._fetch = fetch
        self._now = now
        self._sender = replace(sender(settings.sender), plus=settings.plus)
        self._submission = Submission(self._smtp, self._credential, fetch)

    @property
    def limits(self) -> Limits:
        return replace(LIMITS, spacing=timedelta(minutes=1) / self._settings.per_minute)

    def publish(self, note: Note, key: str) -> Receipt:
        """One letter to one reader. Its bytes are the same each time it is tried."""
        if (length := LIMITS.measure(note.text)) > LIMITS.length:
            raise Rejected(f"a letter of {length} characters; {LIMITS.length} at most", 413)
        letter = compose(note, key, self._sender)
        self._submission.send(self._sender.returning(key), recipient(note), letter)
        return self.receipt(key, self._now())

    def receipt(self, key: str, at: datetime) -> Receipt:
        """A letter's Message-ID is made of its key."""
        identifier = self._sender.message_id(key)
        return Receipt(id=identifier, url=f"mid:{identifier[1:-1]}", at=at)

    def handle(self) -> str:
        self._submission.verify()
        return self._sender.address

    def rights(self) -> Rights:
        return Rights(handle=self.handle())

    def _smtp(self) -> Place:
        return self._place("smtp", self._settings.smtp, SUBMISSION)

    def _place(self, protocol: str, named: str, port: int) -> Place:
        if self._settings.base_url is not None:
            return discover(self._settings.base_url, protocol, self._fetch)
        return place(named, port)

    def _credential(self) -> Credential | None:
        """Who signs in; at a `base_url`, which is the sandbox's, the secret is the name as well."""
        settings = self._settings
        if settings.base_url is not None:
            secret = self._secrets.credential(KEPT_AS, settings.password or "$PASSWORD")
            return secret, secret
        if settings.user is None:
            return None
        return settings.user, self._secrets.credential(KEPT_AS, settings.password)


class Outbox(Account):
    """An account that only writes: what Account is, and Unread."""

    unread = "no `imap` in config.yaml: nobody reads the answers to letters"


class Correspondence(Account):
    """An account whose mailbox is read: what Account is, and Listener; but it is not Unread."""

    def __init__(
        self, settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        super().__init__(settings, secrets, fetch, now)
        self._mailbox = Mailbox(self._imap, self._reader, fetch)

    def collect(self, cursor: str | None) -> Page:
        """The mails after the cursor, and what came back. Nothing is marked as read."""
        stretch = self._mailbox.after(cursor)
        now = self._now()
        found = [read(mail, sender=self._sender, now=now) for mail in stretch.mails]
        mentions = (mention for one in found for mention in one.mentions)
        return Page(
            mentions=tuple(sorted(mentions, key=lambda mention: mention.published)),
            cursor=stretch.cursor,
            bounced=tuple(bounce for one in found for bounce in one.bounced),
        )

    def rights(self) -> Rights:
        rights = super().rights()
        try:
            self._mailbox.verify()
        except Unauthorized as error:
            return replace(rights, read=str(error))
        return rights

    def _imap(self) -> Place:
        return self._place("imap", self._settings.imap or "", IMAPS)

    def _reader(self) -> Credential:
        credential = self._credential()
        if credential is None:
            raise Unauthorized("a mailbox needs a `user` in config.yaml")
        return credential


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Outbox | Correspondence:
    """The account of these settings; nothing is asked before its first use."""
    reads = settings.imap is not None or settings.base_url is not None
    return (Correspondence if reads else Outbox)(settings, secrets, fetch, now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> TokenForm:
    """A password, which both servers have to take."""

    def verify(password: str) -> str:
        if settings.user is None and settings.base_url is None:
            raise Unauthorized("nobody signs in without a `user` in config.yaml")
        trial = open(settings, replace(secrets, tokens={KEPT_AS: password}), fetch, now)
        rights = trial.rights()
        if rights.read:
            raise Unauthorized(rights.read)
        return rights.handle

    return TokenForm(
        tokens=secrets.tokens,
        label="Password",
        hint="of the mailbox, or an app password where your provider has those",
        verify=verify,
    )
