"""A member of LinkedIn: nobody can be asked what is there, but a second copy is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.flows.syndicate import syndicate
from outreach.model.channel import Finder, Repeatable
from outreach.model.delivery import State
from outreach.store import holds, ledger
from tests.flows.world import World
from tests.ports import free_port
from tests.sandbox.running import Sandbox

ACCOUNT = "linkedin"


@pytest.fixture
def member(tmp_path: Path, town: Sandbox) -> Iterator[World]:
    """A world with an account of a member."""
    made = World(tmp_path / "folder", town, ACCOUNT)
    assert isinstance(made.channels[ACCOUNT], Repeatable)
    assert not isinstance(made.channels[ACCOUNT], Finder)
    yield made
    made.database.close()


def there(world: World) -> list[str]:
    """The ids of what LinkedIn says we posted."""
    entries = world.sandbox.ledger(ACCOUNT, ACCOUNT)
    return [entry["id"] for entry in entries if entry["effect"] == "create"]


@pytest.mark.parametrize("mode", ["apply+reset", "apply+500", "apply+truncated", "reset", "500"])
def test_what_is_in_doubt_is_sent_again_and_is_there_once(member: World, mode: str) -> None:
    member.sandbox.fail(mode, ACCOUNT)
    member.queue("Hello", ACCOUNT)
    member.drain(ACCOUNT)
    member.clock.move(seconds=1)
    member.drain(ACCOUNT)
    (row,) = ledger.every(member.database)
    assert (row.state, row.attempts) == (State.SENT, 2)
    assert row.receipt is not None
    assert there(member) == [row.receipt.id]


def test_a_crash_while_it_was_sent_is_a_doubt_too(member: World) -> None:
    queued = member.queue("Hello", ACCOUNT)
    claimed = ledger.claim(member.database, ACCOUNT, member.new_key(), member.clock())
    assert claimed is not None
    receipt = member.channels[ACCOUNT].publish(queued.note, claimed.key)
    member.drain(ACCOUNT)
    member.clock.move(seconds=1)
    member.drain(ACCOUNT)
    (row,) = ledger.every(member.database)
    assert (row.state, row.receipt and row.receipt.id) == (State.SENT, receipt.id)
    assert there(member) == [receipt.id]


def test_what_is_lost_again_and_again_is_for_a_human(member: World) -> None:
    member.sandbox.fail("reset", ACCOUNT, times=9)
    member.queue("Hello", ACCOUNT)
    for _ in range(5):
        member.drain(ACCOUNT)
        member.clock.move(seconds=1)
    (row,) = ledger.every(member.database)
    assert (row.state, row.attempts) == (State.UNKNOWN, 3)
    assert there(member) == []


def test_a_comment_is_not_repeated(member: World) -> None:
    """LinkedIn takes the same comment twice, as far as anybody knows."""
    post = member.queue("Hello", ACCOUNT)
    member.drain(ACCOUNT)
    member.sandbox.fail("apply+reset", ACCOUNT)
    member.queue("And the link", ACCOUNT, after=post.id, part=1, source="Hello")
    member.drain(ACCOUNT)
    assert [row.state for row in ledger.every(member.database)] == [State.SENT, State.UNKNOWN]
    assert len(there(member)) == 2


@pytest.mark.parametrize("hours", [0.2, 20, 30])
def test_doubt_that_was_held_for_long_is_for_a_human(member: World, hours: float) -> None:
    """For how long LinkedIn refuses a second copy is not known."""
    member.sandbox.fail("apply+reset", ACCOUNT)
    member.queue("Hello", ACCOUNT)
    syndicate(member.sending(ACCOUNT))
    holds.place(member.database, ACCOUNT, holds.Cause.PERSON, "bad news day", member.clock())
    member.clock.move(hours=hours)
    holds.lift(member.database, ACCOUNT, None, member.clock())
    member.drain(ACCOUNT)
    (row,) = ledger.every(member.database)
    assert (row.state, row.attempts) == (State.UNKNOWN, 1)
    assert row.error.startswith("it may be out since ")
    assert len(there(member)) == 1


def test_doubt_under_a_hold_is_doubt_when_it_is_let_go(member: World) -> None:
    """The hold came while the note was on its way."""
    member.sandbox.fail("apply+reset", ACCOUNT)
    queued = member.queue("Hello", ACCOUNT)
    claimed = ledger.claim(member.database, ACCOUNT, member.new_key(), member.clock())
    assert claimed is not None
    holds.place(member.database, ACCOUNT, holds.Cause.PERSON, "bad news day", member.clock())
    syndicate(member.sending(ACCOUNT))
    assert member.states() == ["held"]
    member.clock.move(hours=1)
    holds.lift(member.database, ACCOUNT, None, member.clock())
    member.drain(ACCOUNT)
    found = ledger.one(member.database, queued.id)
    assert found is not None
    assert found.state is State.UNKNOWN


def test_what_never_reached_the_network_is_sent_again_however_late(member: World) -> None:
    member.queue("Hello", ACCOUNT)
    member.channels[ACCOUNT] = member.open(ACCOUNT, f"http://127.0.0.1:{free_port()}")
    syndicate(member.sending(ACCOUNT))
    member.channels[ACCOUNT] = member.open(ACCOUNT)
    member.clock.move(hours=3)
    member.drain(ACCOUNT)
    (row,) = ledger.every(member.database)
    assert (row.state, row.attempts, len(there(member))) == (State.SENT, 2, 1)
