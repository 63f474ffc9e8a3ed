"""`outreach build`: the site from the folder's files."""

import gc
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outreach.cli import folder as in_folder
from outreach.cli._settled import site_of
from outreach.model.errors import Refused
from outreach.site.folder import FOLDERS, STATIC

if TYPE_CHECKING:
    from outreach.site.build import Build

STATE = Path(".outreach", "build")


@click.command("build")
@in_folder
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where the site is to be seen: a link to it. [default: .outreach/build/site]",
)
def command(folder: Path, out: Path | None) -> None:
    """Build the site from the files alone, as far as their time has come.

    Nothing is published or announced, and what the networks say is left out: that is the daemon's.
    Exit code 1 where a file has a mistake; the others are built all the same.

    \b
    Examples:
      outreach build
      outreach build ~/blog --out public
    """
    start = time.monotonic()
    where = (out or folder / STATE / "site").absolute()
    _refuse(where, folder)
    gc.disable()  # in a process that ends at once it only takes time
    try:
        built = _built(folder, where)
    finally:
        gc.enable()
    for mistake in built.failed:
        click.echo(str(mistake), err=True)
    if built.dead:
        click.echo(f"{len(built.dead)} links lead nowhere; outreach check names them", err=True)
    click.echo(f"{built.pages} pages in {where} ({time.monotonic() - start:.2f} s)")
    raise SystemExit(bool(built.failed))


def _built(folder: Path, where: Path) -> "Build":
    from outreach.site.index import build_folder

    state = folder / STATE
    site = site_of(folder, state)
    where.parent.mkdir(parents=True, exist_ok=True)
    return build_folder(folder, site=site, out=where, cache=state, now=datetime.now(UTC))


def _refuse(where: Path, folder: Path) -> None:
    """Raise Refused where a folder of somebody else would have to go."""
    if where.exists() and not where.is_symlink():
        raise Refused(f"{where} is there already, and no site of ours; name a new place: --out DIR")
    below = where.relative_to(folder).parts if where.is_relative_to(folder) else ()
    if below and below[0] in (*FOLDERS, STATIC, "schedules", "theme"):
        raise Refused(f"{folder / below[0]} is for what you write; name another place: --out DIR")
