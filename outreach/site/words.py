"""A post's body as plain text, for networks that carry nothing else."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from outreach.model.post import Post
from outreach.site import batch

_BLOCKS = re.compile(
    "blockquote|d[dl]|dt|details|div|fig(caption|ure)|h[1-6]|ol|p|pre|section|table|ul"
)
_LINES = {"li": "\n• ", "tr": "\n", "br": "\n", "td": " ", "th": " "}
_VOID = frozenset(["br", "hr", "img", "input", "source", "wbr"])


def spoken(post: Post, cache: Path | None) -> Post:
    """The post with its body as `text`; as it was where that is known or cannot be rendered."""
    if post.text:
        return post
    text = batch.render_many({post.slug: post.body}, cache=cache)[post.slug]
    return replace(post, text=words(text.html)) if text else post


def words(html: str) -> str:
    """The paragraphs of rendered HTML, a blank line between them; links behind their words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    paragraphs = ("".join(parts) for parts in reader.paragraphs)
    lines = ("\n".join(" ".join(line.split()) for line in text.split("\n")) for text in paragraphs)
    return "\n\n".join(text for line in lines if (text := line.strip()))


def links(html: str) -> tuple[str, ...]:
    """Where the links of rendered HTML lead, in their order, each once; the web's alone."""
    reader = _Links()
    reader.feed(html)
    reader.close()
    return tuple(dict.fromkeys(reader.found))


class _Links(HTMLParser):
    """Gathers the href of each link."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip() if tag == "a" else ""
        if href.startswith(("http://", "https://")):
            self.found.append(href)


class _Reader(HTMLParser):
    """Gathers paragraphs; `_open` are the open elements, and whether each is left out.

    How many of each name are open, and how many left out, is counted as they come and go.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[list[str]] = [[]]
        self._open: list[tuple[str, bool]] = []
        self._names: Counter[str] = Counter()
        self._unsaid = 0
        self._link = ""
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if _BLOCKS.fullmatch(tag) and not self._in("li"):
            self.paragraphs.append([])
        self._say(_LINES.get(tag, ""))
        if tag == "a":
            self._link, self._said = values.get("href") or "", []
        if tag not in _VOID:
            unsaid = _is_unsaid(tag, values)
            self._open.append((tag, unsaid))
            self._names[tag] += 1
            self._unsaid += unsaid

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link.startswith(("http://", "https://")):
            if self._link not in "".join(self._said):
                self._say(f" {self._link}")
            self._link = ""
        if self._open and tag not in _VOID:
            name, unsaid = self._open.pop()
            self._names[name] -= 1
            self._unsaid -= unsaid
        if _BLOCKS.fullmatch(tag) and not self._in("li"):
            self.paragraphs.append([])

    def handle_data(self, data: str) -> None:
        self._said.append(data)
        self._say(data if self._in("pre") else data.replace("\n", " "))

    def _in(self, tag: str) -> bool:
        return self._names[tag] > 0

    def _say(self, text: str) -> None:
        if not self._unsaid:
            self.paragraphs[-1].append(text)


def _is_unsaid(tag: str, values: Mapping[str, str | None]) -> bool:
    """A footnote or its number, a table of contents, and what nobody can read aloud."""
    if tag in ("audio", "video"):
        return True
    is_mark = tag == "sup" and (values.get("id") or "").startswith("fnref")
    return is_mark or (tag == "div" and values.get("class") in ("footnote", "toc"))
