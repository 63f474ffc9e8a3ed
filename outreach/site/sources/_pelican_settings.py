"""Pelican's settings: pelicanconf.py and publishconf.py, read and never run."""

import ast
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from outreach.model.errors import Refused
from outreach.site.sources import _files
from outreach.site.sources._front import web

_DEFAULTS: Mapping[str, object] = {
    "PATH": "content",
    "PAGE_PATHS": ["pages"],
    "STATIC_PATHS": ["images"],
    "ARTICLE_URL": "{slug}.html",
    "ARTICLE_LANG_URL": "{slug}-{lang}.html",
    "DRAFT_URL": "drafts/{slug}.html",
    "PAGE_URL": "pages/{slug}.html",
    "PAGE_LANG_URL": "pages/{slug}-{lang}.html",
    "CATEGORY_URL": "category/{slug}.html",
    "TAG_URL": "tag/{slug}.html",
    "AUTHOR_URL": "author/{slug}.html",
    "DEFAULT_LANG": "en",
    "DEFAULT_CATEGORY": "misc",
    "SLUGIFY_SOURCE": "title",
    "FILENAME_METADATA": r"(?P<date>\d{4}-\d{2}-\d{2}).*",
    "FEED_ALL_ATOM": "feeds/all.atom.xml",
    "USE_FOLDER_AS_CATEGORY": True,
    "TIMEZONE": "UTC",
}
_NAMED = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the files say, over Pelican's defaults. `content` is the folder of texts."""

    root: Path
    content: Path
    said: Mapping[str, object]
    url: str
    zone: tzinfo

    def text(self, key: str) -> str:
        """A setting that is a text; "" for what is none."""
        value = self.said.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A setting that is a list of texts."""
        value = self.said.get(key)
        items = value if isinstance(value, list | tuple) else []
        return tuple(it for it in items if isinstance(it, str))


def read(place: Path, url: str, permalink: str) -> Settings:
    """The settings of the site at `place`, or of a folder of texts alone. Raises Refused."""
    said = dict(_DEFAULTS)
    for name in ("pelicanconf.py", "publishconf.py"):
        if (place / name).is_file():
            said |= _literals(place / name)
    if permalink:
        said["ARTICLE_URL"] = permalink.lstrip("/")
    content = place / str(said["PATH"])
    zone = str(said["TIMEZONE"])
    try:
        zone_info = ZoneInfo(zone)
    except (ValueError, OSError) as error:
        what = f"TIMEZONE {zone!r} is no time zone (expected one as Europe/Berlin)"
        raise Refused(what) from error
    return Settings(
        root=place,
        content=content if content.is_dir() else place,
        said=said,
        url=web(url or said.get("SITEURL")),
        zone=zone_info,
    )


def _literals(path: Path) -> dict[str, object]:
    """The names in capitals that are given a plain value; what is computed is not known."""
    try:
        source = path.read_text("utf-8-sig")[: _files.LARGEST]
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error
    found: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [it.id for it in node.targets if isinstance(it, ast.Name) and it.id.isupper()]
            try:
                found |= dict.fromkeys(names, ast.literal_eval(node.value))
            except (ValueError, TypeError, MemoryError, RecursionError):
                continue
    return found


def slugified(text: str) -> str:
    """Pelican's slug: ASCII letters where there are, all else gone, spaces and hyphens one `-`."""
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_).strip()).lower()


def filled(pattern: str, words: Mapping[str, str], date: datetime | None) -> str:
    """A pattern as ARTICLE_URL with its names filled in."""

    def fill(found: re.Match[str]) -> str:
        if found[1] == "date":
            return date.strftime(found[2] or "%Y-%m-%d") if date else ""
        return words.get(found[1], "")

    return _NAMED.sub(fill, pattern)
