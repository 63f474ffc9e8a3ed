"""What a target is known to have, kept so that a kill at any moment forgets nothing."""

import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from outreach.deploy._target import Change, difference


class _File(NamedTuple):
    """A file there: the key of its page, and a hash of its bytes. Both are "" while a change of it
    is under way."""

    key: str
    digest: str


_UNKNOWN = _File("", "")


class Record:
    """Every file that `target` has; of another target nothing is known.

    Before a change is carried its paths are marked, so that they are carried again after a kill.
    """

    def __init__(self, path: Path, target: str) -> None:
        self._path = path
        self._target = target
        self._files = self._read()

    def begin(self, tree: Path, wanted: Mapping[str, str]) -> Change:
        """What has to be carried to be as the tree, by the keys of its files.

        A page that was made anew with the same bytes, as after a change of our code, stays.
        """
        made_anew = {
            path: _File(key, known.digest)
            for path, key in wanted.items()
            if (known := self._files.get(path, _UNKNOWN)) != _UNKNOWN
            and known.key != key
            and known.digest == _digest(tree / path)
        }
        self._files |= made_anew
        change = difference({path: file.key for path, file in self._files.items()}, wanted)
        self._files |= dict.fromkeys((*change.first, *change.then, *change.gone), _UNKNOWN)
        if change or made_anew:
            self._write()
        return change

    def end(self, carried: Iterable[str], tree: Path, wanted: Mapping[str, str]) -> None:
        """These paths are there as the tree has them."""
        for path in carried:
            if path in wanted:
                self._files[path] = _File(wanted[path], _digest(tree / path))
            else:
                self._files.pop(path, None)
        self._write()

    def _read(self) -> dict[str, _File]:
        try:
            kept = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        if kept["target"] != self._target:
            return {}
        return {path: _File(*file) for path, file in kept["files"].items()}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"target": self._target, "files": self._files}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()[:24]
