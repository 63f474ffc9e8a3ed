"""A delivery costs little more than the two durable commits that it needs."""

import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.model.delivery import Activity, Delivery, Receipt, State
from outreach.model.note import Note
from outreach.rules.keys import Tids
from outreach.rules.retry import sent
from outreach.store import accounts, ledger, sqlite
from outreach.store.database import Database

DELIVERIES = 200


def run() -> dict[str, object]:
    """The time of claiming and recording a delivery, as a multiple of two bare commits."""
    now = datetime.now(UTC)
    with TemporaryDirectory() as folder:
        database = sqlite.create(Path(folder) / "bench.db")
        accounts.meet(database, "bench", "mastodon", now)
        _fill(database, now)
        start = time.perf_counter()
        for number in range(DELIVERIES):
            delivery = ledger.claim(database, "bench", str(number), now)
            assert delivery is not None
            receipt = Receipt(id=str(number), url=f"https://bench.example/{number}", at=now)
            ledger.move(database, delivery, sent(receipt, now), now)
        delivering = time.perf_counter() - start
        start = time.perf_counter()
        for number in range(2 * DELIVERIES):
            database.execute(
                "INSERT INTO meta (name, value) VALUES (:name, '')", name=f"bench {number}"
            )
        committing = time.perf_counter() - start
        database.close()
    return {
        "bench": "outbox",
        "deliveries": DELIVERIES,
        "delivery_in_commits": round(2 * delivering / committing, 2),
    }


def _fill(database: Database, now: datetime) -> None:
    new_key = Tids(lambda: now, 1)
    with database.atomic():
        for number in range(DELIVERIES):
            delivery = Delivery(
                id=new_key(),
                account="bench",
                activity=Activity.CREATE,
                source=f"post-{number}",
                part=0,
                note=Note(text=f"Note {number}"),
                state=State.READY,
                due=now,
                fresh_from=now,
            )
            ledger.queue(database, delivery, now)
