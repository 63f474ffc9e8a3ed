"""Blogs that were made elsewhere, read as files of ours: one module a kind, found by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from outreach.model.errors import Mistake, Refused


@dataclass(frozen=True, kw_only=True)
class Document:
    """One post or page of another tool, as a file of ours would say it.

    `source` is where it stood there, for messages. `file` is where it lies here, from the folder's
    root (`posts/2016/hello.md`, `pages/about.md`, `posts/hello.de.md`). `front` is its front
    matter in our keys (`title`, `date`, `path`, `aliases`, `id`, `authors`, `tags`, …), `body` its
    Markdown with shortcodes converted. `url` is its old address, absolute or from the site's root.
    `files` are those that come along, by their path from the folder's root: a file, or its bytes.
    """

    source: str
    file: str
    front: Mapping[str, object]
    body: str
    url: str = ""
    published: datetime | None = None
    files: Mapping[str, Path | bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Blog:
    """A whole blog, read. `mistakes` say by file and line what could not be taken over.

    `static` are files for `static/`, by their path below it. `site` are settings for `site:` in
    config.yaml: `title`, `url`, `language`, …, `feeds` (further names of feeds) and `redirects`.
    """

    documents: tuple[Document, ...]
    static: Mapping[str, Path | bytes] = field(default_factory=dict)
    site: Mapping[str, object] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


def kinds() -> tuple[str, ...]:
    """Every kind of blog that can be read."""
    return tuple(sorted(it.name for it in iter_modules(__path__) if it.name[0] != "_"))


def read(kind: str, place: Path, **said: str) -> Blog:
    """The blog at `place`, a folder or an exported file. Raises Refused where it is none.

    `said` is what its own settings do not say, of what the kind's OPTIONS take: `url`, the public
    address, and `permalink`, the pattern of its posts' addresses in that tool's words.
    """
    if kind not in kinds():
        raise Refused(f"{kind!r} cannot be read; there are: {', '.join(kinds())}")
    module = import_module(f"{__name__}.{kind}")
    taken = getattr(module, "OPTIONS", ())
    for name in said:
        if name not in taken:
            raise Refused(f"--{name} means nothing to {kind}: its export says that itself")
    found: Blog = module.read(place, **said)
    return found
