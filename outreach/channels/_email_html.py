"""A mail's HTML as text: what was written, without what it quotes.

Mail is anybody's, and the parser of the standard library needs minutes for some of it. This reads
each character once.
"""

import re
from collections.abc import Iterator
from html import unescape

_BLOCKS = re.compile(
    "address|article|blockquote|center|d[dlt]|div|fieldset|footer|form|h[1-6r]|header|li|main|nav|ol"
    "|p|pre|section|table|tr|ul"
)
_PARAGRAPHS = re.compile("h[1-6]|ol|p|pre|table|ul")
_UNSEEN = frozenset({"head", "noscript", "script", "style", "template", "title"})

_QUOTES = re.compile(
    "gmail_attr|gmail_extra|gmail_quote|moz-cite-prefix|protonmail_quote|tutanota_quote"
    "|yahoo_quoted|zmail_extra"
)
"""The classes and ids of what mail programs quote."""

_REST = re.compile(
    "appendonsend|divRplyFwdMsg|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION"
)
"""The ids after which Outlook repeats the mail that is answered."""

# Possessive, so that no tag is tried twice; a `<` ends what began as a tag and was none.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)"""
    r"""(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>|<[!?][^<>]*+>"""
)
_NAMES = re.compile(r"""\b(?:class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


class _Reader:
    """Gathers lines. `_skipped` is the element that is left out, open `_depth` times."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ended = False
        self._line: list[str] = []
        self._skipped = ""
        self._depth = 0

    def start(self, tag: str, names: list[str]) -> None:
        if self._skipped:
            self._depth += tag == self._skipped
            return
        self.ended = any(map(_REST.fullmatch, names))
        if tag == "blockquote" or tag in _UNSEEN or any(map(_QUOTES.fullmatch, names)):
            self._block(tag)
            self._skipped, self._depth = tag, 1
        elif tag == "br":
            self.lines.append(self._taken())
        else:
            self._block(tag)

    def end(self, tag: str) -> None:
        if not self._skipped:
            self._block(tag)
        elif tag == self._skipped:
            self._depth -= 1
            if not self._depth:
                self._skipped = ""

    def words(self, text: str) -> None:
        if not self._skipped:
            self._line.append(unescape(text))

    def close(self) -> list[str]:
        """All lines."""
        return [*self.lines, self._taken()]

    def _block(self, tag: str) -> None:
        """A line ends where a block begins or ends, and where there is one to end."""
        if _BLOCKS.fullmatch(tag):
            if line := self._taken():
                self.lines.append(line)
            if _PARAGRAPHS.fullmatch(tag):
                self.lines.append("")

    def _taken(self) -> str:
        line = " ".join("".join(self._line).split())
        self._line.clear()
        return line


def words(html: str) -> str:
    """The text of a mail: blocks on lines of their own, paragraphs apart, quotes left out."""
    reader, place = _Reader(), 0
    html = "".join(_without_comments(html))
    for tag in _TAG.finditer(html):
        reader.words(html[place : tag.start()])
        place = tag.end()
        if tag["end"]:
            reader.end(tag["name"].lower())
        elif tag["name"]:
            found = _NAMES.findall(tag["attributes"])
            names = [word for value in found for word in "".join(value).split()]
            reader.start(tag["name"].lower(), names)
        if reader.ended:
            break
    else:
        reader.words(html[place:])
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reader.close())).strip()


def _without_comments(html: str) -> Iterator[str]:
    place = 0
    while (start := html.find("<!--", place)) >= 0:
        yield html[place:start]
        end = html.find("-->", start + 4)
        if end < 0:
            return
        place = end + 3
    yield html[place:]
