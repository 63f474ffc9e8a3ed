"""The leader's folder: which files in it are texts, images, or served as they are."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from outreach.model.errors import Mistake
from outreach.site import slugs

IMAGES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"])

MARKDOWN = (".md", ".markdown", ".mdx")
"""How texts end; none is ever served."""

FOLDERS = ("posts", "notes", "letters", "pages")
"""Where a leader's texts lie. What is in `notes/` is the text itself, and needs no title; what is
in `letters/` goes to the newsletter's subscribers alone; `pages/` has plain pages, which need no
date and are never announced."""

STATIC = "static"
"""The folder that is copied to the site's root as it is."""

OVER = frozenset(["robots.txt", "404.html"])
"""Files of the site whose place one in `static/` takes."""

WELL_KNOWN = ".well-known"
"""The one hidden folder that a site shows (RFC 8615)."""


def scan_all(root: Path) -> tuple[list[str], list[Mistake]]:
    """Every text of a leader's folder by its path from there, and what was left out and why."""
    names: list[str] = []
    mistakes: list[Mistake] = []
    for folder in FOLDERS:
        found, wrong = _below(root / folder, _is_text)
        names += (f"{folder}/{name}" for name in found)
        mistakes += (replace(mistake, path=f"{folder}/{mistake.path}") for mistake in wrong)
    return names, mistakes


def media_of(root: Path) -> dict[str, Path]:
    """What lies beside the texts of a leader's folder, by its path from the root.

    Among them is the text of each bundle (`hello/index.md`), which says whose the files beside it
    are.
    """
    return {
        f"{name}/{path}": root / name / path
        for name in FOLDERS
        for path in _below(root / name, _is_beside)[0]
    }


def static_of(root: Path) -> tuple[dict[str, Path], list[Mistake]]:
    """The files of `static/` by their path on the site, and what was left out and why.

    Hidden files are left out, but for `.well-known/`; what the site itself has under that name is
    never shadowed, but for `OVER`.
    """
    folder = root / STATIC
    names, mistakes = _below(folder, lambda name: True, is_hidden=_is_hidden_file)
    found = {}
    for name in names:
        if what := _unservable(name):
            mistakes.append(Mistake(path=name, line=0, what=what, expected="another name"))
        else:
            found[name] = folder / name
    return found, [replace(it, path=f"{STATIC}/{it.path}") for it in mistakes]


def _unservable(name: str) -> str:
    if name in OVER or name.startswith(f"{WELL_KNOWN}/"):
        return ""
    what = slugs.fault(name.removesuffix("/index.html"))
    return f"it is not on the site: {what}" if what else ""


def scan(folder: Path) -> tuple[list[Path], list[Mistake]]:
    """Every text below `folder`, sorted, and what was left out and why."""
    names, mistakes = _below(folder, _is_text)
    return [folder / name for name in names], mistakes


def scan_images(folder: Path) -> dict[str, Path]:
    """Every image file below `folder`, by its path relative to it with forward slashes."""
    return {name: folder / name for name in _below(folder, _is_image)[0]}


def is_text(name: str) -> bool:
    """Whether a path of the folder names a text of the leader's."""
    parts = name.split("/")
    return parts[0] in FOLDERS and _is_text(name) and not any(map(_is_hidden, parts))


def _is_text(name: str) -> bool:
    return name[-3:].lower() == ".md"


_LEFT_BY_EDITORS = re.compile(
    r"#.*#|.*(~|\.(bak|orig|rej|sw[a-p]|tmp|md\..*|markdown\..*))", re.IGNORECASE
)
"""Copies that tools leave beside a text: they may have what was never to be published."""


def _is_beside(name: str) -> bool:
    if _LEFT_BY_EDITORS.fullmatch(os.path.basename(name)):  # noqa: PTH119
        return False
    return not name.lower().endswith(MARKDOWN) or os.path.basename(name).startswith("index.")  # noqa: PTH119


def _is_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGES  # noqa: PTH122


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _is_hidden_file(name: str) -> bool:
    return name.startswith(".") and name != WELL_KNOWN


def _below(
    folder: Path, is_wanted: Callable[[str], bool], is_hidden: Callable[[str], bool] = _is_hidden
) -> tuple[list[str], list[Mistake]]:
    """The wanted files below a folder by their path there, sorted, and what was left out."""
    mistakes: list[Mistake] = []

    def skip(name: str, what: str) -> None:
        expected = f"a file in {folder.name}/"
        mistakes.append(Mistake(path=name, line=0, what=f"skipped: {what}", expected=expected))

    def walk(path: str, below: str) -> Iterator[str]:
        for entry in _entries(path, below, skip):
            name = below + entry.name
            if is_hidden(entry.name):
                continue
            if entry.is_symlink():
                what = _wrong_link(entry.path, folder)
                if what and (is_wanted(name) or os.path.isdir(entry.path)):  # noqa: PTH112
                    skip(name, what)
                elif is_wanted(name):
                    yield name
            elif entry.is_dir():
                yield from walk(entry.path, f"{name}/")
            elif is_wanted(name):
                if entry.is_file():
                    yield name
                else:
                    skip(name, "a pipe, socket or device")

    return sorted(walk(str(folder), "")), mistakes


def _entries(path: str, below: str, skip: Callable[[str, str], None]) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is not there."""
    try:
        with os.scandir(path) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        skip(below, f"the folder cannot be read ({error.strerror})")
        return []


def _wrong_link(path: str, folder: Path) -> str:
    """What is wrong with a symlink; "" for one to a file of the same folder."""
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116
        inside = Path(path).resolve().is_relative_to(folder.resolve())
    except OSError:
        return "a link that leads nowhere"
    if not inside:
        return "a link that leaves the folder"
    if stat.S_ISDIR(kind):
        return "a link to a folder"
    return "" if stat.S_ISREG(kind) else "a pipe, socket or device"
