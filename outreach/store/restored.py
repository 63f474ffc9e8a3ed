"""What a database that came back from a backup has to look up before it sends."""

from datetime import datetime

from outreach.store import meta
from outreach.store.database import Database, from_text, to_text

NAME = "restored"


def stamp(database: Database, now: datetime) -> None:
    """Note that what happened between the newest event of this database and `now` is not in it.

    Every note that waits may be out already: it is looked up, back to then, before it goes.
    """
    newest = database.query(
        "SELECT MAX(at) AS at FROM (SELECT MAX(at) AS at FROM delivery_event"
        " UNION ALL SELECT MIN(first_seen) AS at FROM account) AS times"
    )[0]["at"] or to_text(now)
    meta.write(database, NAME, f"{newest} {to_text(now)}")
    database.execute(
        "UPDATE delivery SET look_from = :newest"
        " WHERE state IN ('ready', 'held') AND activity = 'create'",
        newest=newest,
    )


def look_from(database: Database, published: datetime) -> datetime | None:
    """Back to when a post has to be looked up that may have gone out before the restore."""
    stamped = meta.read(database, NAME)
    if stamped is None:
        return None
    backed_up, at = map(from_text, stamped.split(" "))
    return backed_up if published <= at else None
