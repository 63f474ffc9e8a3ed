"""Chromium without a window, driven over its pipe, and axe-core, which judges a page.

Chromium is Debian's. The folder `browser/` beside this file pins axe-core by its hash.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from . import _debian as debian

MISSING = "no Chromium with axe-core on this machine; to get them: make servers"
PINNED = Path(__file__).parent / "browser"
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--hide-scrollbars",
    "--disable-background-networking", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 30.0
"""Seconds that one step may take."""


class Browser:
    """One tab. It speaks the DevTools protocol over a pipe: JSON, each message ended by a zero."""

    def __init__(self, out: int, into: int) -> None:
        self._out = out
        self._into = into
        self._last = 0
        self._read = b""
        self._session = ""
        self._seen: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """What one command of the protocol gives back."""
        self._last += 1
        asked: dict[str, object] = {"id": self._last, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._into, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._message()
            if said.get("id") == self._last:
                assert "error" not in said, f"{method}: {said['error']}"
                found: dict[str, Any] = said["result"]
                return found
            self._seen.append(said)

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Be a window of this size, whose owner likes it light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def run_scripts(self, yes: bool) -> None:
        """Whether the next pages may run their scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=not yes)

    def open(self, url: str) -> list[str]:
        """Go there; gives back what the browser complains of meanwhile."""
        self._seen.clear()
        self.call("Page.navigate", url=url)
        while not any(said.get("method") == "Page.loadEventFired" for said in self._seen):
            self._seen.append(self._message())
        return self.complaints()

    def complaints(self) -> list[str]:
        """What the page did wrong since it was opened: refused by its policy, missing, thrown."""
        entries = [said["params"] for said in self._seen if said.get("method") == "Log.entryAdded"]
        thrown = [it for it in self._seen if it.get("method") == "Runtime.exceptionThrown"]
        return [
            *(f"{it['entry']['text']} {it['entry'].get('url', '')}" for it in entries),
            *(it["params"]["exceptionDetails"]["text"] for it in thrown),
        ]

    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        sent = (it for it in self._seen if it.get("method") == "Network.requestWillBeSent")
        return [it["params"]["request"]["url"] for it in sent]

    def value(self, script: str) -> Any:
        """What an expression of JavaScript is in the page; a promise is waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page: the rule, where, and why."""
        self.value((cache() / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
        found = self.value("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """A PNG of what is seen, or of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            more = os.read(self._out, 1 << 20)
            assert more, "the browser is gone"
            self._read += more
        message, _, self._read = self._read.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with one tab, gone at the end."""
    if missing():
        pytest.skip(MISSING)
    theirs_in, into = os.pipe()
    out, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(
        prefix="outreach-browser-", ignore_cleanup_errors=True
    ) as name:
        # The protocol's two ends are the descriptors 3 and 4 of the child.
        command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        process = subprocess.Popen(
            ["bash", "-c", command, str(find()), *OPTIONS, f"--user-data-dir={name}"],
            pass_fds=[theirs_in, theirs_out],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(out, into)
        finally:
            process.kill()
            process.wait()
            os.close(into)
            os.close(out)


def find() -> str | None:
    """The command."""
    return shutil.which("chromium")


def missing() -> bool:
    """Whether anything of it has to be installed first."""
    return find() is None or not (cache() / "installed").exists()


def install() -> None:
    """From Debian's and npm's packages, each where it is missing."""
    if wanted := [name for name in ("chromium", "npm") if shutil.which(name) is None]:
        debian.install(*wanted)
    folder = cache()
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PINNED, folder)
        debian.run("npm", "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit")
        (folder / "installed").touch()


def cache() -> Path:
    """Where npm's package is kept: one folder for each state of the lock."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lock = hashlib.sha256((PINNED / "package-lock.json").read_bytes()).hexdigest()
    return home / "outreach-servers" / f"browser-{lock[:12]}"
