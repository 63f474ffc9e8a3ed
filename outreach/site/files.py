"""A file of the built site, and the key that says when it has to be written again."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of the site. An equal `key` means equal bytes, so that nobody has to write it."""

    path: str
    key: str
    write: Callable[[], bytes]


def file(path: str, inputs: object, write: Callable[[], bytes]) -> File:
    """A file that depends on `inputs` by their repr, and on our own code."""
    text = f"{version()}\n{path}\n{inputs!r}"
    key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
    return File(path=path, key=key, write=write)


def kept(path: str, key: str, source: Path) -> File:
    """A file that is there already under a hash of its bytes."""
    return File(path=path, key=key, write=source.read_bytes)


def apart(files: Iterable[File]) -> tuple[dict[str, File], list[str]]:
    """The files by their path, and the paths that cannot be since another's folder lies there, or
    they lie in another file. Of two the later in the order stays."""
    kept: dict[str, File] = {}
    folders: set[str] = set()
    lost: list[str] = []
    for it in reversed(list(files)):
        if it.path in kept:
            continue
        above = [it.path[:at] for at, letter in enumerate(it.path) if letter == "/"]
        if it.path in folders or any(folder in kept for folder in above):
            lost.append(it.path)
        else:
            kept[it.path] = it
            folders.update(above)
    return kept, lost


@cache
def version() -> str:
    """A hash of our own code, so that a new release writes its pages anew."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted((*here.glob("*.py"), *here.glob("locales/*.toml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
