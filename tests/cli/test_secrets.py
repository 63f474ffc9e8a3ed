"""outreach secrets: names are shown, values never are."""

import json
import stat

import pytest

from outreach.secrets import read

from ..folder import SECRETS, Folder
from .running import piped, typed

CANARY = "canary '4711' #\\"


def test_a_value_is_read_from_standard_input(folder: Folder) -> None:
    for name, answers in (("MASTODON_TOKEN", f"{CANARY}\n"), ("$X_ACCESS_TOKEN", CANARY)):
        code, said = piped(folder, answers, "secrets", "set", name)
        assert code == 0, said
        assert said == (
            f"{name.removeprefix('$')} is kept in {folder.root / '.env'}, "
            "which only its owner can read.\n"
        )
        assert read(name, folder.root, {}) == CANARY
    assert stat.S_IMODE((folder.root / ".env").stat().st_mode) == 0o600


def test_a_value_is_not_shown_while_it_is_typed(folder: Folder) -> None:
    code, shown = typed(folder, f"{CANARY}\n", "secrets", "set", "MASTODON_TOKEN")
    assert code == 0, shown
    assert "Value of MASTODON_TOKEN:" in shown
    assert "canary" not in shown
    assert read("$MASTODON_TOKEN", folder.root, {}) == CANARY


@pytest.mark.parametrize("answers", ["", "\n", "two\nlines\n"])
def test_what_is_no_value_is_not_written(folder: Folder, answers: str) -> None:
    code, said = piped(folder, answers, "secrets", "set", "MASTODON_TOKEN")
    assert (code, "not one line of text" in said) == (1, True)
    assert not (folder.root / ".env").exists() or not (folder.root / ".env").read_text("utf-8")


def test_names_are_listed_and_what_is_missing(folder: Folder) -> None:
    piped(folder, CANARY, "secrets", "set", "MASTODON_TOKEN")
    piped(folder, CANARY, "secrets", "set", "OLD")
    code, said = piped(folder, "", "secrets", "--json", X_CONSUMER_KEY=CANARY)
    assert code == 0, said
    rows = {row["name"]: (row["accounts"], row["set"]) for row in json.loads(said)}
    assert set(rows) == {*SECRETS, "OLD"}
    assert rows["MASTODON_TOKEN"] == (["mastodon"], ".env")
    assert rows["X_CONSUMER_KEY"] == (["x"], "environment")
    assert rows["X_CONSUMER_SECRET"] == (["x"], None)
    assert rows["OLD"] == ([], ".env")
    code, table = piped(folder, "", "secrets")
    assert (code, table.count("missing")) == (0, 4), table
    assert "canary" not in said + table


def test_a_command_of_the_group_takes_the_folder_of_the_group(folder: Folder) -> None:
    from click.testing import CliRunner

    from outreach.cli import cli

    arguments = ["secrets", "--folder", str(folder.root), "set", "MASTODON_TOKEN"]
    done = CliRunner().invoke(cli, arguments, input=CANARY)
    assert done.exit_code == 0, done.output
    assert read("$MASTODON_TOKEN", folder.root, {}) == CANARY
