"""One front matter, read key by key; what is wrong is gathered, so that all is said at once."""

import re
from datetime import UTC, datetime
from datetime import date as Day  # noqa: N812

from outreach.model.errors import Mistake, Mistakes
from outreach.site.characters import clean
from outreach.site.frontmatter import FrontMatter

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""How a BCP 47 tag looks."""

_MAIL = re.compile(r"\s*<[^<>]*>\s*$")


class Fields:
    """The keys of one file and the mistakes found in them."""

    def __init__(self, front: FrontMatter, path: str) -> None:
        self._front = front
        self._path = path
        self._mistakes: list[Mistake] = []

    def __contains__(self, key: str) -> bool:
        return key in self._front.values

    def fault(self, key: str, what: str, expected: str = "") -> None:
        """Note a mistake at the line of `key`, or of the first line where there is none."""
        line = self._front.lines.get(key, 1)
        self._mistakes.append(Mistake(path=self._path, line=line, what=what, expected=expected))

    def raise_mistakes(self) -> None:
        """Raise Mistakes if there are any."""
        if self._mistakes:
            raise Mistakes(tuple(dict.fromkeys(self._mistakes)))

    def value(self, key: str) -> object:
        return self._front.values.get(key)

    def text(self, key: str) -> str:
        """One line of text; empty where there is none."""
        return " ".join(clean(self.raw(key)).split())

    def raw(self, key: str) -> str:
        """A text as it was written; empty where there is none."""
        value = self.value(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(key, f"`{key}` is {_kind(value)}", f'a text: `{key}: "…"`')
            return ""
        return value

    def flag(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool | None):
            self.fault(key, f"`{key}` is {_kind(value)}", "true or false")
        return value is True

    def words(self, key: str) -> tuple[str, ...]:
        """A list, or a text with commas; each word once."""
        value = self.value(key)
        items = value.split(",") if isinstance(value, str) else [] if value is None else value
        if not isinstance(items, list) or not all(_is_word(item) for item in items):
            self.fault(key, f"`{key}` is {_kind(value)}", f"a list of words: `{key}: [a, b]`")
            return ()
        words = (" ".join(clean(str(item)).split()) for item in items)
        return tuple(dict.fromkeys(filter(None, words)))

    def texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of texts, as they were written."""
        value = self.value(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        texts = [item for item in items if isinstance(item, str) and item.strip()]
        if len(texts) < len(items):
            self.fault(key, f"`{key}` is {_kind(value)}", f"a list of texts: `{key}: [a, b]`")
            return ()
        return tuple(clean(text).strip() for text in texts)

    def number(self, key: str) -> int | None:
        """A whole number; None where there is none."""
        value = self.value(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.fault(key, f"`{key}` is {_kind(value)}", f"a number: `{key}: 1`")
        return None

    def language(self, default: str) -> str:
        """A BCP 47 tag."""
        tag = self.text("language")
        if tag and not LANGUAGE.fullmatch(tag):
            self.fault("language", f"`{tag}` is not a language", "a BCP 47 tag: `de` or `pt-BR`")
        return tag or default

    def names(self) -> str:
        """Who wrote it: of our keys, Hugo's and Zola's the first that is there."""
        for key in ("author", "authors"):
            if names := self._names(key, self.value(key)):
                return names
        for table in ("params", "extra"):
            value = self.value(table)
            if not isinstance(value, dict):
                continue
            for key in ("author", "authors"):
                if names := self._names(f"{table}.{key}", value.get(key)):
                    return names
        return ""

    def _names(self, key: str, value: object) -> str:
        items = value if isinstance(value, list) else [] if value is None else [value]
        items = [item.get("name") if isinstance(item, dict) else item for item in items]
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) < len(items):
            self.fault(key, f"`{key}` is not a name", f"`{key}: Ada Lovelace`")
            return ""
        names = (" ".join(clean(_MAIL.sub("", text)).split()) for text in texts)
        return ", ".join(filter(None, names))

    def date(self, key: str, *, first_seen: datetime | None = None) -> datetime | None:
        """A moment, UTC where the file names no zone; `now` is `first_seen`."""
        value = self.value(key)
        if key == "date" and value == "now":
            if first_seen is None:
                self.fault(key, "`date: now` works in the sandbox only", "write the date")
            return first_seen
        return None if value is None else self.parsed(key, value)

    def parsed(self, key: str, value: object) -> datetime | None:
        """`value` as a moment, UTC; a mistake at `key` where it is none."""
        try:
            return _moment(value)
        except (ValueError, OverflowError):
            self.fault(key, f"`{key}` is not a date: `{value}`", "`2026-05-01 10:00+02:00`")
            return None


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        if not re.match(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError(value)
        value = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d|Z$)", "", value.strip()))
    elif isinstance(value, Day) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _is_word(item: object) -> bool:
    return isinstance(item, str) or (isinstance(item, int) and not isinstance(item, bool))


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", list: "a list", dict: "a mapping", str: "text"}
    return kinds.get(type(value), "a date or number")
