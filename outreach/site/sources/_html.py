"""HTML that a stranger may have written, as a browser understands it and without what could run."""

import re
from collections.abc import Callable
from itertools import islice

import nh3
from bs4 import BeautifulSoup, Tag

from outreach.site.characters import clean
from outreach.site.sources import _embeds

SIZE = 4 << 20
DEPTH = 100

Address = Callable[[str], str]
"""Where a link or an image leads from now on, by where it led."""


def parsed(html: str) -> BeautifulSoup:
    """The tree of a text. Raises ValueError for what is too large or too deep."""
    if len(html) > SIZE:
        raise ValueError(f"the text is longer than {SIZE >> 20} MB")
    if _depth(html) > 10 * DEPTH:
        raise ValueError(_TOO_DEEP)
    soup = BeautifulSoup(_sanitised(_embeds.linked(html)), "html.parser")
    if any(len(list(islice(tag.parents, DEPTH))) == DEPTH for tag in soup.find_all(_is_leaf)):
        raise ValueError(_TOO_DEEP)
    return soup


def lead(soup: BeautifulSoup, address: Address) -> None:
    """Lead every link and image through `address`; what is not of the web leads nowhere."""
    for tag in soup.find_all(True):
        late = tag.get("data-src") or tag.get("data-lazy-src")
        if late and str(tag.get("src", "data:")).startswith("data:"):
            tag["src"] = late
        for key in ("href", "src", "poster"):
            if key in tag.attrs:
                link = str(tag.attrs.pop(key)).strip()
                if link and _WEB.match(link):
                    tag[key] = address(link)


LOST = 50
"""So much of a text that was left out is said at most."""

_LEFT_OUT = re.compile(
    r"<(?P<tag>script|style|form|object|embed|svg|canvas|applet|math|iframe)\b(?P<words>[^>]*)"
    r"|<img\b(?P<image>[^>]{0,4000}?\ssrc=[\"']?data:[^>]*)",
    re.IGNORECASE,
)
_PAIRED = re.compile(r"<(/?)(?!br|hr|img|input|source|p\b|li|t[dhr]|d[dt]|wbr|col|meta|link)[a-z]")
_FRAME = re.compile(r'(<iframe\b(?:[^>"]|"[^"]*")*>).*?</iframe>', re.DOTALL)
_TOO_DEEP = f"its HTML is nested more than {DEPTH} levels deep"
_WEB = re.compile(r"(?!(?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]*:)", re.IGNORECASE)


def left_out(html: str) -> tuple[tuple[int, str], ...]:
    """What of a text cannot come along, and its line, from 1."""
    found = (it for it in _LEFT_OUT.finditer(html) if not _is_kept(it))
    return tuple(
        (html.count("\n", 0, it.start()) + 1, _said(it["tag"])) for it in islice(found, LOST)
    )


def _is_kept(found: re.Match[str]) -> bool:
    """Whether nothing is lost with it: it is shown otherwise, or comes late."""
    return _embeds.is_known(found["words"] or "") or "-src=" in (found["image"] or "")


def _said(tag: str | None) -> str:
    if tag is None:
        return "an image that is written into the text itself (data:) was left out"
    is_frame = tag.lower() == "iframe"
    return "a frame of another site is a link now" if is_frame else f"`<{tag}>` was left out"


_TAGS = nh3.ALLOWED_TAGS | {"audio", "iframe", "input", "section", "source", "video"}
_ATTRIBUTES = nh3.ALLOWED_ATTRIBUTES | {
    "*": {"class", "id", "title", "lang", "style"},
    "a": {"href", "name", "rel"},
    "audio": {"controls", "src"},
    "iframe": {"src", "title", "data-src"},
    "img": {"alt", "height", "src", "width", "data-src", "data-lazy-src"},
    "input": {"checked", "type"},
    "source": {"src", "type"},
    "time": {"datetime"},
    "video": {"controls", "height", "poster", "src", "width"},
}
_DROPPED = {"script", "style", "noscript", "svg", "math", "object", "template", "form", "button"}


def _sanitised(html: str) -> str:
    """The same HTML as a browser understands it, without what could run.

    What stands in a frame goes too: for a browser it is a text that it never shows. A line's end
    keeps Beautiful Soup from warning of a text that is one bare address.
    """
    html = nh3.clean(
        clean(html),
        tags=_TAGS,
        clean_content_tags=_DROPPED - _TAGS,
        attributes=_ATTRIBUTES,
        generic_attribute_prefixes={"data-"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return _FRAME.sub(r"\1</iframe>", html) + "\n"


def _depth(html: str) -> int:
    """How deep it may be nested, at most: an end that nobody wrote makes it deeper."""
    depth = deepest = 0
    for found in _PAIRED.finditer(html):
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _is_leaf(tag: Tag) -> bool:
    return not any(isinstance(child, Tag) for child in tag.children)
