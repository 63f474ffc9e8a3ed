"""The queue of Buffer as notes of ours: a CSV file, each row a text with its time and channels.

The columns are those of Buffer's bulk upload: Text, Image URL, Tags, Posting Time (as
`2026-05-01 10:00`, in the channel's own time zone, which the file does not say). A column Channel
or Profile, as exports and spreadsheets of several channels have it, chooses accounts.
"""

import csv
import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from outreach.model.errors import Mistake, OutreachError, Refused
from outreach.site.folder import IMAGES
from outreach.site.sources import Blog, Document

SIZE = 16 << 20

Load = Callable[[str], tuple[bytes, str]]
"""Fetches an image: its bytes and its content type. Raises OutreachError."""

_COLUMNS = {
    "text": ("text", "post text", "post", "content", "caption", "message"),
    "images": ("image url", "image urls", "images", "image", "media url", "media"),
    "tags": ("tags",),
    "time": ("posting time", "scheduled at", "scheduled time", "due at", "date"),
    "channel": ("channel", "channels", "profile", "service", "network", "account"),
}
_KINDS = {"twitter": "x", "x (twitter)": "x", "linkedin page": "linkedin"}
_TIME = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})[T ]+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?P<offset>\S*)"
)


class Unfit(Exception):
    """A row cannot become a note; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Who can be meant: the kind of each account. `chosen` are those of rows that name none."""

    kinds: Mapping[str, str]
    chosen: tuple[str, ...] = ()

    def of(self, said: str) -> tuple[str, ...]:
        """The accounts of a cell: by their name, or by their network where it has one account.

        Raises Unfit.
        """
        found: list[str] = []
        for word in filter(None, (it.strip() for it in re.split("[,;|]", said))):
            found += self._one(word)
        if not found and not self.chosen:
            raise Unfit("it names no channel")
        return tuple(dict.fromkeys(found)) or self.chosen

    def _one(self, word: str) -> list[str]:
        name = word.casefold()
        if exact := [it for it in self.kinds if it.casefold() == name]:
            return exact
        kind = _KINDS.get(name, name)
        of_kind = [it for it, its in self.kinds.items() if its == kind]
        if len(of_kind) == 1:
            return of_kind
        known = ", ".join(of_kind or self.kinds) or "config.yaml has none"
        what = "more than one account is" if of_kind else "no account is"
        raise Unfit(f"{what} {word!r} (expected one of {known})")


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One row, understood. `at` is None for what has no time yet."""

    line: int
    text: str
    at: datetime | None
    channels: tuple[str, ...]
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Queue:
    """How a file is read: for whom, in which zone its times are, and how images are fetched."""

    accounts: Accounts
    zone: ZoneInfo | None
    load: Load
    now: datetime
    mistakes: list[Mistake] = field(default_factory=list)

    def read(self, path: Path) -> Blog:
        """The notes of a file. Raises Refused where it is no such file, or a zone is missing."""
        rows = list(self._rows(path))
        documents = tuple(self._documents(_joined(rows), path.name))
        return Blog(documents=documents, mistakes=tuple(self.mistakes))

    def _rows(self, path: Path) -> Iterator[_Row]:
        try:
            if path.stat().st_size > SIZE:
                raise Refused(f"{path} is larger than {SIZE >> 20} MB")
            table = csv.reader(StringIO(path.read_text("utf-8-sig"), newline=""))
            places = _places(next(table, []))
            self._check(path, places)
            line = table.line_num + 1
            for cells in table:
                said = {key: cells[at].strip() for key, at in places.items() if at < len(cells)}
                try:
                    if said.get("text") or said.get("images"):
                        yield self._row(said, line, path)
                except Unfit as error:
                    what = f"left out: {error}"
                    self.mistakes.append(Mistake(path=path.name, line=line, what=what))
                line = table.line_num + 1
        except UnicodeDecodeError as error:
            raise Refused(f"{path} is not UTF-8: save it as CSV UTF-8") from error
        except (OSError, csv.Error) as error:
            raise Refused(f"{path} cannot be read: {error}") from error

    def _check(self, path: Path, places: Mapping[str, int]) -> None:
        if "text" not in places:
            raise Refused(f"{path} is no queue of Buffer: its first line has no column Text")
        if "channel" not in places and not self.accounts.chosen:
            known = ", ".join(self.accounts.kinds) or "accounts in config.yaml"
            what = "does not say for which accounts it is: say so with --account, once for each"
            raise Refused(f"{path} {what} (expected {known})")

    def _row(self, said: Mapping[str, str], line: int, path: Path) -> _Row:
        at = self._moment(said.get("time", ""), path)
        channels = self.accounts.of(said.get("channel", ""))
        if at and at <= self.now:
            raise Unfit(f"{said['time']} is past: it went out, or was missed")
        if not said.get("text"):
            raise Unfit("it has an image and no text; a note needs a text")
        return _Row(
            line=line,
            text=said["text"],
            at=at,
            channels=channels,
            images=tuple(
                re.split(r"[\s,]+(?=https?://)", it) if (it := said.get("images")) else ()
            ),
            tags=tuple(filter(None, (it.strip() for it in said.get("tags", "").split(",")))),
        )

    def _moment(self, said: str, path: Path) -> datetime | None:
        if not said:
            return None
        found = _TIME.fullmatch(said)
        if not found:
            raise Unfit(f"{said!r} is no time (expected one as 2026-05-01 10:00)")
        year, month, day, hour, minute = (int(it) for it in found.groups()[:5])
        offset = "+00:00" if found["offset"] in ("Z", "UTC") else found["offset"]
        try:
            at = datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}{offset}")
        except ValueError as error:
            raise Unfit(f"{said!r} is no time: {error}") from error
        return at if at.tzinfo else self._in_zone(at, said, path)

    def _in_zone(self, at: datetime, said: str, path: Path) -> datetime:
        if self.zone is None:
            raise Refused(
                f"{path} has times without a zone, as {said!r}: Buffer means the zone of the"
                " channel; say which with --zone, as --zone Europe/Berlin"
            )
        there = at.replace(tzinfo=self.zone)
        if there.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != at:
            raise Unfit(f"there is no {said} in {self.zone.key}: the clocks go forward")
        return datetime.fromisoformat(there.isoformat())

    def _documents(self, rows: Iterable[_Row], name: str) -> Iterator[Document]:
        taken: set[str] = set()
        for row in rows:
            stem = _free(_stem(row), taken)
            taken.add(stem)
            front: dict[str, object] = {"date": row.at, "channels": list(row.channels)}
            front["tags"] = list(row.tags)
            if row.at is None:
                what = "it has no time: it is a draft until you give it a `date:`"
                self.mistakes.append(Mistake(path=name, line=row.line, what=what))
            files, pictures, draft = self._images(row, stem, name)
            front |= {"image": pictures, "draft": draft}
            yield Document(
                source=f"{name}:{row.line}",
                file=f"notes/{stem}.md",
                front={key: value for key, value in front.items() if value},
                body=row.text + "\n",
                published=None if draft else row.at,
                files=files,
            )

    def _images(
        self, row: _Row, stem: str, name: str
    ) -> tuple[dict[str, Path | bytes], list[str], bool]:
        """The images beside a note, how it names them, and whether it must wait for one."""
        files: dict[str, Path | bytes] = {}
        missing = False
        for number, address in enumerate(row.images, start=1):
            try:
                content, kind = self.load(address)
                files[f"notes/{stem}-{number}{_suffix(address, kind)}"] = content
            except (OutreachError, Unfit) as error:
                what = (
                    f"its image {address} cannot be fetched: {error}; it is a draft until you save"
                    " the image beside it and name it under `image:`"
                )
                self.mistakes.append(Mistake(path=name, line=row.line, what=what))
                missing = True
        if files:
            what = "its image has no alt text: write one, `image: {src: …, alt: …}`, or it waits"
            self.mistakes.append(Mistake(path=f"notes/{stem}.md", line=0, what=what))
        return files, [PurePosixPath(it).name for it in files], missing


def _places(head: Sequence[str]) -> dict[str, int]:
    """Which column is which, by any of its names."""
    names = [" ".join(it.split()).casefold() for it in head]
    found = {
        key: next((names.index(it) for it in known if it in names), -1)
        for key, known in _COLUMNS.items()
    }
    return {key: at for key, at in found.items() if at >= 0}


def _joined(rows: Iterable[_Row]) -> list[_Row]:
    """The same text at the same time is one note, on all its channels."""
    found: dict[tuple[object, ...], _Row] = {}
    for row in rows:
        key = (row.text, row.at, row.images)
        first = found.setdefault(key, row)
        channels = dict.fromkeys((*first.channels, *row.channels))
        found[key] = replace(first, channels=tuple(channels))
    return list(found.values())


def _stem(row: _Row) -> str:
    """A file's name: its day and time, and how the text begins."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"https?://\S+", "", row.text).casefold())
    begins = "-".join(words[:5])[:40].strip("-") or "note"
    return f"{row.at:%Y-%m-%d-%H%M}-{begins}" if row.at else begins


def _free(stem: str, taken: set[str]) -> str:
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(it for it in names if it not in taken)


def _suffix(address: str, kind: str) -> str:
    """The ending of an image's name. Raises Unfit where it is no image of ours."""
    guessed = mimetypes.guess_extension(kind.partition(";")[0].strip()) or ""
    for suffix in (guessed.lower(), PurePosixPath(urlsplit(address).path).suffix.lower()):
        if suffix in IMAGES:
            return suffix
    raise Unfit(f"it is {kind or 'nothing'}, no image")
