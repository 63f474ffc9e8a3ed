"""What the feeds that we follow have had in them."""

from dataclasses import dataclass
from datetime import datetime

from outreach.store.database import Database, from_text, maybe_text, maybe_time, to_text


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One entry as it was last there. `post` is the slug that it became, "" for what is old.

    `published` is what the feed said first, `seen` when that was.
    """

    feed: str
    id: str
    link: str
    title: str
    published: datetime | None
    post: str
    seen: datetime


def keep(database: Database, entry: Kept) -> None:
    """Add an entry, or take its newest link and title."""
    database.execute(
        "INSERT INTO entry (feed, id, link, title, published, post, seen)"
        " VALUES (:feed, :id, :link, :title, :published, :post, :seen)"
        " ON CONFLICT (feed, id) DO UPDATE SET link = excluded.link, title = excluded.title",
        feed=entry.feed,
        id=entry.id,
        link=entry.link,
        title=entry.title,
        published=maybe_text(entry.published),
        post=entry.post,
        seen=to_text(entry.seen),
    )


def every(database: Database) -> list[Kept]:
    """All entries of all feeds, in the order in which they were seen."""
    rows = database.query("SELECT * FROM entry ORDER BY seen, feed, id")
    return [
        Kept(
            feed=row["feed"],
            id=row["id"],
            link=row["link"],
            title=row["title"],
            published=maybe_time(row["published"]),
            post=row["post"],
            seen=from_text(row["seen"]),
        )
        for row in rows
    ]
