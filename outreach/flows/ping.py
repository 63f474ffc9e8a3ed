"""The hub of our feeds is told what changed in them, once for each change (W3C WebSub)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from outreach.channels._http import refusal
from outreach.fetch import Fetch
from outreach.model.errors import Mistake, OutreachError, RateLimited
from outreach.site.build import Site
from outreach.site.feeds import NAMES
from outreach.store import meta, notices
from outreach.store.database import Database, from_text, to_text

FIRST, LONGEST = timedelta(seconds=10), timedelta(hours=1)
"""How long a hub that did not take it is left alone: at first, and at most. It doubles."""

TOLD = 5
"""After how many failures in a row a person is told."""


@dataclass(frozen=True, kw_only=True)
class Pinging:
    """`out` is the built site of `site`, whose `hub` is told."""

    site: Site
    out: Path
    database: Database
    fetch: Fetch
    now: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a hub knows of one feed: its bytes by their hash. It is tried again at `not_before`."""

    hash: str = ""
    failures: int = 0
    not_before: str = ""


def ping(way: Pinging) -> list[str]:
    """Tell the hub of each feed that changed since it was told; gives back their addresses.

    Where the hub fails it is tried again later, also by another process; it may hear of a change
    twice, which means nothing to it.
    """
    done = []
    for path in NAMES.values():
        file, topic = way.out / path, f"{way.site.url}/{path}"
        if not file.exists():
            continue
        name = f"hub:{way.site.hub} {topic}"
        told = _Told(**json.loads(meta.read(way.database, name) or "{}"))
        digest = sha256(file.read_bytes()).hexdigest()
        if told.hash == digest or _waits(told, way.now()):
            continue
        after = _tell(way, topic, told, digest)
        meta.write(way.database, name, json.dumps(asdict(after)))
        if after.hash == digest:
            done.append(topic)
    return done


def _waits(told: _Told, now: datetime) -> bool:
    return bool(told.not_before) and from_text(told.not_before) > now


def _tell(way: Pinging, topic: str, told: _Told, digest: str) -> _Told:
    """Say hub.mode=publish, as every public hub takes it; what is known after that."""
    form = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    about, now = f"hub {topic}", way.now()
    try:
        answer = way.fetch("POST", way.site.hub, headers=headers, content=form)
        if error := refusal("POST", answer, now):
            raise error
    except OutreachError as error:
        failures = told.failures + 1
        wait = min(FIRST * 2 ** min(failures - 1, 10), LONGEST)
        until = (error.until if isinstance(error, RateLimited) else None) or now + wait
        if failures >= TOLD:
            what = f"the hub is not told of {topic}: {error}"
            line = Mistake(path=way.site.hub, line=0, what=what, expected="site.hub, or none")
            notices.say(way.database, about, [line])
        return replace(told, failures=failures, not_before=to_text(until))
    notices.say(way.database, about, [])
    return _Told(hash=digest)
