"""What every room promises of a database, and what is refused at the door."""

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from outreach.model.errors import Refused
from outreach.store import meta
from outreach.store.database import Database, from_text, to_text

from .rooms import Room
from .rows import NOW


def test_a_transaction_commits_at_its_end(database: Database, room: Room) -> None:
    with closing(room.read()) as reader:
        with database.atomic():
            meta.write(database, "a", "1")
            assert meta.read(database, "a") == "1"
            assert meta.read(reader, "a") is None
        assert meta.read(reader, "a") == "1"


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(
    database: Database,
) -> None:
    with pytest.raises(ZeroDivisionError), database.atomic():
        meta.write(database, "a", "1")
        raise ZeroDivisionError
    assert meta.read(database, "a") is None
    with database.atomic():
        meta.write(database, "a", "2")
    assert meta.read(database, "a") == "2"


def test_a_statement_that_fails_ends_its_transaction(database: Database) -> None:
    with pytest.raises(Exception, match="nothing"), database.atomic():
        meta.write(database, "a", "1")
        database.execute("DELETE FROM nothing")
    assert meta.read(database, "a") is None
    meta.write(database, "a", "2")
    assert meta.read(database, "a") == "2"


def test_a_transaction_within_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="within a transaction"), database.atomic():
        meta.write(database, "a", "1")
        with database.atomic():
            pass
    assert meta.read(database, "a") is None


def test_execute_says_how_many_rows_it_changed(database: Database) -> None:
    assert database.execute("DELETE FROM account WHERE name = 'nobody'") == 0
    assert database.execute("UPDATE account SET failures = failures") == 2
    insert = "INSERT INTO meta (name, value) VALUES ('a', 'b') ON CONFLICT DO NOTHING"
    assert [database.execute(insert), database.execute(insert)] == [1, 0]


def test_query_gives_the_rows_of_a_returning_and_keeps_them(database: Database, room: Room) -> None:
    insert = "INSERT INTO meta (name, value) VALUES (:name, 'b') RETURNING name AS n, 1 AS one"
    assert database.query(insert, name="a") == [{"n": "a", "one": 1}]
    with closing(room.read()) as reader:
        assert meta.read(reader, "a") == "b"


@pytest.mark.parametrize("value", ["", "'", ":name", "%s %(name)s %", "a::b", "\\", "ä🦊\u2028"])
def test_text_comes_back_as_it_was(database: Database, value: str) -> None:
    meta.write(database, "a", value)
    assert meta.read(database, "a") == value


def test_what_is_quoted_in_a_statement_is_no_parameter(database: Database) -> None:
    statement = "SELECT ':a%' AS p, ''':a' AS q, 7 % 4 AS r, :a AS \"%:a\" -- :b, it's 100 %\n"
    row = database.query(statement, a="x", c="not asked for")[0]
    assert row == {"p": ":a%", "q": "':a", "r": 3, "%:a": "x"}


def test_a_parameter_that_is_missing_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)parameter|binding"):
        database.query("SELECT :a AS a, :b AS b", a="1")


def test_a_reader_writes_nothing(database: Database, room: Room) -> None:
    with closing(room.read()) as reader:
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            meta.write(reader, "a", "1")
        with pytest.raises(Exception, match=r"(?i)read-?only"), reader.atomic():
            meta.write(reader, "a", "1")
    assert meta.read(database, "a") is None


def test_reading_what_is_not_there_is_refused_and_makes_nothing(room: Room) -> None:
    for _ in range(2):
        with pytest.raises(Refused, match="there is no"):
            room.read()


@pytest.mark.parametrize("door", ["create", "read"])
def test_46_a_newer_schema_is_refused(room: Room, door: str) -> None:
    """Case 46, by the name of a migration that this outreach does not know."""
    with closing(room.create()) as database:
        meta.write(database, "a", "1")
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('outreach', '9999_later', '')"
            if room.name == "sqlite"
            else "INSERT INTO migration (name) VALUES ('9999_later')"
        )
    with pytest.raises(Refused, match=r"(?i)newer outreach \(it has 9999_later\).*install that"):
        {"create": room.create, "read": room.read}[door]()
    with closing(room.connect()) as database:
        assert meta.read(database, "a") == "1"


def test_a_time_is_utc_text_of_one_width_that_sorts() -> None:
    late = datetime(2026, 11, 24, 10, 0, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    assert to_text(NOW) == "2026-11-24T09:00:00.000000Z"
    assert to_text(late) == "2026-11-24T09:00:00.000001Z"
    assert from_text(to_text(late)) == late
    assert from_text(to_text(late)).tzinfo == UTC
