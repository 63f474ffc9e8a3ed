"""Packages of PyPI that a server needs, in an environment of their own that outlives a checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Packages:
    """The packages that a file pins by their hashes; its name is that of the environment."""

    pinned: Path

    def missing(self) -> bool:
        """Whether they have to be installed first."""
        return not (self.cache() / "installed").exists()

    def install(self) -> None:
        """From PyPI."""
        folder = self.cache()
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        wanted = ["--require-hashes", "-r", str(self.pinned)]
        subprocess.run([*pip, *wanted], stdin=subprocess.DEVNULL, check=True)
        (folder / "installed").touch()

    def cache(self) -> Path:
        """Where they are kept: one folder for each state of the file and each Python."""
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        state = hashlib.sha256(self.pinned.read_bytes() + sys.version.encode()).hexdigest()
        return home / "outreach-servers" / f"{self.pinned.stem}-{state[:12]}"
