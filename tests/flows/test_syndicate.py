"""The outbox to the networks; the sandbox's own ledger is the judge."""

from datetime import timedelta

import pytest

from outreach.flows.syndicate import syndicate
from outreach.model.delivery import Held, State
from outreach.model.note import Note
from outreach.store import accounts, holds, ledger, notes, restored
from tests.flows.world import World
from tests.ports import free_port


def texts(world: World, network: str = "mastodon") -> list[str]:
    return [entry["text"] for entry in world.sandbox.ledger(network) if entry["effect"] == "create"]


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_a_note_goes_out_once_and_leaves_its_history(world: World, account: str) -> None:
    queued = world.queue("hello", account)
    world.drain(account)
    assert texts(world, account) == ["hello"]
    assert syndicate(world.sending(account)) is None
    states = [state.value for _, state, _ in ledger.history(world.database, queued.id)]
    assert states == ["ready", "sending", "sent"]


def test_a_thread_hangs_together_in_order(world: World) -> None:
    first = world.queue("one", source="thread")
    world.queue("two", source="thread", part=1, after=first.id)
    world.drain()
    one, two = world.sandbox.ledger("mastodon")
    assert two["in_reply_to"] == one["id"]


@pytest.mark.parametrize(("account", "mode"), [("x", "422"), ("mastodon", "422")])
def test_a_refused_note_fails_and_holds_the_rest_of_its_thread(
    world: World, account: str, mode: str
) -> None:
    first = world.queue("one", account, source="thread")
    second = world.queue("two", account, source="thread", part=1, after=first.id)
    world.sandbox.fail(mode, account)
    world.drain(account)
    assert world.states() == ["failed", "held"]
    held = ledger.one(world.database, second.id)
    assert held is not None
    assert held.held is Held.PARENT
    with world.database.atomic():
        ledger.approve(world.database, first, world.clock())
    world.drain(account)
    assert world.states() == ["sent", "sent"]


def test_a_retry_waits_longer_each_time_and_sends_the_same_key(world: World) -> None:
    queued = world.queue("hello")
    waits = []
    for _ in range(3):
        world.sandbox.fail("429", "mastodon")
        syndicate(world.sending())
        found = ledger.one(world.database, queued.id)
        assert found is not None
        waits.append(found.due - world.clock())
        world.clock.at = max(
            found.due, accounts.one(world.database, "mastodon").not_before or found.due
        )
    assert waits[0] <= waits[1] <= waits[2]
    world.drain()
    assert len(texts(world)) == 1


def test_c23_retry_after_is_honoured_for_the_whole_account(world: World) -> None:
    world.queue("one")
    world.queue("two")
    world.sandbox.fail("429", "mastodon", seconds=120)
    syndicate(world.sending())
    rests = accounts.one(world.database, "mastodon").not_before
    assert rests is not None
    assert syndicate(world.sending()) is None
    world.clock.at = rests
    world.drain()
    assert sorted(texts(world)) == ["one", "two"]


def test_c24_a_circuit_opens_after_five_failures_and_closes_after_a_success(world: World) -> None:
    world.queue("hello")
    world.channels["mastodon"] = world.open("mastodon", f"http://127.0.0.1:{free_port()}")
    for _ in range(5):
        assert syndicate(world.sending()) is not None
        due = ledger.next_due(world.database, "mastodon")
        assert due is not None
        world.clock.at = due
    account = accounts.one(world.database, "mastodon")
    assert account.failures == 5
    assert account.not_before is not None
    world.channels["mastodon"] = world.open("mastodon")
    world.clock.at = max(world.clock.at, account.not_before)
    world.drain()
    assert accounts.one(world.database, "mastodon").failures == 0
    assert world.states() == ["sent"]


def test_c26_a_refused_token_holds_the_account_once_and_a_blip_does_not(world: World) -> None:
    world.queue("one")
    world.queue("two")
    world.sandbox.fail("401", "mastodon")
    syndicate(world.sending())
    assert world.states() == ["held", "held"]
    assert [hold.cause for hold in holds.every(world.database)] == [holds.Cause.TOKEN]
    assert syndicate(world.sending()) is None
    assert holds.lift(world.database, "mastodon", None, world.clock()) == 2
    world.channels["mastodon"] = world.open("mastodon", f"http://127.0.0.1:{free_port()}")
    syndicate(world.sending())
    assert holds.every(world.database) == []


def test_a_hold_stops_sending_and_resuming_sends_only_what_is_fresh(world: World) -> None:
    world.queue("old")
    holds.place(world.database, "", holds.Cause.PERSON, "bad news day", world.clock())
    assert syndicate(world.sending()) is None
    world.clock.move(hours=30)
    holds.lift(world.database, "", None, world.clock())
    world.queue("fresh")
    world.drain()
    assert texts(world) == ["fresh"]
    assert world.states() == ["held", "sent"]


def test_doubt_under_a_hold_is_settled_but_not_sent_again(world: World) -> None:
    world.queue("hello")
    world.sandbox.fail("reset", "mastodon")
    syndicate(world.sending())
    holds.place(world.database, "mastodon", holds.Cause.PERSON, "wait", world.clock())
    world.drain()
    assert world.states() == ["held"]
    assert texts(world) == []


def test_two_candidates_are_for_a_human(world: World) -> None:
    world.queue("same words")
    for _ in range(2):
        world.sandbox.toot("same words", token="mastodon")
    world.sandbox.fail("reset", "mastodon")
    world.drain()
    assert world.states() == ["unknown"]


def test_what_the_ledger_knows_is_no_candidate(world: World) -> None:
    world.queue("same words", source="first")
    world.drain()
    world.queue("same words", source="second")
    world.sandbox.fail("reset", "mastodon")
    world.drain()
    assert world.states() == ["sent", "sent"]
    assert texts(world) == ["same words", "same words"]


def test_x_says_duplicate_and_shows_nothing_so_a_human_decides(world: World) -> None:
    world.sandbox.tweet("hello", token="x")
    world.clock.move(hours=1)
    world.queue("hello", "x")
    moved = world.drain("x")
    assert moved[-1].state is State.UNKNOWN
    assert "duplicate" in moved[-1].error.lower()
    assert len(texts(world, "x")) == 1


def test_c13_a_restored_database_looks_up_before_it_sends(world: World) -> None:
    for text in ("one", "two"):
        world.queue(text)
    world.drain()
    for delivery in ledger.every(world.database):
        world.database.execute(
            "UPDATE delivery SET state = 'ready', receipt_id = NULL, receipt_url = NULL,"
            " sent = NULL, started = NULL, key = '', attempts = 0 WHERE id = :id",
            id=delivery.id,
        )
    world.clock.move(hours=2)
    restored.stamp(world.database, world.clock())
    world.queue("three")
    world.drain()
    assert sorted(texts(world)) == ["one", "three", "two"]
    assert world.states() == ["sent", "sent", "sent"]


def test_c21_after_three_days_off_what_is_old_is_held(world: World) -> None:
    world.queue("old")
    world.clock.move(days=3)
    world.queue("fresh")
    world.drain()
    assert texts(world) == ["fresh"]
    assert world.states() == ["held", "sent"]


def test_c21_what_is_overdue_goes_out_spaced(world: World) -> None:
    for text in ("one", "two", "three"):
        world.queue(text)
    world.clock.move(hours=2)
    minute, late = timedelta(minutes=1), timedelta(minutes=5)
    ledger.space(world.database, "mastodon", minute, late, world.clock())
    assert [d.text for d in (step.note for step in world.drain())] == ["one"]
    world.clock.move(minutes=1)
    world.drain()
    assert len(texts(world)) == 2


def test_c22_ten_thousand_due_at_once_go_in_the_order_of_their_time(world: World) -> None:
    with world.database.atomic():
        for number in range(10_000):
            due = world.clock() - timedelta(seconds=number)
            world.database.execute(
                "INSERT INTO delivery (id, account, activity, source, note, state, due, fresh_from)"
                " SELECT :id, 'mastodon', 'create', :id, :note, 'ready', :due, :due",
                id=world.new_key(),
                note=notes.to_json(Note(text=f"note {number}")),
                due=due.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            )
    for _ in range(3):
        syndicate(world.sending())
    assert texts(world) == ["note 9999", "note 9998", "note 9997"]
    world.queue("fresh", "x")
    syndicate(world.sending("x"))
    assert texts(world, "x") == ["fresh"]


@pytest.mark.parametrize("jump", [{"days": 1}, {"days": -1}])
def test_c19_a_jump_of_the_clock_sends_nothing_twice(world: World, jump: dict[str, float]) -> None:
    world.queue("hello")
    world.drain()
    world.clock.move(**jump)
    assert syndicate(world.sending()) is None
    assert texts(world) == ["hello"]


def test_a_network_whose_clock_is_behind_is_looked_up_further_back(world: World) -> None:
    world.sandbox.shift(-3600)
    world.queue("hello")
    world.sandbox.fail("apply+reset", "mastodon")
    world.drain(skew=timedelta(minutes=65))
    assert texts(world) == ["hello"]
    moves = [
        why for _, _, why in ledger.history(world.database, ledger.every(world.database)[0].id)
    ]
    assert moves.count("claimed") == 1, "found, and not sent again"


def test_a_hold_also_stops_what_was_queued_or_approved_under_it(world: World) -> None:
    holds.place(world.database, "", holds.Cause.PERSON, "bad news day", world.clock())
    queued = world.queue("hello")
    with world.database.atomic():
        ledger.approve(world.database, queued, world.clock())
    assert world.drain() == []
    assert ledger.next_due(world.database, "mastodon") is None
    holds.lift(world.database, "", None, world.clock())
    world.drain()
    assert texts(world) == ["hello"]
