"""outreach channels: what each network can do, signing in, and a test that posts nothing."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from outreach.channels import kinds
from outreach.cli import cli
from outreach.model.channel import Deleter, Editor, Listener, Priced, Publisher, Receiver
from outreach.secrets import stored
from outreach.store import accounts, holds, spending
from outreach.store.accounts import Account
from outreach.store.holds import Cause
from outreach.workspace import open_workspace

from ..consent import decide
from ..folder import SECRETS, Folder
from ..sandbox.running import Sandbox
from ..test_cli import documented
from .running import piped, typed

BY = "ada@acme.example"
LINKEDIN = """accounts:
  linkedin:
    kind: linkedin
    client_id: $LINKEDIN_CLIENT_ID
    client_secret: $LINKEDIN_CLIENT_SECRET
"""
PROTOCOLS: dict[str, type] = {
    "publish": Publisher,
    "collect": Listener,
    "edit": Editor,
    "delete": Deleter,
    "receive": Receiver,
}
X_TOKENS = "canary-of-x\ncanary-secret\n"


@pytest.fixture
def near(folder: Folder, sandbox: Sandbox) -> Folder:
    """A folder whose sandbox runs, and whose account x waits for a sign-in."""
    text = (folder.root / "config.yaml").read_text("utf-8")
    listen = f"sandbox:\n  listen: {sandbox.url.removeprefix('http://')}"
    folder.write("config.yaml", re.sub(r"sandbox:\n  listen: \S+", listen, text))
    now = datetime.now(UTC)
    with closing(open_workspace(folder.root, folder.environ()).create()) as database:
        accounts.meet(database, "x", "x", now)
        holds.place(database, "x", Cause.TOKEN, "the token is refused", now)
    return folder


def account(folder: Folder, name: str) -> tuple[Account, bool]:
    """An account, and whether it is held."""
    with closing(open_workspace(folder.root, folder.environ()).read()) as database:
        return accounts.one(database, name), bool(holds.on(database, name))


def in_json(folder: Folder, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    code, said = piped(folder, "", *arguments, "--json")
    found: list[dict[str, object]] = json.loads(said)
    return code, found


def test_what_a_network_can_do_is_what_its_code_does(near: Folder) -> None:
    """A kind can what any of its accounts can: LinkedIn lets pages do more than members."""
    page = LINKEDIN + "    organisation: 4711\n"
    near.change("accounts:\n", LINKEDIN.replace("  linkedin:", "  member:"))
    near.change("accounts:\n", page.replace("  linkedin:", "  page:"))
    code, rows = in_json(near, "channels")
    assert code == 0
    assert [row["kind"] for row in rows] == list(kinds())
    workspace = open_workspace(near.root, near.environ())
    for row in rows:
        assert list(row) == documented("channels", "channels --json")
        names = cast("list[str]", row["accounts"])
        opened = [workspace.publisher(name, lambda: datetime.now(UTC)) for name in names]
        for channel in opened:
            assert row["images"] == channel.limits.images
            assert row["threads"] is channel.limits.threads
            assert row["deduplication"] == channel.limits.deduplication
            assert (row["cost"] != "free") is isinstance(channel, Priced)
        for key, protocol in PROTOCOLS.items() if opened else ():
            assert row[key] is any(isinstance(channel, protocol) for channel in opened), row
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["linkedin"]["accounts"] == ["page", "member"]
    assert by_kind["linkedin"]["collect"] is True
    assert by_kind["bluesky"]["accounts"] == []
    assert by_kind["x"]["edit"] is False
    assert "a post with a link" in str(by_kind["x"]["cost"])
    code, table = piped(near, "", "channels")
    assert code == 0
    assert all(kind in table for kind in kinds())


def test_what_a_network_can_do_is_told_before_there_is_a_folder(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["channels", "--json", "--folder", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert all(row["accounts"] == [] for row in json.loads(done.output))


def test_no_sdk_is_loaded_to_tell_it(folder: Folder) -> None:
    program = (
        "import sys; from outreach.cli import cli\n"
        f"cli(['channels', '--json', '--folder', {str(folder.root)!r}], standalone_mode=False)\n"
        "sys.exit(', '.join({'tweepy', 'mastodon', 'atproto', 'requests'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_script_signs_in_and_the_account_goes_on(near: Folder) -> None:
    assert account(near, "x")[1]
    code, said = piped(near, X_TOKENS, "channels", "login", "x", "--by", BY)
    assert code == 0, said
    found, held = account(near, "x")
    assert (found.connected_by, held) == (BY, False)
    assert said.startswith("SANDBOX")
    database = near.root / "outreach.sandbox.db"
    assert f"signed in as {found.handle}; kept encrypted in {database}\n" in said
    kept = b"".join(path.read_bytes() for path in near.root.glob("outreach.*db*"))
    assert "canary-secret" not in said
    assert b"canary-secret" not in kept


def test_a_person_is_not_shown_what_they_type(near: Folder) -> None:
    code, shown = typed(near, X_TOKENS, "channels", "login", "x", "--by", BY)
    assert code == 0, shown
    assert "signed in as @" in shown
    assert not re.search("canary-of-x|canary-secret", shown)


def carry(folder: Folder, sandbox: Sandbox, kind: str) -> str:
    """Sign in by the page that the command names: all that it says then."""
    command = ["channels", "login", kind, "--by", BY, "--folder", str(folder.root)]
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", *command],
        env=folder.environ(PYTHONUNBUFFERED="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = next(line.strip() for line in process.stdout if line.strip().startswith("http"))
        said, _ = process.communicate(decide(sandbox, url) + "\n", timeout=30)
    assert process.returncode == 0, said
    return said


@pytest.mark.parametrize("kind", ["mastodon", "linkedin"])
def test_a_person_says_yes_on_a_page_and_carries_the_answer_here(
    near: Folder, sandbox: Sandbox, kind: str
) -> None:
    """Mastodon shows a code to copy, LinkedIn sends to an address."""
    near.change("accounts:\n", LINKEDIN)
    said = carry(near, sandbox, kind)
    found, held = account(near, kind)
    assert f"signed in as {found.handle};" in said
    assert (found.connected_by, held) == (BY, False)


def test_what_a_network_lets_nobody_read_is_told_and_no_fault(
    near: Folder, sandbox: Sandbox
) -> None:
    near.change("accounts:\n", LINKEDIN)
    code, (row,) = in_json(near, "channels", "test", "linkedin")
    assert (code, row["ok"]) == (1, False)
    carry(near, sandbox, "linkedin")
    code, (row,) = in_json(near, "channels", "test", "linkedin")
    assert (code, row["write"], row["ok"]) == (0, "ok", True), row
    assert "ok" not in str(row["read"]).split()
    assert row["days_left"] == 59


def test_live_the_tokens_are_encrypted_under_a_key_of_the_folder(
    near: Folder, sandbox: Sandbox, tmp_path: Path
) -> None:
    listen = sandbox.url.removeprefix("http://")
    near.change("    kind: x\n", f"    kind: x\n    base_url: {sandbox.url}\n")
    near.change("publish:\n", f"network:\n  allow: [{listen}]\npublish:\n")
    assert near.call("live", "--yes", **SECRETS)[0] == 0
    secrets = {name: value for name, value in SECRETS.items() if "CONSUMER" in name}
    code, said = piped(near, X_TOKENS, "channels", "login", "x", "--by", BY, **secrets)
    assert code == 0, said
    assert said.startswith("LIVE")
    assert (near.root / "outreach.db").name in said
    assert list(stored(near.root)) == ["OUTREACH_KEY"]
    assert b"canary-secret" not in (near.root / "outreach.db").read_bytes()
    copy = Folder(root=tmp_path / "copy", state=near.state)
    shutil.copytree(near.root, copy.root)
    for command in (("login", "x"), ("test",)):
        code, said = piped(copy, X_TOKENS, "channels", *command, **secrets)
        assert (code, f"outreach live --move {copy.root}" in said) == (1, True), said


def test_which_account_is_meant_is_said_where_there_are_several(near: Folder) -> None:
    near.change(
        "accounts:\n", "accounts:\n  other:\n    kind: mastodon\n    instance: https://a.b\n"
    )
    code, said = piped(near, "", "channels", "login", "mastodon")
    assert (code, "--account other, --account mastodon" in said) == (1, True), said
    code, said = piped(near, "", "channels", "login", "mastodon", "--account", "x")
    assert (code, "there is no mastodon account 'x'" in said) == (1, True), said
    code, said = piped(near, "", "channels", "login", "mastodon", "--account", "other")
    assert (code, "standard input ended before" in said) == (1, True), said


def test_a_network_or_an_account_that_is_not_there_is_named(near: Folder) -> None:
    code, said = piped(near, "", "channels", "login", "pigeon")
    assert (code, "mastodon" in said) == (1, True)
    code, said = piped(near, "", "channels", "login", "bluesky")
    assert (code, "config.yaml has no account of the kind bluesky" in said) == (1, True)


def test_a_sandbox_that_does_not_run_is_named(folder: Folder) -> None:
    code, said = piped(folder, X_TOKENS, "channels", "login", "x", "--by", BY)
    assert code == 1
    assert said.startswith("x is not signed in: ")
    assert f"outreach run {folder.root}" in said
    assert "canary" not in said
    code, said = piped(folder, "", "channels", "test", "x")
    assert (code, f"outreach run {folder.root}" in said) == (1, True)


def test_who_signs_in_is_whom_git_or_the_machine_knows(near: Folder) -> None:
    code, said = piped(near, X_TOKENS, "channels", "login", "x", LOGNAME="ben", HOME="/nowhere")
    assert (code, account(near, "x")[0].connected_by) == (0, "ben"), said
    for arguments in (["init", "-q"], ["config", "user.email", BY]):
        subprocess.run(["git", "-C", str(near.root), *arguments], check=True)
    piped(near, X_TOKENS, "channels", "login", "x", LOGNAME="ben")
    assert account(near, "x")[0].connected_by == BY


def test_rights_are_proved_without_a_post(near: Folder, sandbox: Sandbox) -> None:
    piped(near, X_TOKENS, "channels", "login", "x", "--by", BY)
    code, rows = in_json(near, "channels", "test")
    assert code == 0, rows
    for row in rows:
        assert list(row) == documented("channels test", "channels test --json")
        assert (row["read"], row["write"], row["ok"]) == ("ok", "ok", True)
    assert not [entry for entry in sandbox.ledger() if entry["effect"] == "create"]
    code, said = piped(near, "", "channels", "test", "x")
    handle = account(near, "x")[0].handle
    assert (code, said.startswith(f"ok   x as {handle}: read ok, write ok")) == (0, True), said


def cost(folder: Folder, name: str) -> Decimal:
    """What an account has cost this month."""
    with closing(open_workspace(folder.root, folder.environ()).read()) as database:
        return spending.spent(database, name, datetime.now(UTC))


def test_what_signing_in_and_testing_read_is_entered(near: Folder) -> None:
    code, said = piped(near, X_TOKENS, "channels", "login", "x", "--by", BY)
    assert (code, cost(near, "x")) == (0, Decimal("0.01")), said
    assert in_json(near, "channels", "test")[0] == 0
    assert cost(near, "x") == Decimal("0.02")
    assert cost(near, "mastodon") == 0


def test_an_account_that_is_not_known_is_not_tested(near: Folder) -> None:
    code, said = piped(near, "", "channels", "test", "pigeon")
    assert (code, "there is no account 'pigeon'" in said) == (1, True)


def test_what_cannot_be_tested_is_told_and_no_fault(near: Folder) -> None:
    wanted = "  news:\n    kind: hackernews\n    search: [lanternworks.example]\n"
    wanted += "  shook:\n    kind: slack\n    webhook: $X_CONSUMER_KEY\n"
    near.change("accounts:\n", f"accounts:\n{wanted}  links:\n    kind: webmention\n")
    what = "cannot be tested without posting"
    for name in ("news", "shook", "links"):
        code, said = piped(near, "", "channels", "test", name)
        assert (code, said) == (0, f"–    {name}: {what}\n")
    code, (row,) = in_json(near, "channels", "test", "news")
    assert list(row) == documented("channels test", "channels test --json")
    assert (code, row["read"], row["write"], row["ok"]) == (0, what, what, True)
