"""Posts that were renamed: they stay the same post, and their old address leads to the new one."""

from outreach.store.database import Database
from outreach.store.posts import Accepted


def rename(database: Database, post: Accepted, slug: str) -> None:
    """Give a post another slug, with all that belongs to it; inside a transaction.

    What readers saw at its old address leads there from now on.
    """
    names = {"old": post.slug, "new": slug}
    database.execute(
        "UPDATE post SET slug = :new, changed = (SELECT MAX(changed) FROM post) + 1"
        " WHERE slug = :old",
        **names,
    )
    database.execute(
        "UPDATE delivery SET source = :new || substr(source, length(:old) + 1)"
        " WHERE source = :old OR substr(source, 1, length(:old) + 1) = :old || '#'",
        **names,
    )
    database.execute("UPDATE mention SET post = :new WHERE post = :old", **names)
    database.execute("UPDATE entry SET post = :new WHERE post = :old", **names)
    database.execute("UPDATE alias SET post = :new WHERE post = :old", **names)
    take_back(database, slug)
    if post.shown and post.url:
        database.execute(
            "INSERT INTO alias (path, url, post) VALUES (:old, :url, :new)"
            " ON CONFLICT (path) DO UPDATE SET url = excluded.url, post = excluded.post",
            url=post.url,
            **names,
        )


def take_back(database: Database, slug: str) -> None:
    """An old address is a post's own again."""
    database.execute("DELETE FROM alias WHERE path = :slug", slug=slug)


def every(database: Database) -> dict[str, tuple[str, ...]]:
    """The old addresses of each post, from the site's root without slashes around them."""
    found: dict[str, tuple[str, ...]] = {}
    for row in database.query("SELECT path, post FROM alias ORDER BY path"):
        found[row["post"]] = (*found.get(row["post"], ()), row["path"])
    return found
