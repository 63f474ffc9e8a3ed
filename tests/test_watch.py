import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach import watch
from outreach.watch import Watch


@pytest.fixture
def woken() -> threading.Event:
    return threading.Event()


@pytest.fixture
def saves(tmp_path: Path, woken: threading.Event) -> Iterator[Watch]:
    """A watch over a folder that tells already."""
    found = Watch([tmp_path, tmp_path / "missing"], woken.set)
    found.start()
    number = 0
    while not woken.wait(0.2):
        number += 1
        (tmp_path / f"{number}.md").write_text("x")
        assert number < 100
    yield found
    found.stop()
    found.join(10)
    assert not found.is_alive()


def test_a_saved_file_is_told(saves: Watch, woken: threading.Event, tmp_path: Path) -> None:
    assert saves.take() is None
    saves.take()
    woken.clear()
    (tmp_path / "new.md").write_text("x")
    assert woken.wait(10)
    assert tmp_path / "new.md" in (saves.take() or ())
    assert saves.take() == set()


def test_now_and_then_one_looks_at_all(saves: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert saves.take() is None
    assert saves.take() is not None
    monkeypatch.setattr(watch, "REREAD", 0.0)
    assert saves.take() is None


def test_what_tells_nothing_is_not_relied_on(tmp_path: Path) -> None:
    quiet = Watch([tmp_path / "missing"], lambda: None)
    quiet.start()
    assert [quiet.take(), quiet.take()] == [None, None]
    quiet.stop()
    quiet.join(10)
    assert not quiet.is_alive()


def test_a_folder_that_comes_later_is_watched(
    saves: Watch, woken: threading.Event, tmp_path: Path
) -> None:
    saves.take()
    new = tmp_path / "missing" / "new.md"
    new.parent.mkdir()
    for number in range(100):
        woken.clear()
        new.write_text(f"{number}")
        if woken.wait(0.2) and new in (saves.take() or ()):
            break
    assert number < 99


def test_what_may_be_lost_is_looked_for(saves: Watch) -> None:
    assert saves.take() is None
    assert saves.take() is not None
    saves.look_at_all()
    assert saves.take() is None
