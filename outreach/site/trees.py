"""Two trees of files, one served and one made ready, and a link that turns between them.

Nobody sees a tree that is being changed, so a build that is killed is never visible. A tree has a
manifest only while it is whole: one that was killed over is made anew.
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from outreach.site.files import File

FEW = 100
"""Up to so many new files are synced one by one, more of them all at once."""

Manifest = Mapping[str, str]


def install(files: Mapping[str, File], out: Path) -> Path:
    """Make the symlink `out` show these files, by path; gives back the tree it points to.

    What did not change is not written. Raises OSError; `out` is then as it was.
    """
    wanted = {path: file.key for path, file in files.items()}
    live = current(out)
    before = manifest(live)
    if live is not None and before == wanted:
        return live
    spare = _spare(out, live)
    had = manifest(spare)
    _manifest_path(spare).unlink(missing_ok=True)
    if not had:
        shutil.rmtree(spare, ignore_errors=True)
        spare.mkdir(parents=True)
    _remove(spare, had.keys() - wanted.keys())
    changed = [path for path, key in wanted.items() if had.get(path) != key]
    _write(spare, {path: files[path] for path in changed}, live, before)
    _write_manifest(spare, wanted)
    _swap(out, spare)
    _remove_strangers(out)
    return spare


def twin(out: Path) -> None:
    """Have a second tree ready, so that the next change need not make one."""
    live = current(out)
    spare = _spare(out, live)
    if live is None or manifest(spare):
        return
    keys = manifest(live)
    shutil.rmtree(spare, ignore_errors=True)
    spare.mkdir()
    for path in keys:
        _parent(spare / path)
        os.link(live / path, spare / path)
    _write_manifest(spare, keys)


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


def _write(tree: Path, files: Mapping[str, File], live: Path | None, before: Manifest) -> None:
    """Put files into a tree; what is served now with the same bytes is a hard link to that."""
    written = []
    for path, file in files.items():
        target = tree / path
        target.unlink(missing_ok=True)
        _parent(target)
        if live is None or before.get(path) != file.key or not _link(live / path, target):
            target.write_bytes(file.write())
            written.append(target)
    if len(written) > FEW:
        os.sync()
        return
    for folder in {target.parent for target in written}:
        _sync(folder)
    for target in written:
        _sync(target)


def _parent(path: Path) -> None:
    try:
        path.parent.mkdir()
    except FileExistsError:
        return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


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
