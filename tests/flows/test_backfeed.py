"""The networks to the log: every reply once."""

import pytest

from outreach.flows.backfeed import backfeed
from outreach.model.channel import Listener
from outreach.store import accounts, holds, mentions
from tests.flows.world import World


def collect(world: World, account: str) -> list[str]:
    channel = world.channels[account]
    assert isinstance(channel, Listener)
    return [m.text for m in backfeed(world.database, account, channel, now=world.clock)]


def answer(world: World, network: str, text: str, name: str = "Rosa") -> None:
    note = world.sandbox.ledger(network)[0]["id"]
    world.sandbox.call(
        "POST", f"/{network}/reply", token="", data={"note": note, "name": name, "text": text}
    )


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_a_reply_comes_home_once_with_its_post(world: World, account: str) -> None:
    world.queue("hello", account)
    world.drain(account)
    answer(world, account, "Nice & <b>bold</b>")
    (text,) = collect(world, account)
    assert "Nice & <b>bold</b>" in text
    assert collect(world, account) == []
    (logged,) = mentions.every(world.database)
    assert logged.post == "hello"
    assert logged.mention.author.name == "Rosa"


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_c31_many_pages_leave_no_gap_and_a_lost_cursor_no_double(
    world: World, account: str
) -> None:
    world.queue("hello", account)
    world.drain(account)
    for number in range(130):
        answer(world, account, f"reply {number}", name=f"Reader {number}")
    assert len(collect(world, account)) == 130
    world.database.execute("UPDATE account SET cursor = NULL")
    assert collect(world, account) == []
    assert len(mentions.every(world.database)) == 130


def test_a_poll_that_fails_says_so_and_keeps_the_cursor(world: World) -> None:
    world.queue("hello")
    world.drain()
    answer(world, "mastodon", "Nice")
    collect(world, "mastodon")
    before = accounts.one(world.database, "mastodon")
    good = world.channels["mastodon"]
    world.channels["mastodon"] = world.open("mastodon", "http://127.0.0.1:1")
    assert collect(world, "mastodon") == []
    after = accounts.one(world.database, "mastodon")
    assert "refused" in after.poll_error
    assert after.cursor == before.cursor
    world.channels["mastodon"] = good
    collect(world, "mastodon")
    assert accounts.one(world.database, "mastodon").poll_error == ""


def test_c26_a_refused_token_is_probed_once_an_hour(world: World) -> None:
    holds.place(world.database, "mastodon", holds.Cause.TOKEN, "refused", world.clock())
    world.queue("hello", "x")
    assert collect(world, "mastodon") == []
    assert accounts.one(world.database, "mastodon").polled is None, "no request was made"
    world.clock.move(minutes=61)
    collect(world, "mastodon")
    assert accounts.one(world.database, "mastodon").polled is not None
    assert holds.every(world.database) == [], "the probe went well: the account goes on"
