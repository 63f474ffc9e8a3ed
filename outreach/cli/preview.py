"""outreach preview"""

import threading
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns

import click

from outreach.cli import folder


def _address(context: click.Context, option: click.Parameter, value: str) -> str:
    """An address and a port, as 127.0.0.1:8090."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("an address and a port, as 127.0.0.1:8090")
    return value


@click.command("preview")
@folder
@click.option(
    "--listen",
    metavar="IP:PORT",
    default="127.0.0.1:8090",
    show_default=True,
    callback=_address,
    help="Where to see it. What others can reach shows nothing that is under embargo.",
)
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
def command(folder: Path, listen: str, opens: bool) -> None:
    """The site with its drafts, and beside each text what every network would get of it.

    A saved file is on the page at once. A draft says that it is one; so does what is scheduled or
    under embargo. Nothing is published or announced, nobody outside is asked, and only
    .outreach/preview is written.

    \b
    outreach preview                       http://127.0.0.1:8090/_preview/
    outreach preview --open ~/blog         the same of another folder, in the browser
    outreach preview --listen 0.0.0.0:8090 also for others in your network
    """
    from outreach.preview import app as pages
    from outreach.preview.changes import Changes
    from outreach.preview.folder import Folder
    from outreach.preview.work import keep_up, locked
    from outreach.serve import Served, serve

    is_shared = not pages.is_loopback(listen)
    state = folder / ".outreach" / "preview"
    with locked(state):
        seen = Folder(folder, state, datetime.now(UTC), is_shared=is_shared)
        changes = Changes(time_ns())
        door = pages.app(seen, changes, lambda: datetime.now(UTC), is_shared=is_shared)

        def work(stop: threading.Event) -> int:
            address = f"http://{listen}/_preview/"
            click.echo(f"  preview      {address}\n\n  Ctrl-C ends it\n")
            if opens:
                click.launch(address)
            return keep_up(seen, changes, lambda: datetime.now(UTC), stop)

        serve([Served(name="preview", listen=listen, app=door)], work)
