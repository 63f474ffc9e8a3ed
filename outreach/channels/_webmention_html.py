"""HTML in one pass, so that no page can make it slow: its tags, its links, its outline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urljoin

DEEPEST = 100
"""How deep elements may lie in each other where somebody still reads them."""

MOST_TAGS = 20_000
LARGEST = 300_000
"""Characters of an outline; a parser copies an entry's words once for each entry around it."""

_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s>]*+)))?"""
)
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_BLOCKS = frozenset(
    ("article", "aside", "blockquote", "div", "dl", "figure", "footer", "form", "header", "main")
) | frozenset(("h1", "h2", "h3", "h4", "nav", "ol", "p", "pre", "section", "table", "ul"))
_SIBLINGS = frozenset(("li", "dt", "dd", "option", "tr", "td", "th"))
_POINTS = {
    **dict.fromkeys(("a", "area"), "href"),
    **dict.fromkeys(("img", "video", "audio", "source", "iframe", "embed"), "src"),
    **dict.fromkeys(("blockquote", "q"), "cite"),
    "object": "data",
}
_MARKED = {"link": "href", "data": "value"}
"""What points somewhere only where microformats say so."""


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A start tag, or an end tag (`closes`). Names are in lower case, values without entities."""

    name: str
    attributes: dict[str, str]
    closes: bool = False


def tokens(page: str) -> Iterator[Tag | str]:
    """The tags of a page and the text between them, as HTML has them: nothing of comments, scripts,
    styles, titles and boxes for typing."""
    at = said = 0
    while (at := page.find("<", at)) != -1:
        end, tag = _markup(page, at)
        if end == at:  # a bare <
            at += 1
            continue
        if said < at:
            yield unescape(page[said:at])
        if tag is not None:
            yield tag
        at = said = end
    if said < len(page):
        yield unescape(page[said:])


def _markup(page: str, at: int) -> tuple[int, Tag | None]:
    """What begins at a `<`: where it ends (there, if it is none), and its tag."""
    if page.startswith("<!--", at):
        return _after(page, "-->", at + 2), None
    closes = page.startswith("/", at + 1)
    name = _NAME.match(page, at + 1 + closes)
    if name is None:
        bogus = closes or page[at + 1 : at + 2] in ("!", "?")
        return (_after(page, ">", at) if bogus else at), None
    end, attributes = _attributes(page, name.end())
    tag = Tag(name=name[0].lower(), attributes=attributes, closes=closes)
    if tag.name in _RAW and not closes:
        over = _RAW[tag.name].search(page, end)
        end = over.start() if over else len(page)
    return end, tag


def _attributes(page: str, at: int) -> tuple[int, dict[str, str]]:
    """The attributes from there to the end of the tag; of two of one name the first counts."""
    found: dict[str, str] = {}
    while one := _ATTRIBUTE.match(page, at):
        value = next((group for group in one.groups()[1:] if group is not None), "")
        found.setdefault(one[1].lower(), unescape(value))
        at = one.end()
    return _after(page, ">", at), found


def _after(page: str, what: str, at: int) -> int:
    found = page.find(what, at)
    return len(page) if found == -1 else found + len(what)


def tags(page: str) -> Iterator[Tag]:
    """The start tags of a page."""
    return (token for token in tokens(page) if isinstance(token, Tag) and not token.closes)


def links(page: str, url: str) -> Iterator[str]:
    """Whatever the page at `url` links to or shows, as written and as resolved."""
    base = url
    for tag in tags(page):
        if tag.name == "base" and base == url:
            base = joined(url, tag.attributes.get("href", "")) or url
        attribute = _POINTS.get(tag.name, "")
        if tag.name in _MARKED and " u-" in f" {tag.attributes.get('class', '')}":
            attribute = _MARKED[tag.name]
        if link := tag.attributes.get(attribute, "").strip():
            yield link
            yield joined(base, link)


def joined(base: str, link: str) -> str:
    """A link of a page at `base` in full, "" where it cannot be read."""
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""


def title(page: str) -> str:
    """The page's title, "" without one."""
    found = re.search(r"<title(?:\s[^>]*)?>([^<]*)", page[:20_000], re.IGNORECASE)
    return " ".join(unescape(found[1]).split()) if found else ""


def outline(page: str) -> str:
    """The same elements and words, written so that every parser reads them alike and in one pass.

    "" where there are too many, or too deep in each other.
    """
    parts: list[str] = []
    opened: list[str] = []
    for number, token in enumerate(tokens(page)):
        if isinstance(token, str):
            parts.append(escape(token, quote=False))
        elif token.closes:
            _close(parts, opened, token.name)
        elif token.name not in _RAW:
            _open(parts, opened, token)
        if len(opened) > DEEPEST or number > MOST_TAGS:
            return ""
    whole = "".join(parts + [f"</{name}>" for name in reversed(opened)])
    return whole if len(whole) <= LARGEST else ""


def _open(parts: list[str], opened: list[str], tag: Tag) -> None:
    """An element begins; what cannot contain it ends."""
    last = opened[-1] if opened else ""
    if (last == "p" and tag.name in _BLOCKS) or (last in _SIBLINGS and last == tag.name):
        _close(parts, opened, last)
    written = "".join(
        f' {name}="{escape(value)}"' for name, value in tag.attributes.items() if name.isascii()
    )
    parts.append(f"<{tag.name}{written}>")
    if tag.name not in _VOID:
        opened.append(tag.name)


def _close(parts: list[str], opened: list[str], name: str) -> None:
    """An element ends, and with it all that was left open in it."""
    if name in opened:
        while (last := opened.pop()) != name:
            parts.append(f"</{last}>")
        parts.append(f"</{name}>")
