"""The feeds of a list of posts: Atom, RSS 2.0 and JSON Feed, with the whole text."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from urllib.parse import quote, urljoin

from outreach.site import theme
from outreach.site.files import File, file
from outreach.site.views import Entry, Site

NAMES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
LENGTH = 50

TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")

Body = Callable[[Entry], str]
"""The whole text of an entry, with addresses that lead to our site from anywhere."""


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What a feed is about. `folder` is where it lies, "" or with a slash at its end; `home` the
    address of the page that it belongs to."""

    folder: str
    title: str
    description: str
    home: str
    language: str

    def url(self, site: Site, name: str) -> str:
        """The public address of the feed under one of its names."""
        return address(site, f"{self.folder}{name}")


def files(feed: Feed, entries: Sequence[Entry], site: Site, body: Body) -> Iterator[File]:
    """The feed in every format, and under the names that an earlier blog gave it.

    `entries` are ordered newest first.
    """
    newest = entries[:LENGTH]
    for name, format_ in names(site).items():
        if not feed.folder or "/" not in name:
            yield _file(feed, name, format_, newest, site, body)


def names(site: Site) -> dict[str, str]:
    """Every name of a feed, and its format; one with a slash is of the feed of all posts alone."""
    return {**dict(site.feeds), **{name: format_ for format_, name in NAMES.items()}}


def address(site: Site, path: str) -> str:
    """The public address of a file of the site; `feed/index.html` answers at its folder's."""
    return f"{site.url}/{quote(path.removesuffix('index.html'))}"


def format_of(site: Site, path: str) -> str:
    """The format of the feed at a path of the site; "" where there is none."""
    known = names(site)
    return known.get(path) or known.get(path.rpartition("/")[2], "")


def link(site: Site, path: str) -> str:
    """The Link header of a feed: where its hub is, and it itself (WebSub, 4); "" without a hub."""
    if not site.hub or not format_of(site, path):
        return ""
    return f'<{site.hub}>; rel="hub", <{address(site, path)}>; rel="self"'


def _file(
    feed: Feed, name: str, format_: str, entries: Sequence[Entry], site: Site, body: Body
) -> File:
    inputs = (feed, site.digest, theme.version(site.theme), [entry.digest for entry in entries])
    write = partial(_WRITERS[format_], feed, name, entries, site, body)
    return file(f"{feed.folder}{name}", inputs, write)


def _xml(
    template: str, feed: Feed, name: str, entries: Sequence[Entry], site: Site, body: Body
) -> bytes:
    """RSS takes a description for HTML, so that a plain one is `escaped` first; only RSS and JSON
    Feed carry an id that is no `iri`."""
    items = [
        {
            "entry": entry,
            "html": body(entry),
            "iri": entry.id if _IRI.fullmatch(entry.id) else entry.url,
            "escaped": escape(entry.description),
            "authors": _authors(entry, site),
        }
        for entry in entries
    ]
    updated = max((entry.updated for entry in entries), default=None)
    url = feed.url(site, name)
    text = theme.page(template, site, feed=feed, url=url, items=items, updated=updated)
    return text.encode("utf-8", "replace")


def _json(feed: Feed, name: str, entries: Sequence[Entry], site: Site, body: Body) -> bytes:
    found: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url(site, name),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": site.author or site.title, "url": f"{site.url}/"}],
        "items": [_item(entry, body(entry), site) for entry in entries],
    }
    if site.hub:
        found["hubs"] = [{"type": "WebSub", "url": site.hub}]
    return json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _item(entry: Entry, html: str, site: Site) -> dict[str, object]:
    """A note has no title (JSON Feed, "Items")."""
    item: dict[str, object] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": html,
        "summary": entry.description,
        "image": entry.card,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "authors": [{"name": name, "url": url} for name, url in _authors(entry, site)],
        "tags": [tag for tag, _ in entry.tags],
        "language": entry.language,
    }
    if entry.is_note:
        del item["title"]
    if not entry.card:
        del item["image"]
    return item


def _authors(entry: Entry, site: Site) -> list[tuple[str, str]]:
    """Who wrote an entry, and the address of their page."""
    return [(name, urljoin(f"{site.url}/", href)) for name, href in entry.authors]


_WRITERS: dict[str, Callable[[Feed, str, Sequence[Entry], Site, Body], bytes]] = {
    "atom": partial(_xml, "atom.xml"),
    "rss": partial(_xml, "rss.xml"),
    "json": _json,
}
