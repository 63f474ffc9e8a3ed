"""What machines look for by name: the sitemap, robots.txt, and where a page that moved is now."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin

from outreach.model.errors import Mistake
from outreach.model.post import is_address
from outreach.site import slugs, theme, views
from outreach.site.files import File, file
from outreach.site.views import UNDATED, Entry, Site

MOST = 50_000
"""So many addresses are in one sitemap (sitemaps.org)."""

GONE = ".gone"
"""A file of the site: the pages of posts that were taken back, one a line. Whoever serves them says
410."""

MOVED = "_redirects"
"""A file of the site: where what moved is now, one a line, as Netlify, Cloudflare Pages and GitLab
Pages read it too. A browser finds the same in a page at the old path."""

_ADDRESS = "/:?#[]@!$&'()*+,;=%~"
"""What stays as it is in an address (RFC 3986, 2.2)."""

Places = Sequence[tuple[str, str]]
"""Addresses, and when what is there was changed last (ISO 8601)."""


class Moved(NamedTuple):
    """An old path of the site, where it leads from the host's root or as a whole address, and what
    says so: a file of the folder."""

    path: str
    target: str
    source: str


def sitemap(entries: Iterable[Entry], site: Site) -> Iterator[File]:
    """The home, every post and plain page; in several files where they are too many."""
    places = [
        (entry.url, "" if entry.updated == UNDATED else entry.updated.isoformat())
        for entry in entries
    ]
    places.insert(0, (f"{site.url}/", max((updated for _, updated in places), default="")))
    parts = [places[start : start + MOST] for start in range(0, len(places), MOST)]
    if len(parts) == 1:
        yield _xml("sitemap.xml", "sitemap.xml", places, site)
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        yield _xml(name, "sitemap.xml", part, site)
    newest = [max(updated for _, updated in part) for part in parts]
    index = [(f"{site.url}/{name}", updated) for name, updated in zip(names, newest, strict=True)]
    yield _xml("sitemap.xml", "sitemaps.xml", index, site)


def robots(site: Site) -> File:
    """Everybody may read everything."""
    text = f"User-agent: *\nAllow: /\nSitemap: {site.url}/sitemap.xml\n"
    return file("robots.txt", text, text.encode)


def gone(withdrawn: Iterable[Entry]) -> Iterator[File]:
    """The list of what was taken back."""
    text = "".join(f"{entry.file}\n" for entry in withdrawn)
    if text:
        yield file(GONE, text, text.encode)


def moved(
    entries: Iterable[Entry], site: Site, taken: Iterable[str]
) -> tuple[list[Moved], list[Mistake]]:
    """Where each old path leads, and those that cannot: a page wins over what would lead away.

    `taken` are the files of the site.
    """
    found: dict[str, Moved] = {}
    wrong: list[Mistake] = []
    asked = [*_settled(site, wrong), *_renamed(entries)]
    files = _Files(taken if asked else ())
    for it in asked:
        before = found.get(it.path)
        if before is not None and before.target == it.target:
            continue
        what = files.fault(slugs.page_file(it.path))
        if before is not None:
            what = f"it leads to {before.target} already"
        if what:
            what = f"the old path `/{it.path}` cannot lead to {it.target}: {what}"
            wrong.append(Mistake(path=it.source, line=0, what=what, expected="another old path"))
        else:
            found[it.path] = it
            files.add(slugs.page_file(it.path))
    return list(found.values()), wrong


def redirects(moves: Sequence[Moved], site: Site) -> Iterator[File]:
    """A page at each old path that leads on, and the list of them for whoever serves the site."""
    skin = theme.version(site.theme)
    for it in moves:
        write = partial(_redirect, it.target, site)
        yield file(slugs.page_file(it.path), (site.url, it.target, skin), write)
    if moves:
        text = "".join(f"{site.base}/{quote(it.path)} {it.target} 301\n" for it in moves)
        yield file(MOVED, text, text.encode)


def listed(text: str, base: str) -> dict[str, str]:
    """Where each old path leads, as the list of them says; `base` is that of the site."""
    rows = (line.split(" ") for line in text.splitlines())
    return {unquote(old.removeprefix(f"{base}/")): target for old, target, _ in rows}


def _redirect(target: str, site: Site) -> bytes:
    url = urljoin(f"{site.url}/", target)
    return theme.page("moved.html", site, target=target, url=url).encode("utf-8", "replace")


def _renamed(entries: Iterable[Entry]) -> Iterator[Moved]:
    for entry in entries:
        for path in entry.aliases:
            yield Moved(path, entry.href, entry.path)


def _settled(site: Site, wrong: list[Mistake]) -> Iterator[Moved]:
    """What config.yaml says; what leads on from there is followed to its end."""
    known = {_bare(old): new for old, new in site.redirects}
    for path, new in known.items():
        seen = {path}
        while _bare(new) in known and _bare(new) not in seen:
            seen.add(_bare(new))
            new = known[_bare(new)]
        if what := "it leads in a circle" if _bare(new) in seen else slugs.path_fault(path):
            what = f"site.redirects: `/{path}` cannot lead on: {what}"
            expected = "a page that is there"
            wrong.append(Mistake(path="config.yaml", line=0, what=what, expected=expected))
        else:
            target = new if is_address(new) else f"{site.base}/{new.lstrip('/')}"
            yield Moved(path, quote(target, safe=_ADDRESS), "config.yaml")


def _bare(path: str) -> str:
    return unquote(path).removesuffix("/index.html").strip("/")


class _Files:
    """The files of a site, and what cannot be another beside them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = set(paths)
        self._folders = {folder for path in self._paths for folder in _like_files(path)}

    def add(self, path: str) -> None:
        self._paths.add(path)
        self._folders.update(_like_files(path))

    def fault(self, path: str) -> str:
        """What keeps a path from being a file; "" where nothing does."""
        above = (path[:at] for at, character in enumerate(path) if character == "/")
        is_taken = path in self._paths or path in self._folders
        return "a page is there" if is_taken or not self._paths.isdisjoint(above) else ""


def _like_files(path: str) -> Iterator[str]:
    """The folders of a path whose name could be that of a page."""
    if ".html/" in path:
        ends = (at for at, character in enumerate(path) if character == "/")
        yield from (path[:at] for at in ends if path[:at].endswith(".html"))


def _xml(path: str, template: str, places: Places, site: Site) -> File:
    def write() -> bytes:
        return theme.page(template, site, places=places).encode("utf-8", "replace")

    return file(path, (site.url, theme.version(site.theme), views.digest(places)), write)
