"""How each network counts a text."""

import unicodedata
from collections.abc import Iterable

import regex

from outreach.rules import measure_x
from outreach.rules.links import Span, find, protocol, rest

# Characters inside a link, and at its end; brackets only in pairs.
_HIDDEN = r"\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the direction of the text
_INSIDE = rf"[^\s<>\"(){_HIDDEN}]"
_LAST = rf"[^\s<>\"(){_HIDDEN}.,;:!?'…\]}}*]"
_BEFORE = r"(?<![A-Za-z0-9@＠#＃$])"
URL = regex.compile(
    rf"{_BEFORE}https?://(?:{_INSIDE}|\({_INSIDE}*\))*(?:{_LAST}|\({_INSIDE}*\))", regex.IGNORECASE
)
"""A link as it stands in a text, without the punctuation behind it."""

_MASTODON = protocol("https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini")
_MASTODON_REST = rest(
    path=r"[^\s<>()?]",
    path_end=r"[^\s<>()?!*\"'「」;:=,.$%\[\]~&|@]",
    query=r"[a-z0-9!?*'();:&=+$/%#\[\]_.,~|@^\u00a0-\U0010fffd-]",
    query_end=r"[a-z0-9_&=#/\u00a0-\U0010fffd-]",
)
_REMOTE_MENTION = regex.compile(
    r"(?<![=/\w])(@[a-z0-9_]++(?:[.-]++[a-z0-9_]++)*+)@\w++(?:[.-]++\w++)*+(?!@|://)",
    regex.IGNORECASE,
)
_URL_LENGTH = 23


def characters(text: str) -> int:
    """The number of grapheme clusters."""
    return len(regex.findall(r"\X", text))


def mastodon(text: str, url_length: int = _URL_LENGTH) -> int:
    """Mastodon's count: grapheme clusters; a link with its protocol is `url_length` (the
    instance's `characters_reserved_per_url`), a remote mention counts without its domain.

    A link whose domain is below no top-level domain that we know is text for Mastodon; here it
    counts as the longer of the two. A content warning counts as well, by its characters.
    """
    links = list(find(text, _MASTODON_REST, _MASTODON))
    kept, at = [], 0
    for begin, end in links:
        kept += [text[at:begin], "x" * url_length]
        at = end
    shown = _REMOTE_MENTION.sub(r"\1", "".join([*kept, text[at:]]))
    missing = (url_length - characters(url) for url in _other_links(text, links))
    return characters(shown) + sum(max(0, each) for each in missing)


def bluesky(text: str) -> int:
    """Bluesky's two limits in one: 300 graphemes, and 3,000 UTF-8 bytes counted by tens."""
    return max(characters(text), -(-len(text.encode()) // 10))


def linkedin(text: str) -> int:
    """LinkedIn's characters, which it does not define: UTF-16 code units, the count of a Java
    server, are never fewer than by another way. A link counts as it is written."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def x(text: str) -> int:
    """X's weighted count (twitter-text v3): a link is 23, CJK and an emoji are two, NFC.

    `example.com` is a link too. One below no top-level domain that we know is text for X; here it
    counts as the longer of the two.
    """
    text = unicodedata.normalize("NFC", text)
    links = measure_x.links(text)
    missing = (_URL_LENGTH - measure_x.weight(url) for url in _other_links(text, links))
    return measure_x.weight_with(text, links) + sum(max(0, each) for each in missing)


def x_valid(text: str) -> bool:
    """Whether X takes the text: not empty, not too long, no character that it refuses."""
    return measure_x.weigh(text).valid


def _other_links(text: str, known: Iterable[Span]) -> list[str]:
    """What a reader takes for a link and the network does not, since it knows no such domain."""
    begun = {begin for begin, _ in known}
    return [url[0] for url in URL.finditer(text) if url.start() not in begun]
