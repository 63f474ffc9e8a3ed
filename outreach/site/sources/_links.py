"""The links in a Markdown text, written anew where a callback knows better; code stays as it is."""

import re
from collections.abc import Callable

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_LINK = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<inline>\]\(\s*)(?P<angle><)?(?P<target>(?(angle)[^<>\n]*|[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*))"
    r"|(?P<tag><(?:a|img|source|video|audio)\b[^<>]*?\b(?:href|src|poster)=[\"'])(?P<attribute>[^\"'<>]*)"
)
_DEFINITION = re.compile(r"( {0,3}\[(?!\^)[^\]\n]+\]:[ \t]*)<?([^\s<>]+)>?")

Rewrite = Callable[[str, int], str]
"""A link and its line from 0, to what to write instead."""


def rewrite(text: str, change: Rewrite) -> str:
    """The text with each link outside of code as `change` gives it back."""
    fence, lines = "", []
    for number, line in enumerate(text.split("\n")):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""
        elif not fence:
            line = _line(line, number, change)
        lines.append(line)
    return "\n".join(lines)


def _line(line: str, number: int, change: Rewrite) -> str:
    if not any(mark in line for mark in ("](", "]:", "=")):
        return line
    if defined := _DEFINITION.match(line):
        return defined[1] + change(defined[2], number) + line[defined.end() :]

    def replace(found: re.Match[str]) -> str:
        if found["code"] is not None:
            return found[0]
        if found["tag"] is not None:
            return found["tag"] + change(found["attribute"], number)
        return found["inline"] + (found["angle"] or "") + change(found["target"], number)

    return _LINK.sub(replace, line)
