"""A feed that did not change costs a small part of one that did."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from outreach.channels._feed import parse
from outreach.fetch import Answer

ENTRIES = 50
ROUNDS = 5


def run() -> dict[str, object]:
    """The time of telling by its hash that a feed did not change, as a part of reading it."""
    answer = Answer(status=200, headers={}, body=_feed(), url="https://bench.example/feed")
    parse(answer)  # loads feedparser
    parsed = _timed(lambda: parse(answer))
    unchanged = _timed(lambda: sha256(answer.body).hexdigest())
    return {
        "bench": "feeds",
        "kilobytes": len(answer.body) // 1000,
        "unchanged_of_parsed": round(unchanged / parsed, 5),
    }


def _feed() -> bytes:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    entries = (
        f"<entry><id>urn:{number}</id><title>Entry {number}</title>"
        f"<published>{(start + timedelta(hours=number)).isoformat()}</published>"
        f'<content type="html">{"&lt;p&gt;Words of an entry.&lt;/p&gt;" * 40}</content></entry>'
        for number in range(ENTRIES)
    )
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feed</id><title>Bench</title>'
    return f"{head}{''.join(entries)}</feed>".encode()


def _timed(work: Callable[[], object]) -> float:
    """Processor time of the quickest round."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)
