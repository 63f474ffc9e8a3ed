"""`make servers` finds every server by its file, and leaves alone what is there."""

import subprocess
from pathlib import Path

import pytest

from .__main__ import every

ROOT = Path(__file__).parent.parent.parent


def test_every_server_says_whether_it_is_missing() -> None:
    assert len(list(every())) >= 4
    assert {server.missing() for server in every()} <= {True, False}


@pytest.mark.skipif(
    any(server.missing() for server in every()),
    reason="not all servers are on this machine; to get them: make servers",
)
def test_make_servers_does_nothing_where_all_is_there() -> None:
    done = subprocess.run(
        ["make", "--silent", "servers"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
