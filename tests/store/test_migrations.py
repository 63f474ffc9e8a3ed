"""All migrations together are `schema.sql`, on both databases."""

import re
from collections.abc import Iterator
from contextlib import closing
from importlib import resources

import pytest

from outreach.model.errors import Refused
from outreach.store import migrations
from outreach.store.database import Database

from .rooms import Room

SCHEMA = (resources.files("outreach.store") / "schema.sql").read_text("utf-8")
OWN = ("_sqlite_migrations", "migration", "sqlite_sequence")
"""Where a room notes what it has applied."""

HINT = "a migration and outreach/store/schema.sql differ; write the change into both"

Described = set[tuple[str, ...]]


def describe(database: Database, room: str) -> Described:
    """Every column, constraint, index and view, each as it is written and in no order."""
    found = set(_sqlite(database) if room == "sqlite" else _postgres(database))
    return {line for line in found if line[1] not in OWN}


def _sqlite(database: Database) -> Iterator[tuple[str, ...]]:
    for row in database.query("SELECT * FROM sqlite_master"):
        name, table = row["name"], row["tbl_name"]
        if row["type"] != "table":
            yield row["type"], table, name, " ".join((row["sql"] or "").split())
            continue
        for check in checks(row["sql"]):
            yield "check", table, check
        for pragma in ("table_info", "foreign_key_list"):
            for entry in database.query(f"SELECT * FROM pragma_{pragma}(:table)", table=table):
                values = {key: entry[key] for key in entry if key not in ("cid", "id")}
                yield pragma, table, str(values)


def checks(table: str) -> Iterator[str]:
    """The CHECKs of a CREATE TABLE, on one line each."""
    for start in re.finditer(r"\bCHECK \(", table):
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(table[end], 0)
            end += 1
        yield " ".join(table[start.start() : end].split())


def _postgres(database: Database) -> Iterator[tuple[str, ...]]:
    for row in database.query(
        "SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
    ):
        yield "column", *(str(value) for value in row.values())
    for row in database.query(
        'SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(oid) AS text'
        " FROM pg_constraint WHERE connamespace = quote_ident(current_schema())::regnamespace"
    ):
        yield "constraint", *row.values()
    for row in database.query(
        "SELECT tablename, indexname, replace(indexdef, quote_ident(schemaname) || '.', '') AS text"
        " FROM pg_indexes WHERE schemaname = current_schema()"
    ):
        yield "index", *row.values()
    for row in database.query(
        "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema()"
    ):
        yield "view", *row.values()


def schema_only(room: Room, monkeypatch: pytest.MonkeyPatch) -> Described:
    """What `schema.sql` alone makes."""
    module = {"sqlite": "outreach.store.sqlite", "postgres": "outreach.store.postgres"}[room.name]
    monkeypatch.setattr(f"{module}.scripts", lambda: {"schema": SCHEMA})
    with closing(room.create()) as database:
        return describe(database, room.name)


def test_the_migrations_lead_to_the_schema(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(room.create()) as database:
        made = describe(database, room.name)
    assert len(made) > 100
    assert made == schema_only(room.beside(), monkeypatch), HINT


@pytest.mark.parametrize(
    "more",
    [
        "CREATE TABLE more (name TEXT PRIMARY KEY)",
        "ALTER TABLE account ADD COLUMN more TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE account ADD COLUMN more TEXT CHECK (more <> 'x')",
        "DROP INDEX delivery_one_in_flight",
        "CREATE VIEW more AS SELECT name FROM account",
    ],
)
def test_a_migration_that_is_not_in_the_schema_is_noticed(database: Database, more: str) -> None:
    room = type(database).__name__.lower()
    before = describe(database, room)
    database.execute(more)
    assert describe(database, room) != before


def test_a_migration_is_applied_once(room: Room) -> None:
    for _ in range(2):
        with closing(room.create()) as database:
            database.execute("INSERT INTO mistake VALUES ('a', 1, 'b', 'c')")
    with closing(room.read()) as database:
        assert len(database.query("SELECT * FROM mistake")) == 2


def test_a_database_of_an_earlier_release_is_not_read(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads expects the newest columns; the next start makes them."""
    first = dict(list(migrations.scripts().items())[:1])
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"outreach.store.{module}.scripts", lambda: first)
    room.create().close()
    monkeypatch.undo()
    with pytest.raises(Refused, match=r"earlier outreach .*0002_.*start the daemon once: outreach"):
        room.read()
    room.create().close()
    room.read().close()


def test_a_migration_that_fails_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.create().close()
    known = migrations.scripts()
    broken = {**known, "0099_broken": "CREATE TABLE more (name TEXT);\nCREATE TABLE more (name);\n"}
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"outreach.store.{module}.scripts", lambda: broken)
    with pytest.raises(Exception, match="more"):
        room.create()
    monkeypatch.undo()
    with closing(room.create()) as database:
        assert not [line for line in describe(database, room.name) if line[1] == "more"]


def test_a_statement_ends_with_its_line() -> None:
    script = "-- a; b\nCREATE TABLE t (a TEXT);\n\nSELECT 2;\n"
    assert migrations.statements(script) == ["-- a; b\nCREATE TABLE t (a TEXT)", "\nSELECT 2"]


def test_the_scripts_are_in_the_order_of_their_names() -> None:
    names = list(migrations.scripts())
    assert names == sorted(names)
    assert names[0] == "0001_first"
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in names)
