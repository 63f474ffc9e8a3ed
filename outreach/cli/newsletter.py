"""outreach newsletter"""

import json
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, in_folder
from outreach.cli._lists import list_option, met, named, now, opened, writing
from outreach.cli._readers import export, import_

PATIENCE = 30.0
"""Seconds that a test waits to be sent."""

LOOK = 0.2


@click.group("newsletter")
@in_folder
@click.pass_context
def command(context: click.Context, folder: Path) -> None:
    """Readers in and out, a letter to yourself, how far a letter is.

    A newsletter is an account of the kind email. Readers subscribe on the site, at /subscribe.

    \b
    outreach newsletter test me@acme.example     before a list's first letter
    outreach newsletter status --watch           until the last reader has it
    outreach newsletter stop 2026/big-news       what has not gone out stays here
    """
    context.obj = folder


command.add_command(import_)
command.add_command(export)


@command.command("status")
@click.argument("slug", default="")
@click.option("--watch", is_flag=True, help="Stay until nothing waits any more; Ctrl-C ends it.")
@in_folder
@as_json
def status(slug: str, watch: bool, folder: Path, as_json: bool) -> None:
    """How many read each list, and how far each letter is, or one of them.

    \b
    outreach newsletter status                  a table
    outreach newsletter status 2026/big-news    one letter
    outreach newsletter status --json           lists, letters
    """
    from outreach.store import sqlite

    workspace = opened(folder)
    started = workspace.database_path.exists()
    with closing(workspace.read() if started else sqlite.memory()) as database:
        if watch:
            _watch(database, workspace.config.lists, slug)
        rows = [_row(one) for one in _progress(database, workspace.config.lists, slug)]
        lists = [_list(database, name) for name in workspace.config.lists]
    if as_json:
        click.echo(json.dumps({"lists": lists, "letters": rows}, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show

    for one in lists:
        tested = f"tested {one['tested'][:10]}" if one["tested"] else "not tested yet"
        people = ", ".join(f"{one[standing]} {standing}" for standing in _STANDINGS)
        click.echo(f"{one['list']}: {people}; {tested}")
    columns = ("letter", "list", "of", "sent", "waiting", "unknown", "failed", "dropped")
    show(columns, ([row[column] for column in columns] for row in rows), "No letter went out yet.")


_STANDINGS = ("confirmed", "pending", "left", "bounced")


def _list(database: Any, name: str) -> dict[str, Any]:
    from outreach.store import subscribers

    tested = subscribers.tested(database, name)
    counts = subscribers.counts(database, name)
    return {"list": name, **counts, "tested": tested.isoformat() if tested else None}


def _progress(database: Any, lists: tuple[str, ...], slug: str) -> list[Any]:
    from outreach.store import letters

    found = (one for name in lists for one in letters.progress(database, name))
    return [one for one in found if slug in ("", one.source)]


def _row(one: Any) -> dict[str, Any]:
    return {
        "letter": one.source,
        "list": one.account,
        "of": one.of,
        "sent": one.sent,
        "waiting": one.waiting,
        "unknown": one.unknown,
        "failed": one.failed,
        "dropped": one.dropped,
    }


def _watch(database: Any, lists: tuple[str, ...], slug: str) -> None:
    """A bar for each letter that is under way, until none is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars: dict[tuple[str, str], Any] = {}
    with Progress(*columns) as shown:
        while True:
            under_way = False
            for one in _progress(database, lists, slug):
                under_way = under_way or one.waiting > 0
                name = (one.account, one.source)
                if name not in bars and one.waiting:
                    bars[name] = shown.add_task(f"{one.source} to {one.account}", total=one.of)
                if name in bars:
                    shown.update(bars[name], completed=one.of - one.waiting)
            if not under_way:
                return
            time.sleep(LOOK)


@command.command("test")
@click.argument("me", metavar="ME")
@list_option
@click.option("--post", "slug", metavar="SLUG", default="", help="Which, if not the newest.")
@in_folder
def test(me: str, account: str, slug: str, folder: Path) -> None:
    """Send a letter to yourself, as your readers would get it; a list's first letter needs that.

    ME is your address. Without --post it is the letter that was changed last, a draft as well, or
    else the post.

    \b
    outreach newsletter test me@acme.example
    outreach newsletter test me@acme.example --post letters/2026-w48
    """
    from outreach.model.delivery import State
    from outreach.store import lease

    workspace = writing(folder)
    name = named(workspace, account)
    with closing(met(workspace, name)) as database:
        queued = _rehearse(workspace, database, name, me, slug)
        click.echo(f"“{queued.note.title}” to {queued.recipient}, as {name}")
        runner = lease.holding(database)
        if runner is None or runner[1] < now():
            click.echo(f"ready; it goes out with: outreach run {folder}")
            return
        found = _sent(database, queued)
    if found.state is State.SENT:
        click.echo("sent; look at it in your mailbox")
    elif found.state in (State.READY, State.SENDING):
        click.echo(f"not sent within {PATIENCE:g} seconds: {found.error or 'it waits its turn'}")
    else:
        click.echo(f"{found.state}: {found.error}")
    sys.exit(0 if found.state is State.SENT else 1)


def _rehearse(workspace: Any, database: Any, name: str, me: str, slug: str) -> Any:
    import random

    from outreach.flows.rehearse import Rehearsal
    from outreach.flows.rendition import Renditions
    from outreach.rules.keys import Tids

    rehearsal = Rehearsal(
        root=workspace.root,
        kept=workspace.media,
        site=workspace.layout,
        renditions=Renditions(
            compose=workspace.config.compose,
            root=workspace.root,
            site=workspace.layout,
            cache=workspace.state / "cache",
            kept=workspace.media,
        ),
        database=database,
        new_key=Tids(now, random.SystemRandom().randrange(1024)),
        now=now(),
    )
    limits = workspace.publisher(name, now).limits
    return rehearsal.queue(rehearsal.post(slug), {name: limits}, name, me)


def _sent(database: Any, queued: Any) -> Any:
    """The delivery once it is done, or as it stands when patience ends."""
    from outreach.model.delivery import State
    from outreach.store import ledger

    end = time.monotonic() + PATIENCE
    while True:
        found = ledger.one(database, queued.id)
        done = found is None or found.state not in (State.READY, State.SENDING)
        if done or time.monotonic() > end:
            return found
        time.sleep(LOOK)


@command.command("stop")
@click.argument("slug")
@in_folder
def stop(slug: str, folder: Path) -> None:
    """Stop a letter: who has not got it yet does not get it. It does not begin again.

    \b
    outreach newsletter stop 2026/big-news
    """
    from outreach.model.errors import Refused
    from outreach.store import letters

    workspace = writing(folder)
    with closing(workspace.write()) as database:
        before = _progress(database, workspace.config.lists, slug)
        if not before:
            raise Refused(f"no letter {slug!r} is in the outbox; outreach newsletter status")
        with database.atomic():
            for one in before:
                letters.stop(database, one.account, slug, now())
        after = _progress(database, workspace.config.lists, slug)
    for one in after:
        click.echo(f"{one.account}: {one.sent} of {one.of} have it, {one.dropped} do not get it")


@command.command("continue")
@click.argument("slug")
@click.option("--unknown", is_flag=True, help="Those too that may have it: they may get it twice.")
@in_folder
def go_on(slug: str, unknown: bool, folder: Path) -> None:
    """Let the rest of a letter go out that is held, after a day of silence say.

    \b
    outreach newsletter continue 2026/big-news
    """
    from outreach.model.delivery import State
    from outreach.store import letters

    workspace = writing(folder)
    states = (State.HELD, State.UNKNOWN) if unknown else (State.HELD,)
    with closing(workspace.write()) as database, database.atomic():
        for name in workspace.config.lists:
            spacing = workspace.publisher(name, now).limits.spacing
            number = letters.go_on(database, name, slug, states, spacing, now())
            click.echo(f"{name}: {number} go on")


@command.command("roundup")
@click.option("--since", metavar="SPAN", default="7d", show_default=True, help="How far back.")
@in_folder
def roundup(since: str, folder: Path) -> None:
    """Draft a letter of the week's posts: title, link and summary of each, in letters/.

    What is there already is left alone. `roundup:` in schedules/*.yaml does it each week.

    \b
    outreach newsletter roundup
    outreach newsletter roundup --since 30d
    """
    from outreach.model.errors import Refused
    from outreach.rules import durations

    try:
        span = durations.parse(since)
    except ValueError as error:
        raise Refused(f"--since {since!r}: {error}") from error
    workspace = opened(folder)
    until = now()
    with closing(workspace.read()) as database:
        written = workspace.roundup(database)(until - min(span, timedelta(days=3650)), until)
    for path in written:
        click.echo(f"{path} is a draft; edit it, then date it and take `draft: true` away")
    if not written:
        click.echo(f"Nothing new to draft: no post in {since}, or the week's draft is there.")
