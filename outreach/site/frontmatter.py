"""The head of a post: YAML between `---` or TOML between `+++`, read as hostile input.

YAML is walked as a stream of events rather than loaded: anchors, aliases, tags and directives are
refused, every text stays a text, and depth and size are bounded before they cost time.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from outreach.model.errors import Mistake, Mistakes

SIZE = 64 * 1024
DEPTH = 16
EVENTS = 2000
BRACKETS = 100

_NODES = (
    MappingStartEvent,
    MappingEndEvent,
    SequenceStartEvent,
    SequenceEndEvent,
    ScalarEvent,
    AliasEvent,
)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_DOTS = re.compile(r"(?:[\w\"'-]+[ \t]*\.[ \t]*){16}")
_TOML_KEY = re.compile(r"\s*([\w\"'-]+)\s*=")
_TOML_TABLE = re.compile(r"\s*\[\s*([\w-]+)\s*\]")


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """What stands above the body. `lines` has the line in the file of `key` and of `key.key`."""

    values: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)
    body: str = ""


def parse(text: str, *, path: str) -> FrontMatter:
    """Split a file into its front matter and its body. Raises Mistakes."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head, body = _split(text, path)
    if len(head.encode("utf-8", "surrogatepass")) > SIZE:
        _fail(path, 1, "the front matter is too large", "at most 64 KB")
    _refuse_brackets(head, path)
    if text.startswith("+++"):
        return FrontMatter(values=_toml(head, path), lines=_toml_lines(head), body=body)
    lines: dict[str, int] = {}
    return FrontMatter(values=_yaml(head, path, lines), lines=lines, body=body)


def _fail(path: str, line: int, what: str, expected: str = "") -> NoReturn:
    raise Mistakes((Mistake(path=path, line=line, what=what, expected=expected),))


def _split(text: str, path: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    fence = first.rstrip()
    if fence not in ("---", "+++"):
        _fail(path, 1, "no front matter", "`---` as the first line, then `title: …`")
    closing = re.search(rf"^{re.escape(fence)}[ \t]*$\n?", rest, re.MULTILINE)
    if closing is None:
        _fail(path, 1, "the front matter is not closed", f"a line `{fence}` after it")
    return rest[: closing.start()], rest[closing.end() :]


def _refuse_brackets(head: str, path: str) -> None:
    """Both parsers need quadratic time for what opens thousands of brackets in one line."""
    for number, line in enumerate(head.split("\n"), start=2):
        if line.count("[") + line.count("{") > BRACKETS:
            _fail(path, number, "too many brackets in one line", f"at most {BRACKETS}")


def _toml(head: str, path: str) -> dict[str, object]:
    dots = _DOTS.search(head)
    if dots:
        _fail(path, head.count("\n", 0, dots.start()) + 2, "a key has too many dots", "at most 15")
    try:
        return tomllib.loads(head)
    except (ValueError, RecursionError) as error:
        found = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) + 1 if found else 1
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        _fail(path, line, f"the front matter is not TOML: {what.partition(' (at ')[0]}")


def _toml_lines(head: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(head.split("\n"), start=2):
        if header := _TOML_TABLE.match(line):
            table = header[1] + "."
            lines.setdefault(header[1], number)
        elif key := _TOML_KEY.match(line):
            lines.setdefault(table + key[1].strip("\"'"), number)
    return lines


def _yaml(head: str, path: str, lines: dict[str, int]) -> dict[str, object]:
    for number, line in enumerate(head.split("\n"), start=2):
        if line.startswith("%"):
            _fail(path, number, "YAML directives are not allowed", "`key: value`")
    events = _events(head, path)
    first = next(events, None)
    if first is None:
        return {}
    if not isinstance(first, MappingStartEvent):
        _fail(path, _line(first), "the front matter is not a list of keys", "`title: …`")
    values = _Walk(events, path, lines).mapping("", 1)
    if (extra := next(events, None)) is not None:
        _fail(path, _line(extra), "the front matter has a second document", "one")
    return values


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 2


def _events(head: str, path: str) -> Iterator[Event]:
    """The nodes of a YAML text, in order, bounded in number."""
    try:
        for count, event in enumerate(YAML(typ="safe", pure=True).parse(head)):
            if count > EVENTS:
                _fail(path, _line(event), "the front matter has too many values", f"under {EVENTS}")
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
                _fail(path, _line(event), "YAML anchors and aliases are not allowed", "the value")
            if getattr(event, "tag", None) is not None:
                _fail(
                    path, _line(event), f"YAML tags are not allowed: {event.tag}", "a plain value"
                )
            if isinstance(event, _NODES):
                yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "it cannot be read"
        _fail(path, mark.line + 2 if mark else 1, f"the front matter is not YAML: {what}")
    except YAMLError as error:
        position = getattr(error, "position", 0)
        what = getattr(error, "reason", "") or str(error).partition("\n")[0]
        line = head.count("\n", 0, position) + 2
        _fail(path, line, f"the front matter is not YAML: {what}")


@dataclass(frozen=True)
class _Walk:
    """The way through the events of one file; `lines` grows with each key."""

    events: Iterator[Event]
    path: str
    lines: dict[str, int]

    def mapping(self, prefix: str, depth: int) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                _fail(self.path, _line(event), "a key is not a text", "`key: value`")
            key = str(event.value)
            if key in values:
                _fail(self.path, _line(event), f"the key `{key}` is there twice", "each key once")
            self.lines.setdefault(prefix + key, _line(event))
            values[key] = self.value(next(self.events), f"{prefix}{key}.", depth)
        return values

    def sequence(self, prefix: str, depth: int) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            values.append(self.value(event, prefix, depth))
        return values

    def value(self, event: Event, prefix: str, depth: int) -> object:
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if depth >= DEPTH:
            _fail(self.path, _line(event), "nested too deeply", f"at most {DEPTH} levels")
        if isinstance(event, MappingStartEvent):
            return self.mapping(prefix, depth + 1)
        return self.sequence(prefix, depth + 1)


def _scalar(event: ScalarEvent) -> object:
    """The value of YAML 1.2's core schema, but that no text becomes a float or a date."""
    text = str(event.value)
    if event.style or not event.implicit[0]:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if _INTEGER.fullmatch(text) else text
