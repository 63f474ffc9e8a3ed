"""The pages of ours that a visitor may say something about."""

from dataclasses import dataclass

from outreach.model.errors import Mistakes, Refused
from outreach.site import frontmatter
from outreach.store import posts
from outreach.store.database import Database


@dataclass(frozen=True, kw_only=True)
class OurPage:
    """A post that people read on our site. `takes_comments`: its author lets them."""

    slug: str
    title: str
    url: str
    takes_comments: bool


def find(database: Database, slug: str) -> OurPage | None:
    """The post of that slug; None where it has no page of ours, or was taken back."""
    try:
        row = posts.one(database, slug)
    except Refused:
        return None
    if row.shown is None or row.withdrawn or not row.url or row.is_followed:
        return None
    try:
        front = frontmatter.parse(posts.source(database, slug), path=row.path)
    except Mistakes:
        return None
    is_open = front.values.get("comments") is not False and not row.path.startswith("pages/")
    return OurPage(slug=slug, title=row.title, url=row.url, takes_comments=is_open)
