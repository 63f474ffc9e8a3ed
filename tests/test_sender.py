"""Of all machines and clones, one sends."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach import sender

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://blog.example"


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "machine")}


def test_a_machine_keeps_its_id(tmp_path: Path, machine: dict[str, str]) -> None:
    one, other = sender.here(tmp_path, machine, AT), sender.here(tmp_path, machine, AT)
    assert one.is_at(other)
    assert len(one.machine) == 32


def test_another_machine_is_another(tmp_path: Path, machine: dict[str, str]) -> None:
    elsewhere = {"XDG_STATE_HOME": str(tmp_path / "elsewhere")}
    one, other = sender.here(tmp_path, machine, AT), sender.here(tmp_path, elsewhere, AT)
    assert one.folder == other.folder
    assert not one.is_at(other)


def test_another_folder_is_another(tmp_path: Path, machine: dict[str, str]) -> None:
    one = sender.here(tmp_path, machine, AT)
    assert not one.is_at(sender.here(tmp_path / "clone", machine, AT))


def test_the_same_folder_by_a_link_is_the_same(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    one = sender.here(tmp_path / "real", machine, AT)
    assert one.is_at(sender.here(tmp_path / "link", machine, AT))


def test_a_record_is_kept_by_site(tmp_path: Path, machine: dict[str, str]) -> None:
    assert sender.recorded(SITE, machine) is None
    one = sender.here(tmp_path, machine, AT)
    other = sender.here(tmp_path / "other", machine, AT)
    sender.record(SITE, one, machine)
    sender.record("https://other.example", other, machine)
    assert sender.recorded(SITE, machine) == one
    sender.record(SITE, other, machine)
    assert sender.recorded(SITE, machine) == other


def test_the_state_is_below_home_without_xdg(tmp_path: Path) -> None:
    sender.here(tmp_path, {"HOME": str(tmp_path)}, AT)
    assert (tmp_path / ".local/state/outreach/machine").exists()


def test_a_stamp_says_where_and_since_when(tmp_path: Path, machine: dict[str, str]) -> None:
    one = sender.here(tmp_path, machine, AT)
    assert sender.from_json(sender.to_json(one)) == one
    assert str(one).endswith(f"{tmp_path} (since 2026-03-01 12:00)")
