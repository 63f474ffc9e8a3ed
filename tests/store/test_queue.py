"""The outbox: what is put into it once, and what can still be changed there."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.note import Note, NoteKind
from outreach.model.post import Media
from outreach.rules.retry import IN_DOUBT
from outreach.store import accounts, ledger
from outreach.store.database import Database

from .rows import (
    HOUR,
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

WHOLE = Note(
    text="Hej ✨ 'quoted' 100 % :name ::text\n",
    kind=NoteKind.ARTICLE,
    title="T",
    html="<p>Hej</p>",
    original="https://lantern.example/hello",
    media=(Media(path="a.png", alt=None, sha256="ab"), Media(path="b.png", alt="")),
    in_reply_to="77",
    to="ada@lantern.example",
    language="de",
    tags=("one", "two"),
)


def test_a_delivery_comes_back_as_it_was_queued(database: Database) -> None:
    queue(database, create("p"))
    delivery = create(
        "a",
        note=WHOLE,
        state=State.HELD,
        held=Held.PERSON,
        occurrence=2,
        part=1,
        revision=3,
        recipient="r",
        after="p",
        look_from=NOW - HOUR,
        error="why",
        due=NOW + timedelta(microseconds=1),
    )
    queue(database, delivery)
    assert ledger.one(database, "a") == delivery
    assert ledger.history(database, "a") == [(NOW, State.HELD, "queued")]


@pytest.mark.parametrize("revision", [0, 1])
def test_a_note_is_queued_once_whatever_its_revision(database: Database, revision: int) -> None:
    queue(database, create("a"))
    again = create("b", source="2026/a", revision=revision, note=Note(text="newer"))
    assert not ledger.queue(database, again, NOW)
    assert [row.id for row in ledger.every(database)] == ["a"]
    assert ledger.history(database, "b") == []


@pytest.mark.parametrize(
    "other",
    [{"account": "x"}, {"source": "2026/b"}, {"occurrence": 1}, {"recipient": "r"}, {"part": 1}],
)
def test_what_makes_it_another_note(database: Database, other: dict[str, Any]) -> None:
    queue(database, create("a"), create("b", **{"source": "2026/a"} | other))


def test_edits_and_withdrawals_are_queued_once_a_revision(database: Database) -> None:
    first = create("a")
    queue(database, first, change("b", first, Activity.UPDATE), change("c", first, Activity.DELETE))
    assert not ledger.queue(database, change("d", first, Activity.UPDATE), NOW)
    queue(database, change("e", first, Activity.UPDATE, revision=2))


def test_it_is_recomposed_only_before_the_first_claim(database: Database) -> None:
    queue(database, create("a"))
    assert ledger.recompose(database, create("a", note=Note(text="newer")))
    assert claimed(database).note.text == "newer"
    assert not ledger.recompose(database, create("a", note=Note(text="too late")))
    ledger.move(database, create("a"), step(State.READY, error="again"), NOW)
    assert not ledger.recompose(database, create("a", note=Note(text="too late")))
    assert claimed(database).note.text == "newer"


def test_next_due_is_the_earliest_that_can_go(database: Database) -> None:
    assert ledger.next_due(database, "mastodon") is None
    queue(database, create("a", due=NOW + HOUR), create("b", due=NOW + MINUTE))
    queue(database, create("c", after="b", due=NOW), create("d", account="x", due=NOW))
    queue(database, create("e", state=State.HELD, held=Held.PERSON, due=NOW))
    assert ledger.next_due(database, "mastodon") == NOW + MINUTE
    accounts.rest(database, "mastodon", 5, NOW + 2 * HOUR)
    assert ledger.next_due(database, "mastodon") == NOW + 2 * HOUR


def test_next_due_of_what_is_in_flight_is_its_look_up(database: Database) -> None:
    queue(database, create("a"), create("b"))
    delivery = claimed(database)
    ledger.move(database, delivery, step(State.SENDING, NOW + MINUTE), NOW)
    assert ledger.next_due(database, "mastodon") == NOW + MINUTE


def test_what_is_due_since_long_ago_is_held_for_a_look(database: Database) -> None:
    stale = create("a", fresh_from=NOW - 25 * HOUR)
    queue(database, stale, create("b", fresh_from=NOW - 24 * HOUR), replace_account(stale))
    ledger.hold_stale(database, "mastodon", NOW - 24 * HOUR, NOW)
    rows = {row.id: (row.state, row.held) for row in ledger.every(database)}
    assert rows == {
        "a": (State.HELD, Held.STALE),
        "b": (State.READY, Held.NOT),
        "other": (State.READY, Held.NOT),
    }
    held = ledger.one(database, "a")
    assert held is not None
    assert "due since 2026-11-23 08:00 UTC" in held.error


def replace_account(delivery: Delivery) -> Delivery:
    return replace(delivery, id="other", account="x")


def test_what_a_person_approved_is_sent_however_old(database: Database) -> None:
    queue(database, create("a", fresh_from=NOW - 25 * HOUR))
    ledger.hold_stale(database, "mastodon", NOW - 24 * HOUR, NOW)
    with database.atomic():
        ledger.approve(database, create("a"), NOW)
    ledger.hold_stale(database, "mastodon", NOW - 24 * HOUR, NOW)
    assert claimed(database).fresh_from == NOW


def test_what_is_overdue_is_spread_in_its_order(database: Database) -> None:
    late = [create(name, due=NOW - HOUR + number * MINUTE) for number, name in enumerate("cab")]
    queue(database, *late, create("d", due=NOW + HOUR), create("e", after="c", due=NOW - HOUR))
    queue(database, create("f", account="x", due=NOW - HOUR), create("g", due=NOW - 5 * MINUTE))
    ledger.space(database, "mastodon", 5 * MINUTE, 5 * MINUTE, NOW)
    due = {row.id: row.due - NOW for row in ledger.every(database)}
    assert due == {
        "c": 0 * MINUTE,
        "a": 5 * MINUTE,
        "b": 10 * MINUTE,
        "d": HOUR,
        "e": -HOUR,
        "f": -HOUR,
        "g": -5 * MINUTE,
    }


def test_announced_names_posts_with_a_create(database: Database) -> None:
    first = create("a")
    queue(database, first, create("b", account="x", source="2026/b"))
    queue(database, change("c", first, Activity.UPDATE, source="2026/other"))
    assert ledger.announced(database) == {("2026/a", "mastodon"), ("2026/b", "x")}


def test_syndication_is_every_first_part_that_is_out_oldest_first(database: Database) -> None:
    second = create("a", source="p", account="x")
    parts = [create("b", source="p"), create("c", source="p", part=1, after="b")]
    queue(database, second, *parts, create("d", source="q"))
    for at, name in enumerate("ba"):
        account = "x" if name == "a" else "mastodon"
        delivery = claim(database, account=account)
        assert delivery is not None
        send(database, delivery, NOW + at * MINUTE)
    send(database, claimed(database, NOW + HOUR), NOW + HOUR)
    links = [("mastodon", receipt("b").url), ("x", receipt("a").url)]
    assert ledger.syndication(database) == {"p": links}


def test_is_known_asks_for_other_deliveries_of_the_account(database: Database) -> None:
    queue(database, create("a"))
    send(database, claimed(database))
    assert ledger.is_known(database, "mastodon", "n-a", besides="b")
    assert not ledger.is_known(database, "mastodon", "n-a", besides="a")
    assert not ledger.is_known(database, "x", "n-a", besides="b")
    assert not ledger.is_known(database, "mastodon", "n-b", besides="b")


def test_what_is_due_comes_with_the_rest_of_its_thread(database: Database) -> None:
    first, *rest = thread("a", "b", "c")
    queue(database, first, *rest, create("d", due=NOW - MINUTE), create("e", due=NOW + HOUR))
    queue(database, change("f", first, Activity.DELETE))

    def due(now: datetime = NOW) -> list[list[str]]:
        return [[it.id for it in one] for one in ledger.due(database, "mastodon", now)]

    assert due() == [["d"], ["a", "b", "c"]]
    send(database, claimed(database))
    send(database, claimed(database))
    assert due() == [["b", "c"], ["f"]]
    ledger.move(database, claimed(database), step(State.UNKNOWN), NOW)
    assert due() == [["f"]]
    assert due(NOW + HOUR) == [["f"], ["e"]]


def test_the_answers_to_one_mention_are_those_with_its_whole_id(database: Database) -> None:
    rows = {"a": "#answer-7", "b": "p#answer-7", "c": "p#answer-17", "d": "p#answer-_", "e": "7"}
    for name, source in rows.items():
        queue(database, create(name, source=source, written_by="Ada"))
    queue(database, create("f", source="q#answer-7", written_by="Ada", account="x"))

    def answers(mention: str) -> list[str]:
        return [row.id for row in ledger.answers(database, "mastodon", mention)]

    assert (answers("7"), answers("_"), answers("1")) == (["a", "b"], ["d"], [])


def test_what_was_repeated_too_late_was_once_in_doubt(database: Database) -> None:
    queue(database, create("a"), create("b"), create("c"))
    for why in (f"{IN_DOUBT}reset", "refused"):
        ledger.move(database, claimed(database), step(State.READY, NOW + MINUTE, why=why), NOW)
    assert ledger.repeated_late(database, "mastodon", NOW) == []
    assert [it.id for it in ledger.repeated_late(database, "mastodon", NOW + MINUTE)] == ["a"]
    assert ledger.repeated_late(database, "x", NOW + MINUTE) == []


def test_counts_names_the_empty_states_too(database: Database) -> None:
    queue(database, create("a"), create("b"), create("c", state=State.DRAFT))
    expected = dict.fromkeys(map(str, State), 0) | {"ready": 2, "draft": 1}
    assert ledger.counts(database) == expected


def test_lists_are_in_the_order_of_the_ids(database: Database) -> None:
    """By bytes, whatever the language of the server: B before a, - before /."""
    names = ["B", "a", "b-c", "b/c", "bc", "ä"]
    queue(database, *(create(name, source="p", part=part) for part, name in enumerate(names[::-1])))
    for rows in (
        ledger.every(database),
        ledger.of_source(database, "p"),
        ledger.in_state(database, State.READY),
    ):
        assert [row.id for row in rows] == names
