"""What the templates show: plain values, so that equal values mean an equal page."""

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from html import escape
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from outreach.model.post import Post
from outreach.site import slugs
from outreach.site.batch import Text
from outreach.site.characters import clean

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
class Language:
    """Another language of the site, and what it is called there. `code` is a BCP 47 tag."""

    code: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An author as their page shows them; `photo` is a path from the site's root."""

    name: str
    bio: str = ""
    photo: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Site:
    """Whose site it is. `url` is where it lies, without a slash at its end.

    `newsletter`: readers can subscribe, so that every page leads there. `webmention`: every page
    says where those are told that link to it. `comments`: a post's page has a form for them. `hub`
    is told of what is new in the feeds (WebSub). `theme` is a folder of templates, "" for ours.
    `feeds` are further names of feeds and their format (atom, rss, json). `redirects` lead from a
    path to another or to an address. `share` are networks that a post can be shared on.
    """

    title: str
    url: str
    description: str = ""
    author: str = ""
    language: str = "en"
    newsletter: bool = False
    webmention: bool = False
    comments: bool = False
    hub: str = ""
    languages: tuple[Language, ...] = ()
    theme: str = ""
    rel_me: tuple[str, ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    redirects: tuple[tuple[str, str], ...] = ()
    share: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()

    @property
    def base(self) -> str:
        """The path of `url`, which every link inside the site begins with."""
        return urlsplit(self.url).path.rstrip("/")

    @cached_property
    def digest(self) -> str:
        """A hash of all that is settled about the site."""
        return digest(self)


def clean_site(site: Site) -> Site:
    """The same site without what a page cannot carry, its address without a slash at the end."""
    return replace(
        site,
        title=clean(site.title),
        url=site.url.rstrip("/"),
        description=clean(site.description),
        author=clean(site.author),
    )


class Entry(NamedTuple):
    """One post as its file alone says it: what its page, the lists and the feeds show of it.

    Not its text: `body` is the name that the rendered text is kept under. `file` is the page's path
    from the site's root, `href` the link to it. `images` are those that the body names and we have,
    `card` the address of the image that the author chose. Of a note without a title, `title` is how
    it begins. `words` is the length of the text. `line` is a hash of what a list of titles shows,
    `digest` of all. It is a tuple, since ten thousand of them are read at a start.
    """

    slug: str
    path: str
    file: str
    url: str
    href: str
    id: str
    title: str
    is_note: bool
    is_page: bool
    menu: int | None
    authors: tuple[tuple[str, str], ...]
    language: str
    translation: str
    is_translation: bool
    published: datetime
    updated: datetime
    tags: tuple[tuple[str, str], ...]
    summary: str
    description: str
    words: int
    body: str
    images: tuple[tuple[str, str], ...]
    card: str
    card_alt: str
    series: str
    aliases: tuple[str, ...]
    comments: bool
    correction: str
    withdrawn: str
    line: str = ""
    digest: str = ""

    @property
    def author(self) -> str:
        """The names of who wrote it."""
        return ", ".join(name for name, _ in self.authors)


def entry(post: Post, text: Text, *, site: Site, images: Mapping[str, str]) -> Entry:
    """The view of a published post. `images` maps a path in posts/ to a path of the site."""
    if post.published is None:
        raise ValueError(f"a draft has no page: {post.slug}")
    card = next(iter(post.media), None)
    authors = post.authors or (site.author or site.title,)
    summary = clean(post.summary)
    found = Entry(
        slug=post.slug,
        path=post.path,
        file=slugs.page_file(post.slug),
        url=post.url,
        href=f"{site.base}/{slugs.page_path(post.slug)}",
        id=clean(post.id) or post.url,
        title=clean(post.name),
        is_note=not post.title,
        is_page=post.is_page,
        menu=post.menu,
        authors=tuple((clean(name), author_href(site, name)) for name in authors),
        language=post.language,
        translation=post.translation,
        is_translation=post.is_translation,
        published=post.published,
        updated=max(post.updated or post.published, post.published),
        tags=tuple((clean(tag), tag_href(site, tag)) for tag in post.tags),
        summary=summary,
        description=summary or shorten(text.opening, 220),
        words=text.words,
        body=text.key,
        images=tuple(_replacements(text, post, images)),
        card=_address(card.path, site, images) if card else "",
        card_alt=clean(card.alt or "") if card else "",
        series=clean(post.series),
        aliases=post.aliases,
        comments=post.comments,
        correction=clean(post.correction),
        withdrawn=clean(post.withdrawn),
    )
    line = (found.href, found.title, found.published, found.language, found.is_note)
    return found._replace(line=digest(line), digest=digest(found))


def digest(values: object) -> str:
    """A short hash of plain values, by their repr."""
    return hashlib.sha256(repr(values).encode("utf-8", "replace")).hexdigest()[:16]


def tag_href(site: Site, tag: str) -> str:
    """The link to a tag's page."""
    return f"{site.base}/tags/{quote(slugs.tag_slug(tag))}/"


def author_href(site: Site, name: str) -> str:
    """The link to an author's page."""
    return f"{site.base}/authors/{quote(slugs.tag_slug(name))}/"


def links_out(syndication: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The places where a post stands too, by the name of the network, as its page shows them."""
    return tuple(
        (clean(NETWORKS.get(name, name)), clean(url))
        for name, url in syndication
        if url.startswith(("https://", "http://"))
    )


def _address(path: str, site: Site, images: Mapping[str, str]) -> str:
    if path.startswith(("https://", "http://")):
        return path
    return f"{site.url}/{images[path]}" if path in images else ""


def image_paths(text: Text, post: Post) -> list[tuple[str, str]]:
    """Each relative image of a body: as it is written, and its path in posts/."""
    folder = posixpath.dirname(post.path)
    return [
        (source, posixpath.normpath(posixpath.join(folder, unquote(source.replace("&amp;", "&")))))
        for source in text.images
    ]


def _replacements(text: Text, post: Post, images: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(src, images[path]) for src, path in image_paths(text, post) if path in images]


def page_html(entry: Entry, html: str, site: Site) -> str:
    """The body for its own page: images found, headings with a link to themselves."""
    found = dict(entry.images)

    def replace(match: re.Match[str]) -> str:
        source = f"{site.base}/{found[match[2]]}" if match[2] in found else match[2]
        return f'{match[1]}{source}"'

    html = _IMAGE.sub(replace, html) if found else html
    return _HEADING.sub(r'\1 <a class="anchor" href="#\2" aria-label="Link to here">#</a>\3', html)


def feed_html(entry: Entry, html: str, site: Site) -> str:
    """The body for a feed, where every address has to be absolute."""
    found = {source: f"{site.url}/{path}" for source, path in entry.images}
    corrected = f"<p><strong>Corrected:</strong> {escape(entry.correction)}</p>\n"
    body = absolute(html, lambda link: found.get(link) or joined(entry.url, link))
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
