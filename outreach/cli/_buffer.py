"""The queue of Buffer for the accounts of a folder."""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outreach.channels._web import get
from outreach.flows.queue import Accounts, Queue
from outreach.model.errors import Refused, Rejected
from outreach.site.sources import Blog
from outreach.workspace import open_workspace


def queued(path: Path, folder: Path, zone: str, chosen: tuple[str, ...]) -> Blog:
    """The notes of a CSV file. `zone` is "" where no one said; raises Refused."""
    workspace = open_workspace(folder, os.environ)
    config = workspace.config
    kinds = {name: config.accounts[name].kind for name in config.voices.accounts}
    if unknown := [name for name in chosen if name not in kinds]:
        raise Refused(f"{unknown[0]!r} is no account here (expected {', '.join(kinds) or 'some'})")
    fetch = workspace.fetch()

    def load(address: str) -> tuple[bytes, str]:
        answer = get(fetch, address, {"accept": "image/*"})
        if answer.status != 200:
            raise Rejected(f"its server answers {answer.status}")
        return answer.body, answer.headers.get("content-type", "")

    queue = Queue(
        accounts=Accounts(kinds=kinds, chosen=chosen),
        zone=_zone(zone),
        load=load,
        now=datetime.now(UTC),
    )
    return queue.read(path)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refused(f"{name!r} is no time zone (expected one as Europe/Berlin)") from error
