"""A blog of another tool as a test writes it down, and what became of it here."""

from collections.abc import Mapping
from pathlib import Path

from outreach.site import sources
from outreach.site.sources import Blog, Document


def a_blog(root: Path, files: Mapping[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def read(kind: str, root: Path, files: Mapping[str, str], **said: str) -> Blog:
    """The blog of these files, read."""
    return sources.read(kind, a_blog(root, files), **said)


def by_file(blog: Blog) -> dict[str, Document]:
    """Its documents by where they lie here."""
    return {it.file: it for it in blog.documents}


def addresses(blog: Blog) -> dict[str, str]:
    """Where each file's page is here."""
    return {it.file: str(it.front["path"]) for it in blog.documents}


def wrong(blog: Blog) -> list[str]:
    """What it says is to be looked at."""
    return [str(it) for it in blog.mistakes]
