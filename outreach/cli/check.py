"""outreach check"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, folder


@click.command("check")
@folder
@click.option("--offline", is_flag=True, help="Do not ask whether the repository is public.")
@as_json
def command(folder: Path, offline: bool, as_json: bool) -> None:
    """Say everything that is wrong in the folder's files; 1 if something is.

    Mistakes in front matter and config.yaml, two files with one address, links that lead nowhere,
    old addresses that clash, and posts under embargo that lie in a repository which everybody can
    read: each remote of it is asked whether somebody without a name may clone it. Nothing is
    published, and nobody else is asked.

    \b
    outreach check                this folder
    outreach check --offline      where nothing outside may be asked
    outreach check --json .       path, line, what, expected
    """
    from outreach.model.errors import Mistakes

    try:
        files, mistakes = _checked(folder, offline)
    except Mistakes as error:
        files, mistakes = 0, list(error.mistakes)
    if as_json:
        click.echo(json.dumps([_row(it) for it in mistakes], indent=2, ensure_ascii=False))
    else:
        for mistake in mistakes:
            click.echo(str(mistake))
        click.echo(_summary(files, len(mistakes)))
    sys.exit(1 if mistakes else 0)


def _checked(root: Path, offline: bool) -> tuple[int, list[Any]]:
    from outreach.cli._settled import site_of
    from outreach.config import load
    from outreach.flows.check import Checking, check
    from outreach.workspace import DATABASES

    config, cache = load(root), root / ".outreach" / "build"
    return check(
        Checking(
            root=root,
            site=site_of(root, cache),
            voices=config.voices,
            cache=cache,
            fetch=None if offline else _fetch(config.network.allow),
            dates_now=not (root / DATABASES["live"]).exists(),
            now=datetime.now(UTC),
        )
    )


def _fetch(allow: tuple[str, ...]) -> Any:
    """The way out: also in the sandbox, since it is the real repository that is asked for."""
    from outreach.fetch import Fetch, public_or

    pairs = (entry.rpartition(":") for entry in allow)
    return Fetch(guard=public_or(frozenset((host, int(port)) for host, _, port in pairs)))


def _row(mistake: Any) -> dict[str, object]:
    return {
        "path": mistake.path,
        "line": mistake.line,
        "what": mistake.what,
        "expected": mistake.expected,
    }


def _summary(files: int, mistakes: int) -> str:
    looked = f" in {files} {'text' if files == 1 else 'texts'}" if files else ""
    if not mistakes:
        return f"Nothing is wrong{looked}."
    return f"{mistakes} {'mistake' if mistakes == 1 else 'mistakes'}{looked}."
