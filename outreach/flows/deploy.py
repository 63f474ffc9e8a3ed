"""The built site to where it is served, and there only what changed."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from outreach.deploy import Target
from outreach.deploy._record import Record
from outreach.model.errors import Mistake, OutreachError, Unavailable
from outreach.rules.retry import delay
from outreach.site import trees
from outreach.store import notices
from outreach.store.database import Database

log = logging.getLogger("outreach")

LONGEST = timedelta(minutes=10)
"""How long a place that did not take the site is left alone at most."""

ABOUT = "deploy"
"""What a notice of it is about."""


class Deploy:
    """`deploy()` carries what the last build changed; where that fails, later again.

    `out` shows the built tree, `record` keeps what the place has. Nobody builds meanwhile. `after`
    is called where files went there. `error` is why what is built is not there, "" where it is.
    """

    def __init__(
        self,
        *,
        target: Target,
        out: Path,
        record: Path,
        database: Database,
        now: Callable[[], datetime],
        after: Callable[[], None],
        say: Callable[[str, str], None],
    ) -> None:
        self._target = target
        self._out = out
        self._record = Record(record, target.name)
        self._database = database
        self._now = now
        self._after = after
        self._say = say
        self._done: tuple[int, int] | None = None
        self._failures = 0
        self._not_before: datetime | None = None
        self.error = ""

    def __call__(self) -> None:
        """Carry the site, unless it is there already or the place is left alone for a while."""
        tree = trees.current(self._out)
        if tree is None:
            return
        turned = self._out.lstat().st_mtime_ns, self._out.lstat().st_ino
        if turned == self._done or self._waits():
            return
        try:
            carried = self._carry(tree)
        except (OutreachError, OSError) as error:
            self._fail(str(error))
            return
        self._done, self._failures, self._not_before, self.error = turned, 0, None, ""
        notices.say(self._database, ABOUT, [])
        if carried:
            self._say("deployed", f"{carried} files to {self._target.name}")

    def _carry(self, tree: Path) -> int:
        """Carry what differs; gives back how many files that were."""
        wanted = trees.manifest(tree)
        if not wanted:
            raise Unavailable(f"{tree} was not built to its end; the next build makes it anew")
        change = self._record.begin(tree, wanted)
        if not change:
            return 0
        carried: list[str] = []
        try:
            for path in self._target.carry(tree, change):
                carried.append(path)  # noqa: PERF402 - what was carried before a failure counts
        except BaseException:
            self._record.end(carried, tree, wanted)
            raise
        self._after()
        self._record.end(carried, tree, wanted)
        return len(change)

    def _waits(self) -> bool:
        until = self._not_before
        return until is not None and timedelta(0) < until - self._now() <= LONGEST

    def _fail(self, why: str) -> None:
        self._failures += 1
        self._done = None
        self._not_before = self._now() + min(delay(self._failures, 0.0), LONGEST)
        if not self.error:
            log.warning("the site is not deployed to %s: %s", self._target.name, why)
        self.error = f"the site is not deployed to {self._target.name}: {why}"
        line = Mistake(
            path="config.yaml",
            line=0,
            what=self.error,
            expected="a place that takes it; until then it is tried again",
        )
        notices.say(self._database, ABOUT, [line])
