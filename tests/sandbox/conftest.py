"""A fresh sandbox for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Sandbox, in_thread


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with in_thread(tmp_path / "ledger.jsonl") as running:
        yield running
