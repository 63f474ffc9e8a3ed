"""A leader's posts as another tool's site: one module a kind, found by its name."""

import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import unquote, urlsplit

from outreach.model.errors import Refused
from outreach.model.post import Post
from outreach.site.sources import _links
from outreach.site.views import UNDATED, Site


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A post on its way out. `front` is its head as it is written here; `beside` are the files of
    its bundle by their path from it."""

    post: Post
    front: Mapping[str, object]
    beside: Mapping[str, Path] = field(default_factory=dict)

    @property
    def is_bundle(self) -> bool:
        """Whether it has a folder of its own."""
        return posixpath.basename(self.post.path).startswith("index.")


Content = Path | bytes
"""What a file is made of: the bytes, or a file that has them."""


def kinds() -> tuple[str, ...]:
    """Every tool that we can write for."""
    return tuple(sorted(it.name for it in iter_modules(__path__) if it.name[0] != "_"))


def write(kind: str, posts: Sequence[Leaving], site: Site) -> dict[str, Content]:
    """The files of that tool's site but its static ones. Raises Refused for no tool of ours."""
    if kind not in kinds():
        raise Refused(f"{kind!r} cannot be written; there are: {', '.join(kinds())}")
    found: dict[str, Content] = import_module(f"{__name__}.{kind}").write(posts, site)
    return found


def address(path: str) -> str:
    """A page's address from the site's root, as a person writes it."""
    return f"/{path}" if path.endswith(".html") else f"/{path}/"


def dated(leaving: Leaving) -> object:
    """When it went out, or when its draft would; None for a page that has no date."""
    published = leaving.post.published
    return published if published and published != UNDATED else leaving.front.get("date")


def body(leaving: Leaving, root: Path, site: Site) -> tuple[str, dict[str, Path]]:
    """The text with links to files that lie elsewhere in the folder as links from the site's root,
    and those files by their path there."""
    files: dict[str, Path] = {}
    base = urlsplit(site.url).path.rstrip("/")
    folder = posixpath.dirname(leaving.post.path)

    def lead(link: str, _: int) -> str:
        path = unquote(link.partition("#")[0])
        if (
            not path
            or "://" in link
            or path.startswith("/")
            or posixpath.normpath(path) in leaving.beside
        ):
            return link
        inside = os.path.normpath(f"{folder}/{path}")
        if not inside.startswith("..") and (root / inside).is_file():
            files[inside] = root / inside
            return f"{base}/{inside}"
        return link

    return _links.rewrite(leaving.post.body, lead), files
