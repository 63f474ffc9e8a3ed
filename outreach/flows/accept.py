"""The folder to accepted posts: what changed, has been quiet long enough, and can be read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Media, Post
from outreach.rules.voices import Voices
from outreach.site import media
from outreach.site.build import Site
from outreach.site.posts import read_post, scan_all
from outreach.store import posts
from outreach.store.database import Database
from outreach.store.posts import Accepted


@dataclass(frozen=True, kw_only=True)
class _File:
    """One file as last read: its stat, and what it said."""

    stamp: tuple[int, int]
    source: str = ""
    digest: str = ""
    post: Post | None = None
    mistakes: tuple[Mistake, ...] = ()


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
        self._quiet_period = quiet_period
        self._dates_now = dates_now
        self._database = database
        self._files: dict[Path, _File] = {}
        self._there: set[str] = set()
        self._writing: set[Path] = set()
        self._noticed: dict[Path, tuple[tuple[int, int], datetime]] = {}
        self._parsed: dict[tuple[str, str], Post] = {}
        self._doubtful: set[str] = set()

    def __call__(self, now: datetime) -> tuple[list[Post], list[Mistake]]:
        """The posts accepted just now, and everything that is wrong in the folder."""
        self._writing.clear()
        self._parsed = {
            key: post for key, post in self._parsed.items() if post.slug not in self._doubtful
        }
        self._doubtful.clear()
        paths, wrong = scan_all(self._root)
        self._there = {self._name(path) for path in paths}
        rows = posts.every(self._database)
        known = {row.slug: row for row in rows if not row.is_followed}
        read = ((path, self._read(path, now, known)) for path in paths)
        self._files = {path: file for path, file in read if file is not None}
        unique, clashes = _by_slug(self._files)
        renamed = self._renamed(known, unique)
        changed = {
            slug: file
            for slug, file in unique.items()
            if slug not in renamed and (slug not in known or _differs(file, known[slug]))
        }
        self._unschedule(known, unique)
        accepted = [file.post for file in changed.values() if file.post]
        if changed:
            with self._database.atomic():
                for file in changed.values():
                    if file.post:
                        posts.accept(self._database, file.post, file.source, file.digest, now)
        broken = [mistake for file in self._files.values() for mistake in file.mistakes]
        asked = [*renamed.values(), *self._gone(known, unique)]
        return accepted, [*wrong, *clashes, *broken, *asked]

    def live(self, now: datetime) -> list[Post]:
        """The accepted posts whose time has come, newest first, as they were accepted."""
        rows = [
            row
            for row in posts.every(self._database)
            if row.published is not None and (row.published <= now or row.shown)
        ]
        rows.sort(key=lambda row: (row.published or now, row.slug), reverse=True)
        return [replace(self._reread(row), withdrawn=row.withdrawn) for row in rows]

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def newest(self, slug: str) -> Post:
        """A post as it was accepted last."""
        row = posts.one(self._database, slug)
        return replace(self._reread(row), withdrawn=row.withdrawn)

    def look_again(self, post: Post) -> None:
        """Read a post's images anew in the next pass: something was wrong with them."""
        self._doubtful.add(post.slug)

    def _unschedule(self, known: Mapping[str, Accepted], unique: Mapping[str, _File]) -> None:
        """A post that was never shown goes out only while its file is there, and dated."""
        writing = {self._name(path) for path in self._writing}
        for slug, row in known.items():
            waits = row.published is not None and row.shown is None
            if waits and slug not in unique and row.path not in writing:
                posts.unschedule(self._database, slug)

    def _renamed(
        self, known: Mapping[str, Accepted], unique: Mapping[str, _File]
    ) -> dict[str, Mistake]:
        """A new address with the very text of a post whose file is gone is asked about first."""
        gone = {
            row.hash: slug
            for slug, row in known.items()
            if row.path not in self._there and row.shown
        }
        return {
            slug: Mistake(
                path=file.post.path,
                line=0,
                what=f"this is the text of {gone[file.digest]}, whose file is gone",
                expected=f"`slug: {gone[file.digest]}` in it to stay the same post, "
                f"or: outreach withdraw {gone[file.digest]}",
            )
            for slug, file in unique.items()
            if slug not in known and file.digest in gone and file.post
        }

    def _gone(self, known: Mapping[str, Accepted], unique: Mapping[str, _File]) -> list[Mistake]:
        """A file that disappeared (a branch switch, a bad merge) withdraws nothing: it is asked."""
        return [
            Mistake(
                path=row.path,
                line=0,
                what="this file is gone, and its post "
                + ("is still published" if row.shown else "will not go out"),
                expected=f"the file back, or: outreach withdraw {slug}",
            )
            for slug, row in known.items()
            if row.path not in self._there and slug not in unique and not row.withdrawn
        ]

    def _reread(self, row: Accepted) -> Post:
        key = (row.path, row.hash)
        if key not in self._parsed:
            source = posts.source(self._database, row.slug)
            self._parsed[key] = self._accepted_post(source, row.path, row.first_seen)
        return self._parsed[key]

    def _read(self, path: Path, now: datetime, known: Mapping[str, Accepted]) -> _File | None:
        """The file, from memory where it did not change; None while it is still being written."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size)
        before = self._files.get(path)
        if before is not None and before.stamp == stamp:
            return before
        if now - self._changed(path, stamp, now) < self._quiet_period:
            self._writing.add(path)
            return before and replace(before, mistakes=())
        raw = path.read_bytes()
        name = self._name(path)
        try:
            source = raw.decode("utf-8-sig")
            post = self._post_seen_first(source, name, now, known)
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8"
            wrong = (Mistake(path=name, line=0, what=what, expected="UTF-8 text"),)
            return _File(stamp=stamp, mistakes=wrong)
        except Mistakes as error:
            return _File(stamp=stamp, mistakes=error.mistakes)
        digest = hashlib.sha256(raw).hexdigest()
        return _File(stamp=stamp, source=source, digest=digest, post=post)

    def _changed(self, path: Path, stamp: tuple[int, int], now: datetime) -> datetime:
        """When a file last changed; a time in the future is taken as the moment we saw it."""
        written = datetime.fromtimestamp(stamp[0] / 1e9, UTC)
        if written <= now:
            return written
        seen, at = self._noticed.get(path, (None, now))
        self._noticed[path] = (stamp, at if seen == stamp else now)
        return self._noticed[path][1]

    def _post_seen_first(
        self, source: str, name: str, now: datetime, known: Mapping[str, Accepted]
    ) -> Post:
        post = self._post(source, name, now)
        row = known.get(post.slug)
        return post if row is None else self._post(source, name, row.first_seen)

    def _post(self, source: str, name: str, first_seen: datetime) -> Post:
        parsed = self._parsed_post(source, name, first_seen, self._voices)
        post, missing = media.keep(parsed, self._root, self._kept)
        if missing and not post.draft:
            raise Mistakes(tuple(_missing(name, image) for image in missing))
        return post

    def _accepted_post(self, source: str, name: str, first_seen: datetime) -> Post:
        """A post that was right when it was accepted, whatever has gone since."""
        parsed = self._parsed_post(source, name, first_seen, None)
        return media.keep(parsed, self._root, self._kept)[0]

    def _parsed_post(
        self, source: str, name: str, first_seen: datetime, voices: Voices | None
    ) -> Post:
        return read_post(
            source,
            path=name,
            site_url=self._site.url,
            author=self._site.author,
            language=self._site.language,
            voices=voices,
            first_seen=first_seen if self._dates_now else None,
        )


def _missing(name: str, image: Media) -> Mistake:
    what = f"there is no image {image.path}"
    return Mistake(path=name, line=0, what=what, expected=f"a file in {name.partition('/')[0]}/")


def _differs(file: _File, row: Accepted) -> bool:
    """Whether a file says something else than was accepted, or lies elsewhere, or is dated anew."""
    if file.post is None:
        return False
    return file.digest != row.hash or file.post.path != row.path or row.published is None


def _by_slug(files: Mapping[Path, _File]) -> tuple[dict[str, _File], list[Mistake]]:
    """The dated posts whose address is their own, and a mistake for each that shares one."""
    groups: dict[str, list[tuple[Post, _File]]] = {}
    for file in files.values():
        if file.post is not None and not file.post.draft:
            groups.setdefault(file.post.slug, []).append((file.post, file))
    unique = {slug: group[0][1] for slug, group in groups.items() if len(group) == 1}
    clashes = [
        Mistake(
            path=post.path,
            line=0,
            what=f"its address {slug!r} is also that of "
            + ", ".join(other.path for other, _ in group if other is not post),
            expected="a slug of its own; until then neither is published",
        )
        for slug, group in groups.items()
        if len(group) > 1
        for post, _ in group
    ]
    return unique, clashes
