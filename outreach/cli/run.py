"""outreach run"""

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from outreach.cli import folder
from outreach.cli._table import one_line


@click.command("run")
@folder
@click.option("--once", is_flag=True, help="One pass, then end: 0 done, 1 a human is needed.")
@click.option("--sandbox", metavar="URL", default="", help="Use this sandbox, do not start one.")
def command(folder: Path, once: bool, sandbox: str) -> None:
    """Publish, send, collect and report, until stopped with Ctrl-C.

    \b
    outreach run .          the folder you are in
    outreach run --once .   one pass, as for cron; 75 if the folder is in use
    """
    import logging

    from outreach import fault
    from outreach.daemon import Daemon, time_scale
    from outreach.serve import serve
    from outreach.workspace import open_workspace, speaks

    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s"
    )
    if os.environ.get("OUTREACH_FAULT"):
        fault.arm(os.environ["OUTREACH_FAULT"])
    workspace = open_workspace(folder, os.environ, sandbox)
    with workspace.lock():
        daemon = Daemon(workspace, _say, time_scale())
        served = daemon.served()
        if not once:
            click.secho(workspace.mode.upper(), bold=True, nl=False)
            click.echo(f"  {speaks(workspace)}\n")
            _welcome({one.name: one.listen for one in served})
        code = serve(served, daemon.once if once else daemon.run)
    if not once:
        click.echo("stopped; everything is where it was")
    sys.exit(code)


def _welcome(listens: dict[str, str]) -> None:
    names = {"site": "site", "inbox": "digest", "sandbox": "town square"}
    for name, listen in listens.items():
        click.echo(f"  {names[name]:<12} http://{listen}")
    click.echo("\n  Ctrl-C ends it; the next start goes on from here\n")


def _say(what: str, about: str) -> None:
    click.echo(f"{datetime.now().astimezone():%H:%M:%S}  {what:<10} {one_line(about)}")
