"""Rewrites what CommonMark reads differently, so that posts of Hugo and Zola keep their shape.

Python-Markdown nests lists by four columns, wants a blank line before a list, closes a fence only
with its exact opening, takes one word after it, and leaves Markdown inside HTML blocks alone.
"""

import re
from collections.abc import Iterator

from outreach.site.fences import FENCE, opening
from outreach.site.shortcodes import expand

_ITEM = re.compile(r"(?P<mark>[-*+]|(?P<number>\d{1,9})[.)])(?P<gap> +|$)(?P<text>.*)")
_QUOTE = re.compile(r" {0,3}> ?")
_ALERT = re.compile(r"\s*\[!(?P<kind>[a-z]{1,20})\][+-]?[ \t]*(?P<title>.*)", re.IGNORECASE)
_NOTE = re.compile(r"!!! ?\w")
_CONTENTS = frozenset(["[toc]", "[[toc]]", "[[_toc_]]"])
_BREAK = re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_VERBATIM = re.compile(r"<(pre|script|style|textarea)\b", re.IGNORECASE)
_HTML = re.compile(
    r"<(aside|blockquote|center|details|div|figure|section)\b(?![^>]*\bmarkdown=)", re.IGNORECASE
)


DEPTH = 5


def adapt(body: str) -> str:
    """The same text as Python-Markdown has to see it."""
    return "\n".join(_Adapter().lines(body.split("\n")))


class _Adapter:
    """Goes down a text; `_items` holds the content's column of each list item we are in.

    `_paragraph` means that the last text was no part of an item's first paragraph.
    """

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._items: list[int] = []
        self._fence = ""
        self._until = ""
        self._after_blank = True
        self._paragraph = False

    def lines(self, lines: list[str]) -> Iterator[str]:
        skip = 0
        for number, raw in enumerate(lines):
            if number < skip:
                continue
            line = raw.expandtabs(4) if raw.lstrip(" ").startswith("\t") else raw
            if self._fence:
                yield self._fenced(line if self._items else raw)
            elif self._until:
                self._until = "" if self._until in line.lower() else self._until
                yield line
            elif not line.strip():
                self._after_blank = True
                yield ""
            elif self._quotes(line):
                quoted = _quotation(lines, number)
                skip = number + len(quoted)
                yield from self._quoted(quoted)
                self._after_blank = False
            elif self._notes(line):
                noted = _indented(lines, number + 1)
                skip = number + 1 + len(noted)
                yield line
                yield from self._inside("    ", noted)
                self._after_blank = True
            else:
                yield from self._text(line, lines, number)
                self._after_blank = False
        if self._fence:
            yield self._margin() + self._fence

    def _quotes(self, line: str) -> bool:
        """Whether a quotation begins that stands in no list."""
        mark = _QUOTE.match(line)
        if mark and line.index(">") < self._column():
            self._items.clear()
        return bool(mark) and not self._items and self._depth < DEPTH

    def _quoted(self, lines: list[str]) -> Iterator[str]:
        """A quotation, or what GitHub and Hugo make of one that begins with `[!NOTE]`."""
        alert = _ALERT.fullmatch(lines[0])
        if not alert:
            yield from self._inside("> ", lines)
            return
        title = alert["title"].strip().replace('"', "”")
        yield f"!!! {alert['kind'].lower()}" + (f' "{title}"' if title else "")
        yield from self._inside("    ", lines[1:])
        yield ""

    def _notes(self, line: str) -> bool:
        """Whether a note begins that stands in no list; what is indented below belongs to it."""
        begins = bool(_NOTE.match(line)) and self._depth < DEPTH
        if begins:
            self._items.clear()
        return begins

    def _inside(self, margin: str, lines: list[str]) -> Iterator[str]:
        inner = _Adapter(self._depth + 1).lines(lines)
        yield from (f"{margin}{text}".rstrip() for text in inner)

    def _margin(self) -> str:
        return " " * (4 * len(self._items))

    def _column(self) -> int:
        return self._items[-1] if self._items else 0

    def _fenced(self, line: str) -> str:
        text = line.strip()
        if len(text) >= len(self._fence) and not text.strip(self._fence[0]):
            closing, self._fence = self._margin() + self._fence, ""
            return closing
        indent = min(len(line) - len(line.lstrip(" ")), self._column())
        return self._margin() + line[indent:] if line.strip() else ""

    def _text(self, line: str, lines: list[str], number: int) -> Iterator[str]:
        indent = len(line) - len(line.lstrip(" "))
        text = line[indent:]
        fence = FENCE.match(text)
        item = None if _BREAK.match(text) else _ITEM.match(text)
        listed = bool(self._items)
        if self._after_blank or fence or item or text.startswith(("#", ">", "{{")):
            while self._items and indent < self._column():
                self._items.pop()
        extra = indent - self._column()
        if fence and extra < 4:
            self._fence = fence["mark"]
            yield self._margin() + opening(fence)
        elif item and extra < 4 and (listed or self._opens_list(item)):
            if not self._after_blank and (self._paragraph or not listed):
                yield ""
            self._paragraph = False
            yield self._list_item(item, indent)
        elif verbatim := _VERBATIM.match(text):
            closing = f"</{verbatim[1].lower()}>"
            self._until = "" if closing in text.lower() else closing
            yield line
        elif text.lower() in _CONTENTS:
            yield "\n[TOC]\n"
        else:
            self._paragraph = self._paragraph or self._after_blank
            if self._items and not self._after_blank and text.startswith(">"):
                yield ""
            yield expand(self._margin() + " " * max(extra, 0) + _with_markdown(text, lines, number))

    def _opens_list(self, item: re.Match[str]) -> bool:
        """In a paragraph only a bullet with text or a 1 begins a list."""
        return self._after_blank or (bool(item["text"]) and item["number"] in (None, "1"))

    def _list_item(self, item: re.Match[str], indent: int) -> str:
        line = f"{self._margin()}{item['mark'].replace(')', '.')} {item['text']}"
        gap = len(item["gap"]) if 0 < len(item["gap"]) <= 4 else 1
        self._items.append(indent + len(item["mark"]) + gap)
        return expand(line)


def _quotation(lines: list[str], start: int) -> list[str]:
    """The lines of a quotation without their marks."""
    quoted = []
    for number in range(start, len(lines)):
        mark = _QUOTE.match(lines[number])
        if not mark:
            break
        quoted.append(lines[number][mark.end() :])
    return quoted


def _indented(lines: list[str], start: int) -> list[str]:
    """The lines from `start` that are indented, without the indent, and the blank ones between."""
    found: list[str] = []
    for raw in lines[start:]:
        line = raw.expandtabs(4)
        if line.strip() and not line.startswith("    "):
            break
        found.append(line[4:])
    while found and not found[-1].strip():
        found.pop()
    return found


def _with_markdown(text: str, lines: list[str], number: int) -> str:
    """An HTML block that is still open at the next blank line has Markdown in it."""
    found = _HTML.match(text)
    if not found:
        return text
    closing = f"</{found[1].lower()}"
    for line in lines[number : number + 40]:
        if not line.strip():
            return f'{found[0]} markdown="1"{text[found.end() :]}'
        if closing in line.lower():
            return text
    return text
