"""Ghost's routes.yaml: where its posts, tags and authors are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outreach.model.errors import Mistake, Refused
from outreach.site.sources import _export, _files

_TOKEN = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Routes:
    """The patterns of addresses, in Ghost's words. `zone` is that of the dates in them."""

    post: str = "/{slug}/"
    tag: str = "/tag/{slug}/"
    author: str = "/author/{slug}/"
    zone: str = "UTC"

    def path(self, *, slug: str, post: str, at: datetime | None, tag: str, author: str) -> str:
        """A post's path, as `path:` wants it; just its slug where it has no date."""
        if at is None:
            return slug
        try:
            there = at.astimezone(ZoneInfo(self.zone))
        except (ZoneInfoNotFoundError, ValueError):
            there = at
        words = {
            "slug": slug,
            "id": post,
            "year": f"{there:%Y}",
            "month": f"{there:%m}",
            "day": f"{there:%d}",
            "primary_tag": tag or "all",
            "primary_author": author,
        }
        return _TOKEN.sub(lambda found: words.get(found[1], found[0]), self.post).strip("/")


def routes(files: _export.Files, zone: str, mistakes: list[Mistake]) -> Routes:
    """What a routes.yaml in the export's folder says, else Ghost's own."""
    name = next((it for it in files if PurePosixPath(it).name == "routes.yaml"), "")
    file = files.get(name)
    if not isinstance(file, Path):
        return Routes(zone=zone)
    try:
        said = _files.settings(file)
    except Refused as error:
        mistakes.append(Mistake(path=name, line=0, what=str(error)))
        return Routes(zone=zone)
    collections = [it for it in _table(said.get("collections")).values() if _table(it)]
    if len(collections) > 1:
        what = "there are several collections; every post is taken to be in the first"
        mistakes.append(Mistake(path=name, line=0, what=what, expected="`path:` in the others'"))
    taxonomies = _table(said.get("taxonomies"))
    found = {
        "post": _table(collections[0]).get("permalink") if collections else None,
        "tag": taxonomies.get("tag"),
        "author": taxonomies.get("author"),
    }
    return Routes(zone=zone, **{key: it for key, it in found.items() if isinstance(it, str)})


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
