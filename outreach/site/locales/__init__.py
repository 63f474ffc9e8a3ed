"""How the site speaks each language: its dates, and the words of the theme.

One file a language, `de.toml`: `name` is what the language calls itself, `months` its months with
`|` between them, `date` how a day is written, `first` what the first of a month is where that is no
number, and `words` what the theme says in English and in this language. A theme may have the same
files in its `locales/`; what they say comes first.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from outreach.model.errors import Mistake, Mistakes

KEYS = "TOML with name, months, date, first and a table words"

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Locale:
    """One language. `date` has the places {day}, {month}, {number} (of the month) and {year}; "" is
    ISO 8601."""

    name: str
    months: tuple[str, ...] = ()
    date: str = ""
    first: str = "1"
    words: Mapping[str, str] = field(default_factory=dict)

    def day(self, moment: datetime) -> str:
        """A date for people."""
        if not self.date:
            return moment.date().isoformat()
        return self.date.format(
            day=self.first if moment.day == 1 else moment.day,
            month=self.months[moment.month - 1] if self.months else "",
            number=moment.month,
            year=moment.year,
        )

    def say(self, words: str) -> str:
        """What the theme says in English, in this language; in English where it has no words."""
        return self.words.get(words, words)


def locale(language: str, theme: str = "") -> Locale:
    """A language by its BCP 47 tag: `de-AT` is `de` where nobody wrote more. `theme` is a folder.

    Raises Mistakes for a file of the theme that cannot be read.
    """
    tag = language.casefold()
    tags = (tag.partition("-")[0], tag) if "-" in tag else (tag,)
    folders = (_HERE, Path(theme, "locales")) if theme else (_HERE,)
    paths = [folder / f"{tag}.toml" for folder in folders for tag in tags]
    stamps = tuple((path, path.stat().st_mtime_ns) for path in paths if path.is_file())
    return _read(language, stamps)


def day(moment: datetime, language: str) -> str:
    """A date for people: in words where we know them, else ISO 8601."""
    return _ours(language).day(moment)


def _parsed(path: Path) -> dict[str, Any]:
    """What a file says. Raises Mistakes."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        Locale(**{"name": "", "words": {}} | said)
    except (ValueError, TypeError) as error:
        name = "/".join(path.parts[-3:])
        what = f"the words of a language cannot be read: {error}"
        raise Mistakes((Mistake(path=name, line=0, what=what, expected=KEYS),)) from error
    return said


@cache
def _ours(language: str) -> Locale:
    return locale(language)


@cache
def _read(language: str, stamps: tuple[tuple[Path, int], ...]) -> Locale:
    found: dict[str, Any] = {"name": language}
    words: dict[str, str] = {}
    for path, _ in stamps:
        said = _parsed(path)
        words |= said.pop("words", {})
        found |= said
    if months := found.pop("months", ""):
        found["months"] = tuple(months.split("|"))
    return Locale(**found, words=words)
