"""outreach replies"""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, folder


@click.command("replies")
@folder
@as_json
def command(folder: Path, as_json: bool) -> None:
    """What people said, oldest first, also while the daemon runs; likes are in the digest.

    \b
    outreach replies            a table
    outreach replies --json .   id, account, kind, author, text, url, published, post, state,
                                withdrawn
    """
    from outreach.store import mentions
    from outreach.workspace import open_workspace

    with closing(open_workspace(folder, os.environ).read()) as database:
        logs = mentions.every(database)
        seen = (logged for logged in logs if not logged.moderation)
        rows = [_row(logged) for logged in seen if logged.mention.kind.has_words]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show
    from outreach.store.mentions import end_of

    def cell(row: dict[str, object], column: str) -> object:
        if column == "published":
            return str(row[column])[:16].replace("T", " ")
        return end_of(str(row[column])) if column == "id" else row[column]

    columns = ("id", "published", "account", "author", "text", "post", "state")
    cells = ([cell(row, column) for column in columns] for row in rows)
    show(columns, cells, "Nothing came back yet.")


def _row(logged: Any) -> dict[str, object]:
    mention = logged.mention
    return {
        "id": mention.id,
        "account": mention.account,
        "kind": mention.kind.value,
        "author": mention.author.handle,
        "text": mention.text,
        "url": mention.url,
        "published": mention.published.isoformat(),
        "post": logged.post or None,
        "state": logged.state,
        "withdrawn": mention.withdrawn,
    }
