"""Every page of the site: where it goes, what it depends on, and how it is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from urllib.parse import quote

from outreach.site import feeds, neighbours, slugs, theme, views
from outreach.site.feeds import Feed
from outreach.site.files import File, file
from outreach.site.neighbours import Link, Near
from outreach.site.views import Entry, Site

FRONT_LENGTH = 20
ASSETS = ("style.css",)

GONE = ".gone"
"""The empty file beside a page that says it was taken back: whoever serves it says 410."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What pages show of a post that its file does not say, by its slug.

    `syndication` are networks and addresses. `talk` counts the changes of the conversation under
    it, which `conversation` gives when the page is written; None where there is none.
    """

    syndication: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    talk: Mapping[str, int] = field(default_factory=dict)
    conversation: Callable[[str], object] | None = None


Body = Callable[[Entry], str]
Context = Mapping[str, object]
Menu = tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every page of a build has around it: `menu` are the plain pages of the navigation."""

    site: Site
    menu: Menu

    def page(self, path: str, template: str, by: object, show: Callable[[], Context]) -> File:
        """A page that depends on `by`, and shows what `show` gives when it is written."""

        def write() -> bytes:
            text = theme.page(template, self.site, menu=self.menu, **show())
            return text.encode("utf-8", "replace")

        skin = (template, self.site.digest, theme.version(self.site.theme), self.menu)
        return file(path, (skin, by), write)


def files(entries: Sequence[Entry], site: Site, around: Around, body: Body) -> Iterator[File]:
    """All files but the media. `entries` are ordered newest first; `body` gives an entry's text.

    A withdrawn post is a page that says so, and nothing else.
    """
    standing = [entry for entry in entries if not entry.withdrawn]
    plain = [entry for entry in standing if entry.is_page]
    posts = [entry for entry in standing if not entry.is_page]
    frame = Frame(site=site, menu=_menu(plain))
    for entry in entries:
        if entry.withdrawn:
            yield from _withdrawn(entry, frame)
    for entry in plain:
        yield _article("page.html", entry, neighbours.NONE, frame, around, body)
    near = neighbours.near(posts)
    for entry in posts:
        yield _article("post.html", entry, near[entry.slug], frame, around, body)
    yield _home(posts, frame)
    yield frame.page("archive/index.html", "archive.html", lines(posts), partial(_archive, posts))
    yield from _tag_pages(posts, frame)
    yield frame.page("404.html", "404.html", "", dict)
    yield from feeds.files(_main_feed(site), posts, site, body)
    places = tuple((entry.url, entry.updated) for entry in standing)
    yield frame.page("sitemap.xml", "sitemap.xml", views.digest(places), lambda: {"places": places})
    robots = f"User-agent: *\nAllow: /\nSitemap: {site.url}/sitemap.xml\n"
    yield file("robots.txt", robots, robots.encode)
    for name in ASSETS:
        yield file(name, theme.version(site.theme), partial(theme.asset, name, site))


def lines(entries: Sequence[Entry]) -> str:
    """What a list of these titles depends on."""
    return " ".join(entry.line for entry in entries)


def years(entries: Sequence[Entry]) -> tuple[tuple[int, tuple[Link, ...]], ...]:
    """Posts, ordered newest first, as links by their year."""
    groups = groupby(entries, key=lambda entry: entry.published.year)
    return tuple((year, tuple(map(neighbours.link, group))) for year, group in groups)


def _menu(plain: Sequence[Entry]) -> Menu:
    return tuple(sorted((it.menu, it.title, it.href) for it in plain if it.menu is not None))


def _withdrawn(entry: Entry, frame: Frame) -> Iterator[File]:
    gone = (entry.title, entry.url, entry.language, entry.withdrawn)
    yield frame.page(entry.file, "withdrawn.html", gone, lambda: {"gone": gone})
    yield file(f"{entry.file.removesuffix('index.html')}{GONE}", "", bytes)


def _article(
    template: str, entry: Entry, near: Near, frame: Frame, around: Around, body: Body
) -> File:
    """The page of a post, or a plain page."""
    syndication = views.links_out(around.syndication.get(entry.slug, ()))
    talk = around.talk.get(entry.slug, 0) if around.conversation else 0

    def show() -> Context:
        return {
            "entry": entry,
            "html": views.page_html(entry, body(entry), frame.site),
            "near": near,
            "syndication": syndication,
            "conversation": around.conversation(entry.slug) if around.conversation else None,
        }

    return frame.page(entry.file, template, (entry.digest, near, syndication, talk), show)


def _home(posts: Sequence[Entry], frame: Frame) -> File:
    front = posts[:FRONT_LENGTH]
    by = (len(posts), [entry.digest for entry in front])
    shown = {"entries": front, "total": len(posts)}
    return frame.page("index.html", "index.html", by, lambda: shown)


def _archive(posts: Sequence[Entry]) -> Context:
    return {"years": years(posts)}


def _tag_pages(entries: Sequence[Entry], frame: Frame) -> Iterator[File]:
    tagged: dict[str, dict[str, Entry]] = {}
    names: dict[str, str] = {}
    for entry in entries:
        for tag, href in entry.tags:
            names.setdefault(href, tag)
            tagged.setdefault(href, {})[entry.slug] = entry
    for href, group in tagged.items():
        yield _tag_page(names[href], list(group.values()), frame)
    ordered = sorted(tagged, key=lambda href: names[href].casefold())
    tags = tuple((names[href], href, len(tagged[href])) for href in ordered)
    yield frame.page("tags/index.html", "tags.html", tags, lambda: {"tags": tags})


def _tag_page(tag: str, group: Sequence[Entry], frame: Frame) -> File:
    name = slugs.tag_slug(tag)

    def show() -> Context:
        url = f"{frame.site.url}/tags/{quote(name)}/"
        return {"tag": tag, "url": url, "years": years(group), "total": len(group)}

    return frame.page(f"tags/{name}/index.html", "tag.html", (tag, lines(group)), show)


def _main_feed(site: Site) -> Feed:
    return Feed(
        folder="",
        title=site.title,
        description=site.description,
        home=f"{site.url}/",
        language=site.language,
    )
