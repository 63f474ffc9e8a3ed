"""The pages of those who write: what they say of themselves, their posts, and feeds of those."""

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from outreach.site import feeds, slugs
from outreach.site.feeds import Body, Feed
from outreach.site.files import File
from outreach.site.frame import Frame, lines, years
from outreach.site.views import Entry, Profile

MOST = 12


def files(posts: Sequence[Entry], frame: Frame, body: Body) -> Iterator[File]:
    """The page and the feeds of each author; `posts` are ordered newest first."""
    for profile, entries in _written(posts, frame):
        folder = f"authors/{slugs.tag_slug(profile.name)}/"
        feed = Feed(
            folder=folder,
            title=f"{profile.name} · {frame.site.title}",
            description=profile.bio,
            home=f"{frame.site.url}/{quote(folder)}",
            language=frame.site.language,
        )
        yield _page(profile, entries, feed, frame)
        yield from feeds.files(feed, entries, frame.site, body)


def writers(posts: Sequence[Entry]) -> list[tuple[str, str]]:
    """Who writes here, by name and page: who wrote most comes first, and so many as fit."""
    counted = Counter(author for entry in posts for author in map(tuple, entry.authors))
    return [(name, href) for (name, href), _ in counted.most_common(MOST)]


def _page(author: Profile, entries: Sequence[Entry], feed: Feed, frame: Frame) -> File:
    def show() -> dict[str, object]:
        return {
            "author": author,
            "url": feed.home,
            "feed": feed,
            "years": years(entries),
            "total": len(entries),
        }

    return frame.page(f"{feed.folder}index.html", "author.html", (author, lines(entries)), show)


def _written(posts: Sequence[Entry], frame: Frame) -> list[tuple[Profile, list[Entry]]]:
    """Who wrote something or says something of themselves, and what they wrote.

    Two spellings of a name that lead to one address are one author.
    """
    profiles = {slugs.tag_slug(it.name): it for it in frame.site.profiles}
    found: dict[str, dict[str, Entry]] = {key: {} for key in profiles}
    names: dict[str, str] = {}
    for entry in posts:
        for name, _ in entry.authors:
            if name not in names:
                names[name] = slugs.tag_slug(name)
                profiles.setdefault(names[name], Profile(name=name))
            found.setdefault(names[name], {})[entry.slug] = entry
    return [(profiles[key], list(entries.values())) for key, entries in found.items()]
