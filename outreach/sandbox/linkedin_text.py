"""The little text format of a post's commentary: how it is read, counted, and shown.

A reserved character that is part of no element and has no backslash ends the text there, and
nobody is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.requests import Request

from outreach.sandbox.cards import card
from outreach.sandbox.links import links
from outreach.sandbox.world import Note, World

LONGEST = 3000
LONGEST_COMMENT = 1250
RESERVED = r"\|{}@[]()<>#*_~"
_SET = re.escape(RESERVED)
_ELEMENT = re.compile(
    rf"\\(?P<escaped>[{_SET}])"
    rf"|@\[(?P<name>(?:\\.|[^\]\\])*)\]\((?P<urn>urn:li:(?:person|organization):[\w-]+)\)"
    rf"|\{{hashtag\|\\?[#＃]\|(?P<template>(?:\\.|[^|{{}}\\])+)\}}"
    r"|[#＃](?P<tag>[^\W_]+)"
    rf"|(?P<plain>[^{_SET}]+)",
    re.DOTALL,
)
_HASHTAG = re.compile(r"(?<![\w&/#＃])[#＃](\w*[^\W\d_]\w*)")
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')


@dataclass(frozen=True, kw_only=True)
class Element:
    """A piece of a commentary: what readers see of it, and how it is written."""

    shown: str
    written: str


def read(commentary: str) -> list[Element]:
    """The elements up to the first reserved character that nobody escaped."""
    found, at = [], 0
    while match := _ELEMENT.match(commentary, at):
        found.append(_element(match))
        at = match.end()
    return found


def _element(match: re.Match[str]) -> Element:
    if match["urn"]:
        return Element(shown=_unescaped(match["name"]), written=match[0])
    if tag := match["template"] or match["tag"]:
        tag = _unescaped(tag)
        return Element(shown=f"#{tag}", written=rf"{{hashtag|\#|{escaped(tag)}}}")
    text = match["escaped"] or match["plain"]
    return Element(shown=text, written=escaped(text))


def shown(elements: Sequence[Element]) -> str:
    """The text as readers see it."""
    return "".join(element.shown for element in elements)


def written(elements: Sequence[Element]) -> str:
    """The commentary as the API gives it back."""
    return "".join(element.written for element in elements)


def escaped(text: str) -> str:
    """Plain text in the little format."""
    return re.sub(rf"([{_SET}])", r"\\\1", text)


def _unescaped(text: str) -> str:
    return re.sub(rf"\\([{_SET}])", r"\1", text)


def length(text: str) -> int:
    """Characters as the servers count them: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def html(request: Request, world: World, note: Note) -> Markup:
    """A post as the network's page shows it: links and hashtags in blue, its article as a card."""
    spans = [(start, end, note.text[start:end]) for start, end in links(note.text)]
    inside = [range(start, end) for start, end, _ in spans]
    spans += [
        (match.start(), match.end(), f"https://www.linkedin.com/feed/hashtag/{match[1]}")
        for match in _HASHTAG.finditer(note.text)
        if not any(match.start() in span for span in inside)
    ]
    pieces, end = [Markup()], 0
    for start, stop, url in sorted(spans):
        pieces += [escape(note.text[end:start]), _ANCHOR.format(url, note.text[start:stop])]
        end = stop
    text = Markup().join([*pieces, escape(note.text[end:])]).replace("\n", Markup("<br>"))
    return text + _card(note)


def _card(note: Note) -> Markup:
    article = note.extra.get("content", {}).get("article")
    if not article:
        return Markup()
    image = f"/linkedin/media/{article['thumbnail']}" if "thumbnail" in article else ""
    return card(article["source"], article["title"], article.get("description", ""), image)
