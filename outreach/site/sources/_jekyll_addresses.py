"""Where Jekyll puts a page: https://jekyllrb.com/docs/permalinks/"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_TOKEN = re.compile(r":([a-z_]+)")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a pattern may name. `path` is the file's from its folder of texts, without suffix."""

    date: datetime | None = None
    slug: str = ""
    categories: tuple[str, ...] = ()
    path: str = ""
    collection: str = ""


def slugified(text: str, *, pretty: bool = False) -> str:
    """Lower case, all but letters and digits as `-`; `pretty` keeps some marks, and the case."""
    if pretty:
        return re.sub(r"[^\w.~!$&'()+,;=@]+", "-", text).strip("-")
    return re.sub(r"[\W_]+", "-", text).strip("-").lower()


def suffix_of(pattern: str) -> str:
    """How pages and collections end where posts follow this pattern."""
    return "/" if STYLES.get(pattern, pattern).endswith("/") else ":output_ext"


def expand(pattern: str, place: Place) -> str:
    """The pattern with its tokens filled in; what is no token stays."""

    def fill(found: re.Match[str]) -> str:
        for end in range(len(found[1]), 0, -1):
            if token := _TOKENS.get(found[1][:end]):
                return token(place) + found[1][end:]
        return found[0]

    return re.sub("/{2,}", "/", "/" + _TOKEN.sub(fill, STYLES.get(pattern, pattern)))


def _dated(form: str) -> Callable[[Place], str]:
    return lambda place: place.date.strftime(form) if place.date else ""


_TOKENS: Mapping[str, Callable[[Place], str]] = {
    "year": _dated("%Y"),
    "short_year": _dated("%y"),
    "month": _dated("%m"),
    "i_month": _dated("%-m"),
    "short_month": _dated("%b"),
    "long_month": _dated("%B"),
    "day": _dated("%d"),
    "i_day": _dated("%-d"),
    "y_day": _dated("%j"),
    "w_year": _dated("%G"),
    "week": _dated("%V"),
    "w_day": _dated("%u"),
    "short_day": _dated("%a"),
    "long_day": _dated("%A"),
    "hour": _dated("%H"),
    "minute": _dated("%M"),
    "second": _dated("%S"),
    "title": lambda place: slugified(place.slug, pretty=True),
    "slug": lambda place: slugified(place.slug),
    "name": lambda place: slugified(place.slug),
    "basename": lambda place: place.path.rpartition("/")[2],
    "path": lambda place: place.path,
    "collection": lambda place: place.collection,
    "categories": lambda place: "/".join(dict.fromkeys(it.lower() for it in place.categories)),
    "slugified_categories": lambda place: "/".join(map(slugified, place.categories)),
    "output_ext": lambda place: ".html",
}
