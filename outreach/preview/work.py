"""Keeps a preview up with the folder, until it is stopped."""

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from outreach.model.errors import FolderInUse
from outreach.preview.changes import Changes
from outreach.preview.folder import Folder
from outreach.site import folder as places
from outreach.watch import REREAD, Watch

log = logging.getLogger("outreach")

TICK = 0.25
"""Seconds after which one sees that it is time to stop."""

UNTOLD = 2.0
"""Seconds between two looks where the file system tells nothing."""


def keep_up(
    folder: Folder, changes: Changes, now: Callable[[], datetime], stop: threading.Event
) -> int:
    """Look whenever a file is saved, and tell the pages; gives back the exit code."""
    saves = Saves(folder)
    with closing(folder):
        while not stop.is_set():
            saves.follow()
            try:
                if folder.look(now()):
                    changes.tell(folder.seen.version)
            except OSError as error:
                log.warning("a look at %s failed, another follows: %s", folder.root, error)
            saves.wait(stop)
        saves.stop()
        changes.close()
    return 0


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Be the only one that writes below `state`. Raises FolderInUse at once if one does."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            where = state.parent.parent
            raise FolderInUse(f"{where}: another preview of this folder runs; stop it") from error
        yield


class Saves:
    """What is saved in a folder: its texts and what they need, and of the rest config.yaml."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._wake = threading.Event()
        self._root = Watch([folder.root], self._wake.set, deep=False)
        self._root.start()
        self._below: Watch | None = None
        self._watched: frozenset[Path] = frozenset()
        self._is_told = False

    def follow(self) -> None:
        """Watch the folders that are there by now."""
        watched = self._folder.watched
        if watched != self._watched:
            if self._below is not None:
                self._below.stop()
            self._below = Watch(sorted(watched), self._wake.set)
            self._below.start()
            self._watched = watched

    def wait(self, stop: threading.Event) -> None:
        """Until something of ours is saved, or it is time for a look anyway."""
        until = time.monotonic() + (REREAD if self._is_told else UNTOLD)
        while not stop.is_set() and time.monotonic() < until:
            if self._wake.wait(TICK):
                self._wake.clear()
                if self._is_ours():
                    self._is_told = True
                    return

    def stop(self) -> None:
        """Tell nothing any more."""
        self._root.stop()
        if self._below is not None:
            self._below.stop()

    def _is_ours(self) -> bool:
        """Whether what was saved can be seen: databases and logs in the root cannot."""
        ours = {"config.yaml", "schedules", places.STATIC, *places.FOLDERS}
        root, below = self._root.take(), self._below.take() if self._below else set()
        return root is None or below is None or bool(below) or any(it.name in ours for it in root)
