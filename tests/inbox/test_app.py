"""The team's page shows what somebody wrote as words, and answers to this machine only."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette

from outreach.inbox.app import app
from outreach.model.mention import Author, Kind, Mention
from outreach.store import accounts, mentions
from outreach.workspace import open_workspace

from ..asgi import get
from ..folder import Folder

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def served(folder: Folder) -> Starlette:
    """The pages of a folder with one hostile mention."""
    workspace = open_workspace(folder.root, folder.environ())
    hostile = Mention(
        account="mastodon",
        id="1",
        kind=Kind.MENTION,
        author=Author(id="7", handle=f"@bob{SCRIPT}", name=f"Bob {{{{ 7*7 }}}} {SCRIPT}"),
        text=f"Nice! {SCRIPT} \u202etxt.exe",
        url="javascript:alert(1)",
        published=NOW - timedelta(hours=2),
    )
    with closing(workspace.create()) as database:
        for name, settings in workspace.config.accounts.items():
            accounts.meet(database, name, settings.kind, NOW - timedelta(days=1))
        with database.atomic():
            mentions.log(database, [hostile], NOW)
    return app(workspace, lambda: NOW)


def test_words_of_others_are_words(served: Starlette) -> None:
    status, headers, body = get(served, "/")
    assert status == 200
    assert "Nice!" in body
    assert "{{ 7*7 }}" in body
    assert "<script" not in body
    assert "javascript:" not in body
    assert "<bdi>" in body
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8001", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("", 400),
    ],
)
def test_only_this_machine_is_answered(served: Starlette, host: str, status: int) -> None:
    for page in ("/", "/channels"):
        assert get(served, page, host)[0] == status
