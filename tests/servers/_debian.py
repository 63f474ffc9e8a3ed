"""Debian's packages, for the servers of the tests."""

import os
import subprocess


def install(*packages: str, release: str = "") -> None:
    """Install packages without what they only recommend; `release` as bookworm-backports."""
    run("apt-get", "update")
    chosen = ("-t", release) if release else ()
    run("apt-get", "install", "-y", "--no-install-recommends", *chosen, *packages)


def run(*command: str) -> None:
    """One command that asks nothing; raises CalledProcessError with all it said on the screen."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=True)
