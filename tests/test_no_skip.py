"""OUTREACH_NO_SKIP=1 makes a skip a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .shared import ABSENT, SHARED

ROOT = Path(__file__).parent.parent
HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"


def run(folder: Path, test: str, no_skip: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(HOOKS)
    (folder / "test_one.py").write_text(f"import pytest\n{test}\ndef test_two(): pass\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OUTREACH_NO_SKIP": no_skip},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    "test",
    [
        "def test_one(): pytest.skip('too hard')",
        "pytestmark = pytest.mark.skip(reason='too hard')",
        "pytest.skip('too hard', allow_module_level=True)",
    ],
)
def test_a_skip_is_a_failure_with_its_reason(tmp_path: Path, test: str) -> None:
    done = run(tmp_path, test, "1")
    assert done.returncode in (1, 2), done.stdout
    assert "OUTREACH_NO_SKIP=1: Skipped: too hard" in done.stdout


def test_without_the_variable_a_skip_is_a_skip(tmp_path: Path) -> None:
    assert run(tmp_path, "def test_one(): pytest.skip('too hard')", "").returncode == 0


def test_an_absent_shared_is_the_one_excuse(tmp_path: Path) -> None:
    done = run(tmp_path, f"def test_one(): pytest.skip({ABSENT!r})", "1")
    assert done.returncode == (1 if SHARED.is_dir() else 0), done.stdout
