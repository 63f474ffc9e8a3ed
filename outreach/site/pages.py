"""Every file of the site: where it goes, what it depends on, and how it is written."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

import jinja2

from outreach.site import slugs, views
from outreach.site.views import Entry, Site

FEEDS = ("atom.xml", "feed.json")
FEED_LENGTH = 50
FRONT_LENGTH = 20

GONE = ".gone"
"""The empty file beside a page that says it was taken back: whoever serves it says 410."""

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of the site. An equal `key` means equal bytes, so that nobody has to write it."""

    path: str
    key: str
    write: Callable[[], bytes]


def files(entries: Sequence[Entry], site: Site) -> Iterator[File]:
    """All files but the media. `entries` are ordered newest first.

    A withdrawn post is a page that says so, and nothing else.
    """
    for entry in entries:
        if entry.withdrawn:
            gone = (entry.title, entry.url, entry.language, entry.withdrawn)
            yield _page(f"{entry.slug}/index.html", "withdrawn.html", site, gone=gone)
            yield _file(f"{entry.slug}/{GONE}", "", bytes)
    entries = [entry for entry in entries if not entry.withdrawn]
    for number, entry in enumerate(entries):
        newer = _link(entries[number - 1]) if number else None
        older = _link(entries[number + 1]) if number + 1 < len(entries) else None
        path = f"{entry.slug}/index.html"
        yield _page(path, "post.html", site, entry=entry, newer=newer, older=older)
    front = tuple(entries[:FRONT_LENGTH])
    yield _page("index.html", "index.html", site, entries=front, total=len(entries))
    yield _page("archive/index.html", "archive.html", site, years=_years(entries))
    yield from _tag_pages(entries, site)
    yield _page("404.html", "404.html", site)
    newest = tuple(entries[:FEED_LENGTH])
    yield _page("atom.xml", "atom.xml", site, entries=newest)
    yield _file("feed.json", (newest, site), partial(_json_feed, newest, site))
    places = tuple((entry.url, entry.updated) for entry in entries)
    yield _page("sitemap.xml", "sitemap.xml", site, places=places)
    robots = f"User-agent: *\nAllow: /\nSitemap: {site.url}/sitemap.xml\n"
    yield _file("robots.txt", robots, robots.encode)
    style = (_TEMPLATES / "style.css").read_bytes()
    yield _file("style.css", style, lambda: style)


Link = tuple[str, str, str, str]


def _link(entry: Entry) -> Link:
    day = views.day(entry.published, entry.language)
    return entry.href, entry.title, entry.published.isoformat(), day


def _years(entries: Sequence[Entry]) -> tuple[tuple[int, tuple[Link, ...]], ...]:
    years = groupby(entries, key=lambda entry: entry.published.year)
    return tuple((year, tuple(map(_link, group))) for year, group in years)


def _tag_pages(entries: Sequence[Entry], site: Site) -> Iterator[File]:
    tagged: dict[str, list[Entry]] = {}
    names: dict[str, str] = {}
    for entry in entries:
        for tag, href in entry.tags:
            names.setdefault(href, tag)
            tagged.setdefault(href, []).append(entry)
    for href, group in tagged.items():
        name = slugs.tag_slug(names[href])
        path, url = f"tags/{name}/index.html", f"{site.url}/tags/{quote(name)}/"
        years = _years(list(dict.fromkeys(group)))
        yield _page(path, "tag.html", site, tag=names[href], url=url, years=years, total=len(group))
    ordered = sorted(tagged, key=lambda href: names[href].casefold())
    tags = tuple((names[href], href, len(tagged[href])) for href in ordered)
    yield _page("tags/index.html", "tags.html", site, tags=tags)


def _file(path: str, inputs: object, write: Callable[[], bytes]) -> File:
    key = hashlib.sha256(f"{_version()}\n{path}\n{inputs!r}".encode("utf-8", "replace"))
    return File(path=path, key=key.hexdigest(), write=write)


def page(template: str, site: Site, **context: object) -> str:
    """One page in the clothes of the site; a door shows those that no build can write."""
    return _environment().get_template(template).render(site=site, **context)


def _page(path: str, template: str, site: Site, **context: object) -> File:
    return _file(path, (template, site, context), lambda: page(template, site, **context).encode())


@cache
def _version() -> str:
    """A hash of our own templates and code, so that a new release writes its pages anew."""
    digest = hashlib.sha256()
    for path in sorted([*_TEMPLATES.iterdir(), *Path(__file__).parent.glob("*.py")]):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["page_html"] = views.page_html
    environment.filters["feed_html"] = views.feed_html
    environment.filters["day"] = views.day
    environment.filters["rfc3339"] = datetime.isoformat
    return environment


def links(site: Site) -> dict[str, str]:
    """The Link header of each feed by its path: where its hub is, and it itself (WebSub, 4)."""
    if not site.hub:
        return {}
    return {path: f'<{site.hub}>; rel="hub", <{site.url}/{path}>; rel="self"' for path in FEEDS}


def _json_feed(entries: Sequence[Entry], site: Site) -> bytes:
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.title,
        "home_page_url": f"{site.url}/",
        "feed_url": f"{site.url}/feed.json",
        "description": site.description,
        "language": site.language,
        "authors": [{"name": site.author or site.title}],
        "items": [_json_item(entry, site) for entry in entries],
    }
    if site.hub:
        feed["hubs"] = [{"type": "WebSub", "url": site.hub}]
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(entry: Entry, site: Site) -> dict[str, object]:
    item: dict[str, object] = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title,
        "content_html": views.feed_html(entry, site),
        "summary": entry.description,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "authors": [{"name": entry.author}],
        "tags": [tag for tag, _ in entry.tags],
        "language": entry.language,
    }
    return item | ({"image": entry.card} if entry.card else {})
