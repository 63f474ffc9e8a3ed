"""Bluesky, by plain XRPC (lexicons com.atproto.* and app.bsky.*)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from outreach.channels._http import not_public_yet
from outreach.channels._session import Session, is_named
from outreach.channels._settings import ChannelSettings, SecretName, Secrets
from outreach.fetch import Fetch
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unavailable
from outreach.model.mention import Author, Kind, Mention, Page
from outreach.model.note import Limits, Note
from outreach.rules import keys, measure
from outreach.rules.facets import facets

POST = "app.bsky.feed.post"
PAGE = 100
KINDS = {"reply": Kind.REPLY, "mention": Kind.MENTION, "quote": Kind.QUOTE}


class Settings(ChannelSettings):
    """`identifier` is the handle, `app_password` names one of the account's app passwords."""

    kind: Literal["bluesky"]
    identifier: str
    app_password: SecretName
    service: str = "https://bsky.social"


LIMITS = Limits(
    length=300,
    measure=measure.bluesky,
    images=4,
    alt_length=2000,
    image_bytes=2_000_000,
    deduplication="our own record key",
    settle=timedelta(0),  # a repository is asked by key, and has no index that could lag
)


class Bluesky:
    """One Bluesky account: Publisher, Finder, Editor, Deleter, Listener, Identified.

    A note is a record under our own key: putting it twice is putting it once.
    """

    limits = LIMITS

    def __init__(self, session: Session, site: str) -> None:
        self._session = session
        self._site = site

    def publish(self, note: Note, key: str) -> Receipt:
        with not_public_yet():
            did = self._session.did
            record = self._record(note, keys.time_of(key))
        put = {"repo": did, "collection": POST, "rkey": key, "record": record}
        self._session.post("com.atproto.repo.putRecord", put)
        return self._receipt(f"at://{did}/{POST}/{key}", keys.time_of(key))

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        """By key, which the repository knows for ever; by words where the key is a new one."""
        did = self._session.did
        uri = f"at://{did}/{POST}/{key}"
        stored = self._stored(uri)
        if stored is not None and _created(stored) >= since:
            return [self._receipt(uri, _created(stored))]
        return [
            self._receipt(entry["uri"], _created(entry["value"]))
            for entry in self._own(did, since)
            if _is(entry["value"], note)
        ]

    def edit(self, receipt: Receipt, note: Note) -> Receipt:
        """Put another record under the same key; what it answers stays."""
        before = self._stored(receipt.id)
        if before is None:
            raise Rejected("the post is not there any more", 404)
        did, _, rkey = self._place(receipt.id)
        record = {**before, "text": note.text, "facets": facets(note.text)}
        put = {"repo": did, "collection": POST, "rkey": rkey, "record": record}
        self._session.post("com.atproto.repo.putRecord", put)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        did, _, rkey = self._place(receipt.id)
        body = {"repo": did, "collection": POST, "rkey": rkey}
        self._session.post("com.atproto.repo.deleteRecord", body)

    def collect(self, cursor: str | None) -> Page:
        """All that is newer than the cursor: Bluesky lists newest first.

        The cursor is a time and what was seen at that very time, since others may share it.
        """
        since, *seen = cursor.split(" ") if cursor else [""]
        found = [item for item in self._notifications(since) if item["uri"] not in seen]
        if not found:
            return Page(mentions=(), cursor=cursor)
        newest = max(item["indexedAt"] for item in found)
        border = [item["uri"] for item in found if item["indexedAt"] == newest]
        return Page(
            mentions=tuple(self._mention(item) for item in reversed(found)),
            cursor=" ".join([newest, *(seen if newest == since else []), *border]),
        )

    def handle(self) -> str:
        return f"@{self._session.handle}"

    def _record(self, note: Note, at: datetime) -> dict[str, Any]:
        record: dict[str, Any] = {
            "$type": POST,
            "text": note.text,
            "createdAt": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "langs": [note.language],
            "facets": facets(note.text),
        }
        if note.in_reply_to:
            record["reply"] = self._reply(note.in_reply_to)
        embed = self._embed(note)
        return record | ({"embed": embed} if embed else {})

    def _embed(self, note: Note) -> dict[str, Any] | None:
        if note.media:
            images = [
                {
                    "image": self._session.upload(
                        Path(image.path).read_bytes(), image.content_type
                    ),
                    "alt": image.alt or "",
                }
                for image in note.media
            ]
            return {"$type": "app.bsky.embed.images", "images": images}
        if note.original and not note.in_reply_to:
            card = {"uri": note.original, "title": note.title, "description": ""}
            return {"$type": "app.bsky.embed.external", "external": card}
        return None

    def _reply(self, uri: str) -> dict[str, Any]:
        """Strong references to the parent and to the first post of its thread."""
        posts = self._session.get("app.bsky.feed.getPosts", uris=[uri])["posts"]
        if not posts:
            raise Rejected("the post to be answered is not there any more", 404)
        parent = {"uri": posts[0]["uri"], "cid": posts[0]["cid"]}
        root = posts[0]["record"].get("reply", {}).get("root", parent)
        return {"root": root, "parent": parent}

    def _stored(self, uri: str) -> dict[str, Any] | None:
        did, collection, rkey = self._place(uri)
        try:
            answer = self._session.get(
                "com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey
            )
        except Rejected as error:
            if is_named(error, "RecordNotFound") or "Could not locate record" in error.body:
                return None  # older servers have no name for it but InvalidRequest
            raise Unavailable(str(error)) from error
        record: dict[str, Any] = answer["value"]
        return record

    def _own(self, did: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Our records, newest first, read back to `since`; their keys sort by time."""
        for page in self._pages(
            "com.atproto.repo.listRecords", repo=did, collection=POST, limit=PAGE
        ):
            for entry in page["records"]:
                if _created(entry["value"]) < since:
                    return
                yield entry

    def _notifications(self, since: str) -> Iterator[Mapping[str, Any]]:
        for page in self._pages(
            "app.bsky.notification.listNotifications", limit=PAGE, reasons=list(KINDS)
        ):
            for item in page["notifications"]:
                if item["indexedAt"] < since:
                    return
                if item["reason"] in KINDS:
                    yield item

    def _pages(self, method: str, **parameters: object) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._session.get(method, cursor=cursor, **parameters)
            yield page
            cursor = page.get("cursor")
            if not cursor:
                return

    def _mention(self, item: Mapping[str, Any]) -> Mention:
        author, record = item["author"], item["record"]
        return Mention(
            account="",
            id=item["uri"],
            kind=KINDS[item["reason"]],
            author=Author(
                id=author["did"],
                handle=f"@{author['handle']}",
                name=author.get("displayName") or "",
                url=f"{self._site}/profile/{author['did']}",
            ),
            text=record.get("text", ""),
            url=self._url(item["uri"]),
            published=datetime.fromisoformat(item["indexedAt"]),
            in_reply_to=record.get("reply", {}).get("parent", {}).get("uri"),
            raw=json.dumps(item, ensure_ascii=False),
        )

    def _place(self, uri: str) -> tuple[str, str, str]:
        """Repository, collection and key of a record; a key alone is one of our posts."""
        if not uri.startswith("at://"):
            return self._session.did, POST, uri
        did, collection, rkey = uri.removeprefix("at://").split("/")
        return did, collection, rkey

    def _receipt(self, uri: str, at: datetime) -> Receipt:
        return Receipt(id=uri, url=self._url(uri), at=at)

    def _url(self, uri: str) -> str:
        did, _, rkey = self._place(uri)
        return f"{self._site}/profile/{did}/post/{rkey}"


def open(
    settings: Settings, secrets: Secrets, fetch: Fetch, now: Callable[[], datetime]
) -> Bluesky:
    """The account of these settings; nobody signs in before its first use."""
    session = Session(
        service=settings.base_url or settings.service,
        identifier=settings.identifier,
        password=secrets(settings.app_password),
        tokens=secrets.tokens,
        fetch=fetch,
        now=now,
    )
    return Bluesky(session, (settings.base_url or "https://bsky.app").rstrip("/"))


def _is(record: Mapping[str, Any], note: Note) -> bool:
    """Whether a record of ours is this note: same parent, and its link or else its words."""
    parent = record.get("reply", {}).get("parent", {}).get("uri")
    if parent != note.in_reply_to:
        return False
    if note.original and note.original in note.text:
        features = [each for facet in record.get("facets", ()) for each in facet["features"]]
        return any(feature.get("uri") == note.original for feature in features)
    return bool(record["text"].split() == note.text.split())


def _created(record: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(record["createdAt"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
