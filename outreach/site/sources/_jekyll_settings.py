"""A Jekyll site's _config.yml."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from outreach.model.errors import Refused
from outreach.site.sources import _files
from outreach.site.sources._front import line, table, web

_NEVER = (
    "Gemfile", "Gemfile.lock", "Rakefile", "node_modules", "vendor", "*.gemspec", "package.json",
    "package-lock.json", "Makefile", "LICENSE*", "README*",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What we need of it. `url` is with the `baseurl`; `zone` is that of dates without one."""

    root: Path
    said: Mapping[str, object]
    url: str
    base: str
    permalink: str
    zone: tzinfo
    authors: Mapping[str, str]

    @property
    def collections(self) -> Mapping[str, Mapping[str, object]]:
        """Those with pages of their own."""
        found = self.said.get("collections")
        known = found if isinstance(found, Mapping) else {}
        return {
            str(name): table(it) for name, it in known.items() if table(it).get("output") is True
        }

    def defaults(self, name: str, kind: str) -> dict[str, object]:
        """The head that a file has without saying so: `defaults:`, the later win."""
        found: dict[str, object] = {}
        rules = self.said.get("defaults")
        for rule in rules if isinstance(rules, list) else []:
            scope = table(table(rule).get("scope"))
            path, of = line(scope.get("path")).strip("/"), line(scope.get("type"))
            is_inside = not path or name == path or name.startswith(f"{path}/")
            if (is_inside or fnmatch.fnmatch(name, path)) and of in ("", kind):
                found |= table(table(rule).get("values"))
        return found

    def leaves_out(self, name: str) -> bool:
        """Whether a file or folder is no part of the site."""
        said = self.said.get("exclude")
        asked = [line(it).strip("/") for it in said] if isinstance(said, list) else []
        return any(
            fnmatch.fnmatch(name, rule) or name.startswith(f"{rule}/") for rule in (*_NEVER, *asked)
        )


def read(place: Path, url: str, permalink: str) -> Settings:
    """The settings of the site at `place`. Raises Refused."""
    said: dict[str, object] = {}
    for name in ("_config.toml", "_config.yaml", "_config.yml"):
        if (place / name).is_file():
            said |= _files.settings(place / name)
    base = line(said.get("baseurl")).rstrip("/")
    base = f"/{base.lstrip('/')}" if base else ""
    own = web(said.get("url"))
    zone = line(said.get("timezone")) or "UTC"
    try:
        zone_info = ZoneInfo(zone)
    except (ValueError, OSError) as error:
        raise Refused(
            f"timezone {zone!r} is no time zone (expected one as Europe/Berlin)"
        ) from error
    return Settings(
        root=place / line(said.get("source")),
        said=said,
        url=web(url) or (own + base if own else ""),
        base=base,
        permalink=permalink or line(said.get("permalink")) or "date",
        zone=zone_info,
        authors=_authors(place),
    )


def _authors(place: Path) -> dict[str, str]:
    """The names behind the short ones: _data/authors.yml."""
    file = place / "_data" / "authors.yml"
    found = _files.settings(file) if file.is_file() else {}
    return {key: name for key, it in found.items() if (name := line(table(it).get("name")))}
