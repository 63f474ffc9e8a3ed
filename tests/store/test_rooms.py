"""The small rooms: accounts, posts, mistakes, meta, the lease, what a restore leaves."""

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from outreach.model.delivery import Activity, State
from outreach.model.errors import Mistake, Refused
from outreach.store import accounts, lease, ledger, meta, mistakes, posts, restored, spending
from outreach.store.accounts import Account
from outreach.store.database import Database
from outreach.store.posts import Accepted

from .rooms import Room
from .rows import HOUR, MINUTE, NOW, change, claimed, create, post, queue, send


def test_an_account_is_met_once(database: Database) -> None:
    accounts.meet(database, "new", "x", NOW + HOUR)
    accounts.meet(database, "new", "x", NOW + 2 * HOUR)
    assert accounts.one(database, "new") == Account(
        name="new",
        kind="x",
        first_seen=NOW + HOUR,
        failures=0,
        not_before=None,
        cursor=None,
        polled=None,
        poll_error="",
        handle="",
        connected_by="",
        expires=None,
        unread="",
    )
    assert [row.name for row in accounts.every(database)] == ["mastodon", "new", "x"]


def test_an_account_is_known_as_somebody_and_was_connected_by_somebody(database: Database) -> None:
    accounts.polled(database, "x", NOW, error="the token is refused")
    accounts.connected(database, "x", "@acme", "ada", NOW + HOUR)
    accounts.known_as(database, "x", "@acme_inc", None)
    accounts.unread(database, "x", "nobody may")
    account = accounts.one(database, "x")
    assert (account.handle, account.connected_by, account.expires) == ("@acme_inc", "ada", None)
    assert (account.poll_error, account.unread) == ("", "nobody may")
    assert accounts.one(database, "mastodon").handle == ""


def test_what_calls_cost_adds_up_by_account_and_month(database: Database) -> None:
    spending.pay(database, "x", Decimal("0.2"), NOW)
    spending.pay(database, "x", Decimal("0.015"), NOW)
    spending.pay(database, "mastodon", Decimal("0.001"), NOW)
    assert spending.spent(database, "x", NOW) == Decimal("0.215")
    assert spending.spent(database, "x", NOW + 40 * 24 * HOUR) == 0


def test_an_account_rests_and_goes_on(database: Database) -> None:
    accounts.rest(database, "x", 5, NOW + HOUR)
    assert (accounts.one(database, "x").failures, accounts.one(database, "x").not_before) == (
        5,
        NOW + HOUR,
    )
    accounts.rest(database, "x", 0, None)
    assert accounts.one(database, "x").not_before is None
    assert accounts.one(database, "mastodon").failures == 0


def test_a_poll_that_failed_leaves_the_cursor(database: Database) -> None:
    accounts.polled(database, "x", NOW, cursor="17")
    accounts.polled(database, "x", NOW + HOUR, error="no answer")
    row = accounts.one(database, "x")
    assert (row.cursor, row.polled, row.poll_error) == ("17", NOW + HOUR, "no answer")
    accounts.polled(database, "x", NOW + HOUR, cursor="18")
    row = accounts.one(database, "x")
    assert (row.cursor, row.poll_error) == ("18", "")
    assert accounts.one(database, "mastodon").cursor is None


def test_an_accepted_post_keeps_when_it_was_first_seen(database: Database) -> None:
    posts.accept(database, post(), "one", "h1", NOW)
    posts.proved(database, "2026/hello", NOW + MINUTE)
    posts.not_proved(database, "2026/hello", "wrong title", NOW)
    first = Accepted(
        slug="2026/hello",
        path="2026/hello.md",
        hash="h1",
        first_seen=NOW,
        published=NOW,
        shown=None,
        withdrawn="",
        title="Hello",
        url="https://lantern.example/2026/hello",
        entry_id="https://lantern.example/2026/hello",
        proved=NOW + MINUTE,
        proof_error="wrong title",
    )
    assert posts.every(database) == [first]
    newer = post(title="Hello!", path="moved.md", published=None)
    posts.accept(database, newer, "two", "h2", NOW + HOUR)
    row = posts.one(database, "2026/hello")
    assert (row.first_seen, row.title, row.hash) == (NOW, "Hello!", "h2")
    assert (row.path, row.published) == ("moved.md", None)
    assert (row.proved, row.proof_error) == (None, "")  # its new page has to be proved anew
    assert posts.source(database, "2026/hello") == "two"


def test_a_withdrawn_post_stays_so_whatever_its_file_says(database: Database) -> None:
    posts.accept(database, post(), "one", "h1", NOW)
    posts.withdraw(database, "2026/hello", "wrong")
    posts.accept(database, post(), "two", "h2", NOW)
    assert posts.one(database, "2026/hello").withdrawn == "wrong"
    posts.accept(database, post(withdrawn="very wrong"), "three", "h3", NOW)
    assert posts.one(database, "2026/hello").withdrawn == "very wrong"


def test_a_post_that_was_never_accepted_is_refused_by_its_name(database: Database) -> None:
    with pytest.raises(Refused, match="'2026/nothing'"):
        posts.one(database, "2026/nothing")


def test_posts_are_in_the_order_of_their_slugs(database: Database) -> None:
    slugs = ["2026/B", "2026/a", "2026/a-b", "2026/a/b", "2026/é"]
    for slug in reversed(slugs):
        posts.accept(database, post(slug), "", "", NOW)
    assert [row.slug for row in posts.every(database)] == slugs


def test_mistakes_are_those_of_the_last_pass(database: Database) -> None:
    first = Mistake(path="b.md", line=2, what="no title")
    second = Mistake(path="a.md", line=10, what="no date", expected="a date")
    mistakes.replace(database, [second, first])
    assert mistakes.every(database) == [second, first]
    mistakes.replace(database, [second, first])
    mistakes.replace(database, [first])
    assert mistakes.every(database) == [first]
    mistakes.replace(database, [])
    assert mistakes.every(database) == []


def test_mistakes_are_written_only_where_they_differ(room: Room, database: Database) -> None:
    found = [Mistake(path="a.md", line=2, what="b"), Mistake(path="a.md", line=10, what="a")]
    mistakes.replace(database, found)
    with closing(room.read()) as reader:
        mistakes.replace(reader, found)


def test_meta_keeps_the_newest_value(database: Database) -> None:
    assert meta.read(database, "mode") is None
    for value in ("sandbox", "live"):
        meta.write(database, "mode", value)
        assert meta.read(database, "mode") == value


def test_12_the_lease_has_one_holder_and_its_fence_grows(database: Database) -> None:
    assert (lease.fence(database), lease.holding(database)) == (0, None)
    assert lease.take(database, "one", NOW, over=False) == 1
    assert lease.holding(database) == ("one", NOW + lease.TERM)
    assert lease.take(database, "two", NOW + lease.TERM - MINUTE / 60, over=False) is None
    assert lease.take(database, "two", NOW + lease.TERM, over=False) == 2
    assert lease.holding(database) == ("two", NOW + 2 * lease.TERM)
    assert lease.fence(database) == 2


def test_12_a_holder_that_was_taken_over_cannot_renew_or_release(database: Database) -> None:
    assert lease.take(database, "one", NOW, over=False) == 1
    assert lease.renew(database, 1, NOW + MINUTE / 2)
    assert lease.holding(database) == ("one", NOW + MINUTE / 2 + lease.TERM)
    assert lease.take(database, "two", NOW, over=True) == 2
    assert not lease.renew(database, 1, NOW)
    lease.release(database, 1)
    assert lease.holding(database) == ("two", NOW + lease.TERM)


def test_a_lease_that_was_released_is_free_and_its_fence_stays(database: Database) -> None:
    assert lease.take(database, "one", NOW, over=False) == 1
    lease.release(database, 1)
    assert (lease.holding(database), lease.fence(database)) == (None, 1)
    assert lease.take(database, "two", NOW, over=False) == 2


def test_12_of_two_that_take_the_lease_at_once_one_wins(database: Database, room: Room) -> None:
    together, fences = Barrier(2), list[int | None]()

    def take(holder: str) -> Callable[[], None]:
        def work() -> None:
            with closing(room.connect()) as own:
                together.wait(10)
                fences.append(lease.take(own, holder, NOW, over=False))

        return work

    takers = [Thread(target=take(holder)) for holder in ("one", "two")]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(30)
    assert sorted(fences, key=str) == [1, None]


def test_13_after_a_restore_what_waits_is_looked_up_back_to_the_backup(database: Database) -> None:
    first = create("out", due=NOW - HOUR)
    queue(database, first, create("ready"), create("held"), change("edit", first, Activity.UPDATE))
    send(database, claimed(database), NOW + HOUR)
    with database.atomic():
        database.execute("UPDATE delivery SET state = 'held', held = 'person' WHERE id = 'held'")
    restored.stamp(database, NOW + 24 * HOUR)
    looks = {row.id: row.look_from for row in ledger.every(database)}
    backup = NOW + HOUR  # its newest event
    assert looks == {"out": None, "ready": backup, "held": backup, "edit": None}
    assert restored.look_from(database, NOW + 24 * HOUR) == backup
    assert restored.look_from(database, NOW + 24 * HOUR + MINUTE) is None


def test_13_a_backup_without_an_event_is_as_old_as_its_first_account(database: Database) -> None:
    restored.stamp(database, NOW + 24 * HOUR)
    assert restored.look_from(database, NOW + HOUR) == NOW


def test_13_a_database_that_was_never_restored_looks_nothing_up(database: Database) -> None:
    assert restored.look_from(database, NOW) is None


def test_13_an_empty_backup_is_as_old_as_its_restore(room: Room) -> None:
    with closing(room.create()) as database:
        restored.stamp(database, NOW)
        assert restored.look_from(database, NOW) == NOW
        assert ledger.counts(database)[State.READY] == 0
