"""Which posts stand near another: the next ones in time, and those about the same."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from outreach.site import locales
from outreach.site.views import Entry

RELATED = 3

PARTS = 12
"""So many parts of a long series stand under each of them: those around it."""

Link = tuple[str, str, str, str]
"""Address, title, time (ISO 8601) and the day for people."""


class Near(NamedTuple):
    """What stands near a post. `translations` are language, what it calls itself, and address.

    `series` are the parts of the series that it belongs to, in their order; `part` is the number
    of the first of them.
    """

    newer: Link | None
    older: Link | None
    related: tuple[Link, ...]
    translations: tuple[tuple[str, str, str], ...]
    series: tuple[Link, ...]
    part: int


class Neighbours(NamedTuple):
    """The same as entries, of which only a page that is written makes links."""

    newer: Entry | None = None
    older: Entry | None = None
    related: tuple[Entry, ...] = ()
    translations: tuple[Entry, ...] = ()
    series: tuple[Entry, ...] = ()
    part: int = 1

    @property
    def lines(self) -> str:
        """What the links depend on."""
        ends = (entry.line if entry else "-" for entry in (self.newer, self.older))
        lists = (self.related, self.translations, self.series)
        listed = (" ".join([entry.line for entry in entries]) for entries in lists)
        return "|".join((*ends, *listed, str(self.part)))

    def links(self) -> Near:
        """The neighbours as a page shows them."""
        return Near(
            newer=self.newer and link(self.newer),
            older=self.older and link(self.older),
            related=tuple(map(link, self.related)),
            translations=tuple(map(_version, self.translations)),
            series=tuple(map(link, self.series)),
            part=self.part,
        )


def _version(entry: Entry) -> tuple[str, str, str]:
    return entry.language, locales.locale(entry.language).name, entry.href


def link(entry: Entry) -> Link:
    """A post in a list."""
    day = locales.day(entry.published, entry.language)
    return entry.href, entry.title, entry.published.isoformat(), day


def neighbours(entries: Sequence[Entry]) -> Iterator[Neighbours]:
    """The neighbours of each post, in their order: newest first."""
    series = _series(entries)
    for number, related in enumerate(_related(entries)):
        parts, part = series.get(number, ((), 1))
        yield Neighbours(
            newer=entries[number - 1] if number else None,
            older=entries[number + 1] if number + 1 < len(entries) else None,
            related=tuple(entries[other] for other in related),
            series=parts,
            part=part,
        )


def _series(entries: Sequence[Entry]) -> dict[int, tuple[tuple[Entry, ...], int]]:
    """The parts around each post that belongs to a series, and the number of the first of them."""
    groups: dict[str, list[int]] = {}
    for number in range(len(entries) - 1, -1, -1):
        if entries[number].series:
            groups.setdefault(entries[number].series, []).append(number)
    found = {}
    for group in groups.values():
        for place, number in enumerate(group):
            start = max(0, min(place - PARTS // 2, len(group) - PARTS))
            parts = tuple(entries[other] for other in group[start : start + PARTS])
            found[number] = parts, start + 1
    return found


def _related(entries: Sequence[Entry]) -> list[list[int]]:
    """For each post those next to it in time under its rarest tags."""
    tagged: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        for _, href in entry.tags:
            tagged.setdefault(href, []).append(number)
    found: list[dict[int, None]] = [{} for _ in entries]
    for group in sorted(tagged.values(), key=len):
        for place, number in enumerate(group):
            if len(found[number]) < RELATED:
                around = (*group[place + 1 : place + RELATED], *group[max(place - 1, 0) : place])
                found[number].update(dict.fromkeys(around))
    return [list(others)[:RELATED] for others in found]
