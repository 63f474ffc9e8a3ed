"""Which posts have another address now: a post stays the same, whatever its file is called."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from outreach.flows.readings import Reading
from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.store.posts import Accepted

Said = tuple[Post, Reading]
"""A dated post, and the file that says it."""


def renames(
    new: Mapping[str, Said],
    said: Mapping[str, Said],
    known: Mapping[str, Accepted],
    there: Collection[str],
    aliases: Mapping[str, Collection[str]],
) -> tuple[dict[str, Accepted], dict[str, Mistake]]:
    """The posts that are renamed, by their new slug and in an order in which each of them is free;
    and, by slug, what a person is asked about before anything is done.

    `said` is what the files say by slug, `new` what of it is new or changed, `known` the posts by
    their slug, `there` all files, `aliases` the old addresses of each post. A post is the same
    where its file gives it another address, or where the one file that appeared has the very bytes
    of the one that is gone.
    """
    strangers = {
        slug: (post, reading)
        for slug, (post, reading) in new.items()
        if (row := known.get(slug)) is None or row.path != post.path
    }
    if not strangers:
        return {}, {}
    renamed = _elsewhere(known, strangers) | _moved(known, said, strangers, there)
    asked = {
        slug: mistake
        for slug, (post, reading) in strangers.items()
        if slug not in renamed and slug not in known
        and (mistake := _doubt(post, reading, known.values(), said, there, aliases))
    }  # fmt: skip
    done, taken = _in_order(renamed, known)
    free = {row.slug for row in done.values()}
    for slug, (post, _) in strangers.items():
        is_taken = slug in known and slug not in free and known[slug].path in there
        if slug in taken or (is_taken and slug not in done):
            asked[slug] = _taken(post, known[slug])
    return done, asked


def _elsewhere(known: Mapping[str, Accepted], strangers: Mapping[str, Said]) -> dict[str, Accepted]:
    """The posts whose file is where it was and gives another address."""
    slugs = {post.path: slug for slug, (post, _) in strangers.items()}
    return {slugs[row.path]: row for row in known.values() if row.path in slugs}


def _moved(
    known: Mapping[str, Accepted],
    said: Mapping[str, Said],
    strangers: Mapping[str, Said],
    there: Collection[str],
) -> dict[str, Accepted]:
    """The posts whose file is gone, while one new file has its very bytes."""
    paths = {row.path for row in known.values()}
    new = {
        slug: reading.digest
        for slug, (post, reading) in strangers.items()
        if slug not in known and post.path not in paths
    }
    digests = set(new.values())
    gone = [row for row in _gone(known.values(), said, there) if row.hash in digests]
    times = Counter([*(row.hash for row in gone), *new.values()])
    rows = {row.hash: row for row in gone if times[row.hash] == 2}
    return {slug: rows[digest] for slug, digest in new.items() if digest in rows}


def _gone(
    rows: Iterable[Accepted], said: Mapping[str, Said], there: Collection[str]
) -> list[Accepted]:
    return [row for row in rows if row.path not in there and row.slug not in said]


def _doubt(
    post: Post,
    reading: Reading,
    rows: Collection[Accepted],
    said: Mapping[str, Said],
    there: Collection[str],
    aliases: Mapping[str, Collection[str]],
) -> Mistake | None:
    """Why a new post may be one that is out already."""
    for row in rows:
        if row.hash == reading.digest and post.slug in aliases.get(row.slug, ()):
            what = f"this is the text of {row.slug}, which was here before"
            expected = f"only one of {post.path} and {row.path}"
            return Mistake(path=post.path, line=0, what=what, expected=expected)
    for row in _gone(rows, said, there):
        is_text = row.hash == reading.digest
        is_named = (row.title, row.published) == (post.name, post.published)
        if row.shown and (is_text or is_named):
            what = f"this is the {'text' if is_text else 'title and date'} of {row.slug}"
            return Mistake(
                path=post.path,
                line=0,
                what=f"{what}, whose file is gone",
                expected=f"`slug: {row.slug}` in it to stay the same post, "
                f"or: outreach withdraw {row.slug}",
            )
    return None


def _in_order(
    renamed: Mapping[str, Accepted], known: Mapping[str, Accepted]
) -> tuple[dict[str, Accepted], dict[str, Accepted]]:
    """Those that can be done one after another, and those that stand in each other's way."""
    done: dict[str, Accepted] = {}
    left, occupied = dict(renamed), set(known)
    while free := [slug for slug in left if slug not in occupied]:
        for slug in free:
            done[slug] = left.pop(slug)
            occupied.remove(done[slug].slug)
    return done, left


def _taken(post: Post, other: Accepted) -> Mistake:
    what = f"its address {post.slug!r} is that of {other.path}"
    return Mistake(path=post.path, line=0, what=what, expected="a slug of its own")


def is_new(said: Said, row: Accepted | None) -> bool:
    """Whether a file says something else than was accepted, or lies elsewhere, or is dated anew."""
    post, reading = said
    return (
        row is None or reading.digest != row.hash or post.path != row.path or row.published is None
    )


def words(post: Post) -> object:
    """All of a post but where and when it is."""
    images = [(image.sha256, image.alt) for image in post.media]
    said = replace(post, slug="", url="", path="", id="", aliases=(), translation="", media=())
    return replace(said, published=None, updated=None), images


def by_slug(readings: Iterable[Reading]) -> tuple[dict[str, Said], list[Mistake]]:
    """The dated posts whose address is their own, and a mistake for each that shares one."""
    said: dict[str, Said] = {}
    clashing: dict[str, list[Post]] = {}
    for reading in readings:
        post = reading.post
        if post is None or post.published is None:
            continue
        other = said.setdefault(post.slug, (post, reading))[0]
        if other is not post:
            clashing.setdefault(post.slug, [other]).append(post)
    for slug in clashing:
        del said[slug]
    clashes = [
        Mistake(
            path=post.path,
            line=0,
            what=f"its address {slug!r} is also that of "
            + ", ".join(other.path for other in group if other is not post),
            expected="a slug of its own; until then neither is published",
        )
        for slug, group in clashing.items()
        for post in group
    ]
    return said, clashes
