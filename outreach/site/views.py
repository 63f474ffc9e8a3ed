"""What the templates show: plain values, so that equal values mean an equal page."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from html import escape
from urllib.parse import quote, unquote, urljoin, urlsplit

from outreach.model.post import Post
from outreach.site import slugs
from outreach.site.fields import clean
from outreach.site.render import first_paragraph

NETWORKS = {
    "bluesky": "Bluesky",
    "devto": "dev.to",
    "discord": "Discord",
    "ghost": "Ghost",
    "github": "GitHub",
    "hackernews": "Hacker News",
    "linkedin": "LinkedIn",
    "lobsters": "Lobsters",
    "mastodon": "Mastodon",
    "matrix": "Matrix",
    "nostr": "Nostr",
    "reddit": "Reddit",
    "slack": "Slack",
    "telegram": "Telegram",
    "twitter": "X",
    "wordpress": "WordPress",
    "x": "X",
}

_MONTHS = "January February March April May June July August September October November December"
_IMAGE = re.compile(r'(<img(?: [\w-]+="[^"]*")*? src=")([^"]*)"')
_LINK = re.compile(r'(<[a-z]+(?: [\w-]+="[^"]*")*? (?:href|src|poster)=")([^"]*)"')
_HEADING = re.compile(r'(<h[1-6] id="([^"]+)"[^>]*>.*?)(</h[1-6]>)', re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Site:
    """Whose site it is. `url` is where it lies, without a slash at its end.

    `newsletter`: readers can subscribe, so that every page leads there. `webmention`: every page
    says where those are told that link to it. `hub` is told of what is new in the feeds (WebSub).
    """

    title: str
    url: str
    description: str = ""
    author: str = ""
    language: str = "en"
    newsletter: bool = False
    webmention: bool = False
    hub: str = ""

    @property
    def base(self) -> str:
        """The path of `url`, which every link inside the site begins with."""
        return urlsplit(self.url).path.rstrip("/")


def clean_site(site: Site) -> Site:
    """The same site without what a page cannot carry, its address without a slash at the end."""
    return replace(
        site,
        title=clean(site.title),
        url=site.url.rstrip("/"),
        description=clean(site.description),
        author=clean(site.author),
    )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One post as its page and the feeds show it. `html` is as rendered, `images` what it lacks.

    Of a note without a title, `title` is how it begins.
    """

    slug: str
    url: str
    href: str
    title: str
    is_note: bool
    author: str
    language: str
    published: datetime
    updated: datetime
    tags: tuple[tuple[str, str], ...]
    summary: str
    html: str
    images: tuple[tuple[str, str], ...]
    card: str
    card_alt: str
    syndication: tuple[tuple[str, str], ...]
    correction: str
    withdrawn: str

    @cached_property
    def description(self) -> str:
        """The author's summary, or the beginning of the first paragraph."""
        return self.summary or shorten(first_paragraph(self.html), 220)


def entry(
    post: Post,
    html: str,
    *,
    site: Site,
    syndication: Sequence[tuple[str, str]],
    images: Mapping[str, str],
) -> Entry:
    """The view of a published post. `images` maps a path in posts/ to a path of the site."""
    if post.published is None:
        raise ValueError(f"a draft has no page: {post.slug}")
    card = next(iter(post.media), None)
    return Entry(
        slug=post.slug,
        url=post.url,
        href=f"{site.base}/{quote(post.slug)}/",
        title=clean(post.name),
        is_note=not post.title,
        author=clean(post.author or site.author or site.title),
        language=post.language,
        published=post.published,
        updated=max(post.updated or post.published, post.published),
        tags=tuple((clean(tag), tag_href(site, tag)) for tag in post.tags),
        summary=clean(post.summary),
        html=clean(html),
        images=tuple(_replacements(html, post, images)),
        card=_address(card.path, site, images) if card else "",
        card_alt=clean(card.alt or "") if card else "",
        syndication=tuple(
            (clean(NETWORKS.get(name, name)), clean(url))
            for name, url in syndication
            if url.startswith(("https://", "http://"))
        ),
        correction=clean(post.correction),
        withdrawn=clean(post.withdrawn),
    )


def tag_href(site: Site, tag: str) -> str:
    """The link to a tag's page."""
    return f"{site.base}/tags/{quote(slugs.tag_slug(tag))}/"


def _address(path: str, site: Site, images: Mapping[str, str]) -> str:
    if path.startswith(("https://", "http://")):
        return path
    return f"{site.url}/{images[path]}" if path in images else ""


def image_paths(html: str, post: Post) -> list[tuple[str, str]]:
    """Each relative image of a body: as it is written, and its path in posts/."""
    folder = posixpath.dirname(post.path)
    sources = dict.fromkeys(found[2] for found in _IMAGE.finditer(html))
    return [
        (source, posixpath.normpath(posixpath.join(folder, unquote(source.replace("&amp;", "&")))))
        for source in sources
        if not urlsplit(source).scheme and not source.startswith(("/", "#"))
    ]


def _replacements(html: str, post: Post, images: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(src, images[path]) for src, path in image_paths(html, post) if path in images]


def page_html(entry: Entry, site: Site) -> str:
    """The body for its own page: images found, headings with a link to themselves."""
    found = dict(entry.images)

    def replace(match: re.Match[str]) -> str:
        source = f"{site.base}/{found[match[2]]}" if match[2] in found else match[2]
        return f'{match[1]}{source}"'

    html = _IMAGE.sub(replace, entry.html) if found else entry.html
    return _HEADING.sub(r'\1 <a class="anchor" href="#\2" aria-label="Link to here">#</a>\3', html)


def feed_html(entry: Entry, site: Site) -> str:
    """The body for a feed, where every address has to be absolute."""
    found = {source: f"{site.url}/{path}" for source, path in entry.images}
    corrected = f"<p><strong>Corrected:</strong> {escape(entry.correction)}</p>\n"
    body = absolute(entry.html, lambda link: found.get(link) or joined(entry.url, link))
    return (corrected if entry.correction else "") + body


def absolute(html: str, lead: Callable[[str], str]) -> str:
    """Rendered HTML with each address as `lead` writes it."""
    return _LINK.sub(lambda match: f'{match[1]}{lead(match[2])}"', html)


def joined(base: str, link: str) -> str:
    """Where a link leads from a page; as it is where it leads nowhere."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def day(moment: datetime, language: str) -> str:
    """A date for people: in words where we know them, else ISO 8601."""
    if language.partition("-")[0].lower() != "en":
        return moment.date().isoformat()
    return f"{moment.day} {_MONTHS.split()[moment.month - 1]} {moment.year}"
