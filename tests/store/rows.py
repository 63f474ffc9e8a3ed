"""Deliveries, mentions and posts for the tests of the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from outreach.model.delivery import Activity, Delivery, Held, Receipt, State
from outreach.model.mention import Author, Kind, Mention
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.rules.retry import Step
from outreach.store import ledger
from outreach.store.database import Database

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ACCOUNTS = ("mastodon", "x")
KEY = "3lbnqkey22222"
ADA = Author(id="7", handle="@ada@lantern.example", name="Ada")


def create(identifier: str = "a", **more: Any) -> Delivery:
    """A note that waits to go out, each of another post unless told."""
    fields: dict[str, Any] = {
        "id": identifier,
        "account": "mastodon",
        "activity": Activity.CREATE,
        "source": f"2026/{identifier}",
        "part": 0,
        "note": Note(text=f"Note {identifier}"),
        "state": State.READY,
        "due": NOW,
        "fresh_from": NOW,
    }
    return Delivery(**fields | more)


def change(identifier: str, of: Delivery, activity: Activity, **more: Any) -> Delivery:
    """An edit or a withdrawal of a note."""
    fields: dict[str, Any] = {"source": of.source, "after": of.id, "activity": activity}
    return create(identifier, **fields | {"revision": 1, "account": of.account} | more)


def thread(*identifiers: str) -> list[Delivery]:
    """The parts of one post, each behind the one before."""
    pairs = zip(identifiers, (None, *identifiers), strict=False)
    return [
        create(identifier, source="2026/thread", part=part, after=after)
        for part, (identifier, after) in enumerate(pairs)
    ]


def queue(database: Database, *deliveries: Delivery) -> None:
    """Put all of them into the outbox."""
    for delivery in deliveries:
        assert ledger.queue(database, delivery, NOW)


def claim(
    database: Database, at: datetime = NOW, account: str = "mastodon", key: str = KEY
) -> Delivery | None:
    return ledger.claim(database, account, key, at)


def claimed(database: Database, at: datetime = NOW, key: str = KEY) -> Delivery:
    """What a claim gave, which must be something."""
    delivery = claim(database, at, key=key)
    assert delivery is not None
    return delivery


def receipt(delivery: str, at: datetime = NOW) -> Receipt:
    return Receipt(id=f"n-{delivery}", url=f"https://mastodon.example/n-{delivery}", at=at)


def step(state: State, at: datetime = NOW, **more: Any) -> Step:
    """A transition to a state; a SENT one needs `receipt=`."""
    return Step(state=state, due=at, **more)


def send(database: Database, delivery: Delivery, at: datetime = NOW) -> None:
    """Move a claimed delivery to SENT."""
    ledger.move(database, delivery, step(State.SENT, at, receipt=receipt(delivery.id, at)), at)


def state(database: Database, identifier: str) -> tuple[State, Held]:
    delivery = ledger.one(database, identifier)
    assert delivery is not None
    return delivery.state, delivery.held


def mention(identifier: str, **more: Any) -> Mention:
    """A reply on the first account, to nothing unless told."""
    fields: dict[str, Any] = {
        "account": "mastodon",
        "id": identifier,
        "kind": Kind.REPLY,
        "author": ADA,
        "text": f"Words of {identifier}",
        "url": f"https://mastodon.example/{identifier}",
        "published": NOW,
    }
    return Mention(**fields | more)


def post(slug: str = "2026/hello", **more: Any) -> Post:
    fields: dict[str, Any] = {
        "slug": slug,
        "title": "Hello",
        "body": "Hello.",
        "url": f"https://lantern.example/{slug}",
        "path": f"{slug}.md",
        "published": NOW,
    }
    return Post(**fields | more)
