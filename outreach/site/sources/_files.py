"""The files of another blog's folder, and its settings in YAML, TOML or JSON."""

import json
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from outreach.model.errors import Mistake, Refused
from outreach.site.folder import WELL_KNOWN

MARKDOWN = frozenset([".md", ".markdown", ".mdown", ".mkd"])

LARGEST = 4 << 20
"""Bytes of a text of another blog that are read at most."""


def walk(folder: Path, *, leave: Collection[str] = ()) -> Iterator[Path]:
    """Every file below `folder`, sorted. No hidden one, no link, and no folder named in `leave`."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        shown = (it for it in folders if it[0] != "." or it == WELL_KNOWN)
        folders[:] = sorted(name for name in shown if name not in leave)
        for name in sorted(files):
            path = Path(parent, name)
            if name[0] != "." and path.is_file() and not path.is_symlink():
                yield path


def named(path: Path, root: Path) -> str:
    """How messages call a file: from the blog's root."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def text(path: Path, root: Path, mistakes: list[Mistake]) -> str | None:
    """What a file says; None, and why, where it cannot be read."""
    what = ""
    try:
        if path.stat().st_size <= LARGEST:
            return path.read_text("utf-8-sig")
        what = f"larger than {LARGEST >> 20} MB"
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    mistakes.append(Mistake(path=named(path, root), line=0, what=what, expected="UTF-8 text"))
    return None


def settings(path: Path) -> dict[str, object]:
    """A settings file as plain values. Raises Refused where it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        written = path.read_text("utf-8-sig")
        if path.suffix == ".toml":
            found: object = tomllib.loads(written)
        elif path.suffix == ".json":
            found = json.loads(written)
        else:
            found = YAML(typ="safe", pure=True).load(written)
    except (OSError, ValueError, RecursionError, YAMLError) as error:
        why = " ".join(str(error).split())
        raise Refused(f"{path} cannot be read: {why}") from error
    if found is not None and not isinstance(found, Mapping):
        raise Refused(f"{path} has no settings in it")
    return {str(key): value for key, value in (found or {}).items()}
