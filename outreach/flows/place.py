"""Files into a folder: whole or not at all, and never over what is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from outreach.model.errors import Refused
from outreach.site.exports import Content


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Files `written`, files that were `there` as they are, and files `left` as they are there
    with other bytes."""

    written: tuple[str, ...]
    there: tuple[str, ...]
    left: tuple[str, ...]


def place(files: Mapping[str, Content], folder: Path, *, dry_run: bool = False) -> Placed:
    """Write the files, by their path below `folder`; with `dry_run` only say which.

    Raises Refused before anything is written where a path leaves the folder, and OSError.
    """
    paths = {name: _inside(folder, name) for name in files}
    written: list[str] = []
    there: list[str] = []
    left: list[str] = []
    for name, path in paths.items():
        if not path.exists():
            written.append(name)
            if not dry_run:
                _put(path, files[name])
        else:
            (there if _is_same(path, files[name]) else left).append(name)
    return Placed(written=tuple(written), there=tuple(there), left=tuple(left))


def _inside(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    path = folder.joinpath(*parts)
    is_path = bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name
    if not is_path or not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{name!r} would leave {folder}; nothing is written")
    return path


def _put(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:80]}.part")
    part.write_bytes(_bytes(content))
    part.replace(path)


def _is_same(path: Path, content: Content) -> bool:
    return path.is_file() and path.read_bytes() == _bytes(content)


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()
