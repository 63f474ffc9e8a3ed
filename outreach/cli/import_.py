"""outreach import"""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outreach.cli import in_folder

if TYPE_CHECKING:
    from outreach.flows.place import Placed

SHOWN = 40
"""How many of a kind of line are printed before the rest are counted."""


@click.command("import")
@click.argument("source")
@click.argument("place", metavar="PLACE", type=click.Path(exists=True, path_type=Path))
@in_folder
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--url", default="", help="The blog's address, where its settings do not say it.")
@click.option("--permalink", default="", help="Its posts' addresses, as /:year/:month/:slug/.")
@click.option("--zone", default="", help="Of a queue: the time zone it means, as Europe/Berlin.")
@click.option("--account", multiple=True, help="Of a queue: for whom it is, where it does not say.")
def command(
    source: str,
    place: Path,
    folder: Path,
    dry_run: bool,
    url: str,
    permalink: str,
    zone: str,
    account: tuple[str, ...],
) -> None:
    """Bring another blog into the folder, at the same addresses.

    \b
    outreach import hugo ../blog           hugo, jekyll, pelican or zola: the blog's folder
    outreach import ghost export.json      ghost, wordpress, medium or substack: what you exported
    outreach import buffer queue.csv       a queue: each row becomes a note in notes/

    No file that is there is written over, so that it can be run again. Nothing of it is announced
    but what is dated in the future.
    """
    from outreach.flows.bring import bring, settings
    from outreach.site import sources

    said = {"url": url, "permalink": permalink, "zone": zone, "account": ", ".join(account)}
    if source == "buffer":
        from outreach.cli._buffer import queued

        blog = queued(place, folder, zone, account)
    else:
        blog = sources.read(source, place, **{key: value for key, value in said.items() if value})
    now = datetime.now(UTC)
    brought = bring(blog, folder, now, since=_since(folder), dry_run=dry_run)
    show(brought.placed, dry_run=dry_run)
    for mistake in brought.mistakes:
        click.echo(str(mistake))
    if brought.mistakes:
        click.echo(f"{len(brought.mistakes)} to look at")
    _settle(folder, settings(blog, _known(folder)), str(blog.site.get("title", "")), dry_run)


def _since(folder: Path) -> datetime | None:
    """When the folder's first account appeared; None where it never ran."""
    from outreach.store import accounts
    from outreach.workspace import Mode, open_workspace

    if not (folder / "config.yaml").exists():
        return None
    found: list[datetime] = []
    for mode in Mode:
        workspace = open_workspace(folder, os.environ, mode=mode)
        if workspace.database_path.exists():
            with closing(workspace.read(earlier=True)) as database:
                found += (it.first_seen for it in accounts.every(database))
    return min(found, default=None)


def show(placed: "Placed", *, dry_run: bool) -> None:
    """Say which files were written, and which were not."""
    _list(placed.written, "would write" if dry_run else "wrote")
    _list(placed.left, "left, as another is there")
    texts = sum(name.endswith(".md") for name in placed.written)
    there = f"; {_count(len(placed.there), 'file')} as before" if placed.there else ""
    others = len(placed.written) - texts
    click.echo(f"{_count(texts, 'text')} and {_count(others, 'other file')}{there}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _list(names: Sequence[str], what: str) -> None:
    for name in names[:SHOWN]:
        click.echo(f"{what}: {name}")
    if len(names) > SHOWN:
        click.echo(f"{what}: {len(names) - SHOWN} more")


def _known(folder: Path) -> dict[str, object]:
    """What config.yaml says of the site already."""
    from outreach.yamlfile import YamlFile

    path = folder / "config.yaml"
    return dict(YamlFile(path, folder).section("site")) if path.is_file() else {}


def _settle(folder: Path, lines: str, title: str, dry_run: bool) -> None:
    """Write config.yaml where there is none, else say which lines belong there."""
    path = folder / "config.yaml"
    if path.exists():
        if lines:
            click.echo(f"\nfor {path.name}:\n{lines}", nl=False)
        return
    text = (lines or "site:\n") + ("" if title else f"  title: {folder.resolve().name}\n")
    click.echo(f"\n{'would write' if dry_run else 'wrote'}: {path.name}\n{text}", nl=False)
    if not dry_run:
        path.write_text(text, "utf-8")
