"""What many tests share, and the rule that a skipped test is no test."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .folder import Folder, make_folder
from .sandbox.running import Sandbox, as_process
from .shared import ABSENT, SHARED

# The same examples in every run, and no clock that a busy machine could trip.
settings.register_profile("outreach", deadline=None, derandomize=True, database=None)
settings.load_profile("outreach")

Reports = Generator[None, pytest.TestReport, pytest.TestReport]
Collections = Generator[None, pytest.CollectReport, pytest.CollectReport]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder in sandbox mode with no post yet."""
    return make_folder(tmp_path / "folder", tmp_path / "state")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """The sandbox as a process of its own."""
    with as_process(tmp_path / "ledger.jsonl") as (running, _):
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Reports:
    """OUTREACH_NO_SKIP=1 makes a skip a failure."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Collections:
    """The same for a file that skips itself."""
    report = yield
    _forbid_skip(report)
    return report


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say in one line what cannot be tested here."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not SHARED.is_dir():
        terminal.write_line(f"{ABSENT}: the tests that need it are skipped")


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("OUTREACH_NO_SKIP") != "1" or report.outcome != "skipped":
        return
    reason = str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr)
    if ABSENT in reason and not SHARED.is_dir():
        return
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, and OUTREACH_NO_SKIP=1: {reason}"
