"""Proves that a public page is the page of a post, before anything is announced."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from outreach.model.post import Post

_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"])


def prove(html: str, post: Post) -> str | None:
    """None where the page has the post's title and canonical link, else what it has instead."""
    page = _Page()
    page.feed(html)
    page.close()
    if not any(_words(post.name) in _words(title) for title in page.titles):
        found = " and ".join(f"“{_words(title)[:80]}”" for title in page.titles) or "no title"
        return f"the page has {found} where “{post.name}” should be"
    if page.canonical != [post.url]:
        found = " and ".join(page.canonical) or "missing"
        return f"the page's canonical link is {found}, it should be {post.url}"
    return None


def prove_elsewhere(html: str, post: Post) -> str | None:
    """The same for a page that is not of our making: its title or its canonical link will do."""
    page = _Page()
    page.feed(html)
    page.close()
    name = _letters(post.title)
    if name and any(f" {name} " in f" {_letters(title)} " for title in page.titles):
        return None
    if any(place(link) == place(post.url) for link in page.canonical):
        return None
    found = " and ".join(f"“{_words(title)[:80]}”" for title in page.titles) or "no title"
    return f"the page has {found}, and no canonical link to itself, where “{post.title}” should be"


def card_of(html: str) -> str:
    """The address of the image that networks show beside a link to the page, "" for none."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.card


def place(url: str) -> str:
    """What of an address says where a page is: without scheme, closing slash and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"


def _letters(text: str) -> str:
    """A title without what a theme may set otherwise: quotes, dashes, case."""
    return " ".join("".join(it if it.isalnum() else " " for it in text.casefold()).split())


def _words(text: str) -> str:
    return " ".join(text.split())


class _Page(HTMLParser):
    """Reads a page's title, its first p-name, every canonical link, and its first og:image."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.canonical: list[str] = []
        self.card = ""
        self._texts: dict[str, list[str]] = {}
        self._reading = ""
        self._open = 0

    @property
    def titles(self) -> list[str]:
        return ["".join(parts) for parts in self._texts.values()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and "canonical" in (values.get("rel") or "").lower().split():
            self.canonical.append(values.get("href") or "")
        if tag == "meta" and values.get("property") == "og:image":
            self.card = self.card or (values.get("content") or "").strip()
        if tag in _VOID:
            return
        if self._reading:
            self._open += 1
            return
        kind = "p-name" if "p-name" in (values.get("class") or "").split() else tag
        if kind in ("title", "p-name") and kind not in self._texts:
            self._reading, self._open = kind, 1
            self._texts[kind] = []

    def handle_endtag(self, tag: str) -> None:
        if self._reading and tag not in _VOID:
            self._open -= 1
            if not self._open:
                self._reading = ""

    def handle_data(self, data: str) -> None:
        if self._reading:
            self._texts[self._reading].append(data)
