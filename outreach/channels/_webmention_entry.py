"""What a page says of itself in microformats: how it answers us, who wrote it, what and when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from outreach.channels._webmention_html import links, outline, title
from outreach.model.mention import Author, Kind

LONGEST = 10_000
"""Characters of a text that are kept."""

LONGEST_NAME = 100
OLDEST = timedelta(days=365)
"""How long before it came a page may say that it was written."""

RELATIONS = (
    ("in-reply-to", Kind.REPLY),
    ("repost-of", Kind.REPOST),
    ("like-of", Kind.LIKE),
    ("bookmark-of", Kind.BOOKMARK),
    ("quotation-of", Kind.QUOTE),
)
"""By which property a page says how it answers another."""

_NOT_WORDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_MANY_LINES = re.compile(r"\n\s*\n\s*")

Item = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a page said. `item` is its entry as microformats2 JSON, empty where it has none."""

    kind: Kind
    author: Author
    text: str
    url: str
    published: datetime
    item: Item = field(default_factory=dict)


def read(page: str, url: str, target: str, at: datetime) -> Entry:
    """The page at `url`, which came at `at`, as far as it is about `target`.

    Whose it is, its host says; the name beside that is the page's own. Its address is on that host,
    its time neither later than `at` nor long before.
    """
    found = _parsed(page, url)
    items = list(_flat(found["items"]))
    addresses = (*_texts(_about(items, target) or {}, "url"), *found["rels"].get("canonical", ()))
    item = _about(items, target) or {}
    kind = next((kind for name, kind in RELATIONS if _points(item, name, target)), Kind.MENTION)
    card = next((one for one in items if "h-card" in one["type"]), None)
    return Entry(
        kind=kind,
        author=_author(_first(item, "author") or card or {}, url),
        text=_said(item, kind, page),
        url=next((link for link in addresses if host(link) == host(url)), url),
        published=_bounded(next(_texts(item, "published"), ""), at),
        item=item,
    )


def host(url: str) -> str:
    """The host of a URL with its port, where it has one."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def page_of(url: str) -> str:
    """A URL without what leads to a part of its page, or only counts who comes."""
    return url.partition("#")[0].partition("?")[0]


def _parsed(page: str, url: str) -> Mapping[str, Any]:
    """The page's `items` and `rels`; none where it is too much for a parser."""
    import mf2py

    parsed: Mapping[str, Any] = mf2py.parse(
        doc=outline(page) or "<p>", url=url, html_parser="html.parser"
    )
    return parsed


def _flat(items: list[Item]) -> Iterator[Item]:
    """The items and those that lie in them, a feed's entries too."""
    for item in items:
        yield item
        yield from _flat(item.get("children", []))


def _about(items: list[Item], target: str) -> Item | None:
    """The entry that answers the target, or has a link to it, or is the only one."""
    entries = [one for one in items if not {"h-card", "h-feed"} & set(one["type"])]
    for item in entries:
        if any(_points(item, name, target) for name, _ in RELATIONS):
            return item
    for item in entries:
        html = "".join(one["html"] for one in _values(item, "content") if "html" in one)
        if target in links(html, target):
            return item
    return entries[0] if len(entries) == 1 else None


def _values(item: Item, name: str) -> list[Any]:
    return item.get("properties", {}).get(name, []) if item else []


def _first(item: Item, name: str) -> Any:
    return next(iter(_values(item, name)), None)


def _texts(item: Item, name: str) -> Iterator[str]:
    """The values of a property as text; of an item in it, its address or its words."""
    for value in _values(item, name):
        if isinstance(value, str):
            yield value
        elif "type" in value:
            yield from _texts(value, "url")
        else:
            yield value.get("value", "")


def _points(item: Item, name: str, target: str) -> bool:
    return any(page_of(link) == page_of(target) for link in _texts(item, name))


def _author(said: Item | str, url: str) -> Author:
    """The page's host, and the name and address that a card gives it."""
    card = said if isinstance(said, dict) else {"properties": {"name": [said], "url": [said]}}
    home = f"{urlsplit(url).scheme}://{host(url)}/"
    addresses = (link for link in _texts(card, "url") if link.startswith(("http://", "https://")))
    name = _line(next(_texts(card, "name"), ""))
    return Author(
        id=host(url),
        handle=host(url),
        name="" if name.startswith(("http://", "https://")) else name,
        url=next(addresses, home),
    )


def _said(item: Item, kind: Kind, page: str) -> str:
    """A reply's words; of what only mentions us, what it is called and how it sums itself up."""
    if not kind.has_words:
        return ""
    content, name, summary = (next(_texts(item, key), "") for key in ("content", "name", "summary"))
    if kind is Kind.MENTION and name and not content.startswith(name):
        parts: tuple[str, ...] = (name, summary)
    else:
        parts = (content or summary or name or title(page),)
    return "\n\n".join(filter(None, map(_words, parts)))


def _words(text: str) -> str:
    text = _NOT_WORDS.sub(" ", text.replace("\r\n", "\n"))
    return _MANY_LINES.sub("\n\n", text).strip()[:LONGEST]


def _line(text: str) -> str:
    return " ".join(_words(text).split())[:LONGEST_NAME]


def _bounded(said: str, at: datetime) -> datetime:
    try:
        published = datetime.fromisoformat(said.strip())
    except ValueError:
        return at
    if published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    try:
        published = published.astimezone(UTC)
    except OverflowError:
        return at
    return min(max(published, at - OLDEST), at)
