"""Bluesky, by plain XRPC (lexicons com.atproto.* and app.bsky.*)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from outreach.channels._bluesky_answers import Answers, address
from outreach.channels._bluesky_form import KEPT_AS, AppPassword
from outreach.channels._bluesky_post import POST, parts, record, reply_to, stored
from outreach.channels._http import not_public_yet
from outreach.channels._session import Session
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.fetch import Fetch
from outreach.model.channel import Rights
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized
from outreach.model.mention import Page
from outreach.model.note import Limits, Note
from outreach.rules import keys, measure

NOWHERE = "2222222222222"
"""The TID of the epoch, under which nobody has a record."""


class Settings(ChannelSettings):
    """`identifier` is the handle, `app_password` names one of the account's app passwords; None
    where somebody signs in by the form."""

    kind: Literal["bluesky"]
    identifier: str
    app_password: SecretName | None = None
    service: str = "https://bsky.social"


LIMITS = Limits(
    length=300,
    measure=measure.bluesky,
    images=4,
    cards=True,
    card_bytes=1_000_000,
    alt_length=2000,
    image_bytes=2_000_000,
    deduplication="our own record key",
    settle=timedelta(0),  # a repository is asked by key, and has no index that could lag
)


class Bluesky:
    """One Bluesky account: Publisher, Finder, Editor, Deleter, Listener, Identified, Tested.

    A note is a record under our own key: putting it twice is putting it once.
    """

    limits = LIMITS

    def __init__(self, session: Session, site: str, now: Callable[[], datetime]) -> None:
        self._session = session
        self._site = site
        self._answers = Answers(session=session, site=site, now=now)

    def publish(self, note: Note, key: str) -> Receipt:
        at = keys.time_of(key)
        with not_public_yet():
            reply = reply_to(self._session, note.in_reply_to) if note.in_reply_to else None
            created = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            put = record(self._session, note, created, reply)
            uri = self._uri(key)
        self._put(uri, put)
        return self._receipt(uri, at)

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """By key, which the repository knows for ever; by words where the key is a new one."""
        by_key = stored(self._session, self._uri(key))
        if by_key is not None and _created(by_key) >= since:
            return [self._receipt(by_key["uri"], _created(by_key))]
        return [
            self._receipt(entry["uri"], _created(entry))
            for entry in self._own(since)
            if _is(entry["value"], note)
        ]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """Put another record under the same key; what it answers and its time stay."""
        found = stored(self._session, self._uri(receipt.id))
        if found is None:
            raise Rejected("the post is not there any more", 404)
        before = found["value"]
        with not_public_yet():
            after = record(self._session, note, before["createdAt"], before.get("reply"))
        kept = {name: value for name, value in before.items() if name != "embed"}
        self._put(found["uri"], kept | after)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        self._delete(self._uri(receipt.id))

    def collect(self, cursor: str | None) -> Page:
        return self._answers.collect(cursor)

    def handle(self) -> str:
        """As the network has it today: a handle may change."""
        return f"@{self._session.get('com.atproto.server.getSession')['handle']}"

    def rights(self) -> Rights:
        """Reads a notification, and deletes what is not there, which the network does gladly."""
        with not_public_yet():
            return Rights(
                handle=self.handle(),
                read=_why_not(lambda: next(self._answers.notifications(), None)),
                write=_why_not(lambda: self._delete(self._uri(NOWHERE))),
            )

    def _put(self, uri: str, record: Mapping[str, Any]) -> None:
        did, collection, rkey = parts(uri)
        body = {"repo": did, "collection": collection, "rkey": rkey, "record": record}
        self._session.post("com.atproto.repo.putRecord", body)

    def _delete(self, uri: str) -> None:
        did, collection, rkey = parts(uri)
        body = {"repo": did, "collection": collection, "rkey": rkey}
        self._session.post("com.atproto.repo.deleteRecord", body)

    def _own(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Our records, newest first, read back to `since`; their keys sort by time."""
        for page in self._session.pages(
            "com.atproto.repo.listRecords", repo=self._session.did, collection=POST
        ):
            for entry in page["records"]:
                if _created(entry) < since:
                    return
                yield entry

    def _uri(self, identifier: str) -> str:
        """The record of a receipt; a key alone is one of our posts."""
        if identifier.startswith("at://"):
            return identifier
        return f"at://{self._session.did}/{POST}/{identifier}"

    def _receipt(self, uri: str, at: datetime) -> Receipt:
        return Receipt(id=uri, url=address(self._site, uri), at=at)


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Bluesky:
    """The account of these settings; no secret is read and nobody signs in before its first use."""
    session = _session(
        settings,
        secrets,
        fetch,
        now,
        lambda: secrets.credential(KEPT_AS, settings.app_password),
    )
    return Bluesky(session, (settings.base_url or "https://bsky.app").rstrip("/"), now)


def sign_in(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> AppPassword:
    """A form for the app password of the account that the settings name."""

    def session(password: str) -> Session:
        return _session(settings, secrets, fetch, now, lambda: password)

    return AppPassword(tokens=secrets.tokens, session=session)


def _session(
    settings: Settings,
    secrets: Secrets,
    fetch: Fetch,
    now: Callable[[], datetime],
    password: Callable[[], str],
) -> Session:
    return Session(
        service=settings.base_url or settings.service,
        identifier=settings.identifier,
        password=password,
        tokens=secrets.tokens,
        fetch=fetch,
        now=now,
    )


def _why_not(attempt: Callable[[], object]) -> str:
    """Why the network refuses this, "" where it does not; the credentials are known to be good."""
    try:
        attempt()
    except (Rejected, Unauthorized) as error:
        return str(error)
    return ""


def _is(record: Mapping[str, Any], note: Note) -> bool:
    """Whether a record of ours is this note: same parent, and its link or else its words."""
    parent = record.get("reply", {}).get("parent", {}).get("uri")
    if parent != note.in_reply_to:
        return False
    if note.original and note.original in note.text:
        features = [each for facet in record.get("facets", ()) for each in facet["features"]]
        return any(feature.get("uri") == note.original for feature in features)
    return bool(record["text"].split() == note.text.split())


def _created(entry: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(entry["value"]["createdAt"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
