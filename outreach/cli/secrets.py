"""outreach secrets"""

import json
import os
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, in_folder


@click.group("secrets", invoke_without_command=True)
@in_folder
@as_json
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Keep passwords and keys out of config.yaml, which only names them.

    They live in the environment or in the folder's .env, which only its owner can read. Without a
    command: their names, who uses them, and which are missing. No value is ever shown.

    \b
    outreach secrets                    name, used by, where it is set
    outreach secrets set X_API_KEY      asks for the value, and keeps it in .env
    outreach secrets --json             name, accounts, set (environment, .env or null)
    """
    context.obj = folder
    if context.invoked_subcommand is None:
        _list(folder, as_json)


def _list(folder: Path, as_json: bool) -> None:
    rows = _rows(folder)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from outreach.cli._table import show

    cells = ((row["name"], ", ".join(row["accounts"]), row["set"] or "missing") for row in rows)
    show(("name", "used by", "set in"), cells, "config.yaml names no secret.")


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Every secret that config.yaml names or .env has."""
    from outreach import secrets
    from outreach.config import load

    stored = secrets.stored(folder)
    users: dict[str, list[str]] = {name: [] for name in stored}
    config = load(folder)
    used = [(account, it) for account, settings in config.accounts.items() for _, it in settings]
    used += (("deploy", it) for _, it in config.deploy or ())
    used += (("deploy_hook", it) for it in config.deploy_hook if len(config.deploy_hook) == 1)
    for user, value in used:
        if isinstance(value, str) and value.startswith("$"):
            users.setdefault(value.removeprefix("$"), []).append(user)
    return [
        {
            "name": name,
            "accounts": accounts,
            "set": "environment" if os.environ.get(name) else ".env" if stored.get(name) else None,
        }
        for name, accounts in sorted(users.items())
    ]


@command.command("set")
@click.argument("name")
@in_folder
def set_(name: str, folder: Path) -> None:
    """Keep the value of NAME in the folder's .env, of mode 0600.

    The value is asked for without being shown, or read as a line from standard input; it is never
    an argument, which other programs of this machine could see.

    \b
    outreach secrets set LINKEDIN_CLIENT_SECRET
    pass show work/linkedin | outreach secrets set LINKEDIN_CLIENT_SECRET
    """
    from outreach import secrets
    from outreach.cli._ask import ask_secret

    path = secrets.write(name, ask_secret(f"Value of {name}"), folder)
    click.echo(f"{name.removeprefix('$')} is kept in {path}, which only its owner can read.")
