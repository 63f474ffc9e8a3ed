"""outreach withdraw"""

import os
import random
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("withdraw")
@click.argument("post", metavar="POST")
@click.option("--reason", required=True, help="Shown on the page that stays in its place.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_folder
def command(post: str, reason: str, yes: bool, folder: Path) -> None:
    """Take a published post back: list where nothing can be undone, ask, then delete the rest.

    \b
    outreach withdraw 2026/hello --reason "the numbers were wrong"
    """
    from outreach.flows.addressed import Accounts, stop
    from outreach.flows.revise import Revision, permanent
    from outreach.rules.keys import Tids
    from outreach.store import posts
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    now = datetime.now(UTC)
    channels = {name: workspace.publisher(name, lambda: now) for name in workspace.publishers}
    with closing(workspace.write()) as database:
        row = posts.one(database, post)
        where = f" ({row.url})" if row.url else ""
        click.echo(f"Withdraws “{row.title}”{where} here and on every network that lets us.")
        for place in permanent(database, post, channels):
            click.echo(f"  cannot be undone  {place}")
        if not yes and not click.confirm("Withdraw it?"):
            sys.exit(1)
        revision = Revision(
            database=database,
            channels=channels,
            compose=workspace.config.compose,
            new_key=Tids(lambda: now, random.SystemRandom().randrange(1024)),
            now=now,
        )
        with database.atomic():
            posts.withdraw(database, post, reason)
            revision.withdraw(post, reason)
            stop(database, Accounts(lists=workspace.config.lists), post, reason, now)
    click.echo("Withdrawn; the daemon takes the copies back now.")
