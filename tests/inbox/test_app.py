"""The team's page shows what somebody wrote as words, and answers to this machine only."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.inbox.app import app
from outreach.model.mention import Author, Kind, Mention
from outreach.store import accounts, mentions, sqlite

from ..asgi import get

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One account with one hostile mention."""
    path = tmp_path / "outreach.sandbox.db"
    hostile = Mention(
        account="mastodon",
        id="1",
        kind=Kind.MENTION,
        author=Author(id="7", handle=f"@bob{SCRIPT}", name=f"Bob {{{{ 7*7 }}}} {SCRIPT}"),
        text=f"Nice! {SCRIPT} \u202etxt.exe",
        url="javascript:alert(1)",
        published=NOW - timedelta(hours=2),
    )
    with closing(sqlite.create(path)) as database:
        accounts.meet(database, "mastodon", "mastodon", NOW - timedelta(days=1))
        with database.atomic():
            mentions.log(database, [hostile], NOW)
    return path


def test_words_of_others_are_words(database: Path) -> None:
    status, _, body = get(app(lambda: sqlite.read(database), "sandbox", lambda: NOW), "/")
    assert status == 200
    assert "Nice!" in body
    assert "{{ 7*7 }}" in body
    assert "<script" not in body
    assert "javascript:" not in body
    assert "<bdi>" in body


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
def test_only_this_machine_is_answered(database: Path, host: str, status: int) -> None:
    served = app(lambda: sqlite.read(database), "sandbox", lambda: NOW)
    assert get(served, "/", host)[0] == status
