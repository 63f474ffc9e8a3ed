"""Which posts stand near another: the next ones in time, and those about the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from outreach.site import views
from outreach.site.views import Entry

RELATED = 3

Link = tuple[str, str, str, str]
"""Address, title, time (ISO 8601) and the day for people."""


class Near(NamedTuple):
    """The neighbours of a post. `translations` are language, name of the page and address."""

    newer: Link | None
    older: Link | None
    related: tuple[Link, ...]
    translations: tuple[tuple[str, str, str], ...]


NONE = Near(newer=None, older=None, related=(), translations=())


def link(entry: Entry) -> Link:
    """A post in a list."""
    day = views.day(entry.published, entry.language)
    return entry.href, entry.title, entry.published.isoformat(), day


def near(entries: Sequence[Entry]) -> Mapping[str, Near]:
    """The neighbours of each post by its slug. `entries` are ordered newest first."""
    links = [link(entry) for entry in entries]
    related = _related(entries)
    found = {}
    for number, entry in enumerate(entries):
        found[entry.slug] = Near(
            newer=links[number - 1] if number else None,
            older=links[number + 1] if number + 1 < len(links) else None,
            related=tuple(links[other] for other in related[number]),
            translations=(),
        )
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
