"""A page on its way: where it was and where it goes, until its links can be written anew."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from outreach.model.errors import Mistake
from outreach.site import slugs
from outreach.site.sources import Document, _links
from outreach.site.sources._files import MARKDOWN
from outreach.site.sources._front import Page, read


@dataclass(frozen=True, kw_only=True)
class Moved:
    """`file` is where it lies here, `path` its page's, `front` its head in our keys.

    `beside` are its bundle's files by their path there. `key` is what links call it: its file as
    the other tool names it, from the root of its texts.
    """

    page: Page
    key: str
    file: str
    path: str
    front: Mapping[str, object]
    published: datetime | None = None
    beside: Mapping[str, Path] = field(default_factory=dict)
    id: str = ""

    @property
    def folder(self) -> str:
        """Where relative links of it start, among the other tool's texts."""
        return posixpath.dirname(self.key)


@dataclass(frozen=True, kw_only=True)
class Pages:
    """All pages of a blog, for links among them. `url` is its public address, "" if not known."""

    moved: Sequence[Moved]
    static: Mapping[str, Path] = field(default_factory=dict)
    url: str = ""

    @property
    def base(self) -> str:
        """The path that addresses on the site's host begin with."""
        return urlsplit(self.url).path.rstrip("/")

    def address(self, moved: Moved) -> str:
        """A page's address from its host's root."""
        return f"{self.base}/{slugs.page_path(moved.path)}"

    def by_key(self) -> dict[str, Moved]:
        """Pages by what links may call them."""
        return {moved.key: moved for moved in self.moved}

    def documents(
        self, convert: Callable[[Moved, list[Mistake]], str]
    ) -> tuple[list[Document], list[Mistake]]:
        """The pages with their texts; `convert` writes out what is the other tool's own."""
        mistakes: list[Mistake] = []
        keys = self.by_key()
        documents = []
        for moved in self.moved:
            if what := slugs.fault(moved.path):
                what = f"its address /{moved.path}/ is left out: {what}"
                mistakes.append(moved.page.mistake(what, "a page of another name"))
                continue
            documents.append(self._document(moved, convert(moved, mistakes), keys))
            mistakes += _alias_faults(moved)
        return documents, mistakes

    def _document(self, moved: Moved, body: str, keys: Mapping[str, Moved]) -> Document:
        folder = posixpath.dirname(moved.file)
        name = posixpath.basename(moved.path).removesuffix(".html")
        front = {
            "title": re.sub("[-_]+", " ", name).strip().capitalize(),
            **moved.front,
            "path": moved.path,
            "aliases": list(_aliases(moved)),
        }
        if moved.id and moved.id != slugs.page_url(self.url, moved.path):
            front["id"] = moved.id
        return Document(
            source=moved.page.name,
            file=moved.file,
            front=front,
            body=_links.rewrite(body, lambda link, _: self._link(moved, link, keys)),
            url=self.address(moved),
            published=moved.published,
            files={f"{folder}/{name}": path for name, path in moved.beside.items()},
        )

    def _link(self, moved: Moved, link: str, keys: Mapping[str, Moved]) -> str:
        """A link to a file of the other tool as one to its page."""
        if "://" in link or link.startswith(("//", "#", "mailto:")):
            return link
        path, mark, fragment = link.partition("#")
        path = unquote(path)
        if posixpath.splitext(path)[1].lower() in MARKDOWN:
            from_here = posixpath.normpath(posixpath.join(moved.folder, path))
            for key in (path.lstrip("/"), from_here):
                if key in keys:
                    return self.address(keys[key]) + mark + fragment
        return link


def _aliases(moved: Moved) -> Iterator[str]:
    """The old addresses that can lead here."""
    for alias in _said(moved):
        path = unquote(alias).removesuffix("/index.html").strip("/")
        if path != moved.path and not slugs.fault(path):
            yield alias


def _alias_faults(moved: Moved) -> Iterator[Mistake]:
    for alias in _said(moved):
        path = unquote(alias).removesuffix("/index.html").strip("/")
        if what := slugs.fault(path):
            expected = "`redirects:` in config.yaml"
            yield moved.page.mistake(f"{alias} cannot lead here: {what}", expected, key="aliases")


def _said(moved: Moved) -> list[str]:
    said = moved.front.get("aliases")
    return [str(it) for it in said] if isinstance(said, list) else []


def told(path: str, what: str, expected: str = "") -> Mistake:
    """A mistake about a whole file."""
    return Mistake(path=path, line=0, what=what, expected=expected)


def above_lists(files: Iterable[Path], root: Path) -> Iterator[Mistake]:
    """What is written above the lists of a section or of the home page, which are made here."""
    for file in files:
        page = read(file, root, [])
        if page and page.body.strip():
            yield page.mistake("the text of a list is left out", "a page of its own in pages/")


def unlike(moved: Iterable[Moved]) -> list[Moved]:
    """The pages, each with a file of its own: what would share one is named by its whole path."""
    taken: set[str] = set()
    hidden = re.compile(r"(?<=/)[_.]+(?=[^/_.])")
    found = []
    for it in moved:
        it = replace(it, file=hidden.sub("", it.file))
        if it.file.casefold() in taken:
            it = replace(it, file=f"{it.file.partition('/')[0]}/{it.path.removesuffix('.html')}.md")
        taken.add(it.file.casefold())
        found.append(it)
    return found
