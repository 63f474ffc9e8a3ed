"""What the heads of other tools have in common, in our keys."""

import posixpath
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.site.folder import IMAGES
from outreach.site.sources._front import Page, line, moment, names, table, words

_IMAGES = (
    "image", "images", "cover", "featured_image", "featuredimage", "featured", "thumbnail",
    "header", "banner", "hero", "social_image",
)  # fmt: skip
_SOURCES = ("image", "src", "path", "url", "teaser", "overlay_image", "filename")


def head(page: Page, zone: tzinfo) -> dict[str, object]:
    """Title, update, summary, tags, authors, old addresses, series: what is there, in our keys."""
    values = table(page.values)
    inner = {**table(values.get("extra")), **table(values.get("params"))}
    more = {**inner, **values}
    series = values.get("series") or table(values.get("taxonomies")).get("series")
    found = {
        "title": line(more.get("title")),
        "updated": _updated(values, zone),
        "summary": line(more.get("summary") or more.get("description") or more.get("excerpt")),
        "tags": tags(values),
        "authors": list(names(more.get("authors") or more.get("author"))),
        "aliases": aliases(values),
        "series": next(iter(words(series)), ""),
    }
    if more.get("comments") is False:
        found["comments"] = False
    return {key: value for key, value in found.items() if value not in ("", [], None)}


def _updated(values: Mapping[str, object], zone: tzinfo) -> object:
    keys = ("lastmod", "updated", "modified", "last_modified_at")
    return next((at for key in keys if (at := moment(values.get(key), zone))), None)


def tags(values: Mapping[str, object]) -> list[str]:
    """Tags and categories, else keywords, each once."""
    found: dict[str, str] = {}
    for it in (values, table(values.get("taxonomies"))):
        for key in ("tags", "categories", "category"):
            found |= {
                tag.casefold(): tag for tag in words(it.get(key)) if tag.casefold() not in found
            }
    return list(found.values()) or list(words(values.get("keywords")))


def aliases(values: Mapping[str, object]) -> list[str]:
    """Old addresses, from the site's root."""
    value = values.get("aliases") or values.get("redirect_from") or ()
    items: Iterable[object] = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(f"/{line(it).lstrip('/')}" for it in items if line(it)))


def image(
    page: Page, beside: Mapping[str, Path], static: Mapping[str, Path], url: str
) -> tuple[object, list[Mistake]]:
    """The post's image: a file beside it, or the address of one that our site has; and what of it
    could not be found."""
    values = table(page.values)
    inner = {**table(values.get("extra")), **table(values.get("params"))}
    for key in _IMAGES:
        value = values.get(key) or inner.get(key)
        item = value[0] if isinstance(value, list) and value else value
        parts = table(item)
        source = line(next((parts[k] for k in _SOURCES if parts.get(k)), "") if parts else item)
        if posixpath.splitext(source.partition("?")[0])[1].lower() not in IMAGES:
            continue
        alt = parts.get("alt") or values.get(f"{key}_alt")
        where = _where(source, beside, static, url)
        if not where:
            what = f"the image {source} is not there"
            at = next((it for it in (key, f"params.{key}") if it in page.lines), key)
            return None, [page.mistake(what, "a file beside the post or in static/", key=at)]
        return ({"src": where, "alt": line(alt)} if line(alt) else where), []
    return None, []


def _where(source: str, beside: Mapping[str, Path], static: Mapping[str, Path], url: str) -> str:
    if source.startswith(("https://", "http://")):
        return source
    if posixpath.normpath(source) in beside:
        return posixpath.normpath(source)
    inside = source.lstrip("/")
    return f"{url}/{inside}" if inside in static and url else ""
