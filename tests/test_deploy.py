"""A site that is served elsewhere, from config.yaml to the other place."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.config import load
from outreach.deploy import kinds, module
from outreach.deploy.git import Settings
from outreach.model.errors import Mistakes
from outreach.workspace import open_workspace

from .folder import Folder

ROOT = Path(__file__).parent.parent
CANARY = "hunter2hunter2"

GIT = """\
deploy:
  kind: git
  remote: git@git.example:acme/blog.git
deploy_hook: $HOOK
"""


def mistakes(folder: Folder) -> str:
    with pytest.raises(Mistakes) as caught:
        load(folder.root)
    return str(caught.value)


def test_the_settings_of_a_kind_are_its_own(folder: Folder) -> None:
    folder.append("config.yaml", GIT)
    config = load(folder.root)
    assert config.deploy == Settings(kind="git", remote="git@git.example:acme/blog.git")
    assert config.deploy_hook == ("$HOOK",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("deploy: {kind: ftp}", "deploy has the kind 'ftp' (expected folder, git, rsync, s3)"),
        ("deploy: {kind: folder}", "deploy.path is missing"),
        ("deploy: {kind: folder, path: /a, host: b}", "deploy.host is not a setting"),
        (
            "deploy: {kind: rsync, to: 'host::module'}",
            "(expected a folder of another machine, as user@host:/var/www/blog)",
        ),
        ("deploy: {kind: rsync, to: '-oProxyCommand=x:/a'}", "deploy.to"),
        ("deploy: {kind: s3, bucket: Blog}", "deploy.bucket"),
        ("deploy_hook: netlify", "deploy_hook cannot be used (expected a URL, $NAME of a secret"),
        ("deploy_hook: [1]", "deploy_hook cannot be used"),
    ],
)
def test_a_mistake_is_told(folder: Folder, written: str, told: str) -> None:
    folder.append("config.yaml", f"{written}\n")
    assert told in mistakes(folder)


@pytest.mark.parametrize(
    "written",
    [
        f"deploy: {{kind: git, remote: 'https://ada:{CANARY}@git.example/blog.git'}}",
        f"deploy: {{kind: git, remote: 'https://git.example/blog.git', token: {CANARY}}}",
        f"deploy: {{kind: s3, bucket: blog, secret: {CANARY}}}",
        f"deploy_hook: hooks.example/{CANARY}",
    ],
)
def test_a_secret_that_is_written_there_is_not_echoed(folder: Folder, written: str) -> None:
    folder.append("config.yaml", f"{written}\n")
    assert CANARY not in mistakes(folder)


def test_its_secrets_are_listed(folder: Folder) -> None:
    folder.append("config.yaml", "deploy: {kind: s3, bucket: blog}\ndeploy_hook: $HOOK\n")
    code, said = folder.call("secrets", "--json", "--folder")
    assert code == 0, said
    users = {row["name"]: row["accounts"] for row in json.loads(said)}
    assert (users["S3_KEY"], users["S3_SECRET"], users["HOOK"]) == (
        ["deploy"],
        ["deploy"],
        ["deploy_hook"],
    )


def live(folder: Folder) -> None:
    """A live folder without accounts, whose site is carried into `www` beside it."""
    config = folder.root / "config.yaml"
    text = config.read_text("utf-8")
    accounts, publish = text.index("accounts:"), text.index("publish:")
    config.write_text(text[:accounts] + text[publish:], "utf-8")
    folder.append("config.yaml", "deploy: {kind: folder, path: ../www}\n")
    folder.append("config.yaml", "deploy_hook: [sh, -c, 'pwd > fired']\n")


def test_from_the_sandbox_nothing_goes_there(folder: Folder) -> None:
    live(folder)
    workspace = open_workspace(folder.root, folder.environ())
    assert workspace.target(lambda: datetime.now(UTC), workspace.fetch()) is None
    assert workspace.hook(workspace.fetch()) is None


def test_live_it_goes_there_and_the_hook_fires(folder: Folder) -> None:
    live(folder)
    folder.write("posts/hello.md", "---\ntitle: Hello\ndate: 2026-01-01\n---\nHello.\n")
    www = folder.root.parent / "www"
    code, said = folder.call("live", "--yes")
    assert code == 0
    assert f"the site, to the folder {www}" in said
    done = folder.outreach("run", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello" in (www / "hello" / "index.html").read_text()
    assert " files to the folder " in done.stdout
    assert (folder.root / "fired").read_text().strip() == str(folder.root)


def test_every_kind_and_each_of_its_settings_is_documented() -> None:
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text("utf-8")
    for kind in kinds():
        assert f"kind: {kind}" in page
        for setting in module(kind).Settings.model_fields:
            assert f"`{setting}`" in page or f"{setting}: " in page, f"{kind}: {setting}"
