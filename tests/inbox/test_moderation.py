"""What strangers sent waits on a page of its own for one of two words."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette

from outreach.inbox.app import app
from outreach.model.mention import Author, Kind, Mention
from outreach.model.post import Post
from outreach.store import accounts, mentions, posts
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


@pytest.fixture
def talked(folder: Folder) -> Workspace:
    """A folder that shows replies on X at once, and each on Mastodon by a person's word."""
    folder.change("site:\n", "site:\n  conversation: {policy: hold, accounts: {x: show}}\n")
    workspace = open_workspace(folder.root, folder.environ())
    with closing(workspace.create()) as database:
        for name, settings in workspace.config.accounts.items():
            accounts.meet(database, name, settings.kind, NOW)
        hello = Post(
            slug="hello", title="Hello", body="", url="https://a.example/", path="hello.md"
        )
        posts.accept(database, hello, "", "", NOW)
        for number, account in enumerate(["mastodon", "mastodon", "x"]):
            found = replace(
                sent(str(number), "@bob", f"Words {number}"),
                account=account, original=hello.url, moderate=False,
            )  # fmt: skip
            with database.atomic():
                mentions.log(database, [found], NOW)
    return workspace


def shown(workspace: Workspace) -> list[str]:
    with closing(workspace.read()) as database:
        converse = workspace.converse(database)
        assert converse is not None
        return [" ".join(it.paragraphs) for it in converse("hello").said]


def test_what_is_held_for_the_page_is_shown_by_a_word(talked: Workspace) -> None:
    served = app(talked, lambda: NOW)
    body = get(served, "/moderation")[2]
    held, _, on_page = body.partition("On the pages now")
    assert ("Words 0" in held, "Words 1" in held, "Words 2" in held) == (True, True, False)
    assert ("Words 0" in on_page, "Words 2" in on_page) == (False, True)
    form = {"account": "mastodon", "reply": "1", "word": "show"}
    assert post(served, "/moderation", form)[0] == 303
    assert shown(talked) == ["Words 1", "Words 2"]
    post(served, "/moderation", {"account": "x", "reply": "2", "word": "hide"})
    post(served, "/moderation", {"account": "mastodon", "reply": "0", "word": "hide"})
    assert shown(talked) == ["Words 1"]
    body = get(served, "/moderation")[2]
    assert ("For the page" in body, "Words 0" in body, "Words 2" in body) == (False, False, False)


def test_all_of_an_author_for_the_page(talked: Workspace) -> None:
    form = {"account": "mastodon", "reply": "0", "word": "show", "all": "1"}
    post(app(talked, lambda: NOW), "/moderation", form)
    assert shown(talked) == ["Words 0", "Words 1", "Words 2"]


def test_without_a_conversation_no_page_shows_anything(workspace: Workspace) -> None:
    body = get(app(workspace, lambda: NOW), "/moderation")[2]
    assert "For the page" not in body and "On the pages now" not in body
