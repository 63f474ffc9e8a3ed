"""outreach deliveries"""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, folder


@click.command("deliveries")
@folder
@as_json
@click.option("--history", metavar="ID", help="How one delivery came to where it is.")
def command(folder: Path, as_json: bool, history: str | None) -> None:
    """Every note and where it stands, also while the daemon runs.

    \b
    outreach deliveries                    a table
    outreach deliveries --history 3l7n…    every transition of one
    outreach deliveries --json .   id, account, as, source, part, activity, state, attempts, due,
                                   sent, url, written_by, error
    """
    from outreach.store import accounts, ledger
    from outreach.workspace import open_workspace

    with closing(open_workspace(folder, os.environ).read()) as database:
        if history is not None:
            _show_history(ledger.history(database, history), as_json)
            return
        handles = {account.name: account.handle for account in accounts.every(database)}
        rows = [_row(delivery, handles) for delivery in ledger.every(database)]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show

    columns = ("id", "state", "account", "as", "source", "activity", "url", "error")
    cells = ([row[column] for column in columns] for row in rows)
    show(columns, cells, "Nothing is in the outbox yet.")


def _row(delivery: Any, handles: dict[str, str]) -> dict[str, object]:
    receipt = delivery.receipt
    return {
        "id": delivery.id,
        "account": delivery.account,
        "as": handles.get(delivery.account) or None,
        "source": delivery.source,
        "part": delivery.part,
        "activity": delivery.activity.value,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due": delivery.due.isoformat(),
        "sent": receipt.at.isoformat() if receipt else None,
        "url": receipt.url if receipt else None,
        "written_by": delivery.written_by or None,
        "error": delivery.error or None,
    }


def _show_history(events: list[tuple[Any, Any, str]], as_json: bool) -> None:
    rows = [{"at": at.isoformat(), "state": state.value, "why": why} for at, state, why in events]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show

    show(
        ("at", "state", "why"), (tuple(row.values()) for row in rows), "There is no such delivery."
    )
