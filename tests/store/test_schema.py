"""The schema keeps the outbox's rules by itself, and is what its migrations lead to."""

from typing import Any

import pytest

from outreach.model.delivery import Activity, Doubt, Held, State
from outreach.model.mention import Kind
from outreach.store import accounts, ledger, mentions
from outreach.store.database import Database
from outreach.store.holds import Cause

from .rows import NOW, change, create, mention, queue, step

CLAIMED = {"state": "sending", "key": "k", "started": "2026", "doubt": ""}


def change_row(database: Database, identifier: str, **columns: Any) -> None:
    """Write into a row past every rule of ours."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    database.execute(f"UPDATE delivery SET {changes} WHERE id = :row", row=identifier, **columns)


def refuses(database: Database, identifier: str, **columns: Any) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint"):
        change_row(database, identifier, **columns)


def test_the_rows_of_these_tests_are_right_but_for_what_they_break(database: Database) -> None:
    first = create("a")
    queue(database, first, change("b", first, Activity.UPDATE), create("c"))
    change_row(database, "a", **CLAIMED)
    change_row(database, "a", state="sent", receipt_id="1", sent="2026")
    change_row(database, "b", **CLAIMED)
    change_row(database, "c", state="held", held="person")


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "posted"},
        {"state": "held"},
        {"held": "person"},
        {"state": "held", "held": "other"},
        {"activity": "announce"},
        {"doubt": "lost"},
        CLAIMED | {"doubt": "other"},
        CLAIMED | {"key": ""},
        CLAIMED | {"started": None},
        {"state": "sent"},
        {"state": "sent", "receipt_id": "1"},
        {"state": "sent", "sent": "2026"},
        {"activity": "update"},
        {"activity": "delete"},
        {"account": "nobody"},
        {"after": "nothing"},
        {"note": None},
        {"due": None},
        {"id": None},
    ],
    ids=str,
)
def test_a_delivery_that_cannot_be_is_refused(database: Database, columns: dict[str, Any]) -> None:
    queue(database, create("a"))
    refuses(database, "a", **columns)
    assert ledger.every(database) == [create("a")]


def test_two_in_flight_as_one_account_are_refused(database: Database) -> None:
    queue(database, create("a"), create("b"), create("c", account="x"))
    change_row(database, "a", **CLAIMED)
    change_row(database, "c", **CLAIMED)
    refuses(database, "b", **CLAIMED)


def test_the_same_note_twice_is_refused(database: Database) -> None:
    queue(database, create("a"), create("b"))
    refuses(database, "b", source="2026/a")
    refuses(database, "b", source="2026/a", revision=1)
    change_row(database, "b", source="2026/a", occurrence=1)


def test_the_same_edit_twice_is_refused(database: Database) -> None:
    first = create("a")
    edits = [change(name, first, Activity.UPDATE, revision=at) for at, name in enumerate("bc", 1)]
    queue(database, first, *edits, change("d", first, Activity.DELETE))
    refuses(database, "c", revision=1)


def test_a_delivery_with_a_history_is_not_deleted(database: Database) -> None:
    queue(database, create("a"))
    with pytest.raises(Exception, match=r"(?i)constraint"):
        database.execute("DELETE FROM delivery")


def test_the_same_row_of_a_history_is_not_written_twice(database: Database) -> None:
    queue(database, create("a"))
    with pytest.raises(Exception, match=r"(?i)constraint"):
        database.execute(
            "INSERT INTO delivery_event (delivery, number, at, state) VALUES ('a', 1, '2026', 'x')"
        )


def test_a_mention_of_no_account_or_kind_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint"):
        mentions.log(database, [mention("1", account="nobody")], NOW)
    with database.atomic():
        mentions.log(database, [mention("1")], NOW)
    for column in ("kind", "state"):
        with pytest.raises(Exception, match=r"(?i)constraint"):
            database.execute(f"UPDATE mention SET {column} = 'other'")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("activity", Activity)
def test_the_schema_knows_every_state_of_the_model(
    database: Database, state: State, activity: Activity
) -> None:
    first = create("parent")
    queue(database, first)
    row = change("a", first, activity) if activity is not Activity.CREATE else create("a")
    queue(database, row)
    change_row(database, "a", key="k", started="2026", receipt_id="1", sent="2026")
    held = Held.PERSON if state is State.HELD else Held.NOT
    ledger.move(database, row, step(state, held=held), NOW)


@pytest.mark.parametrize("held", [held for held in Held if held])
def test_the_schema_knows_every_reason_to_hold(database: Database, held: Held) -> None:
    queue(database, create("a", state=State.HELD, held=held))


@pytest.mark.parametrize("doubt", Doubt)
def test_the_schema_knows_every_doubt(database: Database, doubt: Doubt) -> None:
    queue(database, create("a"))
    change_row(database, "a", **CLAIMED | {"doubt": str(doubt)})


@pytest.mark.parametrize("kind", Kind)
def test_the_schema_knows_every_kind_of_mention(database: Database, kind: Kind) -> None:
    assert mentions.log(database, [mention("1", kind=kind)], NOW)


@pytest.mark.parametrize("cause", Cause)
def test_the_schema_knows_every_cause_of_a_hold(database: Database, cause: Cause) -> None:
    database.execute("INSERT INTO hold VALUES ('', :cause, 'why', '2026')", cause=str(cause))


def test_an_account_has_one_row(database: Database) -> None:
    accounts.meet(database, "mastodon", "other", NOW)
    assert [row.kind for row in accounts.every(database)] == ["mastodon", "mastodon"]
