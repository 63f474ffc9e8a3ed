"""Shorten a text, never inside a word, a link or a grapheme."""

from collections.abc import Callable

import regex

ELLIPSIS = "…"
_TOKEN = regex.compile(r"\s*\S+")


def at_word(text: str, length: int, measure: Callable[[str], int]) -> str:
    """The longest start of `text` that fits `length`, ending in an ellipsis where words are lost.

    A single word that is too long alone is cut between graphemes; a link is left out whole.
    """
    if measure(text) <= length:
        return text
    kept = ""
    for token in _TOKEN.findall(text):
        if measure(kept + token + ELLIPSIS) > length:
            break
        kept += token
    kept = kept.rstrip(" ,;:–—-")
    if kept:
        return kept + ELLIPSIS
    return _at_grapheme(text.split(maxsplit=1)[0], length, measure)


def _at_grapheme(word: str, length: int, measure: Callable[[str], int]) -> str:
    if word.startswith(("http://", "https://")):
        return ""
    kept = ""
    for cluster in regex.findall(r"\X", word):
        if measure(kept + cluster + ELLIPSIS) > length:
            break
        kept += cluster
    return kept + ELLIPSIS if kept else ""
