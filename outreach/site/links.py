"""Links between posts and to the files beside them: where each leads, and which lead nowhere."""

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from outreach.model.errors import Mistake
from outreach.site import bodies, slugs
from outreach.site.folder import MARKDOWN
from outreach.site.views import Entry, Site

_PLAIN = re.compile(r"[\w/ +@-]+(?:\.[\w/ +@-]+)*", re.ASCII)


class Places:
    """Where the texts of the leader's folder, and the files beside them, are on the site.

    `media` maps a path in the folder to its file; the text of each bundle (`hello/index.md`) is
    among them. A bundle's files lie at its page's own address, and are shown where the page is. A
    file in no bundle lies at the address of the page that links to it.
    """

    def __init__(
        self, entries: Collection[Entry], media: Mapping[str, Path], before: "Places | None" = None
    ) -> None:
        self.files: dict[str, str] = {}
        """The path in the folder of each file that is shown, by its path on the site."""
        self.dead: list[tuple[str, str]] = []
        """The links to Markdown files that are no page: whose text, and the link as written."""
        self._entries = entries
        self._media = media
        self._pages: dict[str, Entry] = {}
        self._spoken: dict[tuple[str, str], Entry] = {}
        self._settled: dict[str, tuple[Entry, Entry]] = before._settled if before else {}
        is_known = before is not None and before._media.keys() == media.keys()
        self._bundles: dict[str, str] = before._bundles if before and is_known else bundles(media)
        self._shown = self._shown_bundles() if self._bundles else {}
        is_known = before is not None and is_known and before._shown == self._shown
        self._beside: dict[str, str] = before._beside if before and is_known else {}
        if not is_known:
            self._beside.update(self._shared())
        self.files.update((place, path) for path, place in self._beside.items())

    def settle(self, entries: Iterable[Entry]) -> list[Entry]:
        """Entries with `leads` filled in, and a digest that knows them."""
        return [self._led(it) if it.links and not it.withdrawn else it for it in entries]

    def _shown_bundles(self) -> dict[str, tuple[str, str]]:
        """The folder of each bundle that has a page: where its files lie, and the page's file."""
        shown: dict[str, tuple[str, str]] = {}
        for entry in self._entries:
            folder, _, name = entry.path.rpartition("/")
            is_bundle = name.startswith("index.") and folder in self._bundles
            is_first = folder not in shown or not entry.is_translation
            if is_bundle and is_first and not entry.withdrawn:
                shown[folder] = _folder(entry), entry.file
        return shown

    def _shared(self) -> Iterator[tuple[str, str]]:
        """The files of bundles that have a page: the path of each, and where it is shown."""
        for path in self._media if self._shown else ():
            bundle = owner(path, self._bundles)
            if bundle in self._shown and not _is_text(path):
                folder, page = self._shown[bundle]
                place = folder + path[len(bundle) + 1 :]
                if place != page and _is_servable(place):
                    yield path, place

    def _led(self, entry: Entry) -> Entry:
        leads = tuple(
            (written, place + part)
            for written, target, part in entry.links
            if (place := self._place(entry, written, target))
        )
        if not leads:
            return entry
        before, after = self._settled.get(entry.slug, (None, entry))
        if before is not entry or after.leads != leads:
            after = entry.leading(leads)
            self._settled[entry.slug] = entry, after
        return after

    def _place(self, entry: Entry, written: str, target: str) -> str:
        """Where a link of an entry leads, from the host's root; "" where we do not know."""
        if _is_text(target):
            page = self._page(entry, target)
            if page is None:
                self.dead.append((entry.path, unescape(written)))
            return page.href if page else ""
        return self._file(entry, target) if target in self._media else ""

    def _page(self, entry: Entry, target: str) -> Entry | None:
        """The page that a text means: in the language of who links to it, where there is one."""
        if not self._pages:
            for it in self._entries:
                self._pages[it.path] = it
                self._spoken[it.translation, it.language] = it
                if not it.is_translation:
                    self._pages.setdefault(f"{it.translation}.md", it)
        found = self._pages.get(target) or self._pages.get(f"posts/{target}")
        if found and entry.is_translation and not found.is_translation:
            return self._spoken.get((found.translation, entry.language), found)
        return found

    def _file(self, entry: Entry, target: str) -> str:
        base = entry.href.removesuffix(slugs.page_path(entry.slug))
        if owner(target, self._bundles):
            place = self._beside.get(target, "")
        else:
            place = _folder(entry) + below(target, entry.path)
            if not _is_servable(place) or self.files.setdefault(place, target) != target:
                return ""
        return base + quote(place) if place else ""


def bundles(media: Iterable[str]) -> dict[str, str]:
    """The folder of each bundle, and the path of its text, the original first."""
    found: dict[str, str] = {}
    for path in media:
        if _is_text(path):
            folder = posixpath.dirname(path)
            found[folder] = path if path.endswith("/index.md") else found.get(folder, path)
    return found


def owner(path: str, known: Collection[str]) -> str:
    """The bundle that a file belongs to, the nearest; "" for none."""
    while path and path not in known:
        path = path.rpartition("/")[0]
    return path


def below(target: str, path: str) -> str:
    """A file as the text at `path` names it, without the steps out of its folder."""
    return re.sub(r"^(\.\./)+", "", posixpath.relpath(target, posixpath.dirname(path)))


def _folder(entry: Entry) -> str:
    """Where the files of a page lie."""
    return entry.slug.removesuffix(".html") + "/"


def _is_text(path: str) -> bool:
    return path.lower().endswith(MARKDOWN)


def _is_servable(place: str) -> bool:
    return bool(_PLAIN.fullmatch(place)) or not slugs.fault(place.removesuffix("/index.html"))


def dead(
    entries: Iterable[Entry],
    files: Collection[str],
    *,
    site: Site,
    body: Callable[[Entry], str],
    root: Path,
) -> Iterator[Mistake]:
    """Each link of a text that leads to nothing on our own site, by file and line.

    `entries` are those of a build with their `leads`, `files` the paths that it has, `body` gives
    an entry's rendered text, `root` is the leader's folder. Links to other sites are not looked at.
    """
    for entry in entries:
        html = bodies.page_html(entry, body(entry), site)
        for address in dict.fromkeys(bodies.addresses(html)):
            if _leads_nowhere(bodies.joined(entry.url, unescape(address)), files, site):
                yield mistake(root, entry.path, unescape(address))


def _leads_nowhere(url: str, files: Collection[str], site: Site) -> bool:
    """Whether an address is one of our site that has no file."""
    ours = url == site.url or url.startswith((f"{site.url}/", f"{site.url}?", f"{site.url}#"))
    if not ours:
        return False
    path = unquote(urlsplit(url).path).removeprefix(site.base).strip("/")
    return not (path in files or f"{path}/index.html".lstrip("/") in files)


def mistake(root: Path, path: str, link: str) -> Mistake:
    """What to say of a link of the text at `path` that leads nowhere."""
    what = f"the link “{link}” leads to nothing on the site"
    return Mistake(
        path=path, line=_line(root / path, link), what=what, expected="a link to a page or a file"
    )


def _line(file: Path, link: str) -> int:
    """The first line of a text that has the link; 0 where it cannot be found."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    ways = {link, unquote(link), link.removesuffix(".md"), quote(link)}
    return next((n for n, line in enumerate(lines, 1) if any(way in line for way in ways)), 0)
