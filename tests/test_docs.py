"""Documentation is a tested artefact. `python -m tests.test_docs` writes the generated page."""

import re
from pathlib import Path

import click
import pytest

from outreach.cli import COMMANDS, cli
from outreach.cli.channels import COLUMNS, cells, rows
from outreach.config import ConfigFile, ScheduleFile
from outreach.site.folder import scan

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MARK = "<!-- the table of `outreach channels`; make docs -->"
PAGE = ROOT / "docs" / "reference" / "commands.md"


def reference() -> str:
    """The help of every command, and of the commands of a group."""
    parts = ["# Commands", "", "Generated from the commands' own help: `make docs`.", ""]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        parts += _help(command, name)
        for inner in command.commands.values() if isinstance(command, click.Group) else ():
            parts += _help(inner, f"{name} {inner.name}")
    return "\n".join(parts)


def _help(command: click.Command, name: str) -> list[str]:
    context = click.Context(command, info_name=f"outreach {name}", terminal_width=100)
    return [f"## outreach {name}", "", "```", command.get_help(context), "```", ""]


def test_the_command_reference_is_what_the_commands_say() -> None:
    assert PAGE.read_text("utf-8") == reference(), "write it anew: make docs"


@pytest.mark.parametrize("model", [ConfigFile, ScheduleFile])
def test_every_setting_is_documented(model: type[ConfigFile] | type[ScheduleFile]) -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8")
    for name, field in model.model_fields.items():
        inner = getattr(field.annotation, "model_fields", {})
        for setting in [f"{name}.{key}" for key in inner if model is ConfigFile] or [name]:
            assert f"`{setting}" in page, f"{setting} is missing"


def channels() -> str:
    """The table of `outreach channels` in Markdown, without anybody's accounts."""
    told = [dict(zip(COLUMNS, cells(row), strict=True)) for row in rows({})]
    shown = [column for column in COLUMNS if column != "accounts"]
    lines = [shown, ["---"] * len(shown)]
    for row in told:
        page = f"[{row['kind']}](docs/channels/{row['kind']}.md)"
        lines.append([page, *(row[column] for column in shown[1:])])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def test_the_table_of_the_networks_is_what_their_code_can_do() -> None:
    assert _between_marks(README.read_text("utf-8")) == channels(), "write it anew: make docs"


def _between_marks(text: str) -> str:
    return text.partition(f"{MARK}\n")[2].partition(f"\n{MARK}")[0]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    for page in pages:
        prose = re.sub(r"(?ms)^(`{3,}).*?^\1$", "", page.read_text("utf-8"))
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_example_post_is_no_post() -> None:
    paths, mistakes = scan(ROOT / "posts")
    assert [path.name for path in paths if path.name.startswith("_")] == []
    assert mistakes == []


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
    readme = README.read_text("utf-8")
    README.write_text(readme.replace(_between_marks(readme), channels()), "utf-8")
