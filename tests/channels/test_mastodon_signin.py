"""Signing in at Mastodon, and what the account may do then."""

import json
from collections.abc import Callable, Iterator

import pytest
import requests

from outreach.channels import Secrets, mastodon
from outreach.channels._signin import Consent
from outreach.fetch import Fetch, loopback_only
from outreach.model import channel as abilities
from outreach.model.delivery import Receipt
from outreach.model.errors import Unauthorized, Unavailable

from ..ports import free_port
from ..sandbox.running import Sandbox
from ..server import ok, saying, serving
from .contract import new_key, note, now
from .mastodon_account import BACK, consent, opened, somebody


def way(url: str, tokens: dict[str, str]) -> Consent:
    settings = mastodon.Settings(kind="mastodon", instance=url)
    fetch = Fetch(guard=loopback_only, deadline=5)
    return mastodon.sign_in(settings, Secrets(named=str, tokens=tokens), fetch, now)


@pytest.mark.parametrize("redirect_uri", ["", BACK])
def test_a_person_signs_in(sandbox: Sandbox, redirect_uri: str) -> None:
    me, tokens = somebody(), dict[str, str]()
    begun = way(sandbox.url, tokens).begin(redirect_uri)
    assert isinstance(way(sandbox.url, tokens), Consent)
    answer = consent(begun.url, me)
    assert way(sandbox.url, tokens).finish(begun.kept, answer) == f"@{me}@127.0.0.1"
    channel = opened(sandbox.url, tokens=tokens)
    receipt = channel.publish(note(), new_key())
    assert [entry["id"] for entry in sandbox.ledger("mastodon", me)] == [receipt.id]
    assert (channel.rights().read, channel.rights().write) == ("", "")
    assert channel.collect(None).mentions == ()


def test_a_sign_in_counts_at_once(sandbox: Sandbox) -> None:
    old, new, tokens = somebody(), somebody(), dict[str, str]()
    channel = opened(sandbox.url, old, tokens)
    assert channel.handle() == f"@{old}@127.0.0.1"
    channel.publish(note(), new_key())
    begun = way(sandbox.url, tokens).begin("")
    way(sandbox.url, tokens).finish(begun.kept, consent(begun.url, new))
    assert channel.handle() == f"@{new}@127.0.0.1"
    receipt = channel.publish(note(), new_key())
    assert [entry["id"] for entry in sandbox.ledger("mastodon", new)] == [receipt.id]


def test_nobody_signed_in_is_unauthorized() -> None:
    channel = opened(f"http://127.0.0.1:{free_port()}")
    for use in (channel.handle, channel.rights, lambda: channel.publish(note(), new_key())):
        with pytest.raises(Unauthorized, match="outreach channels login"):
            use()


def test_opening_reads_no_secret() -> None:
    def read(name: str) -> str:
        raise AssertionError(f"{name} was read")

    settings = mastodon.Settings(kind="mastodon", instance="https://m.example", token="$TOKEN")
    mastodon.open(settings, Secrets(named=read), Fetch(guard=loopback_only), now)


def test_who_says_no_is_not_signed_in(sandbox: Sandbox) -> None:
    tokens = dict[str, str]()
    begun = way(sandbox.url, tokens).begin(BACK)
    answer = consent(begun.url, somebody(), "deny")
    assert answer["error"] == "access_denied"
    with pytest.raises(Unauthorized, match="The person said no"):
        way(sandbox.url, tokens).finish(begun.kept, answer)
    assert "access_token" not in tokens


@pytest.mark.parametrize(
    "spoilt",
    [{"state": "another"}, {"verifier": "another"}, {"redirect_uri": "http://127.0.0.1/other"}],
)
def test_the_answer_to_another_sign_in_is_refused(sandbox: Sandbox, spoilt: dict[str, str]) -> None:
    tokens = dict[str, str]()
    begun = way(sandbox.url, tokens).begin(BACK)
    answer = consent(begun.url, somebody())
    with pytest.raises(Unauthorized):
        way(sandbox.url, tokens).finish({**begun.kept, **spoilt}, answer)
    assert "access_token" not in tokens


def test_a_code_is_good_once(sandbox: Sandbox) -> None:
    tokens = dict[str, str]()
    begun = way(sandbox.url, tokens).begin(BACK)
    answer = consent(begun.url, somebody())
    way(sandbox.url, tokens).finish(begun.kept, answer)
    with pytest.raises(Unauthorized, match="does not take the code"):
        way(sandbox.url, tokens).finish(begun.kept, answer)


def test_the_registration_is_kept_and_made_anew_where_it_is_refused(sandbox: Sandbox) -> None:
    tokens = dict[str, str]()
    way(sandbox.url, tokens).begin(BACK)
    first = tokens["client"]
    way(sandbox.url, tokens).begin(BACK)
    assert tokens["client"] == first
    tokens["client"] = json.dumps({**json.loads(first), "client_secret": "forgotten"})
    begun = way(sandbox.url, tokens).begin(BACK)
    assert way(sandbox.url, tokens).finish(begun.kept, consent(begun.url, somebody()))


def test_a_registration_is_for_one_server_and_one_way_back(sandbox: Sandbox) -> None:
    tokens = {"client": json.dumps({"instance": "https://mastodon.example", "redirect_uri": BACK})}
    way(sandbox.url, tokens).begin(BACK)
    assert json.loads(tokens["client"])["instance"] == sandbox.url
    way(sandbox.url, tokens).begin("")
    assert json.loads(tokens["client"])["redirect_uri"].endswith(":oob")


def test_where_nobody_listens_a_sign_in_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        way(f"http://127.0.0.1:{free_port()}", {}).begin("")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]"])
def test_an_answer_to_a_sign_in_that_cannot_be_read_is_unavailable(body: bytes) -> None:
    with serving(saying(ok(body))) as server, pytest.raises(Unavailable):
        way(server.url, {}).begin("")


def test_a_token_that_is_not_proved_replaces_nothing() -> None:
    with serving(saying(ok(b'{"access_token": "new"}'))) as server:
        kept = {"state": "s", "verifier": "v", "redirect_uri": BACK}
        app = {"instance": server.url, "redirect_uri": BACK, "client_id": "i", "client_secret": "s"}
        tokens = {"access_token": "old", "client": json.dumps(app)}
        with pytest.raises(Unavailable):
            way(server.url, tokens).finish(kept, {"state": "s", "code": "c"})
    assert tokens["access_token"] == "old"


@pytest.fixture
def scoped(sandbox: Sandbox) -> Iterator[Callable[[str], mastodon.Mastodon]]:
    def channel(scope: str) -> mastodon.Mastodon:
        """One account's channel with a token for this scope alone."""
        app = {"client_name": "test", "redirect_uris": BACK, "scopes": scope}
        made = sandbox.call("POST", "/api/v1/apps", "", data=app).json()
        asked = {"client_id": made["client_id"], "redirect_uri": BACK, "scope": scope}
        page = requests.Request(
            "GET", f"{sandbox.url}/oauth/authorize", params={**asked, "response_type": "code"}
        ).prepare()
        sent = {
            **asked,
            "client_secret": made["client_secret"],
            "grant_type": "authorization_code",
            "code": consent(str(page.url), "scoped")["code"],
        }
        won = sandbox.call("POST", "/oauth/token", "", data=sent).json()
        return opened(sandbox.url, str(won["access_token"]))

    yield channel


ALL = "read:accounts read:notifications read:statuses write:statuses write:media"


@pytest.mark.parametrize(
    ("scope", "read", "write"),
    [
        ("read write", True, True),
        (ALL, True, True),
        ("read", True, False),
        ("write", False, True),
        (ALL.replace("read:notifications ", ""), False, True),
        (ALL.replace("read:statuses ", ""), False, True),
        (ALL.replace("write:statuses ", ""), True, False),
        (ALL.replace(" write:media", ""), True, False),
    ],
)
def test_rights_are_proved_without_posting(
    sandbox: Sandbox,
    scoped: Callable[[str], mastodon.Mastodon],
    scope: str,
    read: bool,
    write: bool,
) -> None:
    channel = scoped(scope)
    assert isinstance(channel, abilities.Tested)
    rights = channel.rights()
    assert rights.handle == ("" if scope == "write" else "@scoped@127.0.0.1")
    for reason, has in ((rights.read, read), (rights.write, write)):
        assert (reason == "") is has
        assert has or "403 This action is outside the authorized scopes" in reason
    assert sandbox.ledger("mastodon", "scoped") == []


@pytest.mark.parametrize("scope", ["read", ALL.replace("write:statuses ", "")])
def test_a_token_that_may_not_write_holds_the_account(
    scoped: Callable[[str], mastodon.Mastodon], scope: str
) -> None:
    channel = scoped(scope)
    receipt = Receipt(id="1", url="https://mastodon.example/1", at=now())
    for use in (
        lambda: channel.publish(note(), new_key()),
        lambda: channel.edit(receipt, note()),
        lambda: channel.delete(receipt),
    ):
        with pytest.raises(Unauthorized, match="outside the authorized scopes"):
            use()


def test_the_rights_of_a_refused_token_are_unauthorized(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized):
        opened(sandbox.url, "token.no.good").rights()


def test_the_rights_where_nobody_listens_are_unavailable() -> None:
    with pytest.raises(Unavailable):
        opened(f"http://127.0.0.1:{free_port()}", "token").rights()
