"""WordPress eXtended RSS 1.0 to 1.2, read as hostile XML: no DTD, no entities of its own.

https://developer.wordpress.org/reference/functions/export_wp/ writes it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from outreach.model.errors import Refused

SIZE = 256 << 20

_PREFIXES = (
    (re.compile(r"http://wordpress\.org/export/[\d.]+/excerpt/ "), "excerpt:"),
    (re.compile(r"http://wordpress\.org/export/[\d.]+/ "), "wp:"),
    (re.compile(r"http://purl\.org/rss/1\.0/modules/content/ "), "content:"),
    (re.compile(r"http://purl\.org/dc/elements/1\.1/ "), "dc:"),
)
_FORBIDDEN = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A post, page, attachment or entry of a menu. `lines` is where each value begins.

    `categories` are domain, last part of the address, and name.
    """

    file: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    meta: dict[str, list[str]] = field(default_factory=dict)
    categories: list[tuple[str, str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "").strip()


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The blog of one file. `authors` are names by login."""

    values: dict[str, str]
    authors: dict[str, str]
    items: list[Item]


def parse(data: bytes, name: str) -> Channel:
    """The blog that a file says. Raises Refused, with the line, where it is no WXR."""
    if len(data) > SIZE:
        raise Refused(f"{name} is larger than {SIZE >> 20} MB")
    reader = _Reader(name)
    try:
        reader.parser.Parse(_FORBIDDEN.sub(b"", data), True)
    except expat.ExpatError as error:
        raise Refused(f"{name}:{error.lineno}: not XML: {expat.ErrorString(error.code)}") from error
    if not reader.is_wxr:
        raise Refused(f"{name} is no export of WordPress (expected <wp:wxr_version>)")
    return Channel(values=reader.values, authors=reader.authors, items=reader.items)


def is_wxr(head: bytes) -> bool:
    """Whether a file that begins so is meant to be one."""
    return b"wordpress.org/export/" in head


class _Reader:
    """What the parser calls. `_open` are the open elements below the channel."""

    def __init__(self, name: str) -> None:
        self.values: dict[str, str] = {}
        self.authors: dict[str, str] = {}
        self.items: list[Item] = []
        self._name = name
        self._open: list[str] = []
        self._text: list[str] = []
        self._line = 0
        self._words: Mapping[str, str] = {}
        self._group: dict[str, str] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    @property
    def is_wxr(self) -> bool:
        return "wp:wxr_version" in self.values

    def _doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise Refused(f"{self._name}:{line}: a DOCTYPE; an export of WordPress has none")

    def _start(self, tag: str, words: Mapping[str, str]) -> None:
        tag = _short(tag)
        self._open.append(tag)
        self._text, self._words = [], words
        self._line = self.parser.CurrentLineNumber
        if tag == "item":
            self.items.append(Item(file=self._name, line=self.parser.CurrentLineNumber))
        elif tag in ("wp:author", "wp:postmeta", "wp:comment"):
            self._group = {}

    def _data(self, text: str) -> None:
        self._text.append(text)

    def _end(self, tag: str) -> None:
        tag, text = _short(tag), "".join(self._text)
        self._open.pop()
        around = self._open[-1] if self._open else ""
        if tag == "wp:author":
            login = self._group.get("wp:author_login", "")
            self.authors[login] = self._group.get("wp:author_display_name") or login
        elif tag == "wp:postmeta" and self.items:
            key, value = (self._group.get(f"wp:meta_{it}", "") for it in ("key", "value"))
            self.items[-1].meta.setdefault(key, []).append(value)
        elif tag == "wp:comment" and self.items:
            self.items[-1].comments.append(self._group.get("wp:comment_approved", ""))
        elif around in ("wp:author", "wp:postmeta", "wp:comment"):
            self._group[tag] = text
        elif around == "item":
            self._said(self.items[-1], tag, text)
        elif around == "channel":
            self.values.setdefault(tag, text)
        self._text = []

    def _said(self, item: Item, tag: str, text: str) -> None:
        if tag == "category":
            domain, slug = self._words.get("domain", ""), self._words.get("nicename", "")
            item.categories.append((domain, slug, text))
        else:
            item.values[tag] = text
            item.lines[tag] = self._line


def _short(tag: str) -> str:
    for pattern, prefix in _PREFIXES:
        if found := pattern.match(tag):
            return prefix + tag[found.end() :]
    return tag
