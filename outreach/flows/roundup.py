"""The posts of a week as the draft of a letter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from outreach.model.post import Post
from outreach.rules.compose import first_paragraph
from outreach.rules.cut import at_word
from outreach.rules.summary import escape, link
from outreach.site.build import Site
from outreach.site.posts import read_post
from outreach.site.words import spoken
from outreach.store import posts
from outreach.store.database import Database

WEEK = timedelta(days=7)

SUMMARY = 400
"""Characters of a post's summary."""

HEAD = """\
---
title: {title}
language: {language}
draft: true # a draft goes nowhere: take this line away and set a date, as `date: 2026-05-01 10:00`
---
"""


@dataclass(frozen=True, kw_only=True)
class Roundup:
    """Writes drafts into `folder`, one a language. `cache` keeps rendered bodies."""

    database: Database
    site: Site
    folder: Path
    cache: Path | None

    def __call__(self, since: datetime, until: datetime) -> list[Path]:
        """Draft a letter of what was published in between; gives back the files that are new.

        They are named by the ISO week of `until`, in its time zone (`2026-W48.md`; other languages
        than the site's behind it, `2026-W48-de.md`). A file that is there stays as it is.
        """
        by_language: dict[str, list[Post]] = {}
        for post in self._published(since, until):
            by_language.setdefault(post.language, []).append(post)
        written = []
        for language, found in by_language.items():
            mark = "" if language == self.site.language else f"-{language}"
            path = self.folder / f"{until:%G-W%V}{mark}.md"
            if self._write(path, self._letter(found, language, until)):
                written.append(path)
        return written

    def _published(self, since: datetime, until: datetime) -> list[Post]:
        """The posts with a page, oldest first."""
        rows = [
            row
            for row in posts.every(self.database)
            if row.url
            and not (row.withdrawn or row.path.startswith("pages/"))
            and row.published
            and since <= row.published < until
        ]
        rows.sort(key=lambda row: (row.published or until, row.slug))
        return [self._post(row.slug, row.path, row.first_seen) for row in rows]

    def _post(self, slug: str, path: str, first_seen: datetime) -> Post:
        found = read_post(
            posts.source(self.database, slug),
            path=path,
            site_url=self.site.url,
            author=self.site.author,
            language=self.site.language,
            languages=self.site.codes,
            voices=None,
            first_seen=first_seen,
        )
        return found if found.summary else spoken(found, self.cache)

    def _letter(self, found: Sequence[Post], language: str, until: datetime) -> str:
        title = f"{self.site.title}: week {until:%V}"
        head = HEAD.format(
            title=json.dumps(title, ensure_ascii=False),
            language=json.dumps(language, ensure_ascii=False),
        )
        return "\n".join([head, *map(_section, found)])

    def _write(self, path: Path, text: str) -> bool:
        """Whether the file is new."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            return False
        return True


def _section(post: Post) -> str:
    said = " ".join((post.summary or first_paragraph(post.text)).split())
    said = at_word(said, SUMMARY, len)
    return f"## {link(post.name, post.url)}\n\n" + (f"{escape(said)}\n" if said else "")
