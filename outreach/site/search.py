"""The index that the search page reads: one file a year, so that an edit writes one of them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from outreach.site import views
from outreach.site.files import File, file
from outreach.site.views import Entry, Site

Page = Callable[[str, str, object, Callable[[], Mapping[str, object]]], File]


def files(posts: Sequence[Entry], site: Site, page: Page) -> Iterator[File]:
    """The page that searches and what it reads. `posts` are ordered newest first; `page` makes a
    page of a path, a template, what it depends on, and what it shows."""
    indexes = []
    for year, group in groupby(posts, key=lambda entry: entry.published.year):
        entries = list(group)
        name = f"search/{year}.json"
        yield file(name, views.digest([it.digest for it in entries]), partial(_index, entries))
        indexes.append(f"{site.base}/{name}")
    yield page("search/index.html", "search.html", indexes, lambda: {"indexes": indexes})


def _index(entries: Sequence[Entry]) -> bytes:
    """Posts as lists: address, title, summary, tags and authors, day (ISO 8601), language."""
    rows = [
        [
            entry.href,
            "" if entry.is_note else entry.title,
            entry.description,
            [name for name, _ in (*entry.tags, *entry.authors)],
            entry.published.date().isoformat(),
            entry.language,
        ]
        for entry in entries
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
