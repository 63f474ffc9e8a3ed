"""outreach theme: a start, and a look at ours."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli import cli
from outreach.site.build import Site, build
from outreach.site.theme import TEMPLATES

from ..folder import Folder
from .running import piped


def test_a_started_theme_is_a_theme(folder: Folder, tmp_path: Path) -> None:
    code, said = piped(folder, "", "theme", "copy")
    assert code == 0, said
    assert "site:\n  theme: theme" in said
    site = Site(title="Lanternworks", url="https://blog.example")
    shown = [
        build((), site=it, out=tmp_path / name, cache=tmp_path, syndication={}, media={}).path
        for name, it in {
            "ours": site,
            "theirs": replace(site, theme=str(folder.root / "theme")),
        }.items()
    ]
    ours, theirs = ((tree / "404.html").read_text("utf-8") for tree in shown)
    link = '<link rel="stylesheet" href="/assets/theme.css?'
    assert link in theirs
    assert link not in ours
    assert len(theirs) - len(ours) < 100
    assert "--accent" in (shown[1] / "assets/theme.css").read_text("utf-8")


@pytest.mark.parametrize("name", ["posts", "../elsewhere", "/elsewhere"])
def test_nothing_is_overwritten_and_nothing_lies_outside(folder: Folder, name: str) -> None:
    before = sorted(folder.root.rglob("*"))
    code, said = piped(folder, "", "theme", "copy", name)
    assert (code, "theme" in said) == (1, True)
    assert sorted(folder.root.rglob("*")) == before
    assert not (folder.root.parent / "elsewhere").exists()


def test_ours_can_be_seen() -> None:
    shown = CliRunner().invoke(cli, ["theme", "show", "post.html"])
    assert shown.output == (TEMPLATES / "post.html").read_text("utf-8")
    every = CliRunner().invoke(cli, ["theme", "show"])
    assert {path.name for path in TEMPLATES.iterdir()} <= set(every.output.split())
    nothing = CliRunner().invoke(cli, ["theme", "show", "nothing.html"])
    assert "there is no nothing.html; there are: 404.html" in str(nothing.exception)
