"""A newsletter on the command line: the folder, its database, and which list is meant."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

list_option = click.option(
    "--list", "account", metavar="NAME", default="", help="Which, where there are several."
)


def opened(folder: Path) -> Any:
    from outreach.workspace import open_workspace

    return open_workspace(folder, os.environ)


def writing(folder: Path) -> Any:
    """The folder on the machine that sends; a copy of it changes nothing."""
    from outreach.workspace import require_sender

    workspace = opened(folder)
    require_sender(workspace, now())
    return workspace


def met(workspace: Any, name: str) -> Any:
    """The database, which knows the list also before the daemon has ever run."""
    from outreach.store import accounts

    database = workspace.create()
    accounts.meet(database, name, workspace.config.accounts[name].kind, now())
    return database


def named(workspace: Any, account: str) -> str:
    """The list that is meant. Raises Refused where that is not clear."""
    from outreach.model.errors import Refused

    lists: tuple[str, ...] = workspace.config.lists
    if not lists:
        raise Refused("config.yaml has no newsletter: add an account of the kind email")
    if account in lists:
        return account
    if not account and len(lists) == 1:
        return lists[0]
    what = f"there is no list {account!r}" if account else "which list?"
    raise Refused(f"{what} Say one of: {', '.join(f'--list {name}' for name in lists)}")


def now() -> datetime:
    return datetime.now(UTC)
