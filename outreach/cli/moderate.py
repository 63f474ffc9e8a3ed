"""outreach moderate"""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, in_folder


@click.command("moderate")
@click.argument("reply", metavar="ID", default="")
@click.option("--accept", is_flag=True, help="Let it in; its author waits no more.")
@click.option("--spam", is_flag=True, help="Keep it out.")
@click.option("--all-of-author", is_flag=True, help="And all that waits of the same author.")
@click.option("--account", default="", help="Who got it, where several accounts did.")
@in_folder
@as_json
def command(
    reply: str,
    accept: bool,
    spam: bool,
    all_of_author: bool,
    account: str,
    folder: Path,
    as_json: bool,
) -> None:
    """Let in or keep out what people sent whom we do not know yet; without ID, list it.

    Nobody sees it before. An author is a site: who is known from one page of it is known from all.

    \b
    outreach moderate                           what waits
    outreach moderate --json                    id, account, kind, author, name, text, url,
                                                published, post
    outreach moderate …2bd806c97f0e --accept    show it
    outreach moderate …2bd806c97f0e --spam --all-of-author
    """
    from outreach.model.errors import Refused
    from outreach.store import mentions
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    if not reply:
        with closing(workspace.read()) as database:
            _list(mentions.pending(database), as_json)
        return
    if accept == spam:
        raise Refused("say one of --accept, --spam")
    from outreach.flows.moderate import moderate

    with closing(workspace.write()) as database:
        logged = mentions.one(database, reply, account)
        number = moderate(database, logged, accept=accept, all_of_author=all_of_author)
    click.echo(f"{number} of {logged.mention.author.handle} {'let in' if accept else 'kept out'}")


def _list(waiting: list[Any], as_json: bool) -> None:
    rows = [_row(logged) for logged in waiting]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show
    from outreach.store.mentions import end_of

    columns = ("id", "account", "kind", "author", "name", "text", "url", "post")
    cells = ((end_of(str(row["id"])), *(row[name] for name in columns[1:])) for row in rows)
    show(columns, cells, "Nothing waits for your yes.")


def _row(logged: Any) -> dict[str, object]:
    mention = logged.mention
    return {
        "id": mention.id,
        "account": mention.account,
        "kind": mention.kind.value,
        "author": mention.author.handle,
        "name": mention.author.name,
        "text": mention.text,
        "url": mention.url,
        "published": mention.published.isoformat(),
        "post": logged.post or None,
    }
