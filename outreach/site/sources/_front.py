"""One file of another blog: its head as plain values, its text, and where both stand."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date as Day  # noqa: N812
from datetime import datetime, tzinfo
from pathlib import Path

from outreach.model.errors import Mistake, Mistakes
from outreach.site import frontmatter
from outreach.site.sources import _files

_MAIL = re.compile(r"\s*<[^<>]*@[^<>]*>\s*$")
_OFFSET = re.compile(r"\s+(?=[+-]\d|Z$|UTC$)")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file with a head. `name` is from the blog's root; `first` is the line its text begins."""

    path: Path
    name: str
    values: Mapping[str, object]
    lines: Mapping[str, int]
    body: str
    first: int

    def mistake(self, what: str, expected: str = "", *, key: str = "", line: int = 0) -> Mistake:
        """A mistake at a key of the head, or at a line of the text, counted from 0."""
        at = self.lines.get(key, 1) if key else self.first + line
        return Mistake(path=self.name, line=at, what=what, expected=expected)


def read(path: Path, root: Path, mistakes: list[Mistake]) -> Page | None:
    """The file; None, and why, where it cannot be read."""
    written = _files.text(path, root, mistakes)
    if written is None:
        return None
    name = _files.named(path, root)
    try:
        front = _head(written, name)
    except Mistakes as error:
        mistakes += error.mistakes
        return None
    lines = written.replace("\r\n", "\n").count("\n") - front.body.count("\n") + 1
    return Page(
        path=path,
        name=name,
        values=front.values,
        lines=front.lines,
        body=front.body,
        first=lines,
    )


def has_head(path: Path) -> bool:
    """Whether a file begins with front matter."""
    try:
        with path.open("rb") as file:
            return (
                re.match(rb"(?:\xef\xbb\xbf)?(?:---|\+\+\+)[ \t]*\r?\n", file.read(16)) is not None
            )
    except OSError:
        return False


def _head(written: str, name: str) -> frontmatter.FrontMatter:
    if not written.startswith("{"):
        return frontmatter.parse(written, path=name)
    try:
        values, end = json.JSONDecoder().raw_decode(written)
    except (ValueError, RecursionError) as error:
        what = f"the front matter is not JSON: {error}"
        raise Mistakes((Mistake(path=name, line=1, what=what),)) from error
    return frontmatter.FrontMatter(
        values=values, body=written[end:].lstrip("\r").removeprefix("\n")
    )


def line(value: object) -> str:
    """One line of text; "" for what is none."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def words(value: object) -> tuple[str, ...]:
    """A list of words, or words with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, Iterable) or isinstance(items, Mapping):
        items = [value]
    return tuple(filter(None, (line(item) for item in items if not isinstance(item, bool))))


def names(value: object) -> tuple[str, ...]:
    """Who wrote it: a name, names, or tables with a `name`; without their addresses."""
    items = value if isinstance(value, list) else [value]
    found = (item.get("name") if isinstance(item, Mapping) else item for item in items)
    return tuple(filter(None, (_MAIL.sub("", line(it)) for it in found if it is not True)))


def moment(value: object, zone: tzinfo) -> datetime | None:
    """A date with its offset as written, else of `zone`; None for what is none."""
    if isinstance(value, str):
        written = _OFFSET.sub("", value.strip()).replace("UTC", "Z").replace("/", "-")
        if not re.match(r"\d{4}-\d{1,2}-\d{1,2}", written):
            return None
        padded = re.sub(r"-(\d)(?=\D|$)", r"-0\1", written[:10].rstrip()) + written[10:]
        try:
            value = datetime.fromisoformat(padded)
        except ValueError:
            return None
    elif isinstance(value, Day) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def web(value: object) -> str:
    """A public address without its last slash; "" for what is none."""
    url = line(value)
    return url.rstrip("/") if url.startswith(("https://", "http://")) else ""


def table(value: object) -> dict[str, object]:
    """A table's values by lower-case keys; {} for what is none."""
    return {str(key).lower(): it for key, it in value.items()} if isinstance(value, Mapping) else {}
