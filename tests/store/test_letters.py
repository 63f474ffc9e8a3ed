"""How far a letter is, and stopping it."""

from outreach.model.delivery import Held, State
from outreach.store import ledger, letters
from outreach.store.database import Database
from outreach.store.letters import Progress

from .rows import HOUR, NOW, claimed, create, queue, send, state, step

LETTER = {"source": "2026/letter"}


def outbox(database: Database) -> None:
    """A letter to five: one has it, one is in flight, one failed, one was tried in vain so far,
    one waits; and what is no letter."""
    for number, name in enumerate("abcde"):
        due = NOW + number * HOUR / 60
        queue(database, create(name, recipient=f"{name}@x.example", due=due, **LETTER))
    send(database, claimed(database))
    ledger.move(database, claimed(database, NOW + HOUR), step(State.FAILED, error="550 no"), NOW)
    later = step(State.READY, NOW + 9 * HOUR, error="450 later")
    ledger.move(database, claimed(database, NOW + HOUR), later, NOW)
    assert claimed(database, NOW + HOUR).id == "d"
    queue(
        database,
        create("everyone", **LETTER),
        create("test", source="2026/letter#test", recipient="ada@x.example"),
        create("answer", source="#subscribe-1", recipient="ada@x.example"),
        create("elsewhere", account="x", recipient="a@x.example", **LETTER),
        create("other", recipient="a@x.example", source="2026/zzz"),
    )


def test_how_far_each_letter_is(database: Database) -> None:
    outbox(database)
    first, second = letters.progress(database, "mastodon")
    assert first == Progress(
        account="mastodon",
        source="2026/letter",
        sent=1,
        waiting=3,
        unknown=0,
        failed=1,
        dropped=0,
    )
    assert (first.of, second.source, second.of) == (5, "2026/zzz", 1)


def test_a_stopped_letter_leaves_out_who_has_not_got_it(database: Database) -> None:
    outbox(database)
    with database.atomic():
        letters.stop(database, "mastodon", "2026/letter", NOW)
    states = {name: state(database, name)[0].value for name in "abcde"}
    assert states == {"a": "sent", "b": "failed", "c": "failed", "d": "sending", "e": "failed"}
    (first, *_) = letters.progress(database, "mastodon")
    assert (first.sent, first.waiting, first.failed, first.dropped) == (1, 1, 1, 2)
    for name in ("everyone", "test", "answer", "elsewhere", "other"):
        assert state(database, name) == (State.READY, Held.NOT)
    assert ledger.history(database, "c")[-1][1:] == (State.FAILED, "dropped: stopped by hand")
