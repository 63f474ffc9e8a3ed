"""Small built trees, and what a place should then look like."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outreach.deploy import Means, Target
from outreach.deploy._record import Record
from outreach.fetch import Fetch, loopback_only

Files = Mapping[str, bytes]

FIRST: Files = {
    ".gone": b"2026/old/index.html\n",
    ".well-known/security.txt": b"Contact: mailto:ada@acme.example",
    "2026/hello/index.html": b"<h1>Hello</h1>",
    "2026/old/index.html": b"<h1>Taken back</h1>",
    "_redirects": b"/older/ /2026/old/ 301\n",
    "atom.xml": b"<feed/>",
    "index.html": b"<h1>Home</h1>",
    "media/0123456789abcdef.png": b"\x89PNG",
    "tags/c++/index.html": b"<h1>C++</h1>",
    "tags/\xe4 #1/index.html": b"<h1>Blanks and signs</h1>",
}

SECOND: Files = {
    **{
        path: body
        for path, body in FIRST.items()
        if "old" not in path and "tags" not in path and path != ".gone"
    },
    "#1/index.html": b"<h1>Number one</h1>",
    "2026/next/index.html": b"<h1>Next</h1>",
    "index.html": b"<h1>Home, again</h1>",
}
"""One page is gone, some folders are, one page is new and one has changed."""


def built(folder: Path, files: Files) -> tuple[Path, Mapping[str, str]]:
    """A tree of these files, and its manifest."""
    for path, body in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    return folder, {path: body.hex() or "empty" for path, body in files.items()}


def carry(target: Target, record: Path, tree: Path, keys: Mapping[str, str]) -> int:
    """Carry what differs, as the flow does; gives back how many files that were."""
    known = Record(record, target.name)
    change = known.begin(tree, keys)
    known.end(list(target.carry(tree, change)), tree, keys)
    return len(change)


def for_others(files: Files) -> dict[str, bytes]:
    """What everybody else gets of a tree."""
    return {path: body for path, body in files.items() if path != ".gone"}


def found(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def means(cache: Path, **more: Any) -> Means:
    """What a target gets; its secrets are their own names."""
    values: dict[str, Any] = {
        "root": cache / "leader",
        "cache": cache / "cache",
        "secret": lambda name: name.removeprefix("$").lower(),
        "fetch": Fetch(guard=loopback_only),
        "environ": {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(cache)},
        "now": lambda: datetime.now(UTC),
    }
    return Means(**{**values, **more})
