"""`source:` in config.yaml: a blog that stays where it is."""

from pathlib import Path

import pytest

from outreach.config import load
from outreach.flows.follow import Source
from outreach.model.errors import Mistakes
from outreach.workspace import Mode, open_workspace

FEED = "https://blog.example/feed/"


def a_folder(root: Path, lines: str) -> Path:
    (root / "config.yaml").write_text(f"site:\n  title: T\n{lines}", "utf-8")
    return root


@pytest.mark.parametrize("lines", [f"  feed: {FEED}\n", f"source: {{kind: feed, url: {FEED}}}\n"])
def test_a_feed_is_one_by_either_name(tmp_path: Path, lines: str) -> None:
    folder = a_folder(tmp_path, lines)
    live = open_workspace(folder, {}, mode=Mode.LIVE)
    assert live.followed == Source(feed=FEED)
    sandbox = open_workspace(folder, {}, "http://127.0.0.1:9", mode=Mode.SANDBOX)
    assert sandbox.followed == Source(feed="http://127.0.0.1:9/feed/blog.xml")


@pytest.mark.parametrize("mode", Mode)
def test_a_folder_is_read_in_either_mode(tmp_path: Path, mode: Mode) -> None:
    lines = "  url: https://blog.example/\nsource: {kind: hugo, path: ../blog}\n"
    found = open_workspace(a_folder(tmp_path, lines), {}, mode=mode).followed
    folder = tmp_path / ".." / "blog"
    assert found == Source(feed="https://blog.example", kind="hugo", folder=folder)


def test_nothing_is_followed_unless_asked(tmp_path: Path) -> None:
    assert open_workspace(a_folder(tmp_path, ""), {}, mode=Mode.LIVE).followed is None


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("source: {kind: gatsby, path: a}\n", "config.yaml:3: source.kind"),
        ("source: {kind: feed, path: a}\n", "of the kind feed: `url:`"),
        ("source: {kind: hugo, url: 'https://a.example'}\n", "of the kind hugo: `path:`"),
        ("source: {kind: hugo, path: a}\n", "config.yaml:3: it is not said where its pages are"),
        (
            f"  feed: {FEED}\nsource: {{kind: feed, url: {FEED}}}\n",
            "config.yaml:4: there is `site.feed` too",
        ),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, lines: str, what: str) -> None:
    with pytest.raises(Mistakes) as told:
        load(a_folder(tmp_path, lines))
    assert what in str(told.value)
