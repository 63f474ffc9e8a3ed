"""The claim: which delivery is next, and what it fixes for good."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Event, Lock, Thread

import pytest

from outreach.model.delivery import Activity, Delivery, Doubt, Held, State
from outreach.model.note import Note
from outreach.store import accounts, ledger
from outreach.store.database import Database

from .rooms import Room
from .rows import (
    ACCOUNTS,
    HOUR,
    KEY,
    MINUTE,
    NOW,
    change,
    claim,
    claimed,
    create,
    queue,
    receipt,
    send,
    step,
    thread,
)


def test_a_claim_is_sending_with_its_key_and_times(database: Database) -> None:
    queue(database, create("a"))
    delivery = ledger.claim(database, "mastodon", KEY, NOW, 7)
    assert delivery is not None
    assert (delivery.state, delivery.key, delivery.attempts) == (State.SENDING, KEY, 1)
    assert (delivery.started, delivery.attempted, delivery.doubt) == (NOW, NOW, Doubt.NONE)
    assert ledger.in_flight(database, "mastodon") == delivery
    assert ledger.history(database, "a")[-1] == (NOW, State.SENDING, "claimed")
    fences = database.query("SELECT fence FROM delivery WHERE id = :id", id="a")
    assert [row["fence"] for row in fences] == [7]


def test_the_earliest_due_is_first_and_nothing_before_its_time(database: Database) -> None:
    queue(database, create("a", due=NOW + MINUTE), create("b", due=NOW + MINUTE), create("c"))
    assert claimed(database).id == "c"
    send(database, create("c"))
    assert claim(database, NOW + MINUTE - MINUTE / 60) is None
    assert claimed(database, NOW + MINUTE).id == "a"


def test_the_first_claim_fixes_key_parent_and_note(database: Database) -> None:
    """A retry sends the same bytes, though the parent has another receipt by then."""
    queue(database, *thread("a", "b"))
    send(database, claimed(database))
    first = claimed(database, key="first")
    assert (first.id, first.note.in_reply_to, first.key) == ("b", "n-a", "first")
    ledger.move(database, first, step(State.READY, error="reset"), NOW)
    database.execute("UPDATE delivery SET receipt_id = 'n-other' WHERE id = 'a'")
    again = claimed(database, NOW + HOUR, key="second")
    assert (again.note, again.key, again.started) == (first.note, "first", NOW)
    assert (again.attempted, again.attempts) == (NOW + HOUR, 2)


def test_one_in_flight_per_account(database: Database) -> None:
    queue(database, create("a"), create("b"), create("c", account="x"))
    first = claimed(database)
    assert claim(database) is None
    assert claim(database, account="x") is not None
    send(database, first)
    assert claimed(database).id == "b"


@pytest.mark.parametrize("state", [State.UNKNOWN, State.FAILED])
def test_unknown_and_failed_are_not_in_flight(database: Database, state: State) -> None:
    queue(database, create("a"), create("b"))
    ledger.move(database, claimed(database), step(state), NOW)
    assert claimed(database).id == "b"


def test_16_a_thread_waits_for_its_parents_receipt(database: Database) -> None:
    queue(database, *thread("a", "b", "c"))
    first = claimed(database)
    assert (first.id, first.note.in_reply_to, first.target) == ("a", None, None)
    ledger.move(database, first, step(State.READY, NOW + HOUR, error="no answer"), NOW)
    assert claim(database) is None
    send(database, claimed(database, NOW + HOUR))
    second = claimed(database)
    assert (second.id, second.target) == ("b", receipt("a"))
    send(database, second)
    assert claimed(database).note.in_reply_to == "n-b"


def test_14_an_edit_waits_for_its_note_and_keeps_its_own_text(database: Database) -> None:
    first = create("a")
    queue(database, first, change("b", first, Activity.UPDATE, note=Note(text="newer")))
    send(database, claimed(database))
    edit = claimed(database)
    assert (edit.id, edit.target, edit.note) == ("b", receipt("a"), Note(text="newer"))


def test_nothing_is_claimed_while_the_account_rests(database: Database) -> None:
    queue(database, create("a"))
    accounts.rest(database, "mastodon", 5, NOW + MINUTE)
    assert claim(database) is None
    assert claim(database, NOW + MINUTE) is not None


def test_13_what_may_be_out_already_is_looked_up_first(database: Database) -> None:
    queue(database, create("a", look_from=NOW - HOUR))
    look = claimed(database)
    assert (look.doubt, look.started, look.attempts) == (Doubt.LOST, NOW - HOUR, 0)
    assert ledger.history(database, "a")[-1][2] == "looking first"
    ledger.move(database, look, step(State.READY), NOW)
    again = claimed(database)
    assert (again.doubt, again.started, again.attempts) == (Doubt.NONE, NOW - HOUR, 1)


def test_a_claim_that_does_not_commit_is_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database, create("a"))

    def power_cut(point: str) -> None:
        raise SystemError(point)

    monkeypatch.setattr(ledger, "reached", power_cut)
    with pytest.raises(SystemError, match="claiming"):
        claim(database)
    assert ledger.one(database, "a") == create("a")
    assert len(ledger.history(database, "a")) == 1


class Flights:
    """Who is in flight as which account, as the claimers see it."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.claimed: list[str] = []
        self.wrong: list[str] = []
        self._lock = Lock()

    def starts(self, delivery: Delivery) -> None:
        with self._lock:
            if delivery.account in self.now:
                self.wrong.append(f"{delivery.id} beside {self.now[delivery.account]}")
            self.now[delivery.account] = delivery.id
            self.claimed.append(delivery.id)

    def ends(self, delivery: Delivery) -> None:
        with self._lock:
            del self.now[delivery.account]


def test_12_claimers_side_by_side_never_get_the_same_nor_two_in_flight(
    database: Database, room: Room
) -> None:
    names = [f"{account}{number:02}" for account in ACCOUNTS for number in range(20)]
    queue(database, *(create(name, account=name[:-2]) for name in names))
    flights = Flights()

    def work() -> None:
        with closing(room.connect()) as own:
            while ledger.counts(own)["sent"] < len(names):
                for account in ACCOUNTS:
                    delivery = claim(own, account=account)
                    if delivery is not None:
                        flights.starts(delivery)
                        flights.ends(delivery)
                        send(own, delivery)

    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(running(work))
    assert not flights.wrong
    assert sorted(flights.claimed) == names


def test_a_note_is_never_recomposed_under_a_claim(
    database: Database, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lone statement takes its turn too: it is in the note that is sent, or says it is not."""
    queue(database, create("a"))
    reading, done = Event(), Event()
    could: list[bool] = []

    def recompose() -> None:
        with closing(room.connect()) as other:
            assert reading.wait(10)
            could.append(ledger.recompose(other, create("a", note=Note(text="newer"))))
            done.set()

    def slow(delivery: object) -> object:
        reading.set()
        done.wait(0.2)  # where it does not wait for its turn, it is through by now
        return target(delivery)

    target: Callable[[object], object] = vars(ledger)["_target"]
    monkeypatch.setattr(ledger, "_target", slow)
    with running(recompose):
        delivery = claimed(database)
    assert (delivery.note.text == "newer") == could[0]


def test_43_a_claim_waits_for_a_locked_database(database: Database, room: Room) -> None:
    """Case 43: no crash, and nothing to send without a commit; here within one process."""
    queue(database, create("b"))
    locked, starting = Event(), Event()
    got: list[Delivery] = []

    def work() -> None:
        with closing(room.connect()) as own:
            assert locked.wait(10)
            starting.set()
            got.append(claimed(own))

    with running(work) as worker, database.atomic():
        locked.set()
        assert starting.wait(10)
        worker.join(0.2)
        assert not got
        assert ledger.queue(database, create("a"), NOW)
    assert got[0].id == "a"


@contextmanager
def running(work: Callable[[], None]) -> Iterator[Thread]:
    """A thread at work, which is over at the end. If it fails, the test fails (pyproject.toml)."""
    worker = Thread(target=work)
    worker.start()
    try:
        yield worker
    finally:
        worker.join(60)
    assert not worker.is_alive()


def test_held_and_draft_are_not_claimed(database: Database) -> None:
    queue(database, create("a", state=State.HELD, held=Held.PERSON))
    queue(database, create("b", state=State.DRAFT))
    assert claim(database) is None
