"""A blog that is not built here, to posts: what is new there is announced, and nothing older."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from outreach.channels._feed import Entry, Known, read
from outreach.fetch import Fetch
from outreach.flows.watch import Seen, watch
from outreach.model.errors import Mistake, Mistakes, OutreachError
from outreach.site import views
from outreach.site.build import Site
from outreach.site.characters import clean
from outreach.site.posts import read_post
from outreach.site.proof import place
from outreach.site.render import plain
from outreach.store import entries, meta, notices, posts
from outreach.store.database import Database
from outreach.store.entries import Kept

FEED = "feed"
"""The kind of a blog that is followed by its feed; each other is a tool's name."""

TOLD = timedelta(days=1)
"""How long a person is told that ids changed: a digest has it once."""

TITLE, SUMMARY, TAGS = 200, 500, 10
"""How much of an entry's title and summary (characters) and how many of its tags are taken."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A blog elsewhere: its `feed`, or the `folder` that a tool of this `kind` builds it from;
    `feed` is then its public address."""

    feed: str
    kind: str = FEED
    folder: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Following:
    """A blog that is followed. `site` says who writes, in which language, where it does not."""

    source: Source
    site: Site
    database: Database
    fetch: Fetch
    now: Callable[[], datetime]


def follow(way: Following) -> int:
    """Take over what changed in the blog; gives back how many posts are new.

    What is there at the first reading is old, and so is what was published before it. A feed or a
    folder that cannot be read is told to a person.
    """
    name, now = f"follow:{way.source.feed}", way.now()
    kept = meta.read(way.database, name)
    try:
        found = _look(way, kept, now)
    except OutreachError as error:
        what = "feed" if way.source.folder is None else "folder"
        notices.say(way.database, "feed", [_told(way, f"the {what} is not read: {error}")])
        return 0
    notices.say(way.database, "feed", [])
    if found is None:
        return 0
    notices.say(way.database, "feed files", list(found.wrong))
    with way.database.atomic():
        new = _take(way, found.entries, is_first=kept is None, now=now)
        meta.write(way.database, name, found.known)
    return new


def _look(way: Following, kept: str | None, now: datetime) -> Seen | None:
    """What is there; None where nothing changed."""
    if way.source.folder is not None:
        return watch(way.source.kind, way.source.folder, way.source.feed, kept, now)
    feed = read(way.fetch, way.source.feed, Known.from_json(kept), now)
    return None if feed is None else Seen(entries=feed.entries, known=feed.known.to_json())


def _take(way: Following, there: Sequence[Entry], *, is_first: bool, now: datetime) -> int:
    """Keep the entries, and accept those that are posts and new or changed."""
    before = entries.every(way.database)
    here = {row.id: row for row in before if row.feed == way.source.feed}
    since = min((row.seen.replace(microsecond=0) for row in here.values()), default=None)
    ids = {entry.id for entry in there}
    gone = [row for row in before if row.feed != way.source.feed or row.id not in ids]
    changed_ids, new = 0, 0
    wrong: list[Mistake] = []
    for entry in there:
        same = here.get(entry.id) or _same(entry, gone)
        is_old = is_first or (since is not None and _is_before(entry, since))
        row = _row(way, entry, same, now, is_old=is_old)
        try:
            if row.post:
                _accept(way, entry, row, now)
        except Mistakes as error:
            wrong += error.mistakes
            continue
        entries.keep(way.database, row)
        changed_ids += same is not None and same.feed == way.source.feed and same.id != entry.id
        new += same is None and bool(row.post)
    notices.say(way.database, "feed entries", wrong)
    if changed_ids:
        what = f"the feed changed the ids of {changed_ids} entries"
        expected = "ids that stay; these are taken for the same posts, nothing is announced again"
        notices.say(way.database, "feed ids", [_told(way, what, expected)], now + TOLD)
    return new


def _told(way: Following, what: str, expected: str = "") -> Mistake:
    return Mistake(path=way.source.feed, line=0, what=what, expected=expected)


def _same(entry: Entry, gone: Iterable[Kept]) -> Kept | None:
    """What this entry was before its id changed: of the same link, else of its title and date."""
    for row in gone:
        if entry.link and place(row.link) == place(entry.link):
            return row
    for row in gone:
        if entry.title and (row.title, row.published) == (entry.title, entry.published):
            return row if row.published else None
    return None


def _is_before(entry: Entry, since: datetime) -> bool:
    """Whether an entry was published before we followed its feed; what gives no date was not.

    Midnight is how most programs write a day without a time: it means all of that day.
    """
    at = entry.published
    if at is None:
        return False
    return at + (timedelta(days=1) if at.time() == time.min else timedelta(0)) < since


def _row(way: Following, entry: Entry, same: Kept | None, now: datetime, *, is_old: bool) -> Kept:
    if same is not None:
        return replace(same, feed=way.source.feed, id=entry.id, link=entry.link, title=entry.title)
    name = sha256(f"{way.source.feed}\n{entry.id}".encode("utf-8", "replace")).hexdigest()[:16]
    return Kept(
        feed=way.source.feed,
        id=entry.id,
        link=entry.link,
        title=entry.title,
        published=entry.published,
        post="" if is_old else f"feed/{name}",
        seen=now,
    )


def _accept(way: Following, entry: Entry, row: Kept, now: datetime) -> None:
    """The entry as the newest words of its post. Raises Mistakes."""
    path = f"{way.source.feed}#{entry.id}"
    source = _source(entry, row)
    digest = sha256(source.encode("utf-8", "replace")).hexdigest()
    known = {post.slug: post.hash for post in posts.every(way.database)}
    if known.get(row.post) == digest:
        return
    post = read_post(
        source,
        path=path,
        site_url=way.site.url,
        author=way.site.author,
        language=way.site.language,
        voices=None,
        first_seen=None,
    )
    posts.accept(way.database, post, source, digest, now)


def _source(entry: Entry, row: Kept) -> str:
    """The entry as a file of ours says a post: front matter, and a body of HTML."""
    text = plain(entry.html)
    head: dict[str, object] = {
        "title": _words(entry.title or text, TITLE),
        "path": row.post,
        "external": row.link,
        "date": min(row.published or row.seen, row.seen).isoformat(),
        "summary": _words(_summary(entry, text), SUMMARY),
        "author": _words(entry.author, TITLE),
        "tags": [_words(tag, TITLE) for tag in entry.tags[:TAGS]],
        "language": entry.language,
    }
    lines = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items() if value
    )
    return "\n".join(["---", *lines, "---", _verbatim(entry.html), ""])


def _words(text: str, length: int) -> str:
    """A text as YAML can carry it, on one line."""
    printable = "".join(it for it in clean(text) if not "\x7f" <= it < "\xa0")
    return views.shorten(" ".join(printable.split()), length)


def _summary(entry: Entry, text: str) -> str:
    """What the author wrote as the summary; not one that is only how the text begins."""
    words = plain(entry.summary).partition("\n")[0]
    for end in ("[…]", "[...]", "…", "..."):
        words = words.removesuffix(end).rstrip()
    return "" if " ".join(text.split()).startswith(" ".join(words.split())) else words


def _verbatim(html: str) -> str:
    """HTML as one block that stays as it is: `main` is a block to Markdown, and no tag of ours."""
    line = clean(html).replace("\n", "&#10;").replace("{", "&#123;")
    return f"<main>{line}</main>"
