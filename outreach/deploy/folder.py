"""A folder of this machine, which a web server serves or something else carries on."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from outreach.deploy._target import Change, Line, Means, TargetSettings
from outreach.model.errors import Refused

FEW = 100
"""Up to so many files are synced one by one, more of them all at once."""


class Settings(TargetSettings):
    """`path` is the folder, absolute or from the leader's folder; the folder above it is there."""

    path: Line


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Copies each file beside its place and puts it there whole; what is not ours stays."""

    path: Path

    @property
    def name(self) -> str:
        return f"the folder {self.path}"

    def carry(self, tree: Path, change: Change) -> Iterator[str]:
        """Copy, then delete. Raises OSError."""
        if not self.path.exists():
            self.path.mkdir(0o755)
        for paths in (change.first, change.then):
            self._put(tree, paths)
            yield from paths
        for path in change.gone:
            self._remove(path)
        yield from change.gone

    def _put(self, tree: Path, paths: Iterable[str]) -> None:
        placed = []
        for path in paths:
            target = self.path / path
            target.parent.mkdir(0o755, parents=True, exist_ok=True)
            new = _beside(target)
            new.write_bytes((tree / path).read_bytes())
            new.chmod(0o644)
            placed.append((new, target))
        _sync([new for new, _ in placed])
        for new, target in placed:
            new.replace(target)

    def _remove(self, path: str) -> None:
        """Delete a file, and the folders that are empty then."""
        target = self.path / path
        _beside(target).unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.path or (folder.exists() and any(folder.iterdir())):
                return
            if folder.exists():
                folder.rmdir()


def open(settings: Settings, means: Means) -> Folder:
    """The folder. Raises Refused for one that has the leader's own files."""
    path = (means.root / Path(settings.path).expanduser()).resolve()
    root = means.root.resolve()
    if root.is_relative_to(path) or any(
        path.is_relative_to(root / own) for own in ("posts", "notes", "letters", "pages", "static")
    ):
        raise Refused(f"deploy.path {settings.path} holds the files that the site is made of; "
                      "choose a folder that holds nothing else")  # fmt: skip
    return Folder(path=path)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.outreach")


def _sync(files: list[Path]) -> None:
    if len(files) > FEW:
        os.sync()
        return
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
