"""Posts to the built site: each rendered once, each page written where something on it changed."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from outreach.model.errors import Mistake, unreadable
from outreach.model.post import Post
from outreach.site import batch, slugs, trees, views, wellknown
from outreach.site.batch import Text
from outreach.site.cards import Cards
from outreach.site.files import File, apart, kept
from outreach.site.folder import IMAGES, OVER
from outreach.site.hashes import Hashes
from outreach.site.links import Places
from outreach.site.media import served
from outreach.site.pages import Around, Pages
from outreach.site.pictures import Pictures
from outreach.site.trees import Trees
from outreach.site.views import Entry, Site

if TYPE_CHECKING:
    from outreach.site.children import Children

log = logging.getLogger("outreach")

__all__ = ["Around", "Build", "Builder", "Site", "build"]


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is served now. `failed` are the posts without a new page, and why. `dead` are links to
    texts that are no page: the path of whose text, and the link (`links.mistake` tells of one).
    """

    pages: int
    failed: tuple[Mistake, ...]
    path: Path
    dead: tuple[tuple[str, str], ...] = ()


class Failed(NamedTuple):
    """A post that has no new page, and why; `page` is the file that it had, "" for none."""

    mistake: Mistake
    page: str = ""


class Made(NamedTuple):
    """What became of a post: its entry, None for what has no page, and where each of its images is
    on the site, by its path in posts/."""

    entry: Entry | None
    images: Mapping[str, str]


def build(
    posts: Sequence[Post],
    *,
    site: Site,
    out: Path,
    cache: Path,
    syndication: Mapping[str, Sequence[tuple[str, str]]],
    media: Mapping[str, Path],
    static: Mapping[str, Path] | None = None,
    deadline: float = batch.DEADLINE,
) -> Build:
    """Make the symlink `out` show these posts, once; see `Builder`."""
    builder = Builder(site=site, out=out, cache=cache, deadline=deadline)
    return builder(posts, around=Around(syndication=syndication), media=media, static=static or {})


class Builder:
    """Builds one site again and again; what it learned of a post it remembers until that changes.

    `out` is a symlink to what is served. `cache` keeps rendered bodies. `deadline` is seconds of
    processor time for one body; a post that needs more keeps the page it had. `children` render
    bodies, and stay when that is done.
    """

    def __init__(
        self,
        *,
        site: Site,
        out: Path,
        cache: Path,
        deadline: float = batch.DEADLINE,
        children: "Children | None" = None,
    ) -> None:
        self.site = views.clean_site(site)
        self._out = out
        self._cache = cache
        self._deadline = deadline
        self._children = children
        self._texts: dict[str, tuple[str, Text]] = {}
        self._made: dict[str, tuple[Post, Mapping[str, str], Made]] = {}
        self._fresh: dict[str, str] = {}
        self._pages = Pages(self.site, self._body)
        self._trees = Trees(out)
        self._places = Places((), {})
        self.pictures = Pictures(cache / "pictures")
        self.cards = Cards(cache / "cards", self.site)
        self.undrawn: list[Entry] = []
        """The entries of the last build that have no card yet; `cards.make` draws those, and the
        next build shows them."""
        self.lacking: dict[str, Path] = {}
        """The images of the last build that have no other sizes yet, by where the site has them;
        `pictures.make` makes them, and the next build shows them."""
        self._hashes = Hashes(out.with_name(f".{out.name}.hashes.json"))

    def __call__(
        self,
        posts: Sequence[Post],
        *,
        around: Around,
        media: Mapping[str, Path],
        static: Mapping[str, Path],
    ) -> Build:
        """Make `out` show these posts. Raises OSError; `out` is then as it was.

        `media` maps a path in posts/ to its file, `static` a path of the site to its file. Of a
        post without a URL (a letter) only its images are there.
        """
        made, failed = self.make(posts, media)
        return self.show(made.values(), failed, around=around, media=media, static=static)

    def make(
        self, posts: Iterable[Post], media: Mapping[str, Path]
    ) -> tuple[dict[str, Made], list[Failed]]:
        """What becomes of each published post, by its file, and those that cannot be shown."""
        sound, failed = _sound(post for post in posts if post.published)
        texts = self._rendered(sound)
        made = {}
        for post in sound:
            text = texts.get(post.path)
            if text is None:
                failed.append(_unrendered(post, self._deadline))
            else:
                made[post.path] = self._entry(post, text, self._images(post, text, media))
        return made, failed

    def show(
        self,
        made: Iterable[Made],
        failed: Sequence[Failed],
        *,
        around: Around,
        media: Mapping[str, Path],
        static: Mapping[str, Path],
    ) -> Build:
        """Make `out` show what became of posts; the page of one that failed stays as it is."""
        known = list(made)
        images = {path: served for it in known for path, served in it.images.items()}
        entries = [it.entry for it in known if it.entry is not None]
        entries.sort(key=lambda entry: (entry.published, entry.slug), reverse=True)
        self._places = places = Places(entries, media, self._places)
        entries = self.pictures.settle(places.settle(entries), self.site)
        self.lacking = self.pictures.missing({at: media[path] for path, at in images.items()})
        faults = self.pictures.faults({at: path for path, at in images.items()})
        cards, self.undrawn = self.cards.look(entries)
        around = replace(around, cards=cards)
        own, unread = self._copies({it: (f"static/{it}", file) for it, file in static.items()})
        beside, lost_beside = self._copies(
            {place: (path, media[path]) for place, path in places.files.items()}
        )
        found = [
            *self.cards.files(cards.values()),
            *(kept(where, where, media[path]) for path, where in images.items()),
            *self.pictures.files(images.values()),
            *beside.values(),
            *own.values(),
            *self._pages.every(entries, around),
            *(own[path] for path in OVER if path in own),
            *self._as_before(failed),
        ]
        moves, lost = wellknown.moved(entries, self.site, (file.path for file in found))
        found += wellknown.redirects(moves, self.site)
        files, clashing = apart(found)
        whose = {it.file: it.path for it in entries if clashing} | places.files
        whose |= {it: f"static/{it}" for it in own}
        self._hashes.save()
        path = self._trees.install(files)
        try:
            self._trees.settle()
        except OSError as error:
            log.warning("the next build takes longer: %s", error)
        self._fresh.clear()
        return Build(
            pages=len(entries),
            failed=(
                *(it.mistake for it in failed),
                *(_clash(whose.get(it, "config.yaml"), it) for it in clashing),
                *(*unread, *lost_beside, *lost, *faults),
            ),
            path=path,
            dead=tuple(places.dead),
        )

    def add(
        self, posts: Iterable[Post], *, around: Around, media: Mapping[str, Path]
    ) -> list[Entry]:
        """Show these posts at once, beside what is there; the lists have them after the next build.

        Raises OSError; `out` is then as it was.
        """
        made, _ = self.make(posts, media)
        entries = [it.entry for it in made.values() if it.entry and not it.entry.withdrawn]
        entries = self.pictures.settle(self._places.settle(entries), self.site)
        images = {path: where for it in made.values() for path, where in it.images.items()}
        cards, _ = self.cards.look(entries)
        around = replace(around, cards=cards)
        found = [
            *(kept(where, where, media[path]) for path, where in images.items()),
            *self.pictures.files(images.values()),
            *self.cards.files(cards.values()),
            *(self._pages.one(entry, around) for entry in entries),
        ]
        if found and trees.current(self._out) is not None:
            self._trees.add({file.path: file for file in found})
        return entries

    def _rendered(self, posts: Iterable[Post]) -> dict[str, Text]:
        """The text of each post that can be rendered, by its file."""
        known: dict[str, Text] = {}
        todo: dict[str, str] = {}
        for post in posts:
            before = self._texts.get(post.path)
            if before is not None and before[0] == post.body:
                known[post.path] = before[1]
            else:
                todo[post.path] = post.body
        done = batch.render_many(
            todo, deadline=self._deadline, cache=self._cache, children=self._children
        )
        for path, found in done.items():
            if found is not None:
                self._fresh[found.key] = found.html
                known[path] = found._replace(html="")
                self._texts[path] = (todo[path], known[path])
        return known

    def _body(self, entry: Entry) -> str:
        """The rendered text of an entry."""
        return self._fresh.get(entry.body) or batch.html_of(self._cache, entry.body)

    def _entry(self, post: Post, text: Text, images: Mapping[str, str]) -> Made:
        before = self._made.get(post.path)
        if before and (before[0] is post or before[0] == post) and before[1] == images:
            return before[2]
        entry = views.entry(post, text, site=self.site, images=images) if post.url else None
        made = Made(entry=entry, images=images)
        self._made[post.path] = (post, images, made)
        return made

    def _images(self, post: Post, text: Text, media: Mapping[str, Path]) -> dict[str, str]:
        """Where the site shows each image of a post, by its path in posts/."""
        found: dict[str, str] = {}
        named = [path for _, path in views.image_paths(text, post)]
        for path in (*named, *(image.path for image in post.media)):
            if path in media and media[path].suffix.lower() in IMAGES:
                with suppress(FileNotFoundError):
                    found[path] = served(self._hashes.of(path, media[path]), media[path])
        return found

    def _copies(
        self, files: Mapping[str, tuple[str, Path]]
    ) -> tuple[dict[str, File], list[Mistake]]:
        """Files that are served as they are, by their place on the site, and those that cannot be
        read; `files` has the name and the file of each."""
        found: dict[str, File] = {}
        unread: list[Mistake] = []
        for place, (name, file) in files.items():
            try:
                found[place] = kept(place, self._hashes.of(name, file), file)
            except OSError as error:
                unread.append(unreadable(name, error))
        return found, unread

    def _as_before(self, failed: Iterable[Failed]) -> Iterator[File]:
        """The pages as they are served now of posts that failed, if they are."""
        tree = trees.current(self._out)
        keys = trees.manifest(tree)
        for _, page in failed:
            if tree is not None and page in keys:
                yield kept(page, keys[page], tree / page)


def _clash(path: str, place: str) -> Mistake:
    what = f"it is not on the site: a file and a folder there would both be `{place}`"
    return Mistake(path=path, line=0, what=what, expected="another name")


def _sound(posts: Iterable[Post]) -> tuple[list[Post], list[Failed]]:
    """The posts whose page lies inside the site, and those whose slug would leave it."""
    sound: list[Post] = []
    failed: list[Failed] = []
    for post in posts:
        if what := slugs.fault(post.slug):
            failed.append(Failed(Mistake(path=post.path, line=0, what=f"no page: {what}")))
        else:
            sound.append(post)
    return sound, failed


def _unrendered(post: Post, deadline: float) -> Failed:
    what = f"the body cannot be rendered within {deadline:g} seconds"
    mistake = Mistake(path=post.path, line=0, what=what, expected="simpler Markdown")
    return Failed(mistake, slugs.page_file(post.slug))
