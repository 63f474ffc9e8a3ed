"""outreach hold"""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("hold")
@click.argument("account", default="")
@click.option("--reason", default="held by hand", show_default=True, help="Why; shown everywhere.")
@in_folder
def command(account: str, reason: str, folder: Path) -> None:
    """Stop sending, everywhere or as one account, until `outreach resume`.

    \b
    outreach hold --reason "bad news day"     everything
    outreach hold x                           one account
    """
    from outreach.cli._account import known
    from outreach.store import holds
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    known(workspace.config, account)
    with closing(workspace.write()) as database:
        holds.place(database, account, holds.Cause.PERSON, reason, datetime.now(UTC))
    click.echo(f"{account or 'Everything'} is held: {reason}. Let go: outreach resume {account}")
