"""What strangers sent waits on a page of its own for one of two words."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette

from outreach.inbox.app import app
from outreach.model.mention import Author, Kind, Mention
from outreach.store import accounts, mentions
from outreach.workspace import Workspace, open_workspace

from ..asgi import get, post
from ..folder import Folder

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def sent(identifier: str, host: str, text: str = "Nice") -> Mention:
    return Mention(
        account="mastodon",
        id=identifier,
        kind=Kind.REPLY,
        author=Author(id=host, handle=host, name="Bob"),
        text=text,
        url=f"https://{host}/{identifier}",
        published=NOW - timedelta(hours=2),
        moderate=True,
    )


@pytest.fixture
def workspace(folder: Folder) -> Workspace:
    workspace = open_workspace(folder.root, folder.environ())
    found = [sent("1", "a.example"), sent("2", "a.example"), sent("3", "b.example", "<script>x")]
    with closing(workspace.create()) as database:
        for name, settings in workspace.config.accounts.items():
            accounts.meet(database, name, settings.kind, NOW - timedelta(days=1))
        with database.atomic():
            mentions.log(database, found, NOW)
    return workspace


@pytest.fixture
def served(workspace: Workspace) -> Starlette:
    return app(workspace, lambda: NOW)


def words(workspace: Workspace) -> list[str]:
    with closing(workspace.read()) as database:
        return [logged.moderation for logged in mentions.every(database)]


def test_the_digest_leads_there_and_shows_nothing_itself(served: Starlette) -> None:
    _, _, body = get(served, "/")
    assert '<a href="/moderation">3 from people we do not know yet</a>' in body
    assert "Nice" not in body


def test_the_page_shows_words_as_words(served: Starlette) -> None:
    status, headers, body = get(served, "/moderation")
    assert (status, body.count("<article")) == (200, 3)
    assert "&lt;script&gt;x" in body and "<script" not in body
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert body.count('value="accept"') == body.count('value="spam"') == 3


def test_what_is_let_in_is_seen(workspace: Workspace, served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "1", "word": "accept"}
    status, headers, _ = post(served, "/moderation", form)
    assert (status, headers["location"]) == (303, "/moderation")
    assert words(workspace) == ["", "pending", "pending"]
    assert "Nice" in get(served, "/")[2]


def test_all_of_an_author(workspace: Workspace, served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "1", "word": "spam", "all": "1"}
    post(served, "/moderation", form)
    assert words(workspace) == ["spam", "spam", "pending"]


def test_a_form_of_another_site_decides_nothing(workspace: Workspace, served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "1", "word": "accept"}
    assert post(served, "/moderation", form, origin="https://evil.example")[0] == 403
    assert post(served, "/moderation", form | {"word": "perhaps"})[0] == 400
    assert post(served, "/moderation", form | {"reply": "4"})[0] == 404
    assert words(workspace) == ["pending"] * 3
