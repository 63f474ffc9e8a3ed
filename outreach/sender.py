"""Which machine sends: of all clones of a folder, one.

The record lives outside git, in the state directory of the user ($XDG_STATE_HOME), by the site's
public URL, and the live database is stamped with it. A clone without the database finds the
record; a copied database finds that it is not at home.
"""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One folder on one machine. `machine` is an id of ours, `host` its name for people."""

    machine: str
    host: str
    folder: str
    since: str

    def is_at(self, other: "Sender") -> bool:
        """Whether both are the same folder of the same machine."""
        return (self.machine, self.folder) == (other.machine, other.folder)

    def __str__(self) -> str:
        return f"{self.host}:{self.folder} (since {self.since[:16].replace('T', ' ')})"


def to_json(sender: Sender) -> str:
    """The stamp of a database."""
    return json.dumps(asdict(sender))


def from_json(text: str) -> Sender:
    """What `to_json` wrote."""
    return Sender(**json.loads(text))


def here(root: Path, environ: Mapping[str, str], now: datetime) -> Sender:
    """This folder on this machine; the machine gets its id the first time."""
    path = _state(environ) / "machine"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(16) + "\n")
    return Sender(
        machine=path.read_text().strip(),
        host=socket.gethostname(),
        folder=str(root.resolve()),
        since=now.isoformat(timespec="seconds"),
    )


def recorded(site_url: str, environ: Mapping[str, str]) -> Sender | None:
    """Who this machine knows to be the sender of a site."""
    found = _records(environ).get(site_url)
    return Sender(**found) if found else None


def record(site_url: str, sender: Sender, environ: Mapping[str, str]) -> None:
    """Make `sender` the only one of a site."""
    path = _state(environ) / "live.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps({**_records(environ), site_url: asdict(sender)}, indent=2) + "\n")
    new.replace(path)


def _records(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    path = _state(environ) / "live.json"
    if not path.exists():
        return {}
    records: dict[str, dict[str, str]] = json.loads(path.read_text())
    return records


def _state(environ: Mapping[str, str]) -> Path:
    home = environ.get("XDG_STATE_HOME") or str(
        Path(environ.get("HOME", "~")).expanduser() / ".local/state"
    )
    return Path(home) / "outreach"
