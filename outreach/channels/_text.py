"""HTML that a network made out of a text, read back."""

from html.parser import HTMLParser

QUOTE = "quote-inline"
"""The class of the paragraph that Mastodon 4.5 puts before a quote's own words, for those who do
not show what it quotes: RE, and a link."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self._skipped = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            return
        if QUOTE in (dict(attrs).get("class") or "").split():
            self._skipped = tag
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "p" and self.parts:
            self.parts.append("\n\n")
        elif tag == "a":
            self.links.extend(value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped:
            self._skipped = ""

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.parts.append(data)


def plain(html: str) -> str:
    """The text of a status: paragraphs apart, breaks as lines, links as they are written."""
    return "".join(_read(html).parts).strip()


def links(html: str) -> list[str]:
    """The targets of all links."""
    return _read(html).links


def same(one: str, other: str) -> bool:
    """Whether two texts are equal but for white space."""
    return one.split() == other.split()


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
