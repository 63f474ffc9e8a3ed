"""Where a network that reads a text by twitter-text finds a link: X, and Mastodon with its own
characters in a path."""

from collections.abc import Iterator
from heapq import merge
from itertools import pairwise

import regex

from outreach.rules.domains import NAME, TOP_LEVEL, possible

LATIN = (
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
    r"\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
"""Letters that count as Latin, inside a class of a pattern."""

REFUSED = r"\ufffe\ufeff\uffff"
"""Characters that no text may hold, inside a class of a pattern."""

_TURNING = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the direction of the text
# A label begins and ends with anything that is no ASCII punctuation, white space or hidden.
_IN_LABEL = rf"[^!-/:-@\[-`{{-~\s\p{{Zs}}{_TURNING}{REFUSED}]"
_LABEL = rf"{_IN_LABEL}++(?:[_-]++{_IN_LABEL}++)*+"
_HOST = rf"(?P<host>{_LABEL})(?:\.(?P<label>{_LABEL}))*+"
_BEFORE = rf"(?<![A-Za-z0-9@＠$#＃{REFUSED}])"
_LATIN_LABEL = rf"[a-z0-9{LATIN}-]++"
_LATIN_HOST = regex.compile(
    rf"(?P<host>{_LATIN_LABEL})(?:\.(?P<label>{_LATIN_LABEL}))*+(?:\.(?P<label>{_LABEL}))?",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[a-z0-9]+", regex.IGNORECASE)
_AFTER = regex.compile(r"[^0-9A-Za-z@+-]|$")
_SHORT_DOMAIN = regex.compile(r"[^.]+\.(?!co$|tv$)[a-z]{2}", regex.IGNORECASE)
_LONGEST = 4096

Span = tuple[int, int]

WITHOUT_PROTOCOL = regex.compile(rf"{_BEFORE}(?<![_./-]){_HOST}")
"""How a link begins that is a domain and nothing before it."""


def protocol(names: str) -> "regex.Pattern[str]":
    """How a link begins that names its protocol, up to the end of its host."""
    return regex.compile(rf"{_BEFORE}(?:{names})://{_HOST}", regex.IGNORECASE)


def rest(path: str, path_end: str, query: str, query_end: str) -> "regex.Pattern[str]":
    """How a link goes on behind its domain: a port, a path, a query.

    Each is a class of characters; in a path brackets stand in pairs, at most two deep.
    """
    pair = rf"\((?!\)){path}*+(?:\({path}++\){path}*+)?\)"
    return regex.compile(
        rf"(?::[0-9]+)?(?P<path>/(?:(?:{path}|{pair})*(?:{path_end}|{pair}))?)?"
        rf"(?:\?{query}*{query_end})?",
        regex.IGNORECASE,
    )


def find(
    text: str, rest: "regex.Pattern[str]", *beginnings: "regex.Pattern[str]"
) -> Iterator[Span]:
    """The links that begin in one of these ways, below a top-level domain that exists."""
    found = merge(*(each.finditer(text) for each in beginnings), key=regex.Match.start)
    at = 0
    for beginning in found:
        dotted = beginning["label"] and beginning.start() >= at
        domain = _domain(text, beginning) if dotted else None
        if domain:
            end = rest.match(text, domain)
            at = end.end()
            if at - beginning.start() > _LONGEST:
                continue
            if beginning.re is WITHOUT_PROTOCOL:
                yield from _latin_parts(text, beginning.start(), domain, end)
            else:
                yield beginning.start(), at


def _latin_parts(text: str, start: int, domain: int, rest: "regex.Match[str]") -> Iterator[Span]:
    """Without a protocol, what is Latin of a domain is the link; `name.cc` needs a path."""
    hosts = _LATIN_HOST.finditer(text, start, domain)
    parts = [(host.start(), end) for host in hosts if (end := _domain(text, host))]
    for part in parts:
        if part == parts[-1] and rest["path"]:
            yield part[0], rest.end()
        elif not _SHORT_DOMAIN.fullmatch(text, *part):
            yield part


def _domain(text: str, host: "regex.Match[str]") -> int | None:
    """Where the domain ends that a host begins with: at the last top-level domain in it."""
    begin = host.start("host")
    labels = [host.span("host"), *host.spans("label")]
    near = [span for span in labels if span[0] < begin + NAME]
    for before, label in reversed(list(pairwise(near))):
        end = _top_level(text, *label)
        if end and "_" not in text[slice(*before)]:
            return end if possible(text[begin:end]) else None
    return None


def _top_level(text: str, start: int, end: int) -> int | None:
    """Where the top-level domain ends that a label is, or begins with before another script."""
    word = _WORD.match(text, start, end)
    for each in (end, word and word.end()):
        if each and text[start:each].lower() in TOP_LEVEL and _AFTER.match(text, each):
            return each
    return None
