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
from outreach.site import trees
from outreach.site.build import Site
from outreach.site.feeds import NAMES, address, format_of
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
    main = [path for path in NAMES.values() if (way.out / path).exists()]
    found = [_told(way, path, _hash(way, path)) for path in main]
    return [*filter(None, found), *_others(way)]


def _others(way: Pinging) -> list[str]:
    """The same of feeds of a tag, an author, a language: one that is new has no reader to tell.

    Only where the site was built anew, or a hub failed, anything is looked at.
    """
    tree = _stamp(way.out)
    if not tree or meta.read(way.database, f"hub:{way.site.hub} tree") == tree:
        return []
    name = f"hub:{way.site.hub} feeds"
    known: dict[str, list[str]] = json.loads(meta.read(way.database, name) or "{}")
    keys = trees.manifest(trees.current(way.out))
    feeds = [it for it in keys if format_of(way.site, it) and it not in NAMES.values()]
    after, done, waits = {}, [], False
    for path in feeds:
        after[path] = before = known.get(path, [])
        if before[:1] == [keys[path]]:
            continue
        digest = _hash(way, path)
        is_new = not before or before[1] == digest
        if is_new or (topic := _told(way, path, digest)):
            after[path] = [keys[path], digest]
            done += [] if is_new else [topic]
        else:
            waits = True
    meta.write(way.database, name, json.dumps(after))
    meta.write(way.database, f"hub:{way.site.hub} tree", "" if waits else tree)
    return done


def _told(way: Pinging, path: str, digest: str) -> str:
    """The address of a feed that the hub has now been told of; "" where it has not."""
    topic = address(way.site, path)
    name = f"hub:{way.site.hub} {topic}"
    told = _Told(**json.loads(meta.read(way.database, name) or "{}"))
    if told.hash == digest or _waits(told, way.now()):
        return ""
    after = _tell(way, topic, told, digest)
    meta.write(way.database, name, json.dumps(asdict(after)))
    return topic if after.hash == digest else ""


def _hash(way: Pinging, path: str) -> str:
    return sha256((way.out / path).read_bytes()).hexdigest()


def _stamp(out: Path) -> str:
    """What changes with each build: the link to the tree that is served; "" before the first."""
    try:
        found = out.lstat()
    except FileNotFoundError:
        return ""
    return f"{found.st_ino} {found.st_mtime_ns}"


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
