"""outreach channels"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, in_folder
from outreach.cli._person import address


@click.group("channels", invoke_without_command=True)
@in_folder
@as_json
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """What each network can do; sign accounts in, test them.

    \b
    outreach channels                      what each network can do, as the code says
    outreach channels login mastodon       sign an account in
    outreach channels test                 may each account read and write? Nothing is posted
    outreach channels --json               kind, accounts, publish, collect, edit, delete, threads,
                                           images, deduplication, cost, receive
    """
    context.obj = folder
    if context.invoked_subcommand is None:
        _list(folder, as_json)


COLUMNS = ("kind", "accounts", "can", "not twice by", "cost")


def rows(accounts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What every network can do, and the accounts that the folder has there."""
    from outreach import channels
    from outreach.channels._ability import ability

    return [
        {
            "kind": kind,
            "accounts": [name for name, settings in accounts.items() if settings.kind == kind],
            **ability(channels.module(kind)),
        }
        for kind in channels.kinds()
    ]


def _list(folder: Path, as_json: bool) -> None:
    from outreach.config import load

    found = rows(load(folder).accounts if (folder / "config.yaml").exists() else {})
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    from outreach.cli._table import show

    show(COLUMNS, map(cells, found), "")


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One of `rows` as the table shows it."""
    from outreach.rules.summary import count

    can = [verb for verb, able in row.items() if able is True]
    can += [count(row["images"], "image")] if row["images"] else []
    accounts = ", ".join(row["accounts"])
    once = row["deduplication"] or "nothing is put there"
    return row["kind"], accounts, ", ".join(can), once, row["cost"]


@command.command("login")
@click.argument("kind")
@click.option("--account", metavar="NAME", help="Which, where config.yaml has several of the kind.")
@click.option("--by", metavar="NAME", help="Who signs it in; if not said, git's user.email.")
@click.option("--open", "open_", is_flag=True, help="Open the network's page in a browser.")
@in_folder
def login(kind: str, account: str | None, by: str | None, open_: bool, folder: Path) -> None:
    """Sign an account in on its network, also while the daemon runs, which goes on by itself.

    What the sign-in wins is kept encrypted in the database. A script writes the answers to
    standard input, one a line.

    \b
    outreach channels login mastodon
    outreach channels login bluesky --account bluesky-ada --by ada@acme.example
    pass show bluesky | outreach channels login bluesky
    """
    from outreach.channels._signin import Consent

    workspace = _opened(folder)
    name = _account(workspace.config, kind, account)
    by = address(by or "", folder)
    click.secho(workspace.mode.upper(), bold=True, nl=False)
    click.echo(f"  {name} is signed in by {by}\n")
    with _told(workspace, name):
        way = workspace.sign_in(name, _now)
        handle = _consent(way, kind, open_) if isinstance(way, Consent) else _form(way)
        freed = workspace.signed_in(name, handle, by, _now())
        _enter_sign_in(workspace, name)
    click.echo(f"signed in as {handle}; kept encrypted in {workspace.database_path}")
    if freed:
        click.echo(f"{freed} waiting notes are ready")


def _enter_sign_in(workspace: Any, name: str) -> None:
    """What a sign-in costs: it asks who the account is, which a network bills once a day."""
    from outreach.flows.identify import identify
    from outreach.model.channel import Priced

    channel = workspace.channel(name, _now)
    if isinstance(channel, Priced):
        with closing(workspace.connect()) as database:
            identify(database, name, channel, _now())


def _opened(folder: Path) -> Any:
    """The folder, and its database. A copy of a live one would spend the other's tokens."""
    from outreach.workspace import open_workspace, require_sender

    workspace = open_workspace(folder, os.environ)
    require_sender(workspace, _now())
    workspace.create().close()
    return workspace


def _account(config: Any, kind: str, account: str | None) -> str:
    """The account that is meant. Raises Refused where that is not clear."""
    from outreach.channels import kinds
    from outreach.model.errors import Refused

    if kind not in kinds():
        raise Refused(f"there is no network {kind!r}; it is one of {', '.join(kinds())}")
    names = [name for name, settings in config.accounts.items() if settings.kind == kind]
    if account is None and len(names) == 1:
        return str(names[0])
    if account in names:
        return str(account)
    if not names:
        raise Refused(f"config.yaml has no account of the kind {kind}; add one under accounts:")
    what = f"there is no {kind} account {account!r}" if account else f"which {kind} account?"
    raise Refused(f"{what} Say one of: {', '.join(f'--account {name}' for name in names)}")


def _consent(way: Any, kind: str, open_: bool) -> str:
    """By a page of the network; gives back the handle."""
    from outreach.cli._ask import ask
    from outreach.flows.connect import answered

    begun = way.begin("")
    click.echo(f"1. Open this page of {kind}, signed in there as the account that is to speak:\n")
    click.echo(f"   {begun.url}\n")
    click.echo("2. Say yes there.")
    click.echo("3. Copy the code that it shows, or the whole address that it sends you to.\n")
    if open_:
        click.launch(begun.url)
    return str(way.finish(begun.kept, answered(ask("Code or address"), begun.kept)))


def _form(way: Any) -> str:
    """By filling in what the network gave; gives back the handle."""
    from outreach.cli._ask import ask

    values = {}
    for field in way.fields:
        if field.hint:
            click.echo(field.hint)
        values[field.name] = ask(field.label, secret=field.secret)
    return str(way.submit(values))


@command.command("test")
@click.argument("account", default="")
@in_folder
@as_json
def test(account: str, folder: Path, as_json: bool) -> None:
    """Prove what each account may do, without posting anything; 1 if something is not right.

    \b
    outreach channels test             all accounts
    outreach channels test x           one
    outreach channels test --json      account, kind, handle, read, write, days_left, ok
    """
    from outreach.cli._account import known

    workspace = _opened(folder)
    known(workspace.config, account)
    rows = [_tested(workspace, name) for name in workspace.config.accounts if account in ("", name)]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    for row in () if as_json else rows:
        click.echo(_said(row))
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


CANNOT = "cannot be tested without posting"


def _tested(workspace: Any, name: str) -> dict[str, Any]:
    """What one account may do; `ok` is whether that is all that its network lets it.

    Where there is nothing to ask, nothing is known to be wrong.
    """
    from outreach.channels import audience
    from outreach.model.channel import Expiring, Listener, Tested
    from outreach.model.errors import OutreachError

    kind = workspace.config.accounts[name].kind
    row, speaks = {"account": name, "kind": kind, "handle": None}, audience(kind) is not None
    try:
        channel = workspace.channel(name, _now)
        if not isinstance(channel, Tested):
            return {**row, "read": CANNOT, "write": CANNOT, "days_left": None, "ok": True}
        try:
            rights = channel.rights()
        finally:
            _enter(workspace, name, channel)
        ends = channel.expires() if isinstance(channel, Expiring) else None
    except OutreachError as error:
        why = _why(workspace, error)
        return {**row, "read": why, "write": why, "days_left": None, "ok": False}
    return {
        **row,
        "handle": rights.handle,
        "read": rights.read or "ok",
        "write": rights.write or "ok",
        "days_left": (ends - _now()).days if ends else None,
        "ok": not ((rights.write and speaks) or (rights.read and isinstance(channel, Listener))),
    }


def _enter(workspace: Any, name: str, channel: object) -> None:
    """What was read to test an account, into what it costs this month."""
    from outreach.flows import budget
    from outreach.store import accounts

    with closing(workspace.connect()) as database:
        accounts.meet(database, name, workspace.config.accounts[name].kind, _now())
        budget.read(database, name, channel, _now())


def _said(row: dict[str, Any]) -> str:
    if row["read"] == CANNOT:
        return f"–    {row['account']}: {CANNOT}"
    who = f"{row['account']} as {row['handle']}" if row["handle"] else row["account"]
    rights = f"read {row['read']}, write {row['write']}"
    if row["read"] == row["write"] != "ok":
        rights = row["read"]
    days = "" if row["days_left"] is None else f"; token ends in {row['days_left']} days"
    return f"{'ok ' if row['ok'] else 'BAD'}  {who}: {rights}{days}"


@contextmanager
def _told(workspace: Any, name: str) -> Iterator[None]:
    """What a network says no to, and what does not answer, is told as one message."""
    from outreach.model.errors import OutreachError, Refused

    try:
        yield
    except Refused:
        raise
    except OutreachError as error:
        raise Refused(f"{name} is not signed in: {_why(workspace, error)}") from error


def _why(workspace: Any, error: Exception) -> str:
    from outreach.model.errors import Unavailable, Uncertain
    from outreach.workspace import Mode

    if workspace.mode is Mode.SANDBOX and isinstance(error, (Unavailable, Uncertain)):
        return f"{error}. The sandbox must be running: outreach run {workspace.root}"
    return str(error)


def _now() -> datetime:
    return datetime.now(UTC)
