"""The sandbox as the witness of a crash: a process of its own, and the book that it keeps."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

SCALE = 100.0
"""How much shorter every wait is, ours and the networks' alike."""

SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A sandbox that runs at `url` and writes `ledger`."""

    url: str
    ledger: Path

    def order(self, mode: str, network: str, seconds: float) -> None:
        """Let the network fail once; "ok" lets it work."""
        requests.delete(f"{self.url}/faults", timeout=SECONDS).raise_for_status()
        if mode != "ok":
            self.also(mode, network, seconds)

    def also(self, mode: str, network: str, seconds: float) -> None:
        """Let the network fail once more, after what was ordered before."""
        fault = {"network": network, "mode": mode, "times": 1, "seconds": seconds}
        requests.post(f"{self.url}/faults", json=fault, timeout=SECONDS).raise_for_status()

    def has_failed(self) -> bool:
        """Whether the fault that was ordered has struck."""
        return not requests.get(f"{self.url}/faults", timeout=SECONDS).json()

    def shift(self, seconds: float) -> None:
        """Set the networks' clock ahead of ours."""
        shifted = {"offset_seconds": seconds}
        requests.post(f"{self.url}/clock", json=shifted, timeout=SECONDS).raise_for_status()

    def answer(self, network: str, note: str, text: str) -> None:
        """Let a reader answer a note, by the form on the square."""
        requests.post(
            f"{self.url}/{network}/reply",
            data={"note": note, "name": "Robin", "text": text},
            timeout=SECONDS,
            allow_redirects=False,
        ).raise_for_status()

    def size(self) -> int:
        """How long the book is now."""
        return self.ledger.stat().st_size

    def effects(self, network: str, since: int, effect: str) -> list[dict[str, Any]]:
        """What happened on a network, of one kind, after the book was `since` long."""
        with self.ledger.open("rb") as file:
            file.seek(since)
            entries = [json.loads(line) for line in file if line.endswith(b"\n")]
        return [e for e in entries if e["effect"] == effect and e["network"] == network]


@contextmanager
def home() -> Iterator[Path]:
    """A place for runs, in memory where there is such a disk: nobody cuts the power here."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def running(folder: Path) -> Iterator[Witness]:
    """A sandbox with its book in `folder`, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = folder / "ledger.jsonl"
    command = [sys.executable, "-m", "outreach.sandbox", "--listen", "127.0.0.1:0"]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--ledger", str(ledger), "--time-scale", str(SCALE)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, (folder / "sandbox.log").read_text()
        yield Witness(url=url, ledger=ledger)
    finally:
        process.kill()
        process.communicate()
