"""A folder, opened: its mode, its database, its secrets, and whether it may send."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach import sender
from outreach.model.channel import Identified
from outreach.model.errors import FolderInUse, Mistakes, OutreachError, Refused, Rejected
from outreach.store import meta, sqlite
from outreach.workspace import Mode, open_workspace, require_sender

from .folder import SECRETS, Folder
from .ports import free_port

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class NoSecrets(Mapping[str, str]):
    """An environment that fails whoever looks for more than where this machine keeps its state."""

    def __getitem__(self, name: str) -> str:
        if name in ("XDG_STATE_HOME", "HOME"):
            return "/nowhere"
        raise AssertionError(f"${name} was read")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("the environment was read")

    def __len__(self) -> int:
        raise AssertionError("the environment was read")


def now() -> datetime:
    return AT


@pytest.fixture
def folder(folder: Folder) -> Folder:
    """Its accounts are at an address that live mode does not connect to: no test leaves here."""
    nowhere = f"base_url: http://127.0.0.1:{free_port()}"
    folder.change("    kind: mastodon\n", f"    kind: mastodon\n    {nowhere}\n")
    folder.change("    kind: x\n", f"    kind: x\n    {nowhere}\n")
    return folder


def change_base_url(folder: Folder, url: str) -> None:
    text = (folder.root / "config.yaml").read_text("utf-8")
    folder.write("config.yaml", re.sub(r"base_url: .*", f"base_url: {url}", text, count=1))


def go_live(folder: Folder) -> None:
    """What `outreach live` leaves behind."""
    code, said = folder.call("live", "--yes", **SECRETS)
    assert code == 0, said


def test_the_sandbox_reads_no_secret(folder: Folder) -> None:
    folder.write(".env", "MASTODON_TOKEN=hello\n").chmod(0o644)
    workspace = open_workspace(folder.root, NoSecrets())
    require_sender(workspace, AT)
    for account in workspace.config.accounts:
        workspace.channel(account, now)
    assert workspace.mode is Mode.SANDBOX


def test_the_sandbox_reaches_this_machine_only(folder: Folder) -> None:
    fetch = open_workspace(folder.root, NoSecrets()).fetch()
    for url in ("http://192.0.2.1/", "http://10.0.0.1/", "http://1.1.1.1/"):
        with pytest.raises(Rejected, match="may not connect"):
            fetch("GET", url)


@pytest.mark.parametrize(
    "url", ["https://mastodon.example", "http://192.0.2.1", "http://localhost.example", "nonsense"]
)
def test_the_sandbox_has_no_account_elsewhere(folder: Folder, url: str) -> None:
    change_base_url(folder, url)
    with pytest.raises(Mistakes, match=r"accounts.mastodon.base_url .* is not on this machine"):
        open_workspace(folder.root, NoSecrets())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2"])
def test_the_sandbox_may_be_another_server_of_this_machine(folder: Folder, host: str) -> None:
    url = f"http://{host}:{free_port()}"
    change_base_url(folder, url)
    open_workspace(folder.root, NoSecrets()).channel("mastodon", now)


def test_each_mode_refuses_the_database_of_the_other(folder: Folder) -> None:
    with closing(open_workspace(folder.root, NoSecrets()).create()):
        pass
    shutil.move(folder.root / "outreach.sandbox.db", folder.root / "outreach.db")
    live = open_workspace(folder.root, folder.environ())
    assert live.mode is Mode.LIVE
    for opening in (live.create, live.read):
        with pytest.raises(Refused, match="is stamped sandbox, and live mode does not use it"):
            opening()


def test_a_database_that_is_being_made_is_not_read_yet(folder: Folder) -> None:
    workspace = open_workspace(folder.root, NoSecrets())
    with closing(sqlite.create(workspace.database_path)):
        with pytest.raises(Refused, match="is being made; try again in a moment"):
            workspace.read()
        with closing(workspace.create()), closing(workspace.read()):
            pass


def test_there_is_nothing_to_read_before_the_first_start(folder: Folder) -> None:
    with pytest.raises(Refused, match="there is no database yet"):
        open_workspace(folder.root, NoSecrets()).read()


def test_one_process_runs_a_folder(folder: Folder) -> None:
    one = open_workspace(folder.root, NoSecrets())
    other = open_workspace(folder.root, NoSecrets())
    told = rf"another outreach \(process {os.getpid()}\) runs"
    with one.lock(), pytest.raises(FolderInUse, match=told), other.lock():
        pass
    with other.lock():
        pass


def test_live_reads_its_secrets(folder: Folder) -> None:
    go_live(folder)
    workspace = open_workspace(folder.root, folder.environ())
    assert workspace.mode is Mode.LIVE
    require_sender(workspace, AT)
    for environ, told in (
        (folder.environ(), r"\$MASTODON_TOKEN is not set"),
        (folder.environ(**SECRETS), "may not connect"),
    ):
        channel = open_workspace(folder.root, environ).channel("mastodon", now)
        assert isinstance(channel, Identified)
        with pytest.raises(OutreachError, match=told):
            channel.handle()


def test_live_reaches_no_private_address_but_its_own_site(folder: Folder) -> None:
    go_live(folder)
    workspace = open_workspace(folder.root, folder.environ())
    with pytest.raises(Rejected, match="may not connect"):
        workspace.fetch()("GET", f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(OutreachError) as caught:
        workspace.fetch()("GET", workspace.config.site.url)
    assert not isinstance(caught.value, Rejected)


def copied(folder: Folder, to: Path, state: Path) -> Folder:
    shutil.copytree(folder.root, to)
    return Folder(root=to, state=state)


def refused(folder: Folder) -> str:
    with pytest.raises(Refused) as caught:
        require_sender(open_workspace(folder.root, folder.environ()), AT)
    return str(caught.value)


def test_a_copied_database_does_not_send_and_names_the_machine(
    folder: Folder, tmp_path: Path
) -> None:
    go_live(folder)
    live = str(folder.root)
    same_machine = copied(folder, tmp_path / "copy", folder.state)
    other_machine = copied(folder, tmp_path / "away", tmp_path / "away-state")
    for copy in (same_machine, other_machine):
        told = refused(copy)
        assert f"{live} (since" in told
        assert f"outreach live --move {copy.root}" in told
        code, said = copy.call("run", "--once", **SECRETS)
        assert (code, live in said) == (1, True), said


def test_a_clone_cannot_go_live_beside_the_sender(folder: Folder, tmp_path: Path) -> None:
    clone = copied(folder, tmp_path / "clone", folder.state)
    go_live(folder)
    code, said = clone.call("live", "--yes", **SECRETS)
    assert code == 1
    assert f"{folder.root} (since" in said
    assert not (clone.root / "outreach.db").exists()


def test_move_hands_over(folder: Folder, tmp_path: Path) -> None:
    clone = copied(folder, tmp_path / "clone", folder.state)
    go_live(folder)
    code, said = clone.call("live", "--move", "--yes", **SECRETS)
    assert code == 0, said
    require_sender(open_workspace(clone.root, clone.environ()), AT)
    assert str(clone.root) in refused(folder)


def test_who_says_no_stays_in_the_sandbox(folder: Folder) -> None:
    code, said = folder.call("live", **SECRETS)
    assert (code, "Go live from this machine?" in said) == (1, True)
    assert not (folder.root / "outreach.db").exists()
    site = open_workspace(folder.root, folder.environ()).config.site.url
    assert sender.recorded(site, folder.environ()) is None


def test_a_live_database_is_stamped_with_its_sender(folder: Folder) -> None:
    go_live(folder)
    workspace = open_workspace(folder.root, folder.environ())
    with closing(workspace.read()) as database:
        stamp = meta.read(database, "sender")
    assert stamp is not None
    assert sender.from_json(stamp).is_at(sender.here(folder.root, folder.environ(), AT))


def test_a_live_folder_that_lost_its_database_is_no_sandbox(folder: Folder) -> None:
    environ = {**folder.environ(), **SECRETS}
    assert folder.outreach("live", "--yes", **SECRETS).returncode == 0
    backup = folder.root / "safe.db"
    assert folder.outreach("backup", str(backup), "--folder", **SECRETS).returncode == 0
    for part in folder.root.glob("outreach.db*"):
        part.unlink()
    for command in ("status", "run", "live"):
        refused = folder.outreach(command, **SECRETS)
        assert refused.returncode == 1
        assert "outreach restore" in refused.stderr
    assert folder.outreach("restore", str(backup), **SECRETS).returncode == 0
    assert open_workspace(folder.root, environ).mode is Mode.LIVE
