"""What a hosted blog hands out: a zip, the folder that somebody made of it, or a single file."""

import re
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from outreach.model.errors import Mistake, Refused
from outreach.site import slugs
from outreach.site.folder import IMAGES
from outreach.site.sources import Document
from outreach.site.sources._files import walk

ENTRIES = 50_000
SIZE = 512 << 20
"""How much a zip may hold: entries, and bytes once unpacked."""

MEDIA = IMAGES | {
    ".csv", ".doc", ".docx", ".epub", ".gz", ".m4a", ".m4v", ".mov", ".mp3", ".mp4", ".ogg", ".pdf",
    ".ppt", ".pptx", ".txt", ".vtt", ".wav", ".webm", ".xls", ".xlsx", ".zip",
}  # fmt: skip
"""What an upload may be that goes to static/: nothing that a server could run, or a dump."""

File = Path | bytes
Files = Mapping[str, File]
"""Files by their path from the export's root."""


def opened(place: Path) -> dict[str, File]:
    """The files of an export. Raises Refused where it is none, or a zip that is not safe."""
    try:
        if place.is_dir():
            return {path.relative_to(place).as_posix(): path for path in walk(place)}
        if is_zipfile(place):
            return _unpacked(place)
    except (OSError, BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused(f"{place} cannot be read: {error}") from error
    if not place.is_file():
        raise Refused(f"{place} is not there")
    return {place.name: place}


def _unpacked(place: Path) -> dict[str, File]:
    with ZipFile(place) as archive:
        entries = [entry for entry in archive.infolist() if _is_wanted(entry, place)]
        if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > SIZE:
            what = f"{place} holds more than {ENTRIES:,} files or {SIZE >> 20} MB"
            raise Refused(f"{what}; unpack it, and give the folder")
        return {entry.filename: archive.read(entry) for entry in entries}


def _is_wanted(entry: ZipInfo, place: Path) -> bool:
    """Whether it is a file to read. Raises Refused for a name that leaves the zip."""
    name = entry.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in "".join(parts[:1]):
        raise Refused(f"{place} has a file named {name!r}, which lies outside of it")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not (entry.is_dir() or is_link or hidden)


def data(file: File) -> bytes:
    """A file's bytes. Raises OSError."""
    return file if isinstance(file, bytes) else file.read_bytes()


def text(name: str, file: File, mistakes: list[Mistake]) -> str | None:
    """What a file says; None, and why, where it cannot be read."""
    try:
        return data(file).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    mistakes.append(Mistake(path=name, line=0, what=what, expected="UTF-8 text"))
    return None


def words(html: str) -> str:
    """A title or an excerpt as one line, without its markup."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", html)).split())


def path_of(address: str, base: str = "") -> str:
    """A page's path on its site, as `path:` wants it: `2016/hello`, `2016/hello.html`.

    `address` is from its host's root or absolute, `base` the site's own path on that host.
    """
    path = unicodedata.normalize("NFC", unquote(urlsplit(address).path))
    return path.removeprefix(base).strip("/").removesuffix("/index.html")


def unfit(path: str) -> str:
    """Why our site cannot have a page there; "" where it can."""
    return slugs.fault(path) or ""


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where the addresses of a blog lead from now on.

    `hosts` are its own, `base` is its path there; `static` has the files that come along.
    """

    hosts: frozenset[str]
    static: Files
    base: str = ""

    def address(self, link: str) -> str:
        """An address from the site's root where it is ours, else as it was."""
        parts = urlsplit(link)
        if parts.netloc.removeprefix("www.").casefold() not in self.hosts:
            return link
        mark = (f"?{parts.query}" if parts.query else "") + (
            f"#{parts.fragment}" if parts.fragment else ""
        )
        return (parts.path or "/") + mark

    def has(self, path: str) -> bool:
        """Whether a file of this path, from the host's root, comes along."""
        return unquote(path).removeprefix(self.base).lstrip("/") in self.static


def host(url: str) -> str:
    """A site's host, as `Links.hosts` wants it."""
    return urlsplit(url).netloc.removeprefix("www.").casefold()


def apart(documents: Iterable[Document | None]) -> tuple[Document, ...]:
    """Those that are there, each with a file and an address of its own, as drafts may lack one."""
    taken: dict[str, Document] = {}
    for document in filter(None, documents):
        path, number = str(document.front["path"]), 1
        file = document.file
        while file.casefold() in taken:
            number += 1
            file = f"{document.file.removesuffix('.md')}-{number}.md"
        if number > 1:
            front = {**document.front, "path": f"{path}-{number}"}
            document = replace(document, file=file, front=front)
        taken[file.casefold()] = document
    return tuple(taken.values())


def redirects(old: str, ours: str, feed: str) -> dict[str, str]:
    """From the page of a tag or an author, and its feed, to ours: `/tag/x/` to `/tags/x/`."""
    return {f"{old}/": ours, f"{old}/{feed}/": f"{ours}rss.xml"}


def tag_page(name: str) -> str:
    """Where our site lists the posts of a tag, from its root."""
    return f"/tags/{slugs.tag_slug(name)}/"


def author_page(name: str) -> str:
    """Where our site lists the posts of an author, from its root."""
    return f"/authors/{slugs.tag_slug(name)}/"
