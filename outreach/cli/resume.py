"""outreach resume"""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("resume")
@click.argument("name", default="")
@in_folder
def command(name: str, folder: Path) -> None:
    """Let go of a hold. What got older than a day meanwhile stays held for a look.

    \b
    outreach resume                the general hold
    outreach resume x              one account, also after its token was refused and replaced
    outreach resume 2026/hello     a post whose page was not right; it is looked for anew
    """
    from outreach.cli._account import known
    from outreach.store import holds, posts
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    with closing(workspace.write()) as database:
        if name not in workspace.config.accounts and posts.resume(database, name):
            click.echo(f"{name} goes on once its page is right.")
            return
        known(workspace.config, name, "account or held post")
        freed = holds.lift(database, name, None, datetime.now(UTC))
        still = holds.on(database, name)
    click.echo(f"{name or 'Everything'} goes on; {freed} waiting notes are ready.")
    for hold in still:
        click.echo(f"Still held: {hold.account or 'everything'} ({hold.reason})")
