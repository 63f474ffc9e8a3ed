"""What a database says of itself: its mode, and the machine that sends from it."""

from outreach.store.database import Database


def read(database: Database, name: str) -> str | None:
    """The value under a name, None where there is none."""
    rows = database.query("SELECT value FROM meta WHERE name = :name", name=name)
    return str(rows[0]["value"]) if rows else None


def names(database: Database, prefix: str) -> set[str]:
    """The names that begin so."""
    rows = database.query("SELECT name FROM meta WHERE name LIKE :prefix", prefix=f"{prefix}%")
    return {str(row["name"]) for row in rows}


def erase(database: Database, name: str) -> None:
    """Keep nothing under a name."""
    database.execute("DELETE FROM meta WHERE name = :name", name=name)


def write(database: Database, name: str, value: str) -> None:
    """Keep a value under a name."""
    database.execute(
        "INSERT INTO meta (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=name,
        value=value,
    )
