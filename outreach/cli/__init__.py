"""The command line: one verb a file, loaded when it is used."""

import sys
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click
from click.core import ParameterSource

from outreach.model.errors import Refused

COMMANDS = {
    "run": "Publish, send, collect and report, until stopped.",
    "build": "The site from the folder's files alone.",
    "preview": "The site with its drafts, and what each network would get.",
    "check": "What is wrong in the folder's files.",
    "status": "What is out, what waits, what needs you.",
    "deliveries": "Every note and where it stands.",
    "replies": "What came back.",
    "answer": "Answer somebody where they wrote.",
    "moderate": "Let in or keep out what strangers sent.",
    "hold": "Stop sending, everywhere or as one account.",
    "resume": "Let go of a hold.",
    "resolve": "Decide about a note that is unknown, failed or held.",
    "withdraw": "Take a published post back.",
    "backup": "Copy the database, also while the daemon runs.",
    "restore": "Go back to a backup; what may be out since is looked up.",
    "channels": "What each network can do; sign accounts in, test them.",
    "newsletter": "Readers in and out, a letter to yourself, how far a letter is.",
    "doctor": "Check what outside of here has to be right for letters to arrive.",
    "secrets": "Keep passwords and keys out of config.yaml.",
    "import": "Bring another blog here, at the same addresses.",
    "export": "Take everything to Hugo or Jekyll, at the same addresses.",
    "theme": "Change how the site looks, in templates of your own.",
    "live": "Leave the sandbox: this machine sends from now on.",
}


class _Commands(click.Group):
    """Finds a command in the file of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands)
@click.version_option(package_name="outreach")
def cli() -> None:
    """From a folder of Markdown to every network where your community talks, and back.

    A folder has posts/, schedules/ and config.yaml. Until `outreach live` is run in it, everything
    stays in the sandbox on this machine.
    """


folder_type = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
folder = click.argument(
    "folder",
    default=".",
    type=folder_type,
)


def _of_the_group(context: click.Context, option: click.Parameter, value: Path) -> Path:
    """A command of a group takes the folder that the group was given."""
    given = context.get_parameter_source(str(option.name)) is not ParameterSource.DEFAULT
    return value if given else context.obj or value


in_folder = click.option(
    "--folder",
    default=".",
    show_default=True,
    type=folder_type,
    callback=_of_the_group,
    help="The leader's folder.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


def main() -> None:
    """Run the command line; what we refuse is one message and its exit code."""
    try:
        cli()
    except Refused as error:
        click.echo(f"outreach: {error}", err=True)
        sys.exit(error.code)
