"""Everything that is wrong in a folder, before anything goes out; nothing is kept or published."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.fetch import Fetch
from outreach.flows.accept import Accept
from outreach.flows.embargo import exposed
from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.rules.voices import Voices
from outreach.site import batch, folder, links, wellknown
from outreach.site.build import Around, Builder, Site
from outreach.site.links import Places
from outreach.site.pages import Pages
from outreach.site.views import Entry
from outreach.store import sqlite


@dataclass(frozen=True, kw_only=True)
class Checking:
    """What is checked. `cache` keeps rendered bodies. `fetch` None asks nobody outside."""

    root: Path
    site: Site
    voices: Voices
    cache: Path
    fetch: Fetch | None
    dates_now: bool
    now: datetime


def check(way: Checking) -> tuple[int, list[Mistake]]:
    """How many files there are, and all that is wrong in them, by file and line."""
    posts, wrong = _read(way)
    due = [post for post in posts if not post.draft]
    held = [post for post in posts if post.embargo and post.embargo > way.now]
    found = {*wrong, *_shown(way, due), *_untranslated(way, posts), *_named_alike(due)}
    if way.fetch is not None:
        found |= {*exposed(way.root, held, way.fetch)}
    return len(folder.scan_all(way.root)[0]), sorted(found)


def _read(way: Checking) -> tuple[list[Post], list[Mistake]]:
    """What every file says, drafts too, and what is wrong in it."""
    with closing(sqlite.memory()) as database, TemporaryDirectory() as kept:
        accept = Accept(
            root=way.root,
            kept=Path(kept),
            site=way.site,
            voices=way.voices,
            quiet_period=timedelta(0),
            dates_now=way.dates_now,
            database=database,
        )
        _, wrong = accept(way.now)
        return accept.said, wrong


def _shown(way: Checking, posts: Sequence[Post]) -> Iterator[Mistake]:
    """What is wrong once all posts are on the site: dead links, and two things at one place."""
    media = folder.media_of(way.root)
    static, unserved = folder.static_of(way.root)
    builder = Builder(site=way.site, out=way.cache / "site", cache=way.cache)
    made, failed = builder.make(posts, media)
    entries = [it.entry for it in made.values() if it.entry is not None]
    entries.sort(key=lambda entry: (entry.published, entry.slug), reverse=True)
    places = Places(entries, media)
    entries = places.settle(entries)
    body = partial(_body, way.cache)
    pages = {file.path for file in Pages(builder.site, body).every(entries, Around())}
    images = {where for it in made.values() for where in it.images.values()}
    files = pages | static.keys() | places.files.keys() | images
    standing = [entry for entry in entries if not entry.withdrawn]
    moves, clashes = wellknown.moved(entries, builder.site, files)
    files |= {move.path for move in moves} | {f"{move.path}/index.html" for move in moves}
    yield from (*(it.mistake for it in failed), *unserved, *clashes)
    yield from _shadows(static.keys() & pages - folder.OVER)
    yield from (links.mistake(way.root, path, link) for path, link in places.dead)
    yield from links.dead(standing, files, site=builder.site, body=body, root=way.root)


def _body(cache: Path, entry: Entry) -> str:
    return batch.html_of(cache, entry.body)


def _shadows(paths: set[str]) -> Iterator[Mistake]:
    for path in paths:
        what = "the site has a page of its own there, which is shown"
        yield Mistake(path=f"{folder.STATIC}/{path}", line=0, what=what, expected="another name")


def _untranslated(way: Checking, posts: Sequence[Post]) -> Iterator[Mistake]:
    """Translations of nothing: no home or feed but that of their language ever shows them."""
    originals = {post.translation for post in posts if not post.is_translation}
    for post in posts:
        if post.is_translation and post.translation not in originals:
            what = f"there is no {post.translation}.md that it translates"
            expected = f"{post.translation}.md, or `language: {post.language}` in a file of its own"
            yield Mistake(path=post.path, line=0, what=what, expected=expected)


def _named_alike(posts: Sequence[Post]) -> Iterator[Mistake]:
    """Posts whose `id` is that of another: a feed reader would show one of them."""
    times = Counter(post.id for post in posts if post.id)
    for post in posts:
        if times[post.id] > 1:
            what = f"its id `{post.id}` is also that of another post"
            yield Mistake(path=post.path, line=0, what=what, expected="an id of its own")
