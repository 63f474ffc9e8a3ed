"""The folder to accepted posts: what changed, has been quiet long enough, and can be read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from outreach.flows import linked
from outreach.flows.readings import Reading, Readings
from outreach.flows.renames import Said, by_slug, is_new, renames, words
from outreach.model.errors import Mistake
from outreach.model.post import Media, Post
from outreach.rules.voices import Voices
from outreach.site import folder, media
from outreach.site.build import Site
from outreach.site.posts import read_post
from outreach.store import aliases, posts
from outreach.store.database import Database
from outreach.store.posts import Accepted


class Accept:
    """`accept(now)` takes over what is new in a folder. It remembers what it has read.

    `dates_now` allows `date: now`: the moment of the first sight, kept in the database.
    """

    def __init__(
        self,
        *,
        root: Path,
        kept: Path,
        site: Site,
        voices: Voices,
        quiet_period: timedelta,
        dates_now: bool,
        database: Database,
    ) -> None:
        self._root = root
        self._kept = kept
        self._site = site
        self._voices = voices
        self._dates_now = dates_now
        self._database = database
        self._readings = Readings(root=root, quiet_period=quiet_period, read=self._said)
        self._skipped: list[Mistake] | None = None
        self._mistakes: list[Mistake] = []
        self._rows: dict[str, Accepted] = {}
        self._known: dict[str, Accepted] = {}
        self._seen = -1
        self._is_settled = False
        self._aliases: dict[str, tuple[str, ...]] = aliases.every(database)
        self._posts: dict[str, tuple[Accepted, object, Post]] = {}
        self._doubted: set[str] = set()
        self._again: set[str] = set()
        self._live: list[Post] | None = None
        self._live_until: datetime | None = None

    def __call__(self, now: datetime) -> tuple[list[Post], list[Mistake]]:
        """The posts accepted just now, and everything that is wrong in the folder."""
        names, skipped = folder.scan_all(self._root)
        self._is_settled = self._is_settled and skipped == self._skipped
        self._skipped = skipped
        return self._look(names, now, at_all=True)

    def saved(self, paths: Iterable[Path], now: datetime) -> tuple[list[Post], list[Mistake]]:
        """The same where nothing but these files changed since the last look at all of them."""
        ours = (path for path in paths if path.is_relative_to(self._root))
        changed = [path.relative_to(self._root).as_posix() for path in ours]
        if self._skipped is None or any(map(self._is_more, changed)):
            return self(now)
        names = {name for name in changed if folder.is_text(name)} | self._readings.unfinished
        return self._look(names, now, at_all=False)

    def live(self, now: datetime) -> list[Post]:
        """The accepted posts whose time has come, newest first, as they were accepted.

        What did not change is the same object as before.
        """
        self._refresh()
        if self._live is None or (self._live_until is not None and now >= self._live_until):
            self._live_until = None
            rows = [row for row in self._rows.values() if self._is_live(row, now)]
            rows.sort(key=lambda row: (row.published or now, row.slug), reverse=True)
            self._live = [self._post(row) for row in rows]
        return self._live

    def newest(self, slug: str) -> Post:
        """A post as it was accepted last."""
        return self._post(posts.one(self._database, slug))

    @property
    def said(self) -> list[Post]:
        """What every file says that can be read, drafts too."""
        return [it.post for it in self._readings.files.values() if it.post is not None]

    def look_again(self, post: Post) -> None:
        """Read a post's images anew in the next pass: something was wrong with them."""
        self._doubted.add(post.slug)
        self._again.add(post.slug)

    def _is_more(self, name: str) -> bool:
        """Whether more may have changed than this one file: it is a folder, or a link."""
        path, parts = self._root / name, name.split("/")
        folders = (self._root.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))
        if any(it.is_symlink() for it in folders) or path.is_dir():
            return True
        return not path.exists() and any(it.startswith(f"{name}/") for it in self._readings.there)

    def _look(
        self, names: Collection[str], now: datetime, *, at_all: bool
    ) -> tuple[list[Post], list[Mistake]]:
        self._refresh()
        self._read_again()
        if self._readings.look(names, now, at_all=at_all):
            self._is_settled = False
        if self._is_settled:
            return [], self._mistakes
        accepted = self._take_over(now)
        self._refresh()
        self._is_settled = True
        return accepted, self._mistakes

    def _read_again(self) -> None:
        """Forget what was made of posts whose images were wrong."""
        for slug in self._again:
            self._posts.pop(slug, None)
            self._live = None
        self._again.clear()

    def _refresh(self) -> None:
        """Take over what changed in the database, here or by another process."""
        self._seen, rows = posts.since(self._database, self._seen)
        for row in rows:
            self._rows[row.slug] = row
            if not row.is_followed:
                self._known[row.slug] = row
        if rows:
            self._live, self._is_settled = None, False

    def _take_over(self, now: datetime) -> list[Post]:
        """Accept what is new or changed, rename what has another address, say what is wrong."""
        readings = self._readings
        said, clashes = by_slug(readings.files.values())
        new = {slug: it for slug, it in said.items() if is_new(it, self._known.get(slug))}
        renamed, asked = renames(new, said, self._known, readings.there, self._aliases)
        changed = {slug: it for slug, it in new.items() if slug not in asked}
        self._unschedule(said)
        if changed:
            self._keep(changed, renamed, now)
        readings.accepted(
            post.path for slug, (post, reading) in said.items()
            if reading.source and slug in self._known and self._known[slug].hash == reading.digest
        )  # fmt: skip
        broken = [mistake for file in readings.files.values() for mistake in file.mistakes]
        self._mistakes = [
            *(self._skipped or ()), *clashes, *broken, *asked.values(), *self._gone(said)
        ]  # fmt: skip
        return [post for post, _ in changed.values()]

    def _keep(
        self, changed: Mapping[str, Said], renamed: Mapping[str, Accepted], now: datetime
    ) -> None:
        """Put what is new into the database, renames first; all of it or nothing."""
        before = {slug: words(self._post(row)) for slug, row in renamed.items()}
        with self._database.atomic():
            for slug, row in renamed.items():
                aliases.rename(self._database, row, slug)
                linked.rename(self._database, row.slug, slug)
            for slug, (post, reading) in changed.items():
                source = self._source(slug, reading)
                says_more = slug not in before or before[slug] != words(post)
                posts.accept(
                    self._database, post, source, reading.digest, now, has_new_words=says_more
                )
                if slug not in renamed:
                    aliases.take_back(self._database, slug)
        for row in renamed.values():
            del self._rows[row.slug], self._known[row.slug]
            self._posts.pop(row.slug, None)
        self._lead_here(aliases.every(self._database))
        self._refresh()

    def _lead_here(self, old: dict[str, tuple[str, ...]]) -> None:
        """Take over the old addresses of posts; what was made of others is made again."""
        for slug in self._aliases.keys() | old.keys():
            if self._aliases.get(slug) != old.get(slug):
                self._posts.pop(slug, None)
        self._aliases = old

    def _source(self, slug: str, reading: Reading) -> str:
        """The text of a file; where it was accepted before, the database has it."""
        return reading.source or posts.source(self._database, slug)

    def _unschedule(self, said: Mapping[str, Said]) -> None:
        """A post that was never shown goes out only while its file is there, and dated."""
        for slug, row in self._known.items():
            waits = row.published is not None and row.shown is None
            if waits and slug not in said and row.path not in self._readings.writing:
                posts.unschedule(self._database, slug)

    def _gone(self, said: Mapping[str, Said]) -> list[Mistake]:
        """A file that disappeared (a branch switch, a bad merge) withdraws nothing: it is asked."""
        there = self._readings.there
        return [
            Mistake(
                path=row.path,
                line=0,
                what="this file is gone, and its post "
                + ("is still published" if row.shown else "will not go out"),
                expected=f"the file back, or: outreach withdraw {slug}",
            )
            for slug, row in self._known.items()
            if row.path not in there and slug not in said and not row.withdrawn
        ]

    def _is_live(self, row: Accepted, now: datetime) -> bool:
        """Whether it is on the site; notes when that may change by itself."""
        if row.published is None:
            return False
        if row.published <= now:
            return True
        embargo = self._post(row).embargo
        until = min(filter(None, (row.published, embargo)))
        self._live_until = min(until, self._live_until or until)
        return row.shown is not None and (embargo is None or embargo <= now)

    def _post(self, row: Accepted) -> Post:
        """What a row says, with what only the database knows."""
        known = self._posts.get(row.slug)
        if known is None or known[0] is not row:
            old = self._aliases.get(row.slug, ())
            key = (row.path, row.hash, row.url, row.first_seen, row.withdrawn, row.entry_id, old)
            if known is None or known[1] != key:
                known = row, key, self._complete(self._words_of(row), row, old)
            known = self._posts[row.slug] = row, key, known[2]
        return known[2]

    def _complete(self, post: Post, row: Accepted, old: tuple[str, ...]) -> Post:
        identifier = post.id or ("" if row.entry_id == post.url else row.entry_id)
        before = tuple(dict.fromkeys((*post.aliases, *(it for it in old if it != post.slug))))
        if (row.withdrawn, identifier, before) == (post.withdrawn, post.id, post.aliases):
            return post
        return replace(post, withdrawn=row.withdrawn, id=identifier, aliases=before)

    def _words_of(self, row: Accepted) -> Post:
        """What was accepted: the file says it still, or the database has it."""
        reading = self._readings.files.get(row.path)
        is_it = reading is not None and reading.digest == row.hash
        if reading and reading.post and is_it and row.slug not in self._doubted:
            return reading.post
        source = posts.source(self._database, row.slug)
        parsed = self._read(source, row.path, row.first_seen, None)
        return media.keep(parsed, self._root, self._kept)[0]

    def _said(self, source: str, name: str, now: datetime) -> tuple[Post, list[Media]]:
        """The post that a file says, with its images as they are now, and those that are missing.

        Raises Mistakes.
        """
        post = self._read(source, name, now, self._voices)
        row = self._known.get(post.slug)
        if row is not None and post.published == now:  # it says `date: now`
            post = self._read(source, name, row.first_seen, self._voices)
        return media.keep(post, self._root, self._kept)

    def _read(self, source: str, name: str, first_seen: datetime, voices: Voices | None) -> Post:
        return read_post(
            source,
            path=name,
            site_url=self._site.url,
            author=self._site.author,
            language=self._site.language,
            languages=self._site.codes,
            voices=voices,
            first_seen=first_seen if self._dates_now else None,
        )
