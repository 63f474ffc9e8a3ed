"""Posts to the built site: each rendered once, each page written where something on it changed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.site import batch, pages, slugs, trees, views
from outreach.site.batch import Text
from outreach.site.files import File, kept
from outreach.site.media import served
from outreach.site.pages import Around
from outreach.site.views import Entry, Site

__all__ = ["Around", "Build", "Builder", "Site", "build"]

DEADLINE = 2.0


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is served now. `failed` are the posts without a new page, and why."""

    pages: int
    failed: tuple[Mistake, ...]
    path: Path


def build(
    posts: Sequence[Post],
    *,
    site: Site,
    out: Path,
    cache: Path,
    syndication: Mapping[str, Sequence[tuple[str, str]]],
    media: Mapping[str, Path],
    static: Mapping[str, Path] | None = None,
    deadline: float = DEADLINE,
) -> Build:
    """Make the symlink `out` show these posts, once; see `Builder`."""
    builder = Builder(site=site, out=out, cache=cache, deadline=deadline)
    return builder(posts, around=Around(syndication=syndication), media=media, static=static or {})


class Builder:
    """Builds one site again and again; what it learned of a post it remembers until that changes.

    `out` is a symlink to what is served. `cache` keeps rendered bodies. `deadline` is seconds of
    processor time for one body; a post that needs more keeps the page it had.
    """

    def __init__(self, *, site: Site, out: Path, cache: Path, deadline: float = DEADLINE) -> None:
        self._site = views.clean_site(site)
        self._out = out
        self._cache = cache
        self._deadline = deadline
        self._texts: dict[str, tuple[str, Text]] = {}
        self._entries: dict[str, tuple[Post, str, Mapping[str, str], Entry]] = {}
        self._fresh: dict[str, str] = {}
        self._hashes = _Hashes(out.with_name(f".{out.name}.media.json"))

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
        is_first = trees.current(self._out) is None
        shown, failed = _sound(post for post in posts if post.published)
        texts = self._rendered(shown)
        sound = [post for post in shown if post.slug in texts]
        images = self._images(sound, texts, media)
        entries = [self._entry(post, texts[post.slug], images) for post in sound if post.url]
        found = [
            *(kept(images[path], images[path], media[path]) for path in images),
            *(kept(path, self._hashes.of(path, file), file) for path, file in static.items()),
            *pages.files(entries, self._site, around, self._body),
        ]
        for post in shown:
            if post.slug not in texts and post.url:
                failed.append(_unrendered(post, self._deadline))
                found.extend(self._as_before(slugs.page_file(post.slug)))
        self._hashes.save()
        path = trees.install({file.path: file for file in found}, self._out)
        if is_first:
            trees.twin(self._out)
        self._fresh.clear()
        return Build(pages=len(entries), failed=tuple(failed), path=path)

    def _rendered(self, posts: Iterable[Post]) -> dict[str, Text]:
        """The text of each post that can be rendered, by its slug."""
        known: dict[str, Text] = {}
        todo: dict[str, str] = {}
        for post in posts:
            before = self._texts.get(post.slug)
            if before is not None and before[0] == post.body:
                known[post.slug] = before[1]
            else:
                todo[post.slug] = post.body
        done = batch.render_many(todo, deadline=self._deadline, cache=self._cache)
        for slug, found in done.items():
            if found is not None:
                self._fresh[found.key] = found.html
                known[slug] = found._replace(html="")
                self._texts[slug] = (todo[slug], known[slug])
        return known

    def _body(self, entry: Entry) -> str:
        """The rendered text of an entry."""
        return self._fresh.get(entry.body) or batch.html_of(self._cache, entry.body)

    def _entry(self, post: Post, text: Text, images: Mapping[str, str]) -> Entry:
        used = {path: images[path] for path in _images_of(post, text) if path in images}
        before = self._entries.get(post.slug)
        if before is not None and before[0] == post and before[1] == text.key and before[2] == used:
            return before[3]
        made = views.entry(post, text, site=self._site, images=used)
        self._entries[post.slug] = (post, text.key, used, made)
        return made

    def _images(
        self, posts: Iterable[Post], texts: Mapping[str, Text], media: Mapping[str, Path]
    ) -> dict[str, str]:
        """Where the site shows each image in use, by its path in posts/."""
        found: dict[str, str] = {}
        for post in posts:
            for path in _images_of(post, texts[post.slug]):
                if path in media and path not in found:
                    with suppress(FileNotFoundError):
                        found[path] = served(self._hashes.of(path, media[path]), media[path])
        return found

    def _as_before(self, path: str) -> Iterator[File]:
        """The file as it is served now, if it is."""
        tree = trees.current(self._out)
        key = trees.manifest(tree).get(path)
        if tree is not None and key is not None:
            yield kept(path, key, tree / path)


def _images_of(post: Post, text: Text) -> list[str]:
    return [path for _, path in views.image_paths(text, post)] + [it.path for it in post.media]


def _sound(posts: Iterable[Post]) -> tuple[list[Post], list[Mistake]]:
    """The posts newest first, and those whose slug would leave the site."""
    sound: list[Post] = []
    failed: list[Mistake] = []
    for post in sorted(posts, key=lambda post: (post.published, post.slug), reverse=True):
        if what := slugs.fault(post.slug):
            failed.append(Mistake(path=post.path, line=0, what=f"no page: {what}"))
        else:
            sound.append(post)
    return sound, failed


def _unrendered(post: Post, deadline: float) -> Mistake:
    what = f"the body cannot be rendered within {deadline:g} seconds"
    return Mistake(path=post.path, line=0, what=what, expected="simpler Markdown")


class _Hashes:
    """The hash of each file by its size and time; read again only where one of them changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[object]] | None = None
        self._used: dict[str, list[object]] = {}

    def of(self, name: str, file: Path) -> str:
        """The SHA-256 of a file. Raises FileNotFoundError."""
        now = file.stat()
        stamp = [now.st_size, now.st_mtime_ns]
        known = self._used.get(name) or self._before().get(name)
        if known is None or known[:2] != stamp:
            with file.open("rb") as stream:
                known = [*stamp, hashlib.file_digest(stream, "sha256").hexdigest()]
        self._used[name] = known
        return str(known[2])

    def save(self) -> None:
        """Keep what was used for the next start."""
        if self._used != self._before():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._used))
            self._known = dict(self._used)
        self._used = {}

    def _before(self) -> dict[str, list[object]]:
        if self._known is None:
            try:
                self._known = dict(json.loads(self._path.read_bytes()))
            except (OSError, ValueError):
                self._known = {}
        return self._known
