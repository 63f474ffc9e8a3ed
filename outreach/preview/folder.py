"""A leader's folder as it would be on the site: built anew whenever a file is saved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from outreach.flows.readings import Reading, Readings
from outreach.model.errors import Mistake, Mistakes
from outreach.model.post import Media, Post
from outreach.preview import settled
from outreach.preview.settled import Settled
from outreach.preview.written import Standing, Written
from outreach.site import batch, folder, slugs
from outreach.site.build import Around, Build, Builder
from outreach.site.children import Children
from outreach.site.posts import read_post


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look at the folder found; another look makes another.

    `version` names it. `settled` is what config.yaml said when it could be read last. `texts` are
    by their path, `pages` the path of a text by its file on the site. `mistakes` are those of no
    text: of the configuration, of the theme. `kept_back` texts are left out, as they are under
    embargo and others may look.
    """

    version: int = 0
    settled: Settled | None = None
    texts: Mapping[str, Written] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    kept_back: int = 0


class Folder:
    """The folder at `root`; `seen` is how it is now, `site` a link to the built site.

    Everything that it writes is below `state`. `opened` (UTC) is the date of what has none yet, and
    of `date: now`. `is_shared`: others than this machine's may look, so what is under embargo is
    left out. One thread calls `look`, any thread reads `seen`.
    """

    def __init__(self, root: Path, state: Path, opened: datetime, *, is_shared: bool) -> None:
        self.root = root
        self.cache = state / "cache"
        self.media = state / "media"
        self.site = state / "site"
        self.seen = Seen()
        self._opened = opened
        self._is_shared = is_shared
        self._children = Children(batch.DEADLINE, keep=True)
        self._config: settled.Stamp | None = None
        self._config_mistakes: tuple[Mistake, ...] = ()
        self._settled: Settled | None = None
        self._readings = self._nothing_read()
        self._builder: Builder | None = None
        self._last: dict[str, tuple[Post, Post]] = {}
        self._tree: Path | None = None

    def look(self, now: datetime) -> bool:
        """Take over what was saved since the last look; whether anything is another now."""
        is_new = self._settle()
        names, skipped = folder.scan_all(self.root)
        if self._settled is None or self._builder is None:
            return self._see(is_new, Seen(mistakes=self._config_mistakes))
        is_new = self._readings.look(names, now, at_all=True) or is_new
        texts, kept_back = self._texts(now)
        built, broken = self._build([it.post for it in texts.values() if it.post])
        is_new = is_new or (built is not None and built.path != self._tree)
        mistakes = [*self._config_mistakes, *skipped, *broken]
        if built is not None:
            self._tree = built.path
            texts, rest = _with_faults(texts, built)
            mistakes += rest
        pages = {slugs.page_file(it.post.slug): path for path, it in texts.items() if it.post}
        found = Seen(texts=texts, pages=pages, mistakes=tuple(mistakes), kept_back=kept_back)
        return self._see(is_new, found)

    @property
    def watched(self) -> frozenset[Path]:
        """The folders whose files it shows, those that are there."""
        theme = self._settled.site.theme if self._settled else ""
        names = (*folder.FOLDERS, folder.STATIC, "schedules")
        found = [*(self.root / name for name in names), *([Path(theme)] if theme else [])]
        return frozenset(path for path in found if path.is_dir())

    def close(self) -> None:
        """End what renders."""
        self._children.close()

    def _see(self, is_new: bool, found: Seen) -> bool:
        """Show what was found, as a new version where it is another."""
        before = self.seen
        found = replace(found, settled=self._settled, version=before.version)
        if is_new or found != before:
            self.seen = replace(found, version=before.version + 1)
        return self.seen is not before

    def _settle(self) -> bool:
        """Read the configuration where it changed; one that cannot be read leaves it as it was."""
        stamp = settled.stamp(self.root)
        if stamp == self._config:
            return False
        self._config, self._config_mistakes = stamp, ()
        try:
            self._settled = settled.settle(self.root)
        except Mistakes as error:
            self._config_mistakes = error.mistakes
            return True
        self._readings = self._nothing_read()
        self._builder = Builder(
            site=self._settled.site, out=self.site, cache=self.cache, children=self._children
        )
        return True

    def _nothing_read(self) -> Readings:
        return Readings(root=self.root, quiet_period=timedelta(0), read=self._read)

    def _read(self, source: str, name: str, now: datetime) -> tuple[Post, list[Media]]:
        """What a file says. An image that is not there keeps nobody from looking at the rest."""
        assert self._settled is not None
        site = self._settled.site
        post = read_post(
            source,
            path=name,
            site_url=site.url,
            author=site.author,
            language=site.language,
            languages=site.codes,
            voices=self._settled.voices,
            first_seen=self._opened,
        )
        return post, []

    def _texts(self, now: datetime) -> tuple[dict[str, Written], int]:
        """Every text by its path, and how many are kept back; no two have one address."""
        found: dict[str, Written] = {}
        owners: dict[str, str] = {}
        for path, reading in self._readings.files.items():
            post = reading.post or (self._last[path][0] if path in self._last else None)
            text = Written(path=path, post=post, mistakes=reading.mistakes)
            if self._is_shared and self._is_secret(text, reading, now):
                continue
            owner = owners.setdefault(post.slug, path) if post else path
            found[path] = text if owner == path else _clash(text, owner)
            if reading.post is not None:
                self._remember(reading.post)
        return found, len(self._readings.files) - len(found)

    def _is_secret(self, text: Written, reading: Reading, now: datetime) -> bool:
        """Whether nobody else may see this, also not in what is wrong with it."""
        if reading.post is not None:
            return text.standing(now) is Standing.EMBARGO
        try:
            return "embargo" in (self.root / text.path).read_text("utf-8", "replace")
        except OSError:
            return True

    def _remember(self, post: Post) -> None:
        """Keep what a text says, and how it is built: what has no date yet has one there."""
        known = self._last.get(post.path)
        if known is None or known[0] is not post:
            title = post.title or ("" if post.text else "Untitled")
            dated = replace(post, published=self._opened, title=title)
            self._last[post.path] = post, post if post.published else dated

    def _build(self, posts: Iterable[Post]) -> tuple[Build | None, tuple[Mistake, ...]]:
        """Build these posts; what keeps the site as it was."""
        assert self._builder is not None
        static, wrong = folder.static_of(self.root)
        media = folder.media_of(self.root)
        self.site.parent.mkdir(parents=True, exist_ok=True)
        dated = [self._last[post.path][1] for post in posts]
        try:
            built = self._builder(dated, around=Around(), media=media, static=static)
        except Mistakes as error:
            return None, (*wrong, *error.mistakes)
        except OSError as error:
            what = f"the site cannot be built: {error.strerror}"
            return None, (*wrong, Mistake(path=str(error.filename or self.site), line=0, what=what))
        return built, tuple(wrong)


def _clash(text: Written, owner: str) -> Written:
    slug = text.post.slug if text.post else ""
    what = f"its address {slug!r} is also that of {owner}"
    mistake = Mistake(path=text.path, line=0, what=what, expected="a slug of its own")
    return replace(text, post=None, mistakes=(*text.mistakes, mistake))


def _with_faults(
    texts: Mapping[str, Written], built: Build
) -> tuple[dict[str, Written], list[Mistake]]:
    """The texts with what the build found wrong in each, and what is wrong elsewhere."""
    found = dict(texts)
    dead: dict[str, list[str]] = defaultdict(list)
    for path, link in built.dead:
        dead[path].append(link)
    for path in dead.keys() & found.keys():
        found[path] = replace(found[path], dead=tuple(dead[path]))
    rest = []
    for mistake in built.failed:
        text = found.get(mistake.path)
        if text is None:
            rest.append(mistake)
        else:
            found[mistake.path] = replace(text, mistakes=(*text.mistakes, mistake))
    return found, rest
