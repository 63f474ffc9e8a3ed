"""What is listened for where nobody calls an account: addresses of ours, and names."""

import re
from dataclasses import dataclass
from functools import cached_property

import regex

from outreach.rules import measure

_ADDRESS = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[:/]\S*)?", re.IGNORECASE)

_UNSPACED = "".join(
    rf"\p{{Script={script}}}"
    for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar")
)
"""Letters of the scripts that are written without spaces: where a word ends is not to be seen."""

_UNSPACED_LETTER = regex.compile(rf"[{_UNSPACED}ー]")
_WORD = rf"[\w--[{_UNSPACED}ー]]"
_FLAGS = regex.V1 | regex.IGNORECASE


@dataclass(frozen=True)
class Term:
    """One thing to search for: an address (`blog.example`, `forge.example/acme`) or a name."""

    words: str

    @property
    def is_address(self) -> bool:
        return _ADDRESS.fullmatch(self.words) is not None

    @property
    def bare(self) -> str:
        """As it stands in any link: without `https://` and a slash at its end."""
        return re.sub(r"^https?://", "", self.words, flags=re.IGNORECASE).rstrip("/")

    def is_in(self, text: str) -> bool:
        """Whether the text has it as a whole word, in upper or lower case.

        Beside a letter of a script without spaces a word may end anywhere.
        A host is also found below: `www.blog.example` is `blog.example`, `blog.example.org` is not.
        """
        return self._pattern.search(text) is not None

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        words = r"\s+".join(map(regex.escape, self.bare.split()))
        if self.is_address:
            longer = rf"{_WORD}|-" if "/" in self.bare else rf"{_WORD}|-|\.\w"
            return regex.compile(rf"(?<![\w\-]){words}(?!{longer})", _FLAGS)
        begins = "" if _UNSPACED_LETTER.match(self.bare[:1]) else rf"(?<!{_WORD})"
        ends = "" if _UNSPACED_LETTER.match(self.bare[-1:]) else rf"(?!{_WORD})"
        return regex.compile(f"{begins}{words}{ends}", _FLAGS)


def terms(search: tuple[str, ...]) -> tuple[Term, ...]:
    """The terms of the settings."""
    return tuple(map(Term, search))


def leads_to(terms: tuple[Term, ...], url: str) -> bool:
    """Whether a link is one of our addresses, or below one."""
    return any(term.is_in(url) for term in terms if term.is_address)


def names(terms: tuple[Term, ...], *texts: str) -> bool:
    """Whether one of the texts has one of the terms."""
    return any(term.is_in(text) for term in terms for text in texts)


def our_link(terms: tuple[Term, ...], text: str) -> str:
    """The first link in a text that is one of our addresses, or below one; else ""."""
    links = (match[0] for match in measure.URL.finditer(text))
    return next((link for link in links if leads_to(terms, link)), "")
