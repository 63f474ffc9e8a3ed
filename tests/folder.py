"""A leader's folder for a test, and the command line over it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from outreach.cli import cli
from outreach.model.errors import Refused

from .ports import free_port

CONFIG = """\
site:
  title: Lanternworks
  url: http://127.0.0.1:{site}
  author: Ada Moreau
  listen: 127.0.0.1:{site}
accounts:
  mastodon:
    kind: mastodon
    instance: https://mastodon.example
    token: $MASTODON_TOKEN
  x:
    kind: x
    consumer_key: $X_CONSUMER_KEY
    consumer_secret: $X_CONSUMER_SECRET
    access_token: $X_ACCESS_TOKEN
    access_token_secret: $X_ACCESS_TOKEN_SECRET
publish:
  quiet_period: 0s
inbox:
  listen: 127.0.0.1:{inbox}
sandbox:
  listen: 127.0.0.1:{sandbox}
  residents: false
"""
SECRETS = {
    "MASTODON_TOKEN": "a",
    "X_CONSUMER_KEY": "b",
    "X_CONSUMER_SECRET": "c",
    "X_ACCESS_TOKEN": "d",
    "X_ACCESS_TOKEN_SECRET": "e",
}
SCHEDULE = """\
timezone: Europe/Berlin
collect:
  every: 1s
digest:
  every: 1s
"""
POST = """\
---
title: {title}
date: now
summary: {summary}
---
Hello from the folder of a test.
"""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder in sandbox mode on free ports. `state` is $XDG_STATE_HOME: its machine."""

    root: Path
    state: Path

    def write(self, path: str, text: str) -> Path:
        """A file below the folder."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def post(self, name: str, title: str = "Hello", summary: str = "A greeting.") -> Path:
        """A post that is due."""
        return self.write(f"posts/{name}.md", POST.format(title=title, summary=summary))

    def append(self, path: str, text: str) -> None:
        """Put something at the end of a file."""
        with (self.root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    def change(self, old: str, new: str) -> None:
        """Replace a line of config.yaml that must be there."""
        file = self.root / "config.yaml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def environ(self, **more: str) -> Mapping[str, str]:
        """The environment of this folder's machine, with no secret in it."""
        return {
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": str(self.state),
            "OUTREACH_TIME_SCALE": "100",
            **more,
        }

    def outreach(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        return subprocess.run(
            _command(*arguments, str(self.root)),
            env=self.environ(**environ),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def call(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """One command in this process, which is quicker: its exit code and what it says."""
        runner = CliRunner(env={**dict.fromkeys(SECRETS), **self.environ(**environ)})
        done = runner.invoke(cli, [*arguments, str(self.root)])
        if isinstance(done.exception, Refused):
            return done.exception.code, str(done.exception)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def json(self, command: str) -> Any:
        """What a command says to a program."""
        code, said = self.call(command, "--json")
        assert code == 0, said
        return json.loads(said)

    @property
    def said(self) -> str:
        """What the daemon has said so far."""
        return self._log.read_text("utf-8")

    @property
    def _log(self) -> Path:
        return self.root.with_suffix(".log")

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        """`outreach run` under way; killed at the end if it still is.

        It inherits SIGINT as ignored, as from a script that starts it in the background.
        """
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with self._log.open("wb") as log:
                process = subprocess.Popen(
                    _command("run", str(self.root)),
                    env=self.environ(PYTHONUNBUFFERED="1"),
                    stdout=log,
                    stderr=log,
                )
        finally:
            signal.signal(signal.SIGINT, before)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def make_folder(root: Path, state: Path) -> Folder:
    """A folder with a configuration, a schedule and no posts."""
    made = Folder(root=root, state=state)
    ports = {name: free_port() for name in ("site", "inbox", "sandbox")}
    made.write("config.yaml", CONFIG.format(**ports))
    made.write("schedules/always.yaml", SCHEDULE)
    (root / "posts").mkdir()
    return made


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "outreach", *arguments]
