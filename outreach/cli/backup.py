"""outreach backup"""

import os
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, resolve_path=True, path_type=Path))
@in_folder
def command(file: Path, folder: Path) -> None:
    """Copy the database to FILE, whole, also while the daemon runs.

    \b
    outreach backup /backups/outreach-$(date +%F).db
    """
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    workspace.backup(file)
    click.echo(f"{workspace.database_path} is copied to {file}")
