"""outreach export"""

from datetime import UTC, datetime
from pathlib import Path

import click

from outreach.cli import in_folder


@click.command("export")
@click.argument("kind", metavar="[hugo|jekyll]")
@click.argument("place", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@in_folder
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def command(kind: str, place: Path, folder: Path, dry_run: bool) -> None:
    """Take everything to Hugo or Jekyll, at the same addresses.

    No file that is in DIR is written over. A theme is that tool's own: choose one there.
    """
    from outreach.cli.import_ import show
    from outreach.config import load
    from outreach.flows.export import export
    from outreach.flows.place import place as put

    config = load(folder)
    exported = export(folder, config.site.site(config.authors), kind, datetime.now(UTC))
    placed = put(exported.files, place, dry_run=dry_run)
    show(placed, dry_run=dry_run)
    for mistake in exported.mistakes:
        click.echo(str(mistake))
