"""What stands beside a text: its notes on each account, and all that is wrong with it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from outreach.flows.preview import Rendered, rendered
from outreach.flows.rendition import Renditions
from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Media, Post
from outreach.preview.folder import Folder
from outreach.preview.settled import Settled
from outreach.preview.written import Written
from outreach.site import frontmatter, links, media


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A text's renditions in the order of its accounts, and its problems, first lines first."""

    rendered: tuple[Rendered, ...] = ()
    problems: tuple[Mistake, ...] = ()


class Besides:
    """What stands beside the texts of a folder, made when somebody asks and kept until the text, an
    image of it or the configuration changes. For all threads."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._known: dict[str, tuple[object, Beside]] = {}
        self._lock = threading.Lock()

    def of(self, text: Written, settled: Settled) -> Beside:
        """What stands beside a text."""
        with self._lock:
            images = self._images(text.post) if text.post else ()
            key = (text, id(settled), images)
            known = self._known.get(text.path)
            if known is None or known[0] != key:
                known = self._known[text.path] = key, self._made(text, settled)
            return known[1]

    def _images(self, post: Post) -> tuple[tuple[int, int], ...]:
        return tuple(_stamp(self._folder.root / image.path) for image in post.media)

    def _made(self, text: Written, settled: Settled) -> Beside:
        root = self._folder.root
        wrong = [*text.mistakes, *(links.mistake(root, text.path, link) for link in text.dead)]
        if text.post is None:
            return Beside(problems=tuple(sorted(wrong)))
        post, missing = media.keep(text.post, root, self._folder.media)
        lost = [_missing(post, image) for image in missing]
        limits = {name: settled.limits[name] for name in settled.goes_to(post)}
        notes, everywhere = rendered(post, limits, self._renditions(settled))
        wrong += self._placed((*lost, *everywhere))
        return Beside(
            rendered=tuple(replace(it, wrong=self._placed(it.wrong)) for it in notes),
            problems=tuple(sorted(dict.fromkeys(wrong))),
        )

    def _renditions(self, settled: Settled) -> Renditions:
        folder = self._folder
        return Renditions(
            compose=settled.compose,
            root=folder.root,
            site=settled.site,
            cache=folder.cache,
            kept=folder.media,
        )

    def _placed(self, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
        """The same, each at the line of the front matter that it is about."""
        root = self._folder.root
        return tuple(replace(it, line=it.line or _line(root / it.path, it)) for it in mistakes)


def _missing(post: Post, image: Media) -> Mistake:
    what = f"there is no image {image.path}"
    expected = f"a file in {post.path.partition('/')[0]}/"
    return Mistake(path=post.path, line=0, what=what, expected=expected)


def _line(file: Path, mistake: Mistake) -> int:
    """Where a text says what is wrong with its image or its warning; 0 where it does not."""
    key = "content_warning" if "content warning" in mistake.what else "image"
    try:
        return frontmatter.parse(file.read_text("utf-8-sig"), path=mistake.path).lines.get(key, 0)
    except (OSError, UnicodeDecodeError, Mistakes):
        return 0


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, -1
    return stat.st_mtime_ns, stat.st_size
