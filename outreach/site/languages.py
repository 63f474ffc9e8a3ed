"""The languages of a site: which post translates which, and what each of them is framed by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from outreach.site.frame import Frame, menu
from outreach.site.locales import locale
from outreach.site.neighbours import Neighbours, neighbours
from outreach.site.views import Entry, Site

Alternates = tuple[tuple[str, str], ...]
"""Languages (BCP 47, and `x-default` for whoever speaks none of them) and addresses."""


def originals(entries: Sequence[Entry]) -> list[Entry]:
    """Each post once, as it was written first."""
    return [entry for entry in entries if not entry.is_translation]


def spoken(entries: Sequence[Entry], language: str) -> list[Entry]:
    """What is there in a language: `de` is also `de-AT`."""
    return [entry for entry in entries if speaks(entry, language)]


def speaks(entry: Entry, language: str) -> bool:
    """Whether an entry is in a language."""
    return f"{entry.language}-".casefold().startswith(f"{language}-".casefold())


def frames(site: Site, plain: Sequence[Entry]) -> dict[str, Frame]:
    """What pages have around them, by language; "" is the site's own.

    The navigation leads to the translation of a plain page where there is one.
    """
    first = originals(plain)
    editions = _editions(site)
    found = {"": Frame(site=site, menu=menu(first), editions=editions)}
    for it in site.languages:
        here = {entry.translation: entry for entry in plain if speaks(entry, it.code)}
        shown = [here.get(entry.translation, entry)._replace(menu=entry.menu) for entry in first]
        named = replace(
            site, title=it.title, language=it.code, description=it.description or site.description
        )
        found[it.code] = Frame(
            site=named, menu=menu(shown), folder=f"{it.code}/", editions=editions
        )
    return found


def _editions(site: Site) -> tuple[tuple[str, str, str], ...]:
    places = [(site.language, ""), *((code, f"{code}/") for code in site.codes)]
    if len(places) == 1:
        return ()
    return tuple(
        (code, locale(code, site.theme).name, f"{site.base}/{folder}") for code, folder in places
    )


def framed(entry: Entry, frames: Mapping[str, Frame]) -> Frame:
    """The frame of an entry's page: a translation has that of its language."""
    codes = (code for code in frames if code and entry.is_translation and speaks(entry, code))
    return frames[next(codes, "")]


def beside(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Neighbours]]:
    """Each post with those around it: originals among themselves, and translations too."""
    versions = _versions(entries)
    kinds: dict[str, list[Entry]] = {}
    for entry in entries:
        kinds.setdefault(entry.language if entry.is_translation else "", []).append(entry)
    for group in kinds.values():
        for entry, near in zip(group, neighbours(group), strict=True):
            others = tuple(it for it in versions.get(entry.translation, ()) if it is not entry)
            yield entry, near._replace(translations=others) if others else near


def alternates(entry: Entry, others: Sequence[Entry]) -> Alternates:
    """Where a page is in each language, itself among them; nothing where it is in one only."""
    if not others:
        return ()
    versions = sorted((entry, *others), key=_rank)
    return (*((it.language, it.url) for it in versions), ("x-default", versions[0].url))


def homes(frames: Mapping[str, Frame]) -> Alternates:
    """The home of each language."""
    if len(frames) == 1:
        return ()
    found = [(it.site.language, it.feed.home) for it in frames.values()]
    return (*found, ("x-default", found[0][1]))


def _versions(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """What is there in several languages, the original first, by what its files have in common."""
    several = {entry.translation for entry in entries if entry.is_translation}
    found: dict[str, list[Entry]] = {}
    for entry in entries if several else ():
        if entry.translation in several:
            found.setdefault(entry.translation, []).append(entry)
    return {key: sorted(group, key=_rank) for key, group in found.items()}


def _rank(entry: Entry) -> tuple[bool, str]:
    return entry.is_translation, entry.language
