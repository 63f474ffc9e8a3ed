"""Posts as they were accepted: the text that the site shows, whatever becomes of the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from outreach.model.errors import Refused
from outreach.model.post import Post, is_address
from outreach.store.database import Database, Row, from_text, maybe_text, maybe_time, to_text


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One accepted post without its text. `entry_id` names it in feeds for ever.

    `proved`: when its public page was last right.
    """

    slug: str
    path: str
    hash: str
    first_seen: datetime
    published: datetime | None
    shown: datetime | None
    withdrawn: str
    title: str
    url: str
    entry_id: str
    proved: datetime | None
    proof_error: str

    @property
    def is_followed(self) -> bool:
        """Whether it came by a feed, and no file of the folder says it."""
        return is_address(self.path)


def accept(
    database: Database,
    post: Post,
    source: str,
    digest: str,
    now: datetime,
    *,
    has_new_words: bool = True,
) -> None:
    """Take a file's text as the post's newest; the first time fixes `first_seen`.

    A later time leaves a mark that the post's notes are to be revised, if it `has_new_words`. Where
    readers have seen it, feeds go on calling it what they did: by its first address, or by that and
    the time where another post is called so.
    """
    database.execute(
        "INSERT INTO post (slug, path, source, hash, title, url, entry_id, published, first_seen,"
        " withdrawn, changed) VALUES (:slug, :path, :source, :hash, :title, :url,"
        " CASE WHEN EXISTS (SELECT 1 FROM post AS other WHERE other.entry_id = :url"
        " AND other.slug <> :slug) THEN :url || '#' || :now ELSE :url END,"
        " :published, :now, :withdrawn, (SELECT COALESCE(MAX(changed), 0) + 1 FROM post))"
        " ON CONFLICT (slug) DO UPDATE SET path = excluded.path, source = excluded.source,"
        " hash = excluded.hash, title = excluded.title, url = excluded.url,"
        " published = excluded.published, proved = NULL, proof_error = '',"
        " tried = NULL, held = '',"
        " revise = CASE WHEN :revise = 1 THEN 1 ELSE post.revise END,"
        " changed = excluded.changed,"
        " entry_id = CASE WHEN post.shown IS NULL THEN excluded.entry_id ELSE post.entry_id END,"
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
        revise=int(has_new_words),
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
                "UPDATE post SET shown = :now, changed = (SELECT MAX(changed) FROM post) + 1"
                " WHERE slug = :slug",
                slug=slug,
                now=to_text(now),
            )


def unschedule(database: Database, slug: str) -> None:
    """A post that was never shown has no date any more."""
    database.execute(
        "UPDATE post SET published = NULL, changed = (SELECT MAX(changed) FROM post) + 1"
        " WHERE slug = :slug AND shown IS NULL",
        slug=slug,
    )


def withdraw(database: Database, slug: str, reason: str) -> None:
    """Take a post back; it stays so whatever its file says."""
    database.execute(
        "UPDATE post SET withdrawn = :reason, changed = (SELECT MAX(changed) FROM post) + 1"
        " WHERE slug = :slug",
        slug=slug,
        reason=reason,
    )


def every(database: Database) -> list[Accepted]:
    """All accepted posts, by slug."""
    return [_accepted(row) for row in database.query(f"{_SELECT} ORDER BY slug")]


def since(database: Database, number: int) -> tuple[int, list[Accepted]]:
    """What changed of what the site shows after `number`, and the number to ask with next.

    -1 asks for all posts. It costs next to nothing where nothing changed.
    """
    rows = database.query(f"{_SELECT} WHERE changed > :number", number=number)
    return max((row["changed"] for row in rows), default=number), [_accepted(row) for row in rows]


def one(database: Database, slug: str) -> Accepted:
    """An accepted post. Raises Refused where there is none of that name."""
    rows = database.query(f"{_SELECT} WHERE slug = :slug", slug=slug)
    if not rows:
        raise Refused(f"there is no published post {slug!r}; outreach status lists them")
    return _accepted(rows[0])


def at(database: Database, url: str) -> Accepted | None:
    """The post whose page is there, or was, with or without the slash at its end; None where none
    is."""
    rows = database.query(
        f"{_SELECT} {_AT} ORDER BY url = :url",
        url=url,
        folder=url.rstrip("/") + "/",
    )
    return _accepted(rows[-1]) if rows else None


_SELECT = (
    "SELECT slug, path, hash, title, url, entry_id, published, first_seen, shown, withdrawn,"
    " proved, proof_error, changed FROM post"
)
_AT = (
    "WHERE shown IS NOT NULL AND (url IN (:url, :folder) OR slug IN"
    " (SELECT post FROM alias WHERE alias.url IN (:url, :folder)))"
)


def source(database: Database, slug: str) -> str:
    """The accepted text of a post."""
    row = database.query("SELECT source FROM post WHERE slug = :slug", slug=slug)[0]
    return str(row["source"])


def proved(database: Database, slug: str, now: datetime) -> None:
    """The public page was fetched and is right."""
    database.execute(
        "UPDATE post SET proved = :now, proof_error = '', tried = NULL WHERE slug = :slug",
        slug=slug,
        now=to_text(now),
    )


def not_proved(database: Database, slug: str, error: str, now: datetime) -> datetime:
    """The public page could not be fetched or is wrong; gives back when it was first looked for."""
    row = database.query(
        "UPDATE post SET proof_error = :error, tried = COALESCE(tried, :now) WHERE slug = :slug"
        " RETURNING tried",
        slug=slug,
        error=error,
        now=to_text(now),
    )[0]
    return from_text(row["tried"])


def hold(database: Database, slug: str, why: str) -> None:
    """Nobody is told of a post until its file changes or a person resumes it."""
    database.execute("UPDATE post SET held = :why WHERE slug = :slug", slug=slug, why=why)


def held(database: Database) -> dict[str, str]:
    """Why each held post is, by slug."""
    rows = database.query("SELECT slug, held FROM post WHERE held <> '' ORDER BY slug")
    return {row["slug"]: row["held"] for row in rows}


def resume(database: Database, slug: str) -> bool:
    """Look for a held post's page anew; gives back whether it was held."""
    return bool(
        database.query(
            "UPDATE post SET held = '', tried = NULL WHERE slug = :slug AND held <> ''"
            " RETURNING slug",
            slug=slug,
        )
    )


def came_due(database: Database, since: datetime, now: datetime) -> datetime | None:
    """When the last post came due after `since`, by its date or its first sight; None for none.

    Posts that came by a feed are left out: their page is there already.
    """
    row = database.query(
        "SELECT MAX(CASE WHEN first_seen > published THEN first_seen ELSE published END) AS due"
        " FROM post WHERE published <= :now AND path NOT LIKE 'http%://%'",
        now=to_text(now),
    )[0]
    due = maybe_time(row["due"])
    return due if due is not None and due > since else None


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
        entry_id=row["entry_id"],
        proved=maybe_time(row["proved"]),
        proof_error=row["proof_error"],
    )
