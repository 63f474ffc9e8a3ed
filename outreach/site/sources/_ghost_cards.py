"""The cards of Ghost's editor, and what of a text is not for everybody."""

import re

from bs4 import BeautifulSoup, Tag

_GATED = re.compile(
    r"<!--\s*kg-gated-block:begin(?P<whom>[^>]*?)-->.*?<!--\s*kg-gated-block:end\s*-->", re.DOTALL
)
_ICONS = re.compile(r"<button\b.*?</button>|<div class=\"kg-[^\"]*\">\s*<svg\b.*?</svg>", re.DOTALL)
_FURNITURE = (
    ".kg-signup-card, .kg-bookmark-icon, .kg-bookmark-thumbnail, .kg-video-overlay,"
    " .kg-video-player-container, .kg-audio-thumbnail, .kg-audio-title, .kg-audio-player,"
    " .kg-product-card-rating, .kg-file-card-metadata, .kg-file-card-icon"
)


def public(html: str) -> tuple[str, int]:
    """A text without what only members may see, and how many parts that were.

    Lines stay where they are. What only looks like a picture of a button goes too.
    """
    hidden = [it for it in _GATED.finditer(html) if "nonMember:true" not in it["whom"]]
    for part in reversed(hidden):
        html = html[: part.start()] + "\n" * part[0].count("\n") + html[part.end() :]
    return _ICONS.sub(lambda it: "\n" * it[0].count("\n"), html), len(hidden)


def plain(soup: BeautifulSoup) -> None:
    """Write Ghost's cards as HTML that any page could have."""
    for furniture in soup.select(_FURNITURE):
        furniture.decompose()
    for card in soup.select("figure.kg-bookmark-card, div.kg-file-card"):
        _link(soup, card)
    for card in soup.select(".kg-callout-card"):
        card.name = "aside"
    for card in soup.select(".kg-toggle-card"):
        card.name = "details"
        for heading in card.select(".kg-toggle-heading"):
            heading.name = "summary"
    for gallery in soup.select(".kg-gallery-card"):
        for image in gallery.select(".kg-gallery-image"):
            image.name = "p"


def _link(soup: BeautifulSoup, card: Tag) -> None:
    """A card that leads to a page or a file: its title as a link, its words behind it."""
    link = card.find("a", href=True)
    title = card.select_one(".kg-bookmark-title, .kg-file-card-title")
    about = card.select_one(".kg-bookmark-description, .kg-file-card-caption")
    if not isinstance(link, Tag):
        return
    shown = soup.new_tag("a", attrs={"href": str(link["href"])})
    shown.string = title.get_text(" ", strip=True) if title else str(link["href"])
    paragraph = soup.new_tag("p")
    paragraph.append(shown)
    if about and about.get_text(strip=True):
        paragraph.append(f": {about.get_text(' ', strip=True)}")
    card.replace_with(paragraph)
