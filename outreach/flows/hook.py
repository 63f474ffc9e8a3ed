"""Whoever builds or serves the site elsewhere is told: by a request, or by a command."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from outreach.deploy import _child
from outreach.fetch import Fetch
from outreach.model.errors import Mistake, OutreachError, Refused, Unavailable
from outreach.rules.retry import delay
from outreach.store import meta, notices, posts
from outreach.store.database import Database, from_text, to_text

log = logging.getLogger("outreach")

_ADDRESS = re.compile(r"https?://\S+?(?=:? |$)")

OWED = "deploy_hook:owed"
UNTIL = "deploy_hook:until"
ABOUT = "deploy_hook"

LONGEST = timedelta(minutes=10)
"""How long one that failed is left alone at most."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """The hook as its owner set it: `url()` is asked by POST, or `command` is run in `root`.

    `output` is the file that has what the command said last. Of `environ` it gets no secret.
    """

    url: Callable[[], str] | None
    command: Sequence[str]
    root: Path
    output: Path
    environ: Mapping[str, str]
    fetch: Fetch = field(repr=False)

    def __call__(self) -> None:
        """Fire. Raises OutreachError; of the address, which is a secret, it says nothing."""
        if self.url is None:
            lock = self.output.with_suffix(".lock")
            said = _child.run(self.command, folder=self.root, lock=lock, environ=self.environ)
            self.output.write_text(said, "utf-8")
            return
        url = self.url()
        if not url.startswith(("https://", "http://")):
            raise Refused("its secret is not an address that starts with https://")
        try:
            answer = self.fetch(
                "POST", url, headers={"content-type": "application/json"}, content=b"{}"
            )
        except OutreachError as error:
            raise Unavailable(_ADDRESS.sub("its address", str(error))) from None
        if answer.status >= 300:
            raise Unavailable(f"it answers {answer.status}")


def owe(database: Database, now: datetime) -> None:
    """Something changed that others have to hear of."""
    meta.write(database, OWED, to_text(now))


class Hook:
    """`hook()` fires once for all that happened since, and where that fails, later again.

    With `by_date` posts that come due are what happens: whoever builds the site elsewhere left
    them out until then. Else it is only what `owe` says.
    """

    def __init__(
        self, *, call: Call, by_date: bool, database: Database, now: Callable[[], datetime]
    ) -> None:
        self._call = call
        self._by_date = by_date
        self._database = database
        self._now = now
        self._failures = 0
        self._not_before: datetime | None = None

    def __call__(self) -> bool:
        """One look; gives back whether it fired, and was heard."""
        now = self._now()
        if self._by_date:
            self._look(now)
        owed = meta.read(self._database, OWED)
        until = self._not_before
        if owed is None or (until is not None and timedelta(0) < until - now <= LONGEST):
            return False
        try:
            self._call()
        except OutreachError as error:
            self._fail(str(error), now)
            return False
        with self._database.atomic():
            if meta.read(self._database, OWED) == owed:
                meta.erase(self._database, OWED)
        self._failures, self._not_before = 0, None
        notices.say(self._database, ABOUT, [])
        return True

    def _look(self, now: datetime) -> None:
        """Owe for the posts that have come due since the last look."""
        since = meta.read(self._database, UNTIL)
        newest = posts.came_due(self._database, from_text(since) if since else now, now)
        if since is None or newest is not None:
            with self._database.atomic():
                meta.write(self._database, UNTIL, to_text(newest or now))
                if newest is not None:
                    owe(self._database, now)

    def _fail(self, why: str, now: datetime) -> None:
        self._failures += 1
        self._not_before = now + min(delay(self._failures, 0.0), LONGEST)
        if self._failures == 1:
            log.warning("the deploy_hook failed: %s", why)
        what = f"the deploy_hook failed: {why}"
        line = Mistake(
            path="config.yaml", line=0, what=what, expected="a hook that works; it is tried again"
        )
        notices.say(self._database, ABOUT, [line])
