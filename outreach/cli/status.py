"""outreach status"""

import json
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, folder


@click.command("status")
@folder
@as_json
def command(folder: Path, as_json: bool) -> None:
    """What is out, what waits, what needs you: the thing to look at first.

    \b
    outreach status            one screen
    outreach status --json .   mode, posts, scheduled, deliveries (by state), replies, waiting,
                               coverage (by account), needs_you
    """
    from outreach.store import sqlite
    from outreach.workspace import open_workspace, speaks

    workspace = open_workspace(folder, os.environ)
    started = workspace.database_path.exists()
    with closing(workspace.read() if started else sqlite.memory()) as database:
        found = _status(database, workspace.mode)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.secho(found["mode"].upper(), bold=True, nl=False)
        click.echo(f"  {speaks(workspace)}\n")
        if not started:
            click.echo(f"never started here; start it: outreach run {folder}\n")
        _show(found)


def _status(database: Any, mode: str) -> dict[str, Any]:
    from outreach.flows.report import coverage, needs_a_human
    from outreach.store import ledger, mentions, posts

    now = datetime.now(UTC)
    rows = posts.every(database)
    return {
        "mode": mode,
        "posts": sum(row.published is not None and row.published <= now for row in rows),
        "scheduled": sum(row.published is not None and row.published > now for row in rows),
        "deliveries": ledger.counts(database),
        "replies": sum(mentions.counts(database).values()),
        "waiting": len(mentions.waiting(database)),
        "coverage": {
            entry.account: {
                "polled": entry.polled.isoformat() if entry.polled else None,
                "replies": entry.replies,
                "error": entry.error or None,
                "as": entry.handle or None,
                "unread": entry.unread or None,
            }
            for entry in coverage(database)
        },
        "needs_you": needs_a_human(database, now),
    }


def _show(found: dict[str, Any]) -> None:
    states = [f"{number} {state}" for state, number in found["deliveries"].items() if number]
    click.echo(f"posts       {found['posts']} published, {found['scheduled']} scheduled")
    click.echo(f"deliveries  {', '.join(states) or 'none'}")
    click.echo(f"replies     {found['replies']}, {found['waiting']} waiting for an answer")
    click.echo("\ncoverage")
    for account, entry in found["coverage"].items():
        who = f"as {entry['as']}: " if entry["as"] else ""
        click.echo(f"  {account:<12} {who}{_coverage(entry)}")
    if found["needs_you"]:
        click.echo("\nneeds you")
    for line in found["needs_you"]:
        click.echo(f"  {line}")


def _coverage(entry: dict[str, Any]) -> str:
    if entry["unread"]:
        return f"replies cannot be read: {entry['unread']}"
    if entry["error"]:
        return f"could not be read: {entry['error']}"
    if entry["polled"] is None:
        return "not looked at yet"
    return f"{entry['replies']} here, read at {entry['polled'][11:16]} UTC"
