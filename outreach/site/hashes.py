"""The hash of each file by its size and time; read again only where one of them changed."""

import hashlib
import json
from pathlib import Path


class Hashes:
    """Hashes of files, kept at `path` from one start to the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[object]] | None = None
        self._used: dict[str, list[object]] = {}

    def of(self, name: str, file: Path) -> str:
        """The SHA-256 of a file that goes by `name`. Raises FileNotFoundError."""
        now = file.stat()
        stamp = [now.st_size, now.st_mtime_ns]
        known = self._used.get(name) or self._before().get(name)
        if known is None or known[:2] != stamp:
            with file.open("rb") as stream:
                known = [*stamp, hashlib.file_digest(stream, "sha256").hexdigest()]
        self._used[name] = known
        return str(known[2])

    def save(self) -> None:
        """Keep what was used for the next start."""
        if self._used != self._before():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._used))
            self._known = dict(self._used)
        self._used = {}

    def _before(self) -> dict[str, list[object]]:
        if self._known is None:
            try:
                self._known = dict(json.loads(self._path.read_bytes()))
            except (OSError, ValueError):
                self._known = {}
        return self._known
