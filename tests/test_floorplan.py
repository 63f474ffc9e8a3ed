"""The floor plan of the design: who may import whom, and what each channel comes with."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import floorplan
from .floorplan import Sources

ROOT = Path(__file__).parent.parent
FOLDERS = ("outreach", "tests", "docs")


def hold(broken: Iterable[str]) -> None:
    """Nothing breaks a rule; else say which, and where."""
    found = list(broken)
    assert not found, "\n" + "\n".join(found)


@pytest.fixture(scope="module")
def sources() -> Sources:
    files = sorted((ROOT / "outreach").rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}


@pytest.fixture(scope="module")
def paths() -> frozenset[str]:
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*"))
    return frozenset(file.relative_to(ROOT).as_posix() for file in files)


def test_look_down_never_up_never_sideways(sources: Sources) -> None:
    hold(floorplan.import_rule(sources))


def test_third_parties_live_at_their_address(sources: Sources) -> None:
    hold(floorplan.address_rule(sources))


def test_names_say_what_a_thing_is(sources: Sources) -> None:
    hold(floorplan.name_rule(sources))


def test_each_channel_has_its_twin_its_test_and_its_page(
    sources: Sources, paths: frozenset[str]
) -> None:
    hold(floorplan.twin_rule(sources, paths))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("outreach/model/post.py", "from outreach.rules import cut"),
        ("outreach/rules/cut.py", "import outreach.fetch"),
        ("outreach/fetch.py", "from outreach import store"),
        ("outreach/store/posts.py", "from outreach.site.posts import read_post"),
        ("outreach/channels/x.py", "from ..store import ledger"),
        ("outreach/flows/publish.py", "def f():\n    from outreach.config import load"),
        ("outreach/flows/publish.py", "from outreach.sandbox import open_world"),
        ("outreach/sandbox/x.py", "from outreach.rules.measure import x"),
        ("outreach/workspace.py", "from outreach import sandbox"),
        ("outreach/public/app.py", "from outreach.inbox.app import app"),
    ],
)
def test_the_import_rule_can_go_red(path: str, line: str) -> None:
    assert len(list(floorplan.import_rule({path: line}))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("outreach/store/posts.py", "from outreach.model.post import Post"),
        ("outreach/channels/x.py", "from outreach.channels._text import plain"),
        ("outreach/daemon.py", "from outreach.sandbox import open_world"),
        ("outreach/cli/run.py", "from outreach.daemon import Daemon"),
    ],
)
def test_the_import_rule_lets_pass_what_is_right(path: str, line: str) -> None:
    assert not list(floorplan.import_rule({path: line}))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("outreach/model/post.py", "import pydantic"),
        ("outreach/rules/cut.py", "import numpy"),
        ("outreach/flows/syndicate.py", "import tweepy"),
        ("outreach/site/proof.py", "import httpcore2"),
        ("outreach/channels/mastodon.py", "from urllib.request import urlopen"),
        ("outreach/cli/status.py", "import sqlite3"),
        ("outreach/daemon.py", "from apscheduler.schedulers.background import BackgroundScheduler"),
        ("outreach/daemon.py", "import uvicorn"),
        ("outreach/inbox/app.py", "import markdown"),
    ],
)
def test_the_address_rule_can_go_red(path: str, line: str) -> None:
    assert len(list(floorplan.address_rule({path: line}))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("outreach/rules/utils.py", ""),
        ("outreach/store/posts.py", "class PostManager: ..."),
        ("outreach/store/posts.py", "def makeFactory(): ..."),
        ("outreach/store/posts.py", "ChannelBase = object"),
    ],
)
def test_the_name_rule_can_go_red(path: str, line: str) -> None:
    assert len(list(floorplan.name_rule({path: line}))) == 1


def test_the_twin_rule_can_go_red() -> None:
    sources = {"outreach/channels/pigeon.py": "", "outreach/channels/_http.py": ""}
    assert len(list(floorplan.twin_rule(sources, frozenset()))) == 3


SDKS = {"mastodon", "tweepy", "requests"}


@pytest.mark.parametrize(
    ("code", "not_loaded"),
    [
        ("import outreach.channels.mastodon, outreach.channels.x", SDKS),
        ("import outreach.cli", SDKS),
        (
            "from click.testing import CliRunner; from outreach.cli import cli;"
            "assert CliRunner().invoke(cli, ['--help']).exit_code == 0",
            SDKS | {"pydantic", "httpcore2", "starlette", "rich", "sqlite_utils", "jinja2"},
        ),
    ],
)
def test_an_import_loads_no_more_than_it_needs(code: str, not_loaded: set[str]) -> None:
    script = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not not_loaded & set(done.stdout.split())
