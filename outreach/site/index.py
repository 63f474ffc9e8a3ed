"""A folder's files to the built site, without a database: what did not change is not even read."""

import json
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Post
from outreach.site import batch, files, folder, theme
from outreach.site.build import Around, Build, Builder, Failed, Made
from outreach.site.children import Children
from outreach.site.views import Entry, Site

Stamp = list[int]
"""When a file was changed last (nanoseconds), and its size."""


class Record(NamedTuple):
    """One file as it was read last: what became of it, None for a draft or a file with mistakes.

    `media` are the stamps of the images that it uses, by their path.
    """

    stamp: Stamp
    made: Made | None
    media: Mapping[str, Stamp]
    mistakes: tuple[Mistake, ...] = ()


def build_folder(root: Path, *, site: Site, out: Path, cache: Path, now: datetime) -> Build:
    """Make the symlink `out` show what the folder's files say, as far as it is due `now`.

    What `failed` has every mistake of the files too. Raises OSError; `out` is then as it was.
    """
    with closing(Children(batch.DEADLINE)) as children:
        builder = Builder(site=site, out=out, cache=cache, children=children)
        names, wrong = folder.scan_all(root)
        static, unserved = folder.static_of(root)
        stamps = {name: _stamp(root / name) for name in names}
        index = cache / "index.jsonl"
        if _was_touched(stamps, index):
            children.warm()
            threading.Thread(target=theme.ready, args=(site.theme,), daemon=True).start()
        known = Index(index, f"{files.version()} {builder.site.digest}")
        media = folder.media_of(root)
        records = _records(builder, root, stamps, known.records, media)
        shown, failed = _shown(records, now)
        failed += [Failed(mistake) for mistake in (*wrong, *unserved)]
        show = partial(builder.show, shown, failed, around=Around(), media=media, static=static)
        built = show()
        if builder.undrawn or builder.lacking:
            builder.pictures.make(builder.lacking)
            builder.cards.make(builder.undrawn)
            built = show()
        known.save(records)
    return built


def _was_touched(stamps: Mapping[str, Stamp], index: Path) -> bool:
    """Whether something has to be rendered, as far as one can tell before the index is read."""
    try:
        last = index.stat().st_mtime_ns
    except FileNotFoundError:
        return True
    return any(at > last for at, _ in stamps.values())


def _records(
    builder: Builder,
    root: Path,
    stamps: Mapping[str, Stamp],
    known: Mapping[str, Record],
    media: Mapping[str, Path],
) -> dict[str, Record]:
    """What every file says, read anew where it or an image of it changed."""
    records = {
        name: record
        for name, stamp in stamps.items()
        if (record := known.get(name)) and _is_fresh(record, stamp, media)
    }
    changed = [name for name in stamps if name not in records]
    return records | _read(builder, root, changed, stamps, media) if changed else records


def _stamp(path: Path) -> Stamp:
    stat = os.stat(path)  # noqa: PTH116 - ten thousand of them
    return [stat.st_mtime_ns, stat.st_size]


def _is_fresh(record: Record, stamp: Stamp, media: Mapping[str, Path]) -> bool:
    """Whether a file and every image that it uses are as they were."""
    return record.stamp == stamp and all(
        path in media and _stamp(media[path]) == was for path, was in record.media.items()
    )


def _read(
    builder: Builder,
    root: Path,
    names: Iterable[str],
    stamps: Mapping[str, Stamp],
    media: Mapping[str, Path],
) -> dict[str, Record]:
    """What files say that are new or changed."""
    found = {name: Record(stamps[name], None, {}) for name in names}
    read: list[Post] = []
    for name in names:
        try:
            read.append(_post((root / name).read_bytes(), name, builder.site))
        except Mistakes as error:
            found[name] = found[name]._replace(mistakes=error.mistakes)
    made, failed = builder.make(read, media)
    for post in read:
        if post.path in made:
            used = {path: _stamp(media[path]) for path in made[post.path].images}
            found[post.path] = Record(stamps[post.path], made[post.path], used)
    for mistake, _ in failed:
        found[mistake.path] = found[mistake.path]._replace(mistakes=(mistake,))
    return found


def _post(data: bytes, name: str, site: Site) -> Post:
    """The post that a file says. Raises Mistakes."""
    from outreach.site.posts import read_post

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        mistake = Mistake(path=name, line=0, what=what, expected="UTF-8 text")
        raise Mistakes((mistake,)) from error
    return read_post(
        text,
        path=name,
        site_url=site.url,
        author=site.author,
        language=site.language,
        languages=site.codes,
        voices=None,
        first_seen=None,
    )


def _shown(records: Mapping[str, Record], now: datetime) -> tuple[list[Made], list[Failed]]:
    """What is due, each address once, and what is wrong in the files."""
    failed = [Failed(mistake) for record in records.values() for mistake in record.mistakes]
    groups: dict[str, list[Made]] = {}
    for record in records.values():
        if record.made is None:
            continue
        entry = record.made.entry
        if entry is None or entry.published <= now:
            groups.setdefault(entry.slug if entry else "", []).append(record.made)
    shown = groups.pop("", [])
    for slug, group in groups.items():
        if len(group) == 1:
            shown += group
        else:
            failed += [Failed(_clash(slug, it.entry.path)) for it in group if it.entry]
    return shown, failed


def _clash(slug: str, path: str) -> Mistake:
    what = f"its address {slug!r} is also that of another file"
    return Mistake(path=path, line=0, what=what, expected="a slug of its own")


class Index:
    """What is known of each file, kept at `path`, one line a file.

    It is forgotten where `of` is another: our code, or the site.
    """

    def __init__(self, path: Path, of: str) -> None:
        self._path = path
        self._of = of
        self._lines: dict[str, str] = {}
        self.records: dict[str, Record] = {}
        try:
            head, *lines = path.read_text("utf-8").splitlines()
            if head == of:
                for line in lines:
                    name, *row = json.loads(line)
                    self._lines[name] = line
                    self.records[name] = _record(row)
        except (OSError, ValueError, TypeError):
            self._lines, self.records = {}, {}

    def save(self, records: Mapping[str, Record]) -> None:
        """Keep these, where they are others than before."""
        lines = {
            name: self._lines[name] if record is self.records.get(name) else _line(name, record)
            for name, record in records.items()
        }
        if lines == self._lines:
            return
        new = self._path.with_name(f"{self._path.name}.new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text("\n".join((self._of, *lines.values())), "utf-8")
        new.replace(self._path)


def _line(name: str, record: Record) -> str:
    mistakes = [[it.path, it.line, it.what, it.expected] for it in record.mistakes]
    row = (name, record.stamp, record.made, record.media, mistakes)
    return json.dumps(row, default=datetime.isoformat)


def _record(row: list[Any]) -> Record:
    stamp, made, media, wrong = row
    mistakes = (
        Mistake(path=path, line=line, what=what, expected=expected)
        for path, line, what, expected in wrong
    )
    return Record(
        stamp, made and Made(made[0] and _entry(made[0]), made[1]), media, tuple(mistakes)
    )


_PUBLISHED, _UPDATED = map(Entry._fields.index, ("published", "updated"))


def _entry(row: list[Any]) -> Entry:
    """An entry as it was; JSON knows no times, and has lists for tuples."""
    row[_PUBLISHED] = datetime.fromisoformat(row[_PUBLISHED])
    row[_UPDATED] = datetime.fromisoformat(row[_UPDATED])
    return Entry._make(row)
