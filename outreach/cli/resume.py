"""outreach resume"""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("resume")
@click.argument("account", default="")
@in_folder
def command(account: str, folder: Path) -> None:
    """Let go of a hold. What got older than a day meanwhile stays held for a look.

    \b
    outreach resume       the general hold
    outreach resume x     one account, also after its token was refused and replaced
    """
    from outreach.cli._account import known
    from outreach.store import holds
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    known(workspace.config, account)
    with closing(workspace.write()) as database:
        freed = holds.lift(database, account, None, datetime.now(UTC))
        still = holds.on(database, account)
    click.echo(f"{account or 'Everything'} goes on; {freed} waiting notes are ready.")
    for hold in still:
        click.echo(f"Still held: {hold.account or 'everything'} ({hold.reason})")
