"""Names that are safe as a path of our site, on every file system it may be copied to."""

import hashlib
import re
import unicodedata
from urllib.parse import quote

RESERVED = frozenset(
    [
        "404.html",
        "_redirects",
        "archive",
        "atom.xml",
        "authors",
        "feed.json",
        "index.html",
        "media",
        "robots.txt",
        "rss.xml",
        "search",
        "search.js",
        "sitemap.xml",
        "style.css",
        "tags",
    ]
)
LONGEST = 200

_SITEMAP = re.compile(r"sitemap-\d+\.xml")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def fault(slug: str) -> str | None:
    """Say what makes a slug unfit as a path of the site; None where nothing does."""
    first = slug.partition("/")[0].casefold()
    if first in RESERVED or _SITEMAP.fullmatch(first):
        return f"`{slug.partition('/')[0]}` is a name of the site's own"
    return path_fault(slug)


def path_fault(slug: str) -> str | None:
    """The same of any path, whatever the site's own names are."""
    if slug.startswith("/"):
        return "it is an absolute path"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in slug):
        return "it has a control character"
    if "\\" in slug:
        return "it has a backslash"
    if unicodedata.normalize("NFC", slug) != slug:
        return "it is not in Unicode's NFC form"
    return next(filter(None, map(_segment_fault, slug.split("/"))), None)


def _segment_fault(segment: str) -> str | None:
    if not segment:
        return "it has an empty part"
    if segment in (".", "..", "index.html"):
        return f"it has the part `{segment}`"
    if segment.endswith((".", " ")) or _DEVICES.fullmatch(segment):
        return f"`{segment}` is no file name on Windows"
    if len(segment.encode()) > LONGEST:
        return f"a part is longer than {LONGEST} bytes"
    return None


def page_path(slug: str) -> str:
    """The page's path in addresses, percent-encoded: `2016/hello/`, or a file named by the slug."""
    return quote(slug) if slug.endswith(".html") else f"{quote(slug)}/"


def page_file(slug: str) -> str:
    """The page's file, from the site's root."""
    return slug if slug.endswith(".html") else f"{slug}/index.html"


def page_url(site_url: str, slug: str) -> str:
    """The public address of the page `slug`, percent-encoded."""
    return f"{site_url.rstrip('/')}/{page_path(slug)}"


def tag_slug(tag: str) -> str:
    """The last part of a tag page's path: readable where it can be, a hash where it cannot."""
    name = unicodedata.normalize("NFC", tag).casefold()
    name = re.sub(r"[^\w+#.]+", "-", name).strip("-.")
    if not name or _segment_fault(name) or len(name) > 80:
        name = "tag-" + hashlib.sha256(tag.encode("utf-8", "replace")).hexdigest()[:12]
    return name
