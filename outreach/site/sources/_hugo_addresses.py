"""Where Hugo puts a page: https://gohugo.io/configuration/permalinks/ and its URL management."""

import posixpath
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

_TOKEN = re.compile(
    r":([a-z_]+)(\[[^\]]*\])?|:(06|2006|01|Jan|January|02|_2|Mon|Monday|15|04|05)\b"
)
_GO = {
    "06": "%y", "2006": "%Y", "01": "%m", "Jan": "%b", "January": "%B", "02": "%d", "_2": "%e",
    "Mon": "%a", "Monday": "%A", "15": "%H", "04": "%M", "05": "%S",
}  # fmt: skip
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_KEPT = frozenset("./\\_#+~-@")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a pattern may name of a page. `name` is its file's, or its bundle's; `sections` are the
    folders above that have a page of their own."""

    date: datetime | None
    title: str
    slug: str
    name: str
    sections: tuple[str, ...]


def named(name: str, *, lower: bool = True) -> str:
    """A file's name as Hugo writes it: every space is a `-`."""
    return sanitised(re.sub(r"\s", "-", name), lower=lower)


def entitled(title: str, *, lower: bool = True) -> str:
    """A title as one part of a path."""
    return sanitised(unquote_plus(re.sub(r"[/\\]", "-", title)), lower=lower)


class UnknownToken(ValueError):
    """A pattern asks for what we do not know."""


def sanitised(text: str, *, lower: bool = True) -> str:
    """A text as Hugo writes it into a path: without what has no place there, spaces as one `-`."""
    found: list[str] = []
    waits = False
    text = text.strip()
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        if character in _KEPT or category[0] in "LNM" or _ESCAPE.match(text, at):
            if waits and character != "-":
                found.append("-")
            waits = False
            found.append(character)
        elif found and found[-1] != "-" and character.isspace():
            waits = True
    written = "".join(found)
    return written.lower() if lower else written


def expand(pattern: str, place: Place) -> str:
    """The pattern with its tokens filled in. Raises UnknownToken."""

    def fill(found: re.Match[str]) -> str:
        if found[3]:
            return place.date.strftime(_GO[found[3]]) if place.date else ""
        if found[1] == "sections":
            return "/".join(_sliced(place.sections, found[2] or ""))
        if found[1] not in _TOKENS:
            raise UnknownToken(f":{found[1]}")
        return _TOKENS[found[1]](place) + (found[2] or "")

    return re.sub("/{2,}", "/", _TOKEN.sub(fill, pattern))


def _dated(form: str) -> Callable[[Place], str]:
    return lambda place: place.date.strftime(form) if place.date else ""


_TOKENS: Mapping[str, Callable[[Place], str]] = {
    "year": _dated("%Y"),
    "month": _dated("%m"),
    "monthname": _dated("%B"),
    "day": _dated("%d"),
    "weekday": _dated("%w"),
    "weekdayname": _dated("%A"),
    "yearday": lambda place: str(place.date.timetuple().tm_yday) if place.date else "",
    "section": lambda place: place.sections[0] if place.sections else "",
    "title": lambda place: place.title,
    "slug": lambda place: _plain(place.slug) or place.title,
    "filename": lambda place: place.name,
    "contentbasename": lambda place: place.name,
    "slugorfilename": lambda place: _plain(place.slug) or place.name,
    "slugorcontentbasename": lambda place: _plain(place.slug) or place.name,
}


def _plain(slug: str) -> str:
    return sanitised(unquote_plus(slug), lower=False)


def _sliced(sections: tuple[str, ...], asked: str) -> tuple[str, ...]:
    """`[1:]`, `[:last]`, `[0]` and `[last]` of the sections, as Hugo counts them."""
    if not asked:
        return sections
    first, colon, end = asked[1:-1].partition(":")

    def number(word: str, default: int) -> int:
        return len(sections) - 1 if word == "last" else int(word) if word.isdigit() else default

    start = number(first, 0)
    return sections[start : number(end, len(sections))] if colon else sections[start : start + 1]


def path_of(address: str, *, ugly: bool = False) -> str:
    """An address of Hugo's as the path of our page: without slashes around, `.html` a file."""
    path = address.strip("/").removesuffix("#")
    if posixpath.basename(path) == "index.html":
        path = posixpath.dirname(path)
    return f"{path}.html" if ugly and not path.endswith(".html") else path
