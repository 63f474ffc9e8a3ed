"""outreach theme"""

import shutil
from pathlib import Path

import click

from outreach.cli import in_folder
from outreach.model.errors import Refused


@click.group("theme")
@in_folder
@click.pass_context
def command(context: click.Context, folder: Path) -> None:
    """Change how the site looks, in templates of your own.

    \b
    outreach theme copy              start a theme in theme/
    outreach theme show              the templates that it can change, and their blocks
    outreach theme show post.html    one of them
    """
    context.obj = folder


@command.command("copy")
@click.argument("name", metavar="DIR", default="theme")
@in_folder
def copy(name: str, folder: Path) -> None:
    """Start a theme in DIR, which is inside the leader's folder and new.

    It holds next to nothing: what it does not say is as in the default theme, also after an update.
    """
    from outreach.site.theme import STARTER

    place = folder / name
    if not place.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{place} is outside of {folder}; a theme is a part of the leader's folder")
    if place.exists():
        raise Refused(f"{place} is there already; to start another: outreach theme copy OTHER")
    shutil.copytree(STARTER, place)
    shown = place.relative_to(folder).as_posix()
    click.echo(f"{place} is started:\n")
    click.echo(f"  {shown}/base.html         what every page begins with")
    click.echo(f"  {shown}/assets/theme.css  colours and faces\n")
    click.echo("To use it, write into config.yaml:\n")
    click.echo(f"site:\n  theme: {shown}")


@command.command("show")
@click.argument("name", default="")
def show(name: str) -> None:
    """Print a template of the default theme; without NAME, which there are."""
    from outreach.cli._table import show as table
    from outreach.site.theme import TEMPLATES, blocks

    texts = {path.name: path.read_text("utf-8") for path in sorted(TEMPLATES.iterdir())}
    if not name:
        rows = [(file, ", ".join(blocks(text))) for file, text in texts.items()]
        table(("template", "blocks"), rows, "")
        return
    if name not in texts:
        raise Refused(f"there is no {name}; there are: {', '.join(texts)}")
    click.echo(texts[name], nl=False)
