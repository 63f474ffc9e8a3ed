"""The feeds of a list of posts: Atom, RSS 2.0 and JSON Feed, with the whole text."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from outreach.site import theme, views
from outreach.site.files import File, file
from outreach.site.views import Entry, Site

NAMES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
LENGTH = 50

Body = Callable[[Entry], str]
"""The rendered text of an entry."""


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
        return f"{site.url}/{self.folder}{name}"


def files(feed: Feed, entries: Sequence[Entry], site: Site, body: Body) -> Iterator[File]:
    """The feed in every format, and under the names that an earlier blog gave it."""
    newest = entries[:LENGTH]
    for format_, name in NAMES.items():
        yield _file(feed, name, format_, newest, site, body)
    for name, format_ in site.feeds:
        if not feed.folder or "/" not in name:
            yield _file(feed, name, format_, newest, site, body)


def links(site: Site) -> dict[str, str]:
    """The Link header of each feed by its path: where its hub is, and it itself (WebSub, 4)."""
    if not site.hub:
        return {}
    names = NAMES.values()
    return {path: f'<{site.hub}>; rel="hub", <{site.url}/{path}>; rel="self"' for path in names}


def _file(
    feed: Feed, name: str, format_: str, entries: Sequence[Entry], site: Site, body: Body
) -> File:
    inputs = (feed, site.digest, theme.version(site.theme), [entry.digest for entry in entries])
    write = partial(_WRITERS[format_], feed, name, entries, site, body)
    return file(f"{feed.folder}{name}", inputs, write)


def _xml(
    template: str, feed: Feed, name: str, entries: Sequence[Entry], site: Site, body: Body
) -> bytes:
    items = [(entry, views.feed_html(entry, body(entry), site)) for entry in entries]
    url = feed.url(site, name)
    return theme.page(template, site, feed=feed, url=url, items=items).encode("utf-8", "replace")


def _json(feed: Feed, name: str, entries: Sequence[Entry], site: Site, body: Body) -> bytes:
    found: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url(site, name),
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": site.author or site.title}],
        "items": [_item(entry, body(entry), site) for entry in entries],
    }
    if site.hub:
        found["hubs"] = [{"type": "WebSub", "url": site.hub}]
    return json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _item(entry: Entry, html: str, site: Site) -> dict[str, object]:
    item: dict[str, object] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": views.feed_html(entry, html, site),
        "summary": entry.description,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "authors": [{"name": name} for name, _ in entry.authors],
        "tags": [tag for tag, _ in entry.tags],
        "language": entry.language,
    }
    return item | ({"image": entry.card} if entry.card else {})


_WRITERS: dict[str, Callable[[Feed, str, Sequence[Entry], Site, Body], bytes]] = {
    "atom": partial(_xml, "atom.xml"),
    "rss": partial(_xml, "rss.xml"),
    "json": _json,
}
