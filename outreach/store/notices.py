"""What a person should hear of that is no mistake in a file of theirs."""

import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from outreach.model.errors import Mistake
from outreach.store import meta
from outreach.store.database import Database, from_text, maybe_text

_PREFIX = "notice:"


def say(
    database: Database, about: str, said: Sequence[Mistake], until: datetime | None = None
) -> None:
    """Keep these and no others `about` something, until a time (UTC) or until it is said anew."""
    lines = [astuple(mistake) for mistake in said]
    value = json.dumps({"until": maybe_text(until), "lines": lines})
    if meta.read(database, _PREFIX + about) != value:
        meta.write(database, _PREFIX + about, value)


def every(database: Database, now: datetime) -> list[Mistake]:
    """All that still holds."""
    found: list[Mistake] = []
    for name in sorted(meta.names(database, _PREFIX)):
        kept = json.loads(meta.read(database, name) or "{}")
        if kept["until"] is None or from_text(kept["until"]) > now:
            found += (_mistake(*line) for line in kept["lines"])
    return found


def _mistake(path: str, line: int, what: str, expected: str) -> Mistake:
    return Mistake(path=path, line=line, what=what, expected=expected)
