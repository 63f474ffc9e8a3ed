"""PostgreSQL alone: what it is asked to promise, and who is told when it cannot be used."""

from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread

import psycopg
import pytest

from outreach.model.errors import Refused
from outreach.store import meta, postgres
from outreach.store.postgres import Postgres

from .rooms import in_schema, new_schema
from .rows import NOW


@pytest.fixture
def url(postgres_server: str) -> str:
    """A schema of its own, in which nothing is yet."""
    return new_schema(postgres_server)


@pytest.fixture
def database(url: str) -> Iterator[Postgres]:
    with closing(postgres.create(url)) as made:
        yield made


def setting(database: Postgres, name: str) -> str:
    """What the server says; the tests' cluster has other defaults."""
    rows = database.query("SELECT current_setting(:name) AS value", name=name)
    return str(rows[0]["value"])


def test_a_commit_is_on_the_disk_before_it_returns(
    database: Postgres, postgres_server: str
) -> None:
    with psycopg.connect(postgres_server) as connection:
        row = connection.execute("SHOW synchronous_commit").fetchone()
    assert row == ("off",)
    assert setting(database, "synchronous_commit") == "on"
    assert setting(database, "lock_timeout") == "30s"


def test_a_transaction_sees_what_was_committed_while_it_waited(
    database: Postgres, url: str
) -> None:
    """Also where the server's default is REPEATABLE READ, which would look before it waits."""
    seen: list[str | None] = []
    starting = Event()

    def work() -> None:
        with closing(postgres.connect(url)) as own:
            own.query("SELECT set_config('default_transaction_isolation', 'serializable', false)")
            starting.set()
            with own.atomic():
                seen.append(meta.read(own, "a"))

    worker = Thread(target=work)
    with database.atomic():
        meta.write(database, "a", "1")
        worker.start()
        assert starting.wait(10)
        worker.join(0.2)
    worker.join(10)
    assert seen == ["1"]


def test_leaders_in_schemas_of_their_own_do_not_wait_and_see_no_other(
    database: Postgres, url: str
) -> None:
    """Not even where the path leads on to another's schema."""
    with (
        closing(postgres.create(url.replace("search_path%3D", "search_path%3Dpublic%2C"))) as other,
        database.atomic(),
        other.atomic(),
    ):
        meta.write(database, "a", "1")
        meta.write(other, "a", "2")
    assert meta.read(database, "a") == "1"


def test_43_a_turn_that_does_not_come_is_an_error(
    database: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.postgres.BUSY", 0.05)
    with closing(postgres.connect(url)) as other:
        with database.atomic(), pytest.raises(psycopg.errors.LockNotAvailable):
            meta.write(other, "a", "1")
        meta.write(other, "a", "2")
    assert meta.read(database, "a") == "2"


def test_a_caught_failure_does_not_pass_for_a_commit(database: Postgres) -> None:
    """PostgreSQL answers COMMIT with a silent ROLLBACK there."""
    with pytest.raises(RuntimeError, match="cannot commit"), database.atomic():
        meta.write(database, "a", "1")
        with pytest.raises(psycopg.errors.UndefinedTable):
            database.execute("DELETE FROM nothing")
    assert meta.read(database, "a") is None


@pytest.mark.parametrize("within", [False, True])
def test_a_connection_that_broke_is_opened_again(
    database: Postgres, postgres_server: str, within: bool
) -> None:
    meta.write(database, "a", "1")
    backend = database.query("SELECT pg_backend_pid() AS pid")[0]["pid"]

    def restart() -> None:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    if within:
        with pytest.raises(psycopg.OperationalError), database.atomic():
            meta.write(database, "a", "2")
            restart()
            meta.write(database, "b", "2")
    else:
        restart()
        with pytest.raises(psycopg.OperationalError):
            meta.read(database, "a")
    assert (meta.read(database, "a"), meta.read(database, "b")) == ("1", None)
    assert setting(database, "synchronous_commit") == "on"


def test_a_statement_that_comes_again_is_prepared(database: Postgres) -> None:
    for _ in range(7):
        meta.read(database, "a")
    found = database.query("SELECT COUNT(*) AS n FROM pg_prepared_statements")
    assert found[0]["n"] == 1


def test_text_sorts_by_its_bytes_whatever_the_language_of_the_server(database: Postgres) -> None:
    plain = "SELECT 'B' < 'a' AS smaller"
    assert database.query(plain)[0]["smaller"] is False  # this server's own order
    for name in "aB":
        meta.write(database, name, "")
    rows = database.query("SELECT name FROM meta ORDER BY name")
    assert [row["name"] for row in rows] == ["B", "a"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://ada:secret@127.0.0.1:1/lantern", "PostgreSQL lantern at 127.0.0.1 cannot"),
        ("postgresql://ada:secret@/lantern?host=/nowhere", "at /nowhere cannot be opened"),
        ("postgresql:ada secret", "no PostgreSQL URL"),
        ("postgresql://ada:secret@/?nothing=1", "no PostgreSQL URL"),
    ],
)
def test_who_cannot_be_reached_is_named_without_the_password(address: str, told: str) -> None:
    for door in (postgres.create, postgres.connect, postgres.read):
        with pytest.raises(Refused, match=told) as caught:
            door(address)
        assert "secret" not in str(caught.value)


def test_no_such_database_is_told(postgres_server: str) -> None:
    with pytest.raises(Refused, match='database "nothing" does not exist'):
        postgres.create(postgres_server.replace("/postgres", "/nothing"))


def test_no_such_schema_is_told(postgres_server: str) -> None:
    with pytest.raises(Refused, match="CREATE SCHEMA"):
        postgres.create(in_schema(postgres_server, "nothing"))


def test_a_user_without_the_right_is_told_and_the_right_to_rows_is_enough(
    url: str, postgres_server: str
) -> None:
    guest = url.replace("outreach@", "guest@")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    with closing(postgres.connect(url)) as owner:
        schema = setting(owner, "search_path")
        owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO guest")
        with pytest.raises(Refused, match="GRANT"):
            postgres.create(guest)
        postgres.create(url).close()
        owner.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO guest")
    with closing(postgres.create(guest)) as database:
        meta.write(database, "a", str(NOW))


def test_a_server_that_is_too_old_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "OLDEST", 99)
    with pytest.raises(Refused, match="outreach needs 99 or newer"):
        postgres.create(url)


def test_two_that_create_at_once_make_it_once(url: str) -> None:
    def work() -> None:
        postgres.create(url).close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with closing(postgres.read(url)) as database:
        assert database.query("SELECT COUNT(*) AS n FROM migration")[0]["n"] >= 1
