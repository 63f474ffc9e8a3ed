"""outreach backup"""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("backup")
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, resolve_path=True, path_type=Path)
)
@in_folder
def command(file: Path | None, folder: Path) -> None:
    """Copy the database to FILE, whole, also while the daemon runs.

    \b
    outreach backup                    backups/outreach-DATE.db in the folder
    outreach backup /safe/monday.db    where you say
    """
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    if file is None:
        stem = workspace.database_path.stem
        file = folder / "backups" / f"{stem}-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.db"
        file.parent.mkdir(exist_ok=True)
    workspace.backup(file)
    click.echo(f"{workspace.database_path} is copied to {file}")
