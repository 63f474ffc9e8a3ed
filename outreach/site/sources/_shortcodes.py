"""Hugo's shortcodes as a text of ours has them: those that need the blog are written out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from outreach.site.shortcodes import KNOWN

_FOUND = re.compile(
    r"(?P<fence>^[ \t>]*(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z))"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|\{\{[<%]\s*highlight\s(?P<language>[^\n]*?)[%>]\}\}\n?(?P<source>.*?)"
    r"\{\{[<%]\s*/\s*highlight\s*[%>]\}\}"
    r"|\{\{[<%]\s*comment\s*[%>]\}\}.*?\{\{[<%]\s*/\s*comment\s*[%>]\}\}"
    r"|\{\{(?P<open>[<%])\s*(?P<escape>/\*)?(?P<close>/?)\s*(?P<name>[\w./-]+)"
    r"(?P<words>(?:\s(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^\"`{}])*)?)[%>]\}\}",
    re.DOTALL | re.MULTILINE,
)
_ESCAPED = re.compile(r"\{\{([<%])/\*(.*?)\*/([%>])\}\}")
_WORD = re.compile(r"(?:(\w+)\s*=\s*)?(?:\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`|([^\s\"`=/][^\s\"`=]*))")


@dataclass(frozen=True, kw_only=True)
class Around:
    """What shortcodes may ask for. `address` is that of a page, "" for none.

    `report(name, line)` hears of each that is not known; lines count from 0.
    """

    address: Callable[[str], str]
    report: Callable[[str, int], None]
    params: Mapping[str, object] = field(default_factory=dict)


def convert(text: str, around: Around) -> str:
    """The text with what we can write out; what is not known is reported and stays."""
    if "{{" not in text:
        return text

    def write(found: re.Match[str]) -> str:
        if found["fence"] is not None:
            return _ESCAPED.sub(r"{{\1\2\3}}", found[0])
        if found["language"] is not None:
            return _fence(found["language"], found["source"])
        if found["code"] is not None or found["escape"]:
            return found[0]
        if found["name"] is None:
            return ""
        return _one(found, around, text.count("\n", 0, found.start()))

    return _FOUND.sub(write, text)


def _one(found: re.Match[str], around: Around, line: int) -> str:
    name, words = found["name"].lower(), _words(found["words"])
    if name in ("ref", "relref"):
        asked = words.get("path") or words.get("0", "")
        if address := around.address(asked):
            return address
        around.report(f'{name} "{asked}"', line)
        return asked
    if name == "param":
        value = around.params.get(words.get("0", "").lower())
        if isinstance(value, str | int):
            return str(value)
    if name == "details":
        return "\n</details>\n" if found["close"] else _details(words)
    if name == "instagram" and words.get("0"):
        return f"[Photo on Instagram](https://www.instagram.com/p/{words['0']}/)"
    if name == "rawhtml":
        return ""
    if name in KNOWN:
        return re.sub(r"\s*\n\s*", " ", found[0])
    if not found["close"]:
        around.report(found["name"], line)
    return found[0]


def _words(text: str) -> dict[str, str]:
    """Named words by name, the others by their number from 0."""
    words: dict[str, str] = {}
    for number, found in enumerate(_WORD.finditer(text)):
        value = found[2] or found[3] or found[4] or ""
        words[(found[1] or str(number)).lower()] = value.replace('\\"', '"')
    return words


def _fence(language: str, source: str) -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", source) or [""]))
    name = (language.split() or [""])[0].strip("\"'")
    return f"{ticks}{name}\n{source.rstrip()}\n{ticks}\n"


def _details(words: Mapping[str, str]) -> str:
    is_open = " open" if words.get("open") == "true" else ""
    title = words.get("summary") or words.get("title") or words.get("0") or "Details"
    return f"<details{is_open}>\n<summary>{title}</summary>\n\n"
