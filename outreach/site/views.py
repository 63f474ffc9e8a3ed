"""What the templates show: plain values, so that equal values mean an equal page."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from outreach.model.post import Post
from outreach.site import paths, slugs
from outreach.site.batch import Text
from outreach.site.characters import clean
from outreach.site.locales import day

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


UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""When a plain page without a date was published."""


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
    path to another or to an address. `share` are networks that a post can be shared on. `door` is
    where forms go, "" where the daemon serves the pages themselves. `cards`: a post without an
    image of its own has one that we draw.
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
    door: str = ""
    cards: bool = True
    profiles: tuple[Profile, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its other languages."""
        return tuple(language.code for language in self.languages)

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


Sizes = tuple[str, int, int, tuple[int, ...]]


class Entry(NamedTuple):
    """One post as its file alone says it: what its page, the lists and the feeds show of it.

    Not its text: `body` is the name that the rendered text is kept under. `file` is the page's path
    from the site's root, `href` the link to it. `images` are those that the body names and we have,
    `links` its relative links, the path in the folder that each means, and the part of it. What a
    build knows of them is in `leads` (where a link leads, from the host's root) and `pictures`
    (place, width, height and further widths). `card` is the address of the image that the author
    chose. Of a note without a title, `title` is how it begins. `words` is the length of the text.
    `face` is a hash of what our card image shows, `line` of what a list of titles shows, `digest`
    says all. It is a tuple, since ten thousand of them are read at a start.
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
    links: tuple[tuple[str, str, str], ...]
    card: str
    card_alt: str
    series: str
    aliases: tuple[str, ...]
    comments: bool
    correction: str
    withdrawn: str
    face: str = ""
    line: str = ""
    leads: tuple[tuple[str, str], ...] = ()
    pictures: tuple["Sizes", ...] = ()
    digest: str = ""

    @property
    def author(self) -> str:
        """The names of who wrote it."""
        return ", ".join(name for name, _ in self.authors)

    def leading(self, leads: tuple[tuple[str, str], ...]) -> "Entry":
        """The same with where its links lead (`_replace` takes three times as long)."""
        return Entry._make((*self[:-3], leads, self.pictures, f"{self.digest} {leads}"))

    def pictured(self, pictures: tuple["Sizes", ...]) -> "Entry":
        """The same with the sizes of its images."""
        return Entry._make((*self[:-2], pictures, f"{self.digest} {pictures}"))


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
        links=tuple(_links(text, post)),
        card=_address(card.path, site, images) if card else "",
        card_alt=clean(card.alt or "") if card else "",
        series=clean(post.series),
        aliases=post.aliases,
        comments=post.comments,
        correction=clean(post.correction),
        withdrawn=clean(post.withdrawn),
    )
    face = (found.title, found.author, day(found.published, found.language))
    line = (found.href, found.title, found.published, found.language, found.is_note)
    return found._replace(face=digest(face), line=digest(line), digest=digest(found))


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
    """Each relative image of a body: as it is written, and its path in the leader's folder."""
    return [(source, paths.target(source, post.path)) for source in text.images]


def _links(text: Text, post: Post) -> Iterator[tuple[str, str, str]]:
    for link in text.links:
        if target := paths.target(link, post.path):
            yield link, target, escape(paths.part(link))


def _replacements(text: Text, post: Post, images: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(src, images[path]) for src, path in image_paths(text, post) if path in images]


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
