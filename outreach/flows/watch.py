"""The folder that another tool builds a blog from: its posts, once due, as entries of a feed."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

from outreach.channels._feed import Entry
from outreach.model.errors import Mistake
from outreach.site import sources
from outreach.site.characters import clean
from outreach.site.render import render
from outreach.site.sources import Document
from outreach.site.sources._files import MARKDOWN, walk

OPENING = 5_000
"""How many characters of a text are rendered, to find its first paragraph."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is in a folder and due. `known` is what to keep to know it again; `wrong` are the files
    that nobody can read."""

    entries: tuple[Entry, ...]
    known: str
    wrong: tuple[Mistake, ...] = ()


def watch(kind: str, folder: Path, url: str, kept: str | None, now: datetime) -> Seen | None:
    """The blog that is built from a folder; None where nothing changed.

    `url` is its public address. A draft is not there, nor is a translation, nor what is dated in
    the future. Raises Refused where the folder is no blog of this kind.
    """
    stamp = _stamp(folder)
    known = json.loads(kept) if kept else {}
    waits = known.get("due", "")
    if known.get("stamp") == stamp and (not waits or datetime.fromisoformat(waits) > now):
        return None
    blog = sources.read(kind, folder, url=url)
    files = {it.file for it in blog.documents}
    posts = (it for it in blog.documents if it.file.startswith("posts/"))
    dated = [(it.published, it) for it in posts if not _translates(it.file, files)]
    due = min((at for at, _ in dated if at and at > now), default=None)
    read = {it.source for it in blog.documents}
    return Seen(
        entries=tuple(_entry(it, url, at) for at, it in dated if at and at <= now),
        known=json.dumps({"stamp": stamp, "due": due.isoformat() if due else ""}),
        wrong=tuple(it for it in blog.mistakes if it.path not in read and _is_text(it.path)),
    )


def _translates(file: str, files: Collection[str]) -> bool:
    """Whether it is `hello.de.md` beside `hello.md`."""
    original, dot, _ = file.removesuffix(".md").rpartition(".")
    return bool(dot) and f"{original}.md" in files


def _is_text(name: str) -> bool:
    return Path(name).suffix.lower() in MARKDOWN


def _stamp(folder: Path) -> str:
    """A hash that changes with every file's name, size or time."""
    digest = sha256()
    for line in _lines(folder):
        digest.update(line.encode("utf-8", "replace"))
    return digest.hexdigest()


def _lines(folder: Path) -> Iterator[str]:
    for file in walk(folder, leave=("node_modules", "public", "resources", "_site", "output")):
        stat = file.stat()
        yield f"{file} {stat.st_size} {stat.st_mtime_ns}\n"


def _entry(document: Document, url: str, published: datetime) -> Entry:
    front = document.front
    link = urljoin(f"{url}/", document.url)
    tags, authors = front.get("tags"), front.get("authors")
    return Entry(
        id=str(front.get("id") or link),
        link=link,
        title=clean(str(front.get("title", ""))),
        html=render(document.body[:OPENING]),
        summary=clean(str(front.get("summary", ""))),
        author=", ".join(map(str, authors)) if isinstance(authors, list) else "",
        published=published,
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        language=str(front.get("language", "")),
    )
