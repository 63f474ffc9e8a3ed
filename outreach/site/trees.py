"""Two trees of files, one served and one made ready, and a link that turns between them.

Nobody sees a tree that is being changed, so a build that is killed is never visible. A tree has a
manifest only while it is whole: one that was killed over is made anew.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from outreach.site.files import File

FEW = 100
"""Up to so many new files are synced one by one, more of them all at once."""

Manifest = Mapping[str, str]


class Trees:
    """The two trees below a symlink `out`; what they hold is remembered from one call to the next.

    Nobody else may write there meanwhile.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._manifests: dict[Path, Manifest] = {}

    def install(self, files: Mapping[str, File]) -> Path:
        """Make `out` show these files, by path, and no others; gives back the tree it points to.

        What did not change is not written. Raises OSError; `out` is then as it was.
        """
        return self._install(files, {path: file.key for path, file in files.items()})

    def add(self, files: Mapping[str, File]) -> Path | None:
        """The same, and what is served now stays beside these; nothing where that is not known."""
        live = current(self._out)
        before = self._keys(live)
        if live is None or not before:
            return None
        return self._install(files, {**before, **{it.path: it.key for it in files.values()}})

    def settle(self) -> None:
        """Bring the other tree up to what is served where it is far behind, or not there, so that
        the next change is quick."""
        live = current(self._out)
        if live is not None:
            spare, keys = _spare(self._out, live), self._keys(live)
            had = self._keys(spare)
            if sum(had.get(path) != key for path, key in keys.items()) > FEW or not had:
                self._change(spare, {}, keys)

    def _install(self, files: Mapping[str, File], wanted: Manifest) -> Path:
        live = current(self._out)
        if live is not None and self._keys(live) == wanted:
            return live
        spare = _spare(self._out, live)
        self._change(spare, files, wanted)
        _swap(self._out, spare)
        _remove_strangers(self._out)
        return spare

    def _change(self, tree: Path, files: Mapping[str, File], wanted: Manifest) -> None:
        """Make a tree that nobody sees hold what is wanted, of `files` and of what is served."""
        live, had = current(self._out), self._keys(tree)
        before = self._keys(live)
        self._manifests.pop(tree, None)
        _manifest_path(tree).unlink(missing_ok=True)
        if not had:
            shutil.rmtree(tree, ignore_errors=True)
            tree.mkdir(parents=True)
        _remove(tree, had.keys() - wanted.keys())
        changed = [path for path, key in wanted.items() if had.get(path) != key]
        new = [path for path in changed if before.get(path) != wanted[path]]
        lost = _link(tree, [it for it in changed if before.get(it) == wanted[it]], live)
        _write(tree, [files[path] for path in (*new, *lost)])
        _write_manifest(tree, wanted)
        self._manifests[tree] = wanted

    def _keys(self, tree: Path | None) -> Manifest:
        if tree is None:
            return {}
        if tree not in self._manifests:
            self._manifests[tree] = manifest(tree)
        return self._manifests[tree]


def current(out: Path) -> Path | None:
    """The tree that is served now; None before the first."""
    return out.resolve() if out.is_symlink() and out.exists() else None


def manifest(tree: Path | None) -> Manifest:
    """The key of each file of a whole tree by its path; empty where it is not whole."""
    if tree is None:
        return {}
    try:
        found = json.loads(_manifest_path(tree).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _spare(out: Path, live: Path | None) -> Path:
    one, other = (out.parent.resolve() / f"{out.name}-{letter}" for letter in "ab")
    return other if live == one else one


def _remove(tree: Path, paths: Collection[str]) -> None:
    """Delete files, and the folders that are empty then."""
    for path in paths:
        file = tree / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == tree or any(folder.iterdir()):
                break
            folder.rmdir()


def _link(tree: Path, paths: Iterable[str], source: Path | None) -> list[str]:
    """Put files of another tree into this one, as the very same files; gives back what is lost."""
    lost = []
    for path in paths if source else ():
        target = _cleared(tree, path)
        try:
            os.link(f"{source}/{path}", target)
        except FileNotFoundError:
            lost.append(path)
    return lost


def _write(tree: Path, files: Collection[File]) -> None:
    """Put files into a tree, where they stay whatever happens."""
    written = []
    for file in files:
        target = Path(_cleared(tree, file.path))
        target.write_bytes(file.write())
        written.append(target)
    if len(written) > FEW:
        os.sync()
        return
    for path in (*written, *{target.parent for target in written}):
        _sync(path)


def _cleared(tree: Path, path: str) -> str:
    """Where a file goes: its folder is there, and nothing of that name. Plain text and calls, since
    there are tens of thousands."""
    target = f"{tree}/{path}"
    try:
        os.unlink(target)  # noqa: PTH108
    except FileNotFoundError:
        os.makedirs(target.rpartition("/")[0], exist_ok=True)  # noqa: PTH103
    return target


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(out: Path, target: Path) -> None:
    link = out.parent / f".{out.name}-link"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(out)
    _sync(out.parent)


def _remove_strangers(out: Path) -> None:
    """Delete what an earlier outreach built under other names."""
    ours = {f"{out.name}-a", f"{out.name}-b"}
    for path in out.parent.glob(f"{out.name}-*"):
        if path.name not in ours and path.is_dir():
            shutil.rmtree(path)
            _manifest_path(path).unlink(missing_ok=True)


def _manifest_path(tree: Path) -> Path:
    return tree.with_name(f".{tree.name}.json")


def _write_manifest(tree: Path, keys: Manifest) -> None:
    path = _manifest_path(tree)
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(keys))
    _sync(new)
    new.replace(path)
