"""Posts as they were accepted: the text that the site shows, whatever becomes of the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.model.errors import Refused
from outreach.model.post import Post, is_address
from outreach.store.database import Database, Row, from_text, maybe_text, maybe_time, to_text


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One accepted post without its text. `proved`: when its public page was last right."""

    slug: str
    path: str
    hash: str
    first_seen: datetime
    published: datetime | None
    shown: datetime | None
    withdrawn: str
    title: str
    url: str
    proved: datetime | None
    proof_error: str

    @property
    def is_followed(self) -> bool:
        """Whether it came by a feed, and no file of the folder says it."""
        return is_address(self.path)


def accept(database: Database, post: Post, source: str, digest: str, now: datetime) -> None:
    """Take a file's text as the post's newest; the first time fixes `first_seen`.

    A later time leaves a mark that the post's notes are to be revised.
    """
    database.execute(
        "INSERT INTO post (slug, path, source, hash, title, url, published, first_seen, withdrawn)"
        " VALUES (:slug, :path, :source, :hash, :title, :url, :published, :now, :withdrawn)"
        " ON CONFLICT (slug) DO UPDATE SET path = excluded.path, source = excluded.source,"
        " hash = excluded.hash, title = excluded.title, url = excluded.url,"
        " published = excluded.published, proved = NULL, proof_error = '', revise = 1,"
        " withdrawn = CASE WHEN excluded.withdrawn <> '' THEN excluded.withdrawn"
        " ELSE post.withdrawn END",
        slug=post.slug,
        path=post.path,
        source=source,
        hash=digest,
        title=post.name,
        url=post.url,
        published=maybe_text(post.published),
        now=to_text(now),
        withdrawn=post.withdrawn,
    )


def to_revise(database: Database) -> list[str]:
    """The posts whose newest words have not been carried to their notes yet."""
    return [row["slug"] for row in database.query("SELECT slug FROM post WHERE revise = 1")]


def revise_waiting(database: Database) -> None:
    """Mark the posts of which a note waits: whoever settled its account may have changed that."""
    database.execute(
        "UPDATE post SET revise = 1 WHERE slug IN (SELECT source FROM delivery"
        " WHERE activity = 'create' AND started IS NULL AND state IN ('ready', 'held'))"
    )


def revised(database: Database, slug: str) -> None:
    """The newest words have been carried to the notes."""
    database.execute("UPDATE post SET revise = 0 WHERE slug = :slug", slug=slug)


def show(database: Database, slugs: Iterable[str], now: datetime) -> None:
    """Note that posts are on the site, the first time only."""
    hidden = {row["slug"] for row in database.query("SELECT slug FROM post WHERE shown IS NULL")}
    with database.atomic():
        for slug in hidden.intersection(slugs):
            database.execute(
                "UPDATE post SET shown = :now WHERE slug = :slug", slug=slug, now=to_text(now)
            )


def unschedule(database: Database, slug: str) -> None:
    """A post that was never shown has no date any more."""
    database.execute(
        "UPDATE post SET published = NULL WHERE slug = :slug AND shown IS NULL", slug=slug
    )


def withdraw(database: Database, slug: str, reason: str) -> None:
    """Take a post back; it stays so whatever its file says."""
    database.execute(
        "UPDATE post SET withdrawn = :reason WHERE slug = :slug", slug=slug, reason=reason
    )


def every(database: Database) -> list[Accepted]:
    """All accepted posts, by slug."""
    return [_accepted(row) for row in database.query(f"{_SELECT} ORDER BY slug")]


def one(database: Database, slug: str) -> Accepted:
    """An accepted post. Raises Refused where there is none of that name."""
    rows = database.query(f"{_SELECT} WHERE slug = :slug", slug=slug)
    if not rows:
        raise Refused(f"there is no published post {slug!r}; outreach status lists them")
    return _accepted(rows[0])


def at(database: Database, url: str) -> Accepted | None:
    """The post whose page is there, with or without the slash at its end; None where none is."""
    url = url.rstrip("/") + "/"
    rows = database.query(f"{_SELECT} WHERE url = :url AND shown IS NOT NULL", url=url)
    return _accepted(rows[0]) if rows else None


_SELECT = (
    "SELECT slug, path, hash, title, url, published, first_seen, shown, withdrawn, proved,"
    " proof_error"
    " FROM post"
)


def source(database: Database, slug: str) -> str:
    """The accepted text of a post."""
    row = database.query("SELECT source FROM post WHERE slug = :slug", slug=slug)[0]
    return str(row["source"])


def proved(database: Database, slug: str, now: datetime) -> None:
    """The public page was fetched and is right."""
    database.execute(
        "UPDATE post SET proved = :now, proof_error = '' WHERE slug = :slug",
        slug=slug,
        now=to_text(now),
    )


def not_proved(database: Database, slug: str, error: str) -> None:
    """The public page could not be fetched or is wrong."""
    database.execute(
        "UPDATE post SET proof_error = :error WHERE slug = :slug", slug=slug, error=error
    )


def _accepted(row: Row) -> Accepted:
    return Accepted(
        slug=row["slug"],
        path=row["path"],
        hash=row["hash"],
        first_seen=from_text(row["first_seen"]),
        published=maybe_time(row["published"]),
        shown=maybe_time(row["shown"]),
        withdrawn=row["withdrawn"],
        title=row["title"],
        url=row["url"],
        proved=maybe_time(row["proved"]),
        proof_error=row["proof_error"],
    )
