"""outreach resolve"""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from outreach.cli import in_folder
from outreach.cli._person import by_option, person


@click.command("resolve")
@click.argument("delivery", metavar="ID")
@click.option("--sent", metavar="URL", help="It is there: this is its address.")
@click.option("--there", is_flag=True, help="It is there, and has no address (a letter).")
@click.option("--again", is_flag=True, help="It is not there: send it (again).")
@click.option("--drop", is_flag=True, help="Never send it.")
@by_option
@in_folder
def command(
    delivery: str,
    sent: str | None,
    there: bool,
    again: bool,
    drop: bool,
    by: str,
    folder: Path,
) -> None:
    """Decide about a note that is unknown, failed or held.

    \b
    outreach resolve 3l7n… --sent https://x.com/acme/status/1     it is there
    outreach resolve 3l7n… --there                                so is a letter, at its reader
    outreach resolve 3l7n… --again                                send it
    outreach resolve 3l7n… --drop                                 let it be
    """
    from outreach.model.errors import Refused
    from outreach.workspace import open_workspace

    if sum((sent is not None, there, again, drop)) != 1:
        raise Refused("say one of --sent URL, --there, --again, --drop")
    if sent is not None and not sent.startswith(("https://", "http://")):
        raise Refused(f"--sent {sent!r} is no address; copy that of the note, as https://…")
    workspace = open_workspace(folder, os.environ)
    with closing(workspace.write()) as database:
        if again:
            _check_approval(database, delivery, workspace.config.voices, person(by, folder))
        now = datetime.now(UTC)
        receipt = _there(workspace, database, delivery, now) if there else _at(sent, now)
        click.echo(_resolve(database, delivery, receipt, drop, now))


def _at(sent: str | None, now: datetime) -> Any:
    """What a note is called that stands at this address; None without one."""
    from outreach.model.delivery import Receipt

    if sent is None:
        return None
    identifier = urlsplit(sent).path.rstrip("/").rpartition("/")[2]
    return Receipt(id=identifier, url=sent, at=now)


def _there(workspace: Any, database: Any, identifier: str, now: datetime) -> Any:
    """What a note is called that has no address: what its channel calls it, or its key."""
    from outreach.model.channel import Naming
    from outreach.model.delivery import Receipt
    from outreach.store import ledger

    delivery = ledger.one(database, identifier)
    if delivery is None or not delivery.key:
        return Receipt(id=identifier, url="", at=now)
    channel = workspace.channel(delivery.account, lambda: now)
    if isinstance(channel, Naming):
        return channel.receipt(delivery.key, now)
    return Receipt(id=delivery.key, url="", at=now)


def _check_approval(database: Any, identifier: str, voices: Any, by: str) -> None:
    """What somebody wrote in another's name waits for that other, in whatever state it is."""
    from outreach.flows.answer import may_approve
    from outreach.model.errors import Refused
    from outreach.store import ledger

    delivery = ledger.one(database, identifier)
    why = delivery is not None and may_approve(delivery, voices, by)
    if why:
        raise Refused(f"{identifier} is not sent: {why}")


def _resolve(database: Any, identifier: str, receipt: Any, drop: bool, now: datetime) -> str:
    from outreach.flows.answer import said_since
    from outreach.flows.letter import left
    from outreach.model.delivery import State
    from outreach.model.errors import Refused
    from outreach.rules.retry import DROPPED, Step
    from outreach.store import ledger

    with database.atomic():
        delivery = ledger.one(database, identifier)
        if delivery is None:
            raise Refused(f"there is no delivery {identifier}; outreach deliveries lists them")
        if delivery.state not in (State.UNKNOWN, State.FAILED, State.HELD):
            what = "only what is unknown, failed or held waits for you"
            raise Refused(f"{identifier} is {delivery.state}; {what}")
        if receipt is not None:
            step = Step(state=State.SENT, due=now, receipt=receipt, why="found by hand")
            ledger.change(database, delivery, step, now)
            return f"{identifier} is sent: {receipt.url or receipt.id}"
        if drop:
            step = Step(state=State.FAILED, due=now, error=f"{DROPPED}by hand")
            ledger.change(database, delivery, step, now)
            return f"{identifier} will not be sent"
        if why := said_since(database, delivery) or left(database, delivery):
            raise Refused(f"{identifier} is not sent: {why}")
        if ledger.approve(database, delivery, now) is State.FAILED:
            return f"{identifier} is not sent: a newer change of the same note has taken its place"
        return f"{identifier} is ready; a running daemon sends it"
