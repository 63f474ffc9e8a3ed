"""outreach newsletter import, outreach newsletter export"""

import os
import sys
from contextlib import closing
from pathlib import Path

import click

from outreach.cli import in_folder
from outreach.cli._lists import list_option, met, named, now, opened, writing


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@list_option
@click.option("--confirmed", is_flag=True, help="Each of them agreed to get your letters.")
@in_folder
def import_(file: Path, account: str, confirmed: bool, folder: Path) -> None:
    """Take over readers from a CSV: address, language, confirmed (a date; the last two may lack).

    Who has left here, or cannot be reached, stays out. The same file again changes nothing. What is
    wrong is told by line, and the command ends with 1; the rest is taken over.

    \b
    outreach newsletter import --confirmed readers.csv
    """
    from outreach.flows.lists import take
    from outreach.model.errors import Refused
    from outreach.rules.summary import count

    if not confirmed:
        raise Refused(
            "nobody is written to who did not agree to it: that is the law in most countries, and "
            "receivers block who does. If each of them asked for your letters, say so with "
            "--confirmed; everybody else can subscribe on the site"
        )
    workspace = writing(folder)
    name = named(workspace, account)
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not UTF-8; save it as “CSV UTF-8”") from error
    with closing(met(workspace, name)) as database:
        done = take(database, name, text, now())
    click.echo(f"{count(done.readers, 'reader')} of {name} in this file", nl=False)
    click.echo(f"; {done.out} left or bounced, and stay out" if done.out else "")
    for line in done.wrong:
        click.echo(f"  {line}", err=True)
    sys.exit(1 if done.wrong else 0)


@click.command("export")
@click.argument("file", default="-", type=click.Path(dir_okay=False, path_type=Path))
@list_option
@in_folder
def export(file: Path, account: str, folder: Path) -> None:
    """Write a list's people as a CSV, whatever they said; to FILE, or to standard output.

    What a spreadsheet would take for a formula has a ' before it; import takes it away. The file is
    for its owner's eyes only (mode 0600).

    \b
    outreach newsletter export readers.csv
    """
    from outreach.flows.lists import written
    from outreach.store import subscribers

    workspace = opened(folder)
    name = named(workspace, account)
    with closing(workspace.read()) as database:
        text = written(subscribers.every(database, name))
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
        out.write(text)
    click.echo(f"{file} has {name}; it is personal, so keep it no longer than you need it")
