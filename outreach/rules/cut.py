"""Shorten a text, never inside a word, a link or a grapheme."""

from collections.abc import Callable

import regex

ELLIPSIS = "…"
_LINK_LAST = regex.compile(r"https?://\S+$")
_TOKEN = regex.compile(r"\s*\S+")


def at_word(text: str, length: int, measure: Callable[[str], int]) -> str:
    """The longest start of `text` that fits `length`, ending in an ellipsis where words are lost.

    A single word that is too long alone is cut between graphemes; a link is left out whole.
    """
    if measure(text) <= length:
        return text
    kept = fits = ""
    for token in _TOKEN.findall(text):
        kept += token
        shortened = _end(kept)
        if measure(shortened) > length:
            break
        fits = shortened
    return fits or _at_grapheme(text.strip().partition(" ")[0], length, measure)


def graphemes(text: str) -> list[str]:
    """What a reader takes for its characters, one by one (Unicode's UAX 29)."""
    return regex.findall(r"\X", text)  # type: ignore[no-any-return]


def _end(kept: str) -> str:
    """The text with an ellipsis, which a link must not take for its own."""
    kept = kept.rstrip(" ,;:–—-")
    if not kept:
        return ""
    return f"{kept} {ELLIPSIS}" if _LINK_LAST.search(kept) else kept + ELLIPSIS


def _at_grapheme(word: str, length: int, measure: Callable[[str], int]) -> str:
    if word.startswith(("http://", "https://")):
        return ""
    kept = ""
    for cluster in graphemes(word):
        if measure(kept + cluster + ELLIPSIS) > length:
            break
        kept += cluster
    return kept + ELLIPSIS if kept else ""
