"""The daemon stops before an account has cost more than its owner wants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import pytest

from outreach.flows.backfeed import backfeed
from outreach.flows.identify import identify
from outreach.flows.syndicate import syndicate
from outreach.model.channel import Publisher
from outreach.model.delivery import Activity, Held, Receipt, State
from outreach.model.errors import Uncertain
from outreach.model.mention import Page
from outreach.model.note import Limits, Note
from outreach.store import accounts, ledger, spending
from tests.flows.world import World

DOLLAR = Decimal(1)


@dataclass(kw_only=True)
class Toll:
    """A network that takes a dollar for a note and a tenth for a look."""

    cap: Decimal | None
    limits: Limits = field(default_factory=lambda: Limits(length=100, measure=len))
    asked: list[str] = field(default_factory=list)
    lost: int = 0
    owed: Decimal = Decimal(0)

    def publish(self, note: Note, key: str) -> Receipt:
        self.asked.append("publish")
        if self.lost:
            self.lost -= 1
            raise Uncertain("lost")
        return Receipt(id=key, url=f"https://toll.example/{key}", at=datetime.now().astimezone())

    def find(self, note: Note, key: str, since: datetime) -> Sequence[Receipt]:
        self.asked.append("find")
        self.owed += DOLLAR / 10
        return ()

    def collect(self, cursor: str | None) -> Page:
        self.asked.append("collect")
        self.owed += DOLLAR / 10
        return Page(mentions=(), cursor=cursor)

    def handle(self) -> str:
        self.asked.append("handle")
        self.owed += DOLLAR / 10
        return "@acme"

    def price(self, activity: Activity, note: Note) -> Decimal:
        return DOLLAR

    def price_to_read(self) -> Decimal:
        return DOLLAR / 10

    def bill(self) -> Decimal:
        owed, self.owed = self.owed, Decimal(0)
        return owed


def toll(world: World, cap: str | None, lost: int = 0) -> Toll:
    channel = Toll(cap=None if cap is None else Decimal(cap), lost=lost)
    as_publisher: Publisher = channel
    world.channels["mastodon"] = as_publisher
    return channel


def spent(world: World) -> Decimal:
    return spending.spent(world.database, "mastodon", world.clock())


def test_each_attempt_and_each_look_is_counted(world: World) -> None:
    channel = toll(world, None, lost=1)
    world.queue("hello")
    world.drain()
    assert channel.asked == ["publish", "find", "find", "publish"]
    assert spent(world) == Decimal("2.2")
    backfeed(world.database, "mastodon", channel, now=world.clock)
    assert spent(world) == Decimal("2.3")


def test_what_was_read_before_a_note_was_sent_is_counted_with_it(world: World) -> None:
    channel = toll(world, None)
    channel.owed = DOLLAR / 100
    world.queue("hello")
    world.drain()
    assert spent(world) == Decimal("1.01")


def test_what_would_go_over_the_cap_is_held_and_says_so(world: World) -> None:
    channel = toll(world, "1.5")
    for number in range(2):
        world.queue(f"note {number}")
    world.drain()
    assert channel.asked == ["publish"]
    held = ledger.every(world.database)[1]
    assert (held.state, held.held, held.started) == (State.HELD, Held.PERSON, None)
    assert held.error == (
        "it would cost $1, and $0.5 of this month's $1.5 are left; raise monthly_cap in "
        "config.yaml and restart, or wait for the next month, then: "
        f"outreach resolve {held.id} --again"
    )


def test_a_thread_goes_out_whole_or_not_at_all(world: World) -> None:
    channel = toll(world, "2.5")
    one = world.queue("one", source="thread")
    two = world.queue("two", source="thread", part=1, after=one.id)
    three = world.queue("three", source="thread", part=2, after=two.id)
    world.drain()
    assert (world.states(), channel.asked) == (["held", "ready", "ready"], [])
    held = ledger.one(world.database, one.id)
    assert held is not None
    assert held.error.startswith("it would cost $3, and $2.5 of")
    channel.cap = Decimal(3)
    with world.database.atomic():
        ledger.approve(world.database, held, world.clock())
    moved = world.drain()
    assert [step.id for step in moved] == [one.id, two.id, three.id]
    assert world.states() == ["sent", "sent", "sent"]


def test_a_new_month_has_a_new_budget(world: World) -> None:
    channel = toll(world, "1.5")
    world.queue("one")
    world.drain()
    world.clock.move(days=32)
    world.queue("two", fresh_from=world.clock())
    world.drain()
    assert channel.asked == ["publish", "publish"]


@pytest.mark.parametrize("what", ["collect", "find"])
def test_reading_stops_before_the_cap_too(world: World, what: str) -> None:
    channel = toll(world, "1", lost=9)
    if what == "find":
        world.queue("hello")
        world.drain()
        (row,) = ledger.every(world.database)
        assert (row.state, channel.asked) == (State.UNKNOWN, ["publish"])
        assert row.error == (
            "it may be out, and is not looked up: it would cost $0.1, and $0 of this month's $1 "
            "are left; look there yourself"
        )
        assert syndicate(world.sending()) is None, "it is no more in flight"
    else:
        spending.pay(world.database, "mastodon", DOLLAR, world.clock())
        backfeed(world.database, "mastodon", channel, now=world.clock)
        assert channel.asked == []
        error = accounts.one(world.database, "mastodon").poll_error
        assert error == (
            "not read: it would cost $0.1, and $0 of this month's $1 are left; raise monthly_cap "
            "in config.yaml and restart, or wait for the next month"
        )


def test_who_it_is_is_not_asked_beyond_the_cap(world: World) -> None:
    channel = toll(world, "1")
    assert identify(world.database, "mastodon", channel, world.clock())
    assert (channel.asked, spent(world)) == (["handle"], DOLLAR / 10)
    spending.pay(world.database, "mastodon", DOLLAR, world.clock())
    assert not identify(world.database, "mastodon", channel, world.clock())
    assert channel.asked == ["handle"]
