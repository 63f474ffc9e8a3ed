"""outreach live"""

import os
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from outreach.cli import folder


@click.command("live")
@folder
@click.option("--move", is_flag=True, help="Take over from the machine that is live now.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(folder: Path, move: bool, yes: bool) -> None:
    """Leave the sandbox: list what would be sent where and as whom, ask once, then switch.

    This machine becomes the only sender of this site; every other clone refuses to send and names
    it. `--move` hands over from another machine to this one.
    """
    from outreach import sender
    from outreach.model.errors import Refused
    from outreach.store import meta
    from outreach.workspace import Mode, home, open_workspace

    now = datetime.now(UTC)
    workspace = replace(open_workspace(folder, os.environ), mode=Mode.LIVE)
    here = sender.here(folder, os.environ, now)
    others = (home(workspace), sender.recorded(workspace.config.site.url, os.environ))
    for other in others:
        if other is not None and not other.is_at(here) and not move:
            raise Refused(f"{other} is live for {workspace.config.site.url}. To take over from it: "
                          f"outreach live --move {folder}")  # fmt: skip
    _list(workspace, now)
    if not yes and not click.confirm("Go live from this machine?"):
        click.echo("Still in the sandbox; nothing was changed.")
        sys.exit(1)
    with workspace.lock(), closing(workspace.create()) as database:
        meta.write(database, "sender", sender.to_json(here))
    sender.record(workspace.config.site.url, here, os.environ)
    click.echo(f"LIVE  {here} is the only sender. Start it: outreach run {folder}")


def _list(workspace: Any, now: datetime) -> None:
    """Say as whom each account speaks, and what is recent enough to be sent there."""
    from outreach.flows.preview import upcoming

    click.echo(f"Live, {workspace.config.site.url} would send:\n")
    channels = {name: workspace.publisher(name, lambda: now) for name in workspace.publishers}
    config = workspace.config
    notes, mistakes = upcoming(
        workspace.root, workspace.layout, channels, config.voices, config.compose, now
    )
    if target := workspace.target(lambda: now, workspace.fetch()):
        click.echo(f"  the site, to {target.name}")
    for name, channel in channels.items():
        mine = [(post, chains[name]) for post, chains in notes if name in chains]
        speaks_for = config.voices.owner(name) or "the company"
        who = _who(name, channel, config.accounts[name].kind)
        click.echo(f"  {name}, as {who}, for {speaks_for}: {len(mine) or 'no'} recent posts")
        for post, chain in mine:
            cost = _cost(channel, chain)
            click.echo(f"    {post.published:%Y-%m-%d %H:%M} UTC  {post.name}{cost}")
            for note in chain:
                _show(note)
    for mistake in mistakes:
        click.echo(f"  not sent: {mistake}")
    click.echo()


def _who(name: str, channel: Any, kind: str) -> str:
    """As whom an account speaks, or why that is not known."""
    from outreach.model.channel import Identified
    from outreach.model.errors import OutreachError, Unauthorized

    try:
        return str(channel.handle()) if isinstance(channel, Identified) else name
    except Unauthorized as error:
        login = f"outreach channels login {kind} --account {name}"
        return f"nobody yet, and sends nothing before: {login} ({str(error).partition(';')[0]})"
    except OutreachError as error:
        return f"(could not be asked who it is: {error})"


def _show(note: Any) -> None:
    """A note as it will look: a line of dots above each, then its warning, words and pictures."""
    click.echo("      . . .")
    shown = [f"[warning: {note.warning}]"] if note.warning else []
    shown += note.text.splitlines()
    shown += [f"[image: {image.alt or 'decorative'}]" for image in note.media]
    if note.card is not None:
        shown.append(f"[card: {note.card.title}]")
    click.echo("".join(f"      | {line}\n" for line in shown), nl=False)


def _cost(channel: Any, chain: Any) -> str:
    """What sending these notes costs, where the network takes money."""
    from outreach.model.channel import Priced
    from outreach.model.delivery import Activity

    if not isinstance(channel, Priced):
        return ""
    return f"  costs ${sum(channel.price(Activity.CREATE, note) for note in chain)}"
