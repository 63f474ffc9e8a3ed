"""A Hugo site's settings: hugo.toml or its like, and what lies in config/_default/."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from outreach.model.errors import Refused
from outreach.site.sources import _files
from outreach.site.sources._front import line, table, web

_NAMES = ("hugo", "config")
_SUFFIXES = (".toml", ".yaml", ".yml", ".json")

FEED = "index.xml"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What we need of them. `content` is the folder of its texts, `place` the part that is asked.

    `permalinks` is a pattern by section, "" for all. `languages` are codes, the default first, and
    their folders of content where they have their own.
    """

    root: Path
    content: Path
    place: Path
    url: str
    title: str
    description: str
    languages: Mapping[str, Path | None]
    language_titles: Mapping[str, str]
    default_in_folder: bool
    permalinks: Mapping[str, str]
    main_sections: tuple[str, ...]
    statics: tuple[Path, ...]
    feed: str
    lower: bool
    ugly: bool
    date_in_name: bool
    zone: tzinfo
    is_bare: bool

    def pattern(self, section: str) -> str:
        """The pattern of addresses in a section; "" where pages are as their files lie."""
        return self.permalinks.get(section.lower()) or self.permalinks.get("", "")


def read(place: Path, url: str, permalink: str) -> Settings:
    """The settings of the site that `place` is, or is the content of. Raises Refused."""
    root, said = _found(place)
    content = root / (line(said.get("contentdir")) or "content")
    is_bare = root == place and not content.is_dir()
    if is_bare:
        content = place
    languages = _languages(said, root)
    statics = said.get("staticdir") or "static"
    params = table(said.get("params"))
    dates = table(said.get("frontmatter")).get("date")
    titles = table(said.get("languages"))
    return Settings(
        root=root,
        content=content,
        place=content if place == root else place,
        url=web(url or said.get("baseurl")),
        title=line(said.get("title")),
        description=line(params.get("description")),
        languages=languages,
        language_titles={code: line(table(titles.get(code)).get("title")) for code in languages},
        default_in_folder=said.get("defaultcontentlanguageinsubdir") is True,
        permalinks={"": permalink} if permalink else _permalinks(said.get("permalinks")),
        main_sections=_texts(said.get("mainsections") or params.get("mainsections")),
        statics=tuple(root / name for name in _texts(statics)) if not is_bare else (),
        feed=_feed(said),
        lower=said.get("disablepathtolower") is not True,
        ugly=said.get("uglyurls") is True,
        date_in_name=isinstance(dates, list) and ":filename" in dates,
        zone=_zone(line(said.get("timezone"))),
        is_bare=is_bare,
    )


def _found(place: Path) -> tuple[Path, dict[str, object]]:
    """The site's root and its settings; a folder without any is a folder of content."""
    for root in (place, *place.parents):
        said = _merged(root)
        content = root / (line(said.get("contentdir")) or "content")
        if said and (root == place or place.is_relative_to(content)):
            return root, said
    return place, {}


def _merged(root: Path) -> dict[str, object]:
    """hugo.* (or config.*) at the root, then config/_default: a file of another name is a table."""
    said: dict[str, object] = {}
    for folder in (root, root / "config" / "_default"):
        for name in reversed(_NAMES):
            for suffix in _SUFFIXES:
                if (file := folder / f"{name}{suffix}").is_file():
                    said |= table(_files.settings(file))
    for file in sorted((root / "config" / "_default").glob("*")):
        if file.suffix in _SUFFIXES and file.stem not in _NAMES:
            said[file.stem.partition(".")[0].lower()] = _files.settings(file)
    return said


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(filter(None, map(line, items)))


def _permalinks(value: object) -> dict[str, str]:
    """By section, in the old form and in the one with a table for each kind of page."""
    patterns = table(value)
    pages = table(patterns.get("page"))
    return {key: it for key, it in {**patterns, **pages}.items() if isinstance(it, str)}


def _languages(said: Mapping[str, object], root: Path) -> dict[str, Path | None]:
    known = table(said.get("languages"))
    default = line(said.get("defaultcontentlanguage")) or line(said.get("languagecode"))[:2] or "en"
    default = default.lower()
    found: dict[str, Path | None] = {default: None}
    for code, value in known.items():
        folder = line(table(value).get("contentdir"))
        if table(value).get("disabled") is not True:
            found[code] = root / folder if folder else None
    return found


def _feed(said: Mapping[str, object]) -> str:
    """What the feed's file is called; "" where there is none."""
    off = [it.lower() for it in _texts(said.get("disablekinds"))]
    if "rss" in off:
        return ""
    name = line(table(table(said.get("outputformats")).get("rss")).get("basename"))
    return f"{name}.xml" if name else FEED


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError) as error:
        raise Refused(
            f"timeZone {name!r} is no time zone (expected one as Europe/Berlin)"
        ) from error
