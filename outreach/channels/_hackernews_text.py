"""The HTML that Hacker News makes of a text, read back."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Paragraphs begin with a bare <p>; a link shows only the start of a long address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and self.parts:
            self.parts.append("\n\n")
        elif tag == "a":
            self.parts.append(dict(attrs).get("href") or "")
            self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        if not self._in_link:
            self.parts.append(data)


def plain(html: str) -> str:
    """The text: paragraphs apart, addresses whole."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts).strip()
