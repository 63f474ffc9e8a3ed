"""outreach restore"""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import folder


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@folder
def command(file: Path, folder: Path) -> None:
    """Put a backup in the place of the database, which is kept beside it.

    What may have gone out since the backup is looked up on the networks before anything is sent.

    \b
    outreach restore /backups/outreach-2026-11-23.db .
    """
    from outreach.workspace import open_workspace, stamp_of

    workspace = open_workspace(folder, os.environ, mode=stamp_of(file))
    with workspace.lock():
        kept = workspace.restore(file, datetime.now(UTC))
    click.echo(f"{workspace.database_path} is the backup {file} again.")
    if kept:
        click.echo(f"What was there before is kept as {kept}.")
