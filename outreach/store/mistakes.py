"""What is wrong in a folder's files, as of the last pass."""

from collections.abc import Sequence

from outreach.model.errors import Mistake
from outreach.store.database import Database


def replace(database: Database, mistakes: Sequence[Mistake]) -> None:
    """Keep these and no others; writes only where they differ."""
    if list(mistakes) == every(database):
        return
    with database.atomic():
        database.execute("DELETE FROM mistake")
        for mistake in mistakes:
            database.execute(
                "INSERT INTO mistake (path, line, what, expected)"
                " VALUES (:path, :line, :what, :expected)",
                path=mistake.path,
                line=mistake.line,
                what=mistake.what,
                expected=mistake.expected,
            )


def every(database: Database) -> list[Mistake]:
    """All mistakes, by file and line."""
    rows = database.query("SELECT * FROM mistake ORDER BY path, line, what, expected")
    return [Mistake(**row) for row in rows]
