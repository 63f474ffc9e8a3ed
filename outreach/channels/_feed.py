"""A feed as somebody publishes it: asked for conditionally, read only where its bytes changed."""

import io
import json
from calendar import timegm
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from time import struct_time
from typing import Any
from urllib.parse import quote

from outreach.channels._extra import require
from outreach.channels._http import refusal
from outreach.channels._web import get, in_ascii
from outreach.fetch import Answer, Fetch
from outreach.model.errors import Rejected, Unavailable

SIZE = 1 << 20
"""Bytes of a feed that are read at most."""

TAGS = 50_000
"""How many tags it may have: feedparser takes 60 µs for each, so 3 s in all."""

LONGEST_ID = 500

_STUMBLES = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)
"""What feedparser raises over feeds that are damaged enough (a character past Unicode's last)."""

_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the feed at `url`: its last validators (RFC 9110, 8.8), its body's hash."""

    url: str = ""
    etag: str = ""
    modified: str = ""
    hash: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for what is newer (RFC 9110, 13.1)."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in asked.items() if value}

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None) -> "Known":
        return cls(**json.loads(text)) if text else cls()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a feed. `html` and `summary` are safe HTML; addresses are of the web or "".

    `published` is UTC, None where the entry does not say. `reply_to` is the id of what it answers
    and `reply_link` where that is (RFC 4685). `raw` is the entry as JSON.
    """

    id: str
    link: str = ""
    title: str = ""
    html: str = ""
    summary: str = ""
    author: str = ""
    author_url: str = ""
    published: datetime | None = None
    reply_to: str = ""
    reply_link: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    raw: str = "{}"


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A feed that changed, its entries in its own order."""

    known: Known
    title: str
    entries: tuple[Entry, ...]


def read(fetch: Fetch, url: str, known: Known, now: datetime) -> Feed | None:
    """The feed behind its redirects; None where it is what it was.

    Raises Rejected, Unavailable or RateLimited.
    """
    known = known if known.url == url else Known(url=url)
    bounded = replace(fetch, size=min(fetch.size, SIZE))
    answer = get(bounded, url, {"accept": _ACCEPT, **known.conditions})
    if answer.status == 304 and known.hash:
        return None
    if error := _refusal(answer, now):
        raise error
    digest = sha256(answer.body).hexdigest()
    if digest == known.hash:
        return None
    etag, modified = (_kept(answer, name) for name in ("etag", "last-modified"))
    known = Known(url=url, etag=etag, modified=modified, hash=digest)
    return replace(parse(answer), known=known)


def _kept(answer: Answer, name: str) -> str:
    """A validator as it came, unless it could not be said back."""
    value = answer.headers.get(name, "")
    return value if value.isascii() and value.isprintable() and len(value) < LONGEST_ID else ""


def _refusal(answer: Answer, now: datetime) -> Exception | None:
    if answer.status == 410:
        what = "the feed is gone for good (410); take it out of config.yaml, or give its new url"
        return Rejected(what, 410)
    if answer.status in (401, 403):
        what = f"the feed is not open to everybody ({answer.status}); give the url of one that is"
        return Rejected(what, answer.status)
    return refusal("GET", answer, now)


def parse(answer: Answer) -> Feed:
    """What an answer says; of a damaged feed, what can be read. Raises Unavailable for no feed,
    and Rejected for one that would take too long.

    feedparser is given a file in memory: bytes that look like an address or a path it would open.
    """
    require("feed", "feedparser")
    import feedparser

    if answer.body.count(b"<") > TAGS:
        what = f"{answer.url} has more than {TAGS:,} tags; give the url of a shorter feed"
        raise Rejected(what)

    headers = {
        "content-type": answer.headers.get("content-type", "application/xml"),
        "content-location": answer.url,
    }
    try:
        found = feedparser.parse(io.BytesIO(answer.body), response_headers=headers)
    except _STUMBLES as error:
        what = f"{answer.url} is no feed that can be read: {type(error).__name__}: {error}"
        raise Unavailable(what) from error
    if not found.get("version") or (found.bozo and not found.entries):
        why = found.get("bozo_exception") or "it has neither <rss> nor <feed>"
        raise Unavailable(f"{answer.url} is no feed that can be read: {why}")
    language = str(found.feed.get("language") or "")
    return Feed(
        known=Known(),
        title=str(found.feed.get("title") or ""),
        entries=tuple(_entry(entry, language) for entry in found.entries),
    )


def _entry(entry: dict[str, Any], language: str) -> Entry:
    title, link = _line(entry.get("title")), _web(entry.get("link"))
    content: Mapping[str, Any] = next(iter(entry.get("content") or ()), {})
    summary = _html(entry.get("summary_detail") or {"value": entry.get("summary")})
    html = _html(content) or summary
    author = entry.get("author_detail") or {}
    said = (entry[key] for key in entry if key.endswith("in-reply-to"))
    reply: Mapping[str, Any] = next((it for it in said if isinstance(it, Mapping)), {})
    return Entry(
        id=_named(str(entry.get("id") or link or f"{title}\n{html}")),
        link=link,
        title=title,
        html=html,
        summary=summary,
        author=_line(author.get("name") or entry.get("author")),
        author_url=_web(author.get("href")),
        published=_moment(entry, "published_parsed") or _moment(entry, "updated_parsed"),
        reply_to=str(reply.get("ref") or ""),
        reply_link=_web(reply.get("href")),
        tags=tuple(filter(None, (_line(tag.get("term")) for tag in entry.get("tags") or ()))),
        language=str(content.get("language") or language),
        raw=json.dumps(entry, default=str),
    )


def _named(identifier: str) -> str:
    """The id, or its hash where it is longer than any id."""
    if len(identifier) <= LONGEST_ID and identifier.isprintable():
        return identifier
    return sha256(identifier.encode("utf-8", "replace")).hexdigest()


def _line(text: object) -> str:
    return " ".join(str(text or "").split())


def _html(detail: Mapping[str, Any]) -> str:
    """What an element says as HTML, whatever it was written in."""
    value = str(detail.get("value") or "")
    return escape(value, quote=False) if detail.get("type") == "text/plain" else value


def _web(address: object) -> str:
    """An address of the web as it goes over the wire, "" for any other."""
    url, mark, fragment = str(address or "").strip().partition("#")
    written = in_ascii(url) + mark + quote(fragment, safe="%/:=&?!$,;'@()*-._~")
    return written if written.startswith(("http://", "https://")) and written.isascii() else ""


def _moment(entry: dict[str, Any], name: str) -> datetime | None:
    value = dict.get(entry, name)  # feedparser's own `get` gives one date for another
    if not isinstance(value, struct_time):
        return None
    try:
        return datetime.fromtimestamp(timegm(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
