"""The accounts' page: how each stands, and signing in by a page of the network or by a form."""

import logging
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from outreach.inbox.app import app
from outreach.store import accounts, holds, spending
from outreach.store.accounts import Account
from outreach.store.holds import Cause
from outreach.workspace import Workspace, open_workspace

from ..asgi import Answer, ask, get, post
from ..consent import decide
from ..folder import Folder
from ..sandbox.running import Sandbox

BY = "ada@acme.example"
ACCOUNTS = """accounts:
  bluesky:
    kind: bluesky
    identifier: ada.test
    app_password: $BLUESKY_APP_PASSWORD
  linkedin:
    kind: linkedin
    client_id: $LINKEDIN_CLIENT_ID
    client_secret: $LINKEDIN_CLIENT_SECRET
  x-ada:
    kind: x
    client_id: $X_CLIENT_ID
  gone:
    kind: bluesky
    identifier: did:plc:nobodyishereatallwhatever
    app_password: $BLUESKY_APP_PASSWORD
"""


@dataclass
class Team:
    """A folder's pages, its account `mastodon` waiting for a sign-in, and a clock to move."""

    workspace: Workspace
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.pages: Starlette = app(self.workspace, lambda: self.at)
        with closing(self.workspace.create()) as database:
            for name, settings in self.workspace.config.accounts.items():
                accounts.meet(database, name, settings.kind, self.at)
                holds.place(database, name, Cause.TOKEN, "the token is refused", self.at)

    def account(self, name: str = "mastodon") -> Account:
        with closing(self.workspace.read()) as database:
            return accounts.one(database, name)

    def waits(self, name: str = "mastodon") -> bool:
        """Whether the account is still held for its token."""
        with closing(self.workspace.read()) as database:
            return bool(holds.on(database, name))

    def begin(self, account: str = "mastodon", **form: str) -> str:
        """Where a person is sent to say yes."""
        page = f"/channels/{account}/sign-in"
        status, headers, body = post(self.pages, page, {"by": BY, **form})
        assert status == 303, body
        return headers["location"]

    def back(self, address: str) -> Answer:
        """The browser follows the network back to us."""
        parts = urlsplit(address)
        assert (parts.netloc, parts.path) == ("127.0.0.1", "/channels/callback")
        return get(self.pages, f"{parts.path}?{parts.query}")


@pytest.fixture
def team(folder: Folder, sandbox: Sandbox) -> Team:
    folder.change("accounts:\n", ACCOUNTS)
    return Team(open_workspace(folder.root, folder.environ(), sandbox.url))


@pytest.mark.parametrize("name", ["mastodon", "linkedin", "x-ada"])
def test_a_person_signs_in_on_the_network_s_page_and_is_sent_back(
    team: Team, sandbox: Sandbox, name: str
) -> None:
    status, headers, body = team.back(decide(sandbox, team.begin(name)))
    assert (status, headers.get("location")) == (303, f"/channels?signed-in={name}"), body
    account = team.account(name)
    assert account.handle
    assert account.connected_by == BY
    assert not team.waits(name)
    assert team.waits("bluesky")
    _, _, body = get(team.pages, headers["location"])
    assert f"{name} is signed in as <bdi>{account.handle}</bdi>" in body
    assert BY in body


def test_an_answer_is_good_once(team: Team, sandbox: Sandbox) -> None:
    address = decide(sandbox, team.begin())
    assert team.back(address)[0] == 303
    status, _, body = team.back(address)
    assert (status, "This sign-in is over" in body) == (400, True)


def test_an_answer_is_good_for_ten_minutes(team: Team, sandbox: Sandbox) -> None:
    address = decide(sandbox, team.begin())
    team.at += timedelta(minutes=10)
    assert team.back(address)[0] == 400
    assert team.waits()
    assert team.account().connected_by == ""


def test_an_answer_that_nobody_asked_for_signs_nobody_in(team: Team, sandbox: Sandbox) -> None:
    """Somebody else's code must not become our account (RFC 6749, 10.12)."""
    theirs = parse_qs(urlsplit(decide(sandbox, team.begin(), account="mallory")).query)["code"][0]
    ours = [decide(sandbox, team.begin(name)) for name in ("linkedin", "mastodon")]
    for state in ("", "&state=", "&state=guessed"):
        status, _, body = get(team.pages, f"/channels/callback?code={theirs}{state}")
        assert status == 400
        assert theirs not in body
    for address in ours:  # nobody else's answer has used up the places of ours
        assert team.back(address)[0] == 303
    assert team.account().handle.startswith("@ada")
    assert team.account("linkedin").handle


def test_who_says_no_is_told_so(team: Team, sandbox: Sandbox) -> None:
    status, _, body = team.back(decide(sandbox, team.begin(), yes=False))
    assert status == 400
    assert "The person said no." in body
    assert team.waits()


@pytest.mark.parametrize("form", [{"copy": "yes"}, {}], ids=["code", "address"])
def test_a_person_may_carry_the_answer_here(
    team: Team, sandbox: Sandbox, form: Mapping[str, str]
) -> None:
    answer = decide(sandbox, team.begin(**form))
    assert answer.startswith("http") != bool(form)
    status, _, body = post(team.pages, "/channels/mastodon/code", {"answer": f" {answer}\n"})
    assert status == 303, body
    assert not team.waits()
    assert team.account().connected_by == BY
    assert post(team.pages, "/channels/mastodon/code", {"answer": answer})[0] == 400


@pytest.mark.parametrize("answer", ["", "two words", "http://127.0.0.1/channels/callback"])
def test_what_is_no_answer_costs_no_sign_in(team: Team, sandbox: Sandbox, answer: str) -> None:
    good = decide(sandbox, team.begin(copy="yes"))
    status, _, body = post(team.pages, "/channels/mastodon/code", {"answer": answer})
    assert (status, "copy" in body) == (400, True)
    assert post(team.pages, "/channels/mastodon/code", {"answer": good})[0] == 303


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"],
)
def test_a_form_of_another_page_changes_nothing(team: Team, origin: str | None) -> None:
    headers = {"host": "127.0.0.1"} | ({"origin": origin} if origin else {})
    for page in ("/channels/mastodon/sign-in", "/channels/mastodon/code"):
        status, got, _ = ask(team.pages, "POST", page, headers, b"answer=x&by=mallory")
        assert (status, "location" in got) == (403, False)


def test_what_is_typed_is_tried_and_kept_encrypted(
    team: Team, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = "/channels/bluesky/sign-in"
    _, _, body = get(team.pages, page)
    assert re.search(r'name="app_password" type="password" autocomplete="off"', body)
    form = {"by": BY, "app_password": "canary-4711-canary"}
    status, headers, body = post(team.pages, page, form)
    assert (status, headers.get("location")) == (303, "/channels?signed-in=bluesky"), body
    assert team.account("bluesky").handle.startswith("@ada")
    assert not team.waits("bluesky")
    shown = get(team.pages, headers["location"])[2] + get(team.pages, page)[2]
    kept = b"".join(path.read_bytes() for path in team.workspace.root.glob("outreach.*db*"))
    assert "canary" not in shown + caplog.text
    assert b"canary" not in kept


def test_what_the_network_refuses_is_not_shown_again(team: Team) -> None:
    form = {"by": BY, "app_password": "canary-4711-canary"}
    status, _, body = post(team.pages, "/channels/gone/sign-in", form)
    assert (status, 'role="alert"' in body) == (400, True)
    assert BY in body
    assert "canary" not in body
    assert team.waits("gone")


def test_a_network_that_does_not_answer_is_no_refusal(folder: Folder) -> None:
    team = Team(open_workspace(folder.root, folder.environ()))
    status, _, body = post(team.pages, "/channels/mastodon/sign-in", {"by": BY})
    assert (status, 'role="alert"' in body) == (502, True)


def test_how_each_account_stands(team: Team) -> None:
    with closing(team.workspace.create()) as database:
        holds.lift(database, "mastodon", None, team.at)
        ends = team.at + timedelta(days=9, hours=5)
        accounts.connected(database, "mastodon", "@ada<script>", "<b>ben</b>", ends)
        accounts.unread(database, "mastodon", "not with this token")
        spending.pay(database, "mastodon", Decimal("1.285"), team.at)
        holds.lift(database, "x", None, team.at)
        accounts.polled(database, "x", team.at, error="it said <no>")
        accounts.meet(database, "former", "mastodon", team.at)
    _, _, body = get(team.pages, "/channels")
    articles = dict(
        re.findall(r'<article class="account">.*?<h3>([\w-]+)(.*?)</article>', body, re.S)
    )
    assert list(articles) == ["bluesky", "linkedin", "x-ada", "gone", "mastodon", "x"]
    for words in ("works; token ends in 9 d 5 h", "@ada&lt;script&gt;", "&lt;b&gt;ben&lt;/b&gt;",
                  "not readable: not with this token", "$1.285", "Sign in again"):  # fmt: skip
        assert words in articles["mastodon"]
    for words in ("not signed in", "nobody yet", "not read until somebody signs in"):
        assert words in articles["bluesky"]
    assert "could not be read: it said &lt;no&gt;" in articles["x"]


def test_there_is_no_page_for_an_account_that_is_not_there(team: Team) -> None:
    for status, _, body in (
        get(team.pages, "/channels/nobody/sign-in"),
        post(team.pages, "/channels/nobody/sign-in", {}),
        post(team.pages, "/channels/nobody/code", {"answer": "x"}),
    ):
        assert (status, "no account" in body) == (404, True)
