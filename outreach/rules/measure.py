"""How each network counts a text."""

import unicodedata

import regex

URL = regex.compile(r"https?://[^\s<>\"]+")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3")
_REMOTE_MENTION = regex.compile(r"(@\w[\w.-]*)@[\w.-]+\w")
_URL_LENGTH = 23

# Ranges that weigh one instead of two (twitter-text, configuration v3).
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def characters(text: str) -> int:
    """The number of grapheme clusters."""
    return len(regex.findall(r"\X", text))


def mastodon(text: str) -> int:
    """Mastodon's count: a link is 23, a remote mention counts without its domain."""
    text = _REMOTE_MENTION.sub(r"\1", URL.sub("x" * _URL_LENGTH, text))
    return characters(text)


def x(text: str) -> int:
    """X's weighted count (twitter-text v3): a link is 23, CJK and an emoji are two, NFC."""
    text = unicodedata.normalize("NFC", text)
    links = len(URL.findall(text))
    rest = URL.sub("", text)
    return links * _URL_LENGTH + sum(_weight(cluster) for cluster in regex.findall(r"\X", rest))


def _weight(cluster: str) -> int:
    if _EMOJI.search(cluster) and not cluster.isascii():
        return 2
    return sum(1 if _is_light(ord(character)) else 2 for character in cluster)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)
