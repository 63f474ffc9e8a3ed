"""A letter to ten thousand readers costs each of them what a letter to a hundred does."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.flows.letter import Letters
from outreach.flows.syndicate import Sending, syndicate
from outreach.model.delivery import Receipt
from outreach.model.note import Limits, Note, NoteKind
from outreach.model.post import Letter, Post
from outreach.rules.keys import Tids
from outreach.store import accounts, posts, sqlite, subscribers
from outreach.store.database import Database

MANY, FEW, SENT = 10_000, 100, 100


class Nowhere:
    """A channel that takes everything at once: what is measured is ours."""

    limits = Limits(length=1, measure=len)

    def publish(self, note: Note, key: str) -> Receipt:
        return Receipt(id=key, url="", at=datetime.now(UTC))


def run() -> dict[str, object]:
    """The time of a letter and the size of its row, at many readers as a multiple of at few."""
    few, _ = _letter(FEW)
    many, large = _letter(MANY)
    return {
        "bench": "letters",
        "readers": MANY,
        "send_many_over_few": round(many / few, 2),
        "bytes_a_reader_over_text": round(large / MANY / (len(TEXT) + len(HTML)), 3),
    }


TEXT, HTML = "Words. " * 1_000, "<p>Words.</p>" * 2_000


def _letter(readers: int) -> tuple[float, int]:
    """Seconds to send one of so many, and by how many bytes they let the database grow."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        database = sqlite.create(path)
        accounts.meet(database, "news", "email", _now())
        before = _size(database)
        new_key = _queue(database, readers)
        grown = _size(database) - before
        way = Sending(
            database=database,
            account="news",
            channel=Nowhere(),
            media=path.parent,
            settle=timedelta(0),
            now=_now,
            new_key=new_key,
            jitter=lambda: 0.0,
        )
        start = time.perf_counter()
        for _ in range(SENT):
            assert syndicate(way) is not None
        spent = time.perf_counter() - start
        database.close()
    return spent / SENT, grown


def _queue(database: Database, readers: int) -> Tids:
    now, new_key = _now(), Tids(_now, 1)
    post = Post(
        slug="hello", title="Hello", body="", url="", path="hello.md", published=now,
        email=Letter.ONLY,
    )  # fmt: skip
    posts.accept(database, post, "", "", now)
    with database.atomic():
        for number in range(readers):
            address, token = f"reader-{number}@reader.example", f"token-{number}"
            subscribers.add_confirmed(database, "news", address, "", token, now, now)
        Letters(
            database=database, site_url="https://acme.example", new_key=new_key, now=now,
            hold=timedelta(0),
        ).queue(post, "news", Note(text=TEXT, html=HTML, kind=NoteKind.ARTICLE))  # fmt: skip
    return new_key


def _size(database: Database) -> int:
    (pages,), (size,) = (
        database.query(f"PRAGMA {name}")[0].values() for name in ("page_count", "page_size")
    )
    return int(pages) * int(size)


def _now() -> datetime:
    return datetime.now(UTC)
