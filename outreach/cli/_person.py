"""Who is at the keyboard."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

import click

by_option = click.option(
    "--by", metavar="NAME", default="", help="Who you are, if not who git says you are."
)


def person(by: str, folder: Path) -> str:
    """The name given, $OUTREACH_USER, git's user.name, or the login name: the first there is."""
    return by or os.environ.get("OUTREACH_USER") or _git("user.name", folder) or getpass.getuser()


def address(by: str, folder: Path) -> str:
    """Where a warning reaches them: what was given, git's user.email, or the login name."""
    return by or _git("user.email", folder) or getpass.getuser()


def _git(setting: str, folder: Path) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    asked = subprocess.run(  # noqa: S603 - nothing of it comes from others
        [git, "-C", str(folder), "config", setting], capture_output=True, text=True
    )
    return asked.stdout.strip()
