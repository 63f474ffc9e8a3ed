"""outreach answer"""

import base64
import os
import random
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder
from outreach.cli._person import by_option, person
from outreach.cli._table import one_line


@click.command("answer")
@click.argument("reply", metavar="REPLY")
@click.argument("text", default="")
@by_option
@click.option("--account", default="", help="Who answers, where several accounts saw it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--done", is_flag=True, help="You have answered there yourself: the wait ends.")
@click.option("--open/--no-open", "open_", default=None, help="Open the thread in a browser.")
@in_folder
def command(
    reply: str,
    text: str,
    by: str,
    account: str,
    yes: bool,
    done: bool,
    open_: bool | None,
    folder: Path,
) -> None:
    """Answer somebody where they wrote; the daemon sends it.

    REPLY is the id or the address of a reply; without TEXT it is read from standard input. Whether
    the network allows an answer is said before it is written. In the name of somebody else it is
    held until they approve it: outreach resolve ID --again.

    Where only a person can write, the answer is copied and the thread opened; they wait no longer
    once your comment is seen there, or you say that it is --done.

    \b
    outreach answer 113456789 "Yes, since 2.4."
    outreach answer https://x.com/bob/status/1 < answer.txt
    """
    from outreach.flows import answer as flow
    from outreach.model.errors import Refused
    from outreach.rules.keys import Tids
    from outreach.store import accounts, mentions
    from outreach.workspace import open_workspace

    workspace = open_workspace(folder, os.environ)
    who = person(by, folder)
    now = datetime.now(UTC)
    with closing(workspace.write()) as database:
        logged = mentions.one(database, reply, account)
        mention = logged.mention
        if done:
            mentions.answered(database, mention.account, mention.id)
            click.echo(f"{mention.author.handle} on {mention.account} does not wait any more")
            return
        if mention.account not in workspace.config.accounts:
            raise Refused(f"config.yaml has no account {mention.account!r} any more")
        channel = workspace.channel(mention.account, lambda: now)
        found = flow.answering(logged, channel, workspace.config.voices)
        if found.refusal:
            raise Refused(found.refusal)
        handle = accounts.one(database, mention.account).handle or mention.account
        click.echo(f"{mention.author.handle} on {mention.account}: {one_line(mention.text)}\n")
        if not text and sys.stdin.isatty():
            click.echo("Your answer, then Ctrl-D:")
        words = flow.worded(found, text or sys.stdin.read())
        click.echo("".join(f"  | {line}\n" for line in words.splitlines()))
        if found.limits is None:
            _by_hand(found.by_hand, words, mention.url, open_)
            return
        click.echo(f"as {handle}, by {who}, {found.limits.measure(words)} of "
                   f"{found.limits.length}")  # fmt: skip
        if not yes and text and not click.confirm("Send it?"):
            sys.exit(1)
        new_key = Tids(lambda: now, random.SystemRandom().randrange(1024))
        queued = flow.answer(database, found, words, by=who, new_key=new_key, now=now)
    click.echo((queued.error and f"held: {queued.error}") or "ready; a running daemon sends it")
    click.echo(queued.id)


def _by_hand(why: str, words: str, url: str, open_: bool | None) -> None:
    """Help a person to answer there themselves: the words in the clipboard, the thread open."""
    click.echo(f"{why}. Answer there yourself:\n\n  {url}\n")
    on_terminal = sys.stdout.isatty()
    if on_terminal:
        copied = base64.b64encode(words.encode()).decode()
        click.echo(f"\033]52;c;{copied}\a", nl=False)  # OSC 52: the terminal's own clipboard
        click.echo("Your answer is in the clipboard, where your terminal allows that.")
    if on_terminal if open_ is None else open_:
        click.launch(url)
    click.echo("Nothing was sent. They wait until your comment is seen there.")
