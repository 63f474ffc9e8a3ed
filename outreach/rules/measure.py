"""How each network counts a text."""

import unicodedata

import regex

# Characters inside a link, and at its end; brackets only in pairs.
_HIDDEN = r"\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the direction of the text
_INSIDE = rf"[^\s<>\"(){_HIDDEN}]"
_LAST = rf"[^\s<>\"(){_HIDDEN}.,;:!?'…\]}}*]"
_BEFORE = r"(?<![A-Za-z0-9@＠#＃$])"
URL = regex.compile(
    rf"{_BEFORE}https?://(?:{_INSIDE}|\({_INSIDE}*\))*(?:{_LAST}|\({_INSIDE}*\))", regex.IGNORECASE
)
"""A link as it stands in a text, without the punctuation behind it."""

# X ends the path of a link where a script other than Latin or Cyrillic begins.
_PATH = r"[\p{Latin}\p{Cyrillic}!#-'*-;=?-~–]"
_PATH_LAST = r"[\p{Latin}\p{Cyrillic}0-9/=_#&$@%+~|–-]"
_X_URL = regex.compile(
    rf"{_BEFORE}https?://(?P<host>[\p{{L}}\p{{N}}\p{{M}}_.-]*[\p{{L}}\p{{N}}])(?::[0-9]+)?"
    rf"(?:[/?#](?:(?:{_PATH}|\({_PATH}*\))*(?:{_PATH_LAST}|\({_PATH}*\)))?)?",
    regex.IGNORECASE,
)

_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3")
_REMOTE_MENTION = regex.compile(r"(@\w[\w.-]*)@[\w.-]+\w")
_URL_LENGTH = 23
_LABEL_LENGTH = 63

# Ranges that weigh one instead of two (twitter-text, configuration v3).
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def characters(text: str) -> int:
    """The number of grapheme clusters."""
    return len(regex.findall(r"\X", text))


def mastodon(text: str) -> int:
    """Mastodon's count: a link is 23, a remote mention counts without its domain."""
    text = _REMOTE_MENTION.sub(r"\1", URL.sub("x" * _URL_LENGTH, text))
    return characters(text)


def bluesky(text: str) -> int:
    """Bluesky's two limits in one: 300 graphemes, and 3,000 UTF-8 bytes counted by tens."""
    return max(characters(text), -(-len(text.encode()) // 10))


def x(text: str) -> int:
    """X's weighted count (twitter-text v3): a link is 23, CJK and an emoji are two, NFC."""
    text = unicodedata.normalize("NFC", text)
    links = [link.span() for link in _X_URL.finditer(text) if _can_exist(link["host"])]
    for start, end in reversed(links):
        text = f"{text[:start]}\n{text[end:]}"  # the line feed takes no mark of what follows
    clusters = regex.findall(r"\X", text)
    return len(links) * (_URL_LENGTH - 1) + sum(map(_weight, clusters))


def _can_exist(host: str) -> bool:
    """Whether the DNS could know the host: X takes the rest for plain text."""
    return all(_octets(label) <= _LABEL_LENGTH for label in host.split("."))


def _octets(label: str) -> int:
    return len(label) if label.isascii() else len(label.encode("punycode")) + len("xn--")


def _weight(cluster: str) -> int:
    if _EMOJI.search(cluster) and not cluster.isascii():
        return 2
    return sum(1 if _is_light(ord(character)) else 2 for character in cluster)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)
