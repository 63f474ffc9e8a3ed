"""A rendered body as its own page shows it, and as readers elsewhere get it."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import count
from urllib.parse import urljoin

from markupsafe import Markup

from outreach.site import pictures
from outreach.site.views import Entry, Site

_ATTRIBUTES = r'(?: [\w-]+="[^"]*")*'
_IMAGE = re.compile(rf"<img(?P<words>{_ATTRIBUTES})>")
_WORD = re.compile(r' ([\w-]+)="([^"]*)"')
_TAG = re.compile(r'<(?!span )[a-z][a-z0-9]*(?P<words>(?: [\w-]+="[^"]*")+)>')
"""A tag that may have an address; coloured code is spans, ten times as many as all others."""

_ADDRESS = re.compile(r'( (?:href|src|poster)=")([^"]*)"')
_HEADING = re.compile(r'(<h[1-6] id="([^"]+)"[^>]*>.*?)(</h[1-6]>)', re.DOTALL)


def page_html(entry: Entry, html: str, site: Site) -> str:
    """The body for its own page: every link where it leads, images in the sizes that there are,
    headings with a link to themselves. The first image is not put off until it is looked at."""
    html = absolute(html, _leads(entry, site)) if entry.images or entry.leads else html
    known = {f"{site.base}/{it[0]}": pictures.Picture(*it) for it in entry.pictures}
    numbers = count()

    def image(found: re.Match[str]) -> str:
        words = dict(_WORD.findall(found["words"]))
        source = words.get("src", "")
        return pictures.tag(words, known.get(source), site.base, is_first=next(numbers) == 0)

    html = _IMAGE.sub(image, html)
    return _HEADING.sub(r'\1 <a class="anchor" href="#\2" aria-label="Link to here">#</a>\3', html)


def photo(entry: Entry, site: Site, classes: str, alt: str | None = None) -> Markup:
    """The image that the author chose for a post, in the sizes that there are; "" for none."""
    if not entry.card:
        return Markup()
    text = entry.card_alt if alt is None else alt
    words = {"class": classes, "src": entry.card, "alt": text}
    known = {f"{site.url}/{it[0]}": pictures.Picture(*it) for it in entry.pictures}
    escaped = {name: escape(value) for name, value in words.items()}
    shown = pictures.tag(escaped, known.get(entry.card), site.base, is_first=True)
    return Markup(shown)  # noqa: S704 - every value of it is escaped


def feed_html(entry: Entry, html: str, site: Site) -> str:
    """The body for a feed, where every address has to be absolute."""
    lead = _leads(entry, site)
    corrected = f"<p><strong>Corrected:</strong> {escape(entry.correction)}</p>\n"
    body = absolute(html, lambda link: joined(entry.url, lead(link)))
    return (corrected if entry.correction else "") + body


def _leads(entry: Entry, site: Site) -> Callable[[str], str]:
    known: Mapping[str, str] = {
        **dict(entry.leads),
        **{written: f"{site.base}/{path}" for written, path in entry.images},
    }
    return lambda link: known.get(link, link)


def absolute(html: str, lead: Callable[[str], str]) -> str:
    """Rendered HTML with each address as `lead` writes it."""

    def tag(found: re.Match[str]) -> str:
        return _ADDRESS.sub(lambda it: f'{it[1]}{lead(it[2])}"', found[0])

    return _TAG.sub(tag, html)


def addresses(html: str) -> Iterator[str]:
    """Every address in rendered HTML, as it is written there."""
    for words in _TAG.findall(html):
        for _, address in _ADDRESS.findall(words):
            yield address


def joined(base: str, link: str) -> str:
    """Where a link leads from a page; as it is where it leads nowhere."""
    if link.startswith(("https://", "http://")):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link
