"""Every page of the site: where it goes, what it depends on, and how it is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import nlargest
from typing import NamedTuple
from urllib.parse import quote

from outreach.site import (
    authors,
    bodies,
    feeds,
    languages,
    search,
    share,
    slugs,
    theme,
    views,
    wellknown,
)
from outreach.site.feeds import Body, Feed
from outreach.site.files import File
from outreach.site.frame import Context, Frame, lines, years
from outreach.site.neighbours import Neighbours
from outreach.site.views import Entry, Site

FRONT_LENGTH = 20
TOPICS = 12
"""So many topics stand on the front page, those of most posts."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What pages show of a post that its file does not say, by its slug.

    `syndication` are networks and addresses. `talk` is another number whenever the conversation
    under it is, which `conversation` gives when the page is written; None where there is none.
    `cards` are the files in media/ of the card images that we drew.
    """

    syndication: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    talk: Mapping[str, int] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    conversation: Callable[[str], object] | None = None


class Topic(NamedTuple):
    """A tag: its name, its page, and the posts that have it, newest first."""

    name: str
    href: str
    entries: Sequence[Entry]

    @property
    def counted(self) -> tuple[str, str, int]:
        """The tag in a list: name, address and how many posts it has."""
        return self.name, self.href, len(self.entries)


class Pages:
    """The pages of one site. It remembers what stood beside each post, for one that changes alone.

    `body` gives an entry's text.
    """

    def __init__(self, site: Site, body: Body) -> None:
        self._site = site
        self._body = body
        self._beside: dict[str, tuple[Frame, Neighbours]] = {}

    def every(self, entries: Sequence[Entry], around: Around) -> Iterator[File]:
        """All files but the media. `entries` are ordered newest first.

        A withdrawn post is a page that says so, and nothing else.
        """
        site, body = self._site, self._feed_body()
        theme.look(site.theme)
        standing = [entry for entry in entries if not entry.withdrawn]
        plain = [entry for entry in standing if entry.is_page]
        posts = [entry for entry in standing if not entry.is_page]
        frames = languages.frames(site, plain)
        frame = frames[""]
        for entry in entries:
            if entry.withdrawn:
                yield _withdrawn(entry, languages.framed(entry, frames))
        self._beside.clear()
        for entry, near in languages.beside(plain):
            near = Neighbours(translations=near.translations)
            self._beside[entry.slug] = languages.framed(entry, frames), near
        for entry, near in languages.beside(posts):
            self._beside[entry.slug] = languages.framed(entry, frames), near
        for entry in standing:
            yield self.one(entry, around)
        originals = languages.originals(posts)
        topics = _topics(originals)
        homes = languages.homes(frames)
        yield from _front(originals, topics, frame, homes, body)
        for code, other in frames.items():
            if code:
                yield from _front(languages.spoken(posts, code), (), other, homes, body)
        yield from _tag_pages(topics, frame, body)
        yield from authors.files(originals, frame, body)
        yield frame.page("404.html", "404.html", "", dict)
        yield from wellknown.sitemap(standing, site)
        yield wellknown.robots(site)
        yield from wellknown.gone(entry for entry in entries if entry.withdrawn)
        yield from search.files(posts, site, frame.page)
        yield from theme.assets(site)

    def _feed_body(self) -> Body:
        """The text of an entry for feeds, made once for all of them."""
        made: dict[str, str] = {}

        def body(entry: Entry) -> str:
            if entry.digest not in made:
                made[entry.digest] = bodies.feed_html(entry, self._body(entry), self._site)
            return made[entry.digest]

        return body

    def one(self, entry: Entry, around: Around) -> File:
        """The page of a post, or a plain page, beside what it stood beside last."""
        frame, near = self._beside.get(entry.slug) or (self._frame(entry), Neighbours())
        return _article(entry, near, frame, around, self._body)

    def _frame(self, entry: Entry) -> Frame:
        return languages.framed(entry, languages.frames(self._site, ()))


def _withdrawn(entry: Entry, frame: Frame) -> File:
    gone = (entry.title, entry.url, entry.language, entry.withdrawn)
    return frame.page(entry.file, "withdrawn.html", gone, lambda: {"gone": gone})


def _article(entry: Entry, near: Neighbours, frame: Frame, around: Around, body: Body) -> File:
    places = around.syndication.get(entry.slug)
    syndication = views.links_out(places) if places else ()
    talk = around.talk.get(entry.slug, 0) if around.conversation else 0
    card = around.cards.get(entry.slug, "")

    def show() -> Context:
        return {
            "entry": entry,
            "image": f"{frame.site.url}/media/{card}" if card else "",
            "html": bodies.page_html(entry, body(entry), frame.site),
            "near": near.links(),
            "alternates": languages.alternates(entry, near.translations),
            "syndication": syndication,
            "conversation": around.conversation(entry.slug) if around.conversation else None,
            "share": share.links(entry, frame.site),
        }

    template = "page.html" if entry.is_page else "post.html"
    by = (entry.digest, near.lines, syndication, talk, card)
    return frame.page(entry.file, template, by, show)


def _front(
    posts: Sequence[Entry],
    topics: Sequence[Topic],
    frame: Frame,
    homes: languages.Alternates,
    body: Body,
) -> Iterator[File]:
    """The home, the archive and the feeds of a language."""
    front = posts[:FRONT_LENGTH]
    most = [it.counted for it in nlargest(TOPICS, topics, key=lambda topic: len(topic.entries))]
    writers = authors.writers(posts)
    by = (len(posts), most, writers, homes, [entry.digest for entry in front])
    shown = {
        "entries": front,
        "total": len(posts),
        "topics": most,
        "writers": writers,
        "alternates": homes,
    }
    yield frame.page(f"{frame.folder}index.html", "index.html", by, lambda: shown)
    archive = partial(_archive, posts)
    yield frame.page(f"{frame.folder}archive/index.html", "archive.html", lines(posts), archive)
    yield from feeds.files(frame.feed, posts, frame.site, body)


def _archive(posts: Sequence[Entry]) -> Context:
    return {"years": years(posts)}


def _topics(posts: Sequence[Entry]) -> list[Topic]:
    """Every tag, in the order of the alphabet."""
    tagged: dict[str, dict[str, Entry]] = {}
    names: dict[str, str] = {}
    for entry in posts:
        for tag, href in entry.tags:
            names.setdefault(href, tag)
            tagged.setdefault(href, {})[entry.slug] = entry
    found = (Topic(names[href], href, list(group.values())) for href, group in tagged.items())
    return sorted(found, key=lambda topic: topic.name.casefold())


def _tag_pages(topics: Sequence[Topic], frame: Frame, body: Body) -> Iterator[File]:
    for topic in topics:
        yield from _tag_page(topic.name, topic.entries, frame, body)
    tags = tuple(topic.counted for topic in topics)
    yield frame.page("tags/index.html", "tags.html", tags, lambda: {"tags": tags})


def _tag_page(tag: str, group: Sequence[Entry], frame: Frame, body: Body) -> Iterator[File]:
    """The page and the feeds of a tag."""
    folder = f"tags/{slugs.tag_slug(tag)}/"
    site = frame.site
    feed = Feed(
        folder=folder,
        title=f"{tag} · {site.title}",
        description=site.description,
        home=f"{site.url}/{quote(folder)}",
        language=site.language,
    )

    def show() -> Context:
        found = {"tag": tag, "url": feed.home, "feed": feed}
        return {**found, "years": years(group), "total": len(group)}

    yield frame.page(f"{folder}index.html", "tag.html", (feed, lines(group)), show)
    yield from feeds.files(feed, group, site, body)
