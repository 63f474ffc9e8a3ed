"""The files of a leader's folder as they were read last; one that did not change is not read."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outreach.model.errors import Mistake, Mistakes, unreadable
from outreach.model.post import Media, Post

Stamp = tuple[int, int]
"""When a file was changed last (nanoseconds), and its size."""

NEVER: Stamp = (0, -1)
"""Of a file that has to be read again whether it changes or not."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One file as it was read last: what it said. `source` is "" once it has been accepted."""

    stamp: Stamp
    source: str = ""
    digest: str = ""
    post: Post | None = None
    mistakes: tuple[Mistake, ...] = ()


class Readings:
    """What the files say, by their path from `root`.

    `read(source, name, now)` makes a file's text a post, and gives the images that are not there.
    A file is read once it has been quiet for `quiet_period`; until then it is in `writing`. `there`
    are all files, also those that cannot be read. `unfinished` may change without being saved.
    """

    def __init__(
        self,
        *,
        root: Path,
        quiet_period: timedelta,
        read: Callable[[str, str, datetime], tuple[Post, list[Media]]],
    ) -> None:
        self._root = root
        self._quiet_period = quiet_period
        self._read_post = read
        self._noticed: dict[str, tuple[Stamp, datetime]] = {}
        self.files: dict[str, Reading] = {}
        self.there: set[str] = set()
        self.writing: set[str] = set()
        self._incomplete: set[str] = set()

    @property
    def unfinished(self) -> set[str]:
        """The files that are being written, or name an image that is not there."""
        return self.writing | self._incomplete

    def look(self, names: Collection[str], now: datetime, *, at_all: bool) -> bool:
        """Read what changed of these files; whether anything did. `at_all`: there are no others."""
        gone = self.there.difference(names) if at_all else set()
        for name in gone:
            self._forget(name)
        changed = [name for name in names if self._look(name, now)]
        return bool(gone or changed)

    def accepted(self, names: Iterable[str]) -> None:
        """Keep the text of these files no longer: it is in the database."""
        for name in names:
            self.files[name] = replace(self.files[name], source="")

    def _forget(self, name: str) -> None:
        self.there.discard(name)
        self.writing.discard(name)
        self._incomplete.discard(name)
        self.files.pop(name, None)

    def _look(self, name: str, now: datetime) -> bool:
        """Look at one file; whether anything about it changed."""
        path = f"{self._root}/{name}"
        try:
            stat = os.stat(path)  # noqa: PTH116
        except FileNotFoundError:
            was_there = name in self.there
            self._forget(name)
            return was_there
        stamp = (stat.st_mtime_ns, stat.st_size)
        before = self.files.get(name)
        if before is not None and before.stamp == stamp and name not in self.writing:
            return False
        self.there.add(name)
        if now - self._changed(name, stamp, now) < self._quiet_period:
            was_writing = name in self.writing
            self.writing.add(name)
            if before is not None:
                self.files[name] = replace(before, mistakes=())
            return not was_writing
        self.writing.discard(name)
        if before is None or before.stamp != stamp:
            self.files[name] = self._read(Path(path), name, stamp, now)
        return True

    def _read(self, path: Path, name: str, stamp: Stamp, now: datetime) -> Reading:
        self._incomplete.discard(name)
        try:
            raw = path.read_bytes()
            source = raw.decode("utf-8-sig")
            post, missing = self._read_post(source, name, now)
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8"
            wrong = (Mistake(path=name, line=0, what=what, expected="UTF-8 text"),)
            return Reading(stamp=stamp, mistakes=wrong)
        except Mistakes as error:
            return Reading(stamp=stamp, mistakes=error.mistakes)
        except OSError as error:
            return Reading(stamp=NEVER, mistakes=(unreadable(name, error),))
        if missing and not post.draft:
            self._incomplete.add(name)
            return Reading(stamp=NEVER, mistakes=tuple(_missing(name, it) for it in missing))
        digest = hashlib.sha256(raw).hexdigest()
        return Reading(stamp=stamp, source=source, digest=digest, post=post)

    def _changed(self, name: str, stamp: Stamp, now: datetime) -> datetime:
        """When a file last changed; a time in the future is taken as the moment we saw it."""
        written = datetime.fromtimestamp(stamp[0] / 1e9, UTC)
        if written <= now:
            return written
        seen, at = self._noticed.get(name, (None, now))
        self._noticed[name] = (stamp, at if seen == stamp else now)
        return self._noticed[name][1]


def _missing(name: str, image: Media) -> Mistake:
    what = f"there is no image {image.path}"
    return Mistake(path=name, line=0, what=what, expected=f"a file in {name.partition('/')[0]}/")
