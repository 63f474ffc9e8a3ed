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
@click.option("--show", is_flag=True, help="Show it under the post.")
@click.option("--hide", is_flag=True, help="Show it there no more.")
@click.option("--all-of-author", is_flag=True, help="And all of the same author.")
@click.option("--account", default="", help="Who got it, where several accounts did.")
@in_folder
@as_json
def command(
    reply: str,
    accept: bool,
    spam: bool,
    show: bool,
    hide: bool,
    all_of_author: bool,
    account: str,
    folder: Path,
    as_json: bool,
) -> None:
    """Let in or keep out what people sent whom we do not know yet; without ID, list it.

    Nobody sees it before. An author is a site: who is known from one page of it is known from all.
    Each comment of our own pages has an author of its own.

    Where `site.conversation` holds replies, they are listed, too: --show puts one under its post.
    --hide takes any reply from there, whatever `site.conversation` says.

    \b
    outreach moderate                           what waits
    outreach moderate --json                    id, account, kind, author, name, text, url,
                                                published, post, waits_for (yes, page)
    outreach moderate …2bd806c97f0e --accept    let it in
    outreach moderate …2bd806c97f0e --spam --all-of-author
    outreach moderate …17643 --hide             take it from the page
    """
    from outreach.model.errors import Refused
    from outreach.store import mentions
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    if not reply:
        with closing(workspace.read()) as database:
            _list(_waiting(workspace, database), as_json)
        return
    words = {"let in": accept, "kept out": spam, "shown": show, "hidden": hide}
    if sum(words.values()) != 1:
        raise Refused("say one of --accept, --spam, --show, --hide")
    from outreach.flows.moderate import moderate, put_on_page

    with closing(workspace.write()) as database:
        logged = mentions.one(database, reply, account)
        if accept or spam:
            number = moderate(database, logged, accept=accept, all_of_author=all_of_author)
        else:
            word = "show" if show else "hide"
            number = put_on_page(database, logged, word, all_of_author=all_of_author)
    done = next(name for name, said in words.items() if said)
    click.echo(f"{number} of {logged.mention.author.handle} {done}")


def _waiting(workspace: Any, database: Any) -> list[dict[str, object]]:
    """What waits to be let in, and then what waits to be shown."""
    from outreach.store import conversation, mentions

    held = conversation.undecided(database, workspace.held)
    return [
        *(_row(it.mention, it.post, "yes") for it in mentions.pending(database)),
        *(_row(it, it.post, "page") for it in held),
    ]


def _list(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show
    from outreach.store.mentions import end_of

    columns = ("id", "account", "kind", "author", "name", "text", "url", "post")
    cells = {
        waits_for: [
            (end_of(str(row["id"])), *(row[name] for name in columns[1:]))
            for row in rows
            if row["waits_for"] == waits_for
        ]
        for waits_for in ("yes", "page")
    }
    show(columns, cells["yes"], "Nothing waits for your yes.")
    if cells["page"]:
        click.echo("\nTo be shown under their post, or hidden:")
        show(columns, cells["page"], "")


def _row(mention: Any, post: str, waits_for: str) -> dict[str, object]:
    return {
        "id": mention.id,
        "account": mention.account,
        "kind": mention.kind.value,
        "author": mention.author.handle,
        "name": mention.author.name,
        "text": mention.text,
        "url": mention.url,
        "published": mention.published.isoformat(),
        "post": post or None,
        "waits_for": waits_for,
    }
