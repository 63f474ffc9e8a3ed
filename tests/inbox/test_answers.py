"""The answer box: what stands in the way is said before anything is written."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from outreach.inbox.app import app
from outreach.model.delivery import State
from outreach.model.mention import Author, Kind, Mention
from outreach.store import accounts, ledger, mentions
from outreach.workspace import Workspace, open_workspace

from ..asgi import get, post
from ..folder import Folder

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def said(account: str, identifier: str, raw: str = "{}") -> Mention:
    return Mention(
        account=account,
        id=identifier,
        kind=Kind.REPLY,
        author=Author(id="7", handle="@bob", name="Bob"),
        text="Does it run on ARM?",
        url=f"https://{account}.example/{identifier}",
        published=NOW - timedelta(hours=2),
        in_reply_to="1",
        raw=raw,
    )


@pytest.fixture
def workspace(folder: Folder) -> Workspace:
    folder.append("config.yaml", "authors:\n  Ada:\n    accounts: [mastodon]\n")
    workspace = open_workspace(folder.root, folder.environ())
    with closing(workspace.create()) as database:
        for name, settings in workspace.config.accounts.items():
            accounts.meet(database, name, settings.kind, NOW - timedelta(days=1))
            accounts.known_as(database, name, f"@acme-{name}", None)
        with database.atomic():
            mentions.log(database, [said("mastodon", "at://b/1"), said("x", "2")], NOW)
    return workspace


@pytest.fixture
def served(workspace: Workspace) -> Starlette:
    return app(workspace, lambda: NOW)


def page(served: Starlette, account: str, identifier: str) -> str:
    status, _, body = get(served, f"/answer?account={account}&reply={quote(identifier, safe='')}")
    assert status == 200
    return body


def test_the_digest_leads_to_the_box(served: Starlette) -> None:
    _, _, body = get(served, "/")
    assert "/answer?account=mastodon&amp;reply=at%3A//b/1" in body


def test_the_box_says_as_whom_and_in_whose_name(served: Starlette) -> None:
    body = page(served, "mastodon", "at://b/1")
    assert "as <bdi>@acme-mastodon</bdi> on mastodon, in the name of Ada" in body
    assert "Does it run on ARM?" in body
    assert "<textarea" in body


def test_where_the_network_allows_no_answer_it_is_copied_for_a_person(
    workspace: Workspace, served: Starlette
) -> None:
    body = page(served, "x", "2")
    assert ">Copy it</button>" in body and ">Send</button>" not in body
    form = {"account": "x", "reply": "2", "text": "Yes, & <soon>.", "by": "Ada"}
    status, _, body = post(served, "/answer", form)
    assert status == 200
    assert "Yes, &amp; &lt;soon&gt;.</textarea>" in body
    assert 'href="https://x.example/2"' in body
    with closing(workspace.read()) as database:
        assert ledger.every(database) == []


def test_an_answer_is_queued(workspace: Workspace, served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "at://b/1", "text": "Yes.", "by": "Ada"}
    status, _, body = post(served, "/answer", form)
    assert (status, "On its way" in body) == (200, True)
    with closing(workspace.read()) as database:
        (row,) = ledger.every(database)
    assert (row.state, row.written_by, row.note.in_reply_to) == (State.READY, "Ada", "at://b/1")
    assert row.note.text == "@bob Yes."


def test_a_teammates_answer_waits_for_the_leader(workspace: Workspace, served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "at://b/1", "text": "Yes.", "by": "Grace"}
    _, _, body = post(served, "/answer", form)
    assert "Grace wrote this in the name of Ada, who has to approve" in body
    with closing(workspace.read()) as database:
        assert [row.state for row in ledger.every(database)] == [State.HELD]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"text": "a" * 501}, "too long"),
        ({"text": " "}, "empty"),
        ({"by": " "}, "say who you are"),
    ],
)
def test_what_cannot_be_sent_stays_in_the_box(
    workspace: Workspace, served: Starlette, change: dict[str, str], what: str
) -> None:
    form = {"account": "mastodon", "reply": "at://b/1", "text": "Yes.", "by": "Ada", **change}
    status, _, body = post(served, "/answer", form)
    assert (status, what in body) == (400, True)
    assert form["text"] in body
    with closing(workspace.read()) as database:
        assert ledger.every(database) == []


def test_a_form_of_another_page_and_an_unknown_reply_are_refused(served: Starlette) -> None:
    form = {"account": "mastodon", "reply": "at://b/1", "text": "Yes.", "by": "Ada"}
    assert post(served, "/answer", form, origin="https://evil.example")[0] == 403
    assert get(served, "/answer?account=mastodon&reply=4242")[0] == 404
