"""How X counts a text: twitter-text, whose weights X publishes as numbered configurations."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from outreach.rules.links import LATIN, REFUSED, WITHOUT_PROTOCOL, Span, find, protocol, rest


def between(*ranges: Span) -> frozenset[str]:
    """The characters from each first to each last code point."""
    return frozenset(chr(point) for first, last in ranges for point in range(first, last + 1))


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One version of X's weights: a character in `light` weighs 1, any other `weight`. With
    `emoji` a whole emoji weighs as one character."""

    limit: int
    weight: int
    link: int
    light: frozenset[str]
    emoji: bool


V3 = Configuration(
    limit=280,
    weight=2,
    link=23,
    light=between((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247)),
    emoji=True,
)
"""What X uses today."""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What X makes of a text: its weight, how many of its characters (after NFC) X would take
    from the start, and whether that is all of it and not nothing."""

    length: int
    fits: int
    valid: bool


_PROTOCOL = protocol("https?")
_IN_PATH = rf"a-z0-9=_#/+\u0400-\u04ff{LATIN}-"
_REST = rest(
    path=rf"[!*';:,.$%\[\]–~@|&{_IN_PATH}]",
    path_end=rf"[{_IN_PATH}]",
    query=r"[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]",
    query_end=r"[a-z0-9_&=#/-]",
)
_REFUSED = regex.compile(f"[{REFUSED}]")
_ONE = r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|[\p{Extended_Pictographic}--[©®]]\uFE0F?+)"
_EMOJI = regex.compile(
    r"[0-9#*]\uFE0F?\u20E3|\p{Regional_Indicator}{2}"
    rf"|{_ONE}[\U000E0020-\U000E007F]*+(?:\u200D{_ONE})*+",
    regex.V1,
)


def weigh(text: str, configuration: Configuration = V3) -> Weighed:
    """The text as X counts it."""
    text = unicodedata.normalize("NFC", text)
    found = links(text)
    fits = _fits(text, found, configuration)
    length = weight_with(text, found, configuration)
    return Weighed(length=length, fits=fits, valid=0 < fits == len(text))


def links(text: str) -> list[Span]:
    """Where X makes a link, with a protocol or without. The text is in NFC."""
    return list(find(text, _REST, _PROTOCOL, WITHOUT_PROTOCOL))


def weight(text: str, configuration: Configuration = V3) -> int:
    """What a text weighs in which X finds no link."""
    emoji = 0
    if configuration.emoji:
        text, emoji = _EMOJI.subn("", text)
    light = sum(map(configuration.light.__contains__, text))
    return light + configuration.weight * (emoji + len(text) - light)


def weight_with(text: str, found: list[Span], configuration: Configuration = V3) -> int:
    """What a text weighs in which X finds these links."""
    rest = sum(weight(text[start:end], configuration) for start, end in _gaps(text, found))
    return configuration.link * len(found) + rest


def _fits(text: str, found: list[Span], configuration: Configuration) -> int:
    length = fits = 0
    known = set(found)
    for start, end in _pieces(text, found, configuration):
        piece = text[start:end]
        length += configuration.link if (start, end) in known else weight(piece, configuration)
        if length > configuration.limit or _REFUSED.search(piece):
            break
        fits = end
    return fits


def _pieces(text: str, found: list[Span], configuration: Configuration) -> Iterator[Span]:
    """Each link, emoji and other character, in order."""
    at = 0
    emoji = [each.span() for each in _EMOJI.finditer(text)] if configuration.emoji else []
    for start, end in sorted([*found, *emoji, (len(text), len(text))]):
        yield from ((place, place + 1) for place in range(at, start))
        if end > at:
            yield start, end
        at = max(at, end)


def _gaps(text: str, found: Iterable[Span]) -> Iterator[Span]:
    """What lies before, between and behind the links."""
    at = 0
    for start, end in found:
        yield at, start
        at = end
    yield at, len(text)
