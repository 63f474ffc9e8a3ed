"""Which files of a folder were saved, told at once where the file system tells us."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger("outreach")

STEP = 5
"""Milliseconds of quiet after a change before it is told."""

LONGEST = 50
"""Milliseconds after which changes are told that do not end."""

PATIENCE = 500
"""Milliseconds between two looks at which folders there are."""


REREAD = 30.0
"""Seconds after which one looks at all files, however well one is told."""


class Watch(threading.Thread):
    """Calls `wake()` when a file below one of the `folders` changed; `take()` says which.

    A folder on another machine tells nothing. Without `deep` only the files of the folders
    themselves are told.
    """

    def __init__(
        self, folders: Iterable[Path], wake: Callable[[], None], *, deep: bool = True
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self._folders = tuple(folders)
        self._wake = wake
        self._deep = deep
        self._changed: set[Path] = set()
        self._tells = False
        self._looked = -REREAD
        self._lock = threading.Lock()
        self._end = threading.Event()

    def run(self) -> None:
        """Watch those folders that are there, and begin anew when one comes or goes."""
        while not self._end.is_set():
            there = self._there()
            try:
                self._follow(there)
            except OSError as error:
                log.warning("changes in %s are not told at once: %s", self._folders, error)
                self._end.wait(REREAD)
            finally:
                self.look_at_all()

    def _there(self) -> list[Path]:
        return [folder for folder in self._folders if folder.is_dir()]

    def _follow(self, there: list[Path]) -> None:
        from watchfiles import watch

        if not there:
            self._end.wait(PATIENCE / 1000)
            return
        for changes in watch(
            *there,
            watch_filter=None,
            debounce=LONGEST,
            step=STEP,
            stop_event=self._end,
            rust_timeout=PATIENCE,
            yield_on_timeout=True,
            recursive=self._deep,
            raise_interrupt=False,
        ):
            if changes:
                with self._lock:
                    self._changed.update(Path(path) for _, path in changes)
                    self._tells = True
                self._wake()
            elif there != self._there():
                return

    def look_at_all(self) -> None:
        """What was told may be lost: whoever asks next looks at all files."""
        with self._lock:
            self._tells = False

    def take(self) -> set[Path] | None:
        """The files that changed since this was asked last.

        None is to look at them all: now and then, and always as long as nothing was ever told.
        """
        now = time.monotonic()
        with self._lock:
            found, self._changed = self._changed, set()
            if self._tells and now - self._looked < REREAD:
                return found
        self._looked = now
        return None

    def stop(self) -> None:
        """Tell nothing any more."""
        self._end.set()
