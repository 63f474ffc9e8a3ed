"""The sandbox's book of effects: what really happened on its networks, whatever a client heard."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """A JSON-lines file; a line is on the disk before anybody is told of it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.entries = list(_read(path))
        self._file = path.open("ab")

    def append(self, entry: Entry) -> None:
        """Write one effect down; returns when the disk has it."""
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._file.write(line.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.entries.append(entry)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _read(path: Path) -> Iterator[Entry]:
    """The whole lines; a torn last one is cut off the file, for its effect was never told."""
    path.touch()
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    for line in data[:whole].splitlines():
        yield json.loads(line)
