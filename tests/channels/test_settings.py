"""What all channels' secrets have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from outreach.channels import Secrets, mastodon, module
from outreach.channels._signin import Consent
from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import Unauthorized
from outreach.store import sqlite
from outreach.store.tokens import Tokens, new_key

from ..sandbox.running import Sandbox
from . import sky
from .contract import now
from .mastodon_account import BACK, consent
from .x_account import KEYS, OAUTH2
from .x_account import opened as opened_x

ACCOUNT = "company"


@pytest.fixture
def lost(tmp_path: Path) -> Tokens:
    """What a sign-in won, and another OUTREACH_KEY than it was encrypted under."""
    path = tmp_path / "outreach.db"
    sqlite.create(path).close()

    def tokens(key: str) -> Tokens:
        return Tokens(lambda: sqlite.connect(path), ACCOUNT, lambda: key)

    before = tokens(new_key())
    for name in ("session", "access_token", "app_password", "client"):
        before[name] = "won"
    return tokens(new_key())


def handles(url: str, account: sky.Account, lost: Tokens) -> dict[str, Callable[[], str]]:
    """Asking each account who it is."""
    keys = {name: KEYS[name] for name in ("consumer_key", "consumer_secret")}
    fetch = Fetch(guard=loopback_only, deadline=1)
    settings = mastodon.Settings(kind="mastodon", instance=url)
    account.tokens = lost  # type: ignore[assignment]
    return {
        "bluesky": lambda: account.channel.handle(),
        "mastodon": lambda: mastodon.open(
            settings, Secrets(named=str, tokens=lost), fetch, now
        ).handle(),
        "x": lambda: opened_x(url, lost, **keys).handle(),
        "x by OAuth 2.0": lambda: opened_x(url, lost, **OAUTH2).handle(),
    }


@pytest.mark.parametrize("kind", ["bluesky", "mastodon", "x", "x by OAuth 2.0"])
def test_a_sign_in_that_cannot_be_decrypted_holds_the_account(
    sandbox: Sandbox, lost: Tokens, kind: str
) -> None:
    ask = handles(sandbox.url, sky.new_account(sandbox), lost)[kind]
    with pytest.raises(Unauthorized, match="another OUTREACH_KEY"):
        ask()


def test_somebody_signs_in_anew_under_another_key(sandbox: Sandbox, lost: Tokens) -> None:
    settings = mastodon.Settings(kind="mastodon", instance=sandbox.url)
    fetch = Fetch(guard=loopback_only, deadline=5)
    way = mastodon.sign_in(settings, Secrets(named=str, tokens=lost), fetch, now)
    assert isinstance(way, Consent)
    begun = way.begin(BACK)
    assert way.finish(begun.kept, consent(begun.url, ACCOUNT)) == f"@{ACCOUNT}@127.0.0.1"


KEYS_OF: dict[str, dict[str, str]] = {
    "discord": {"channel": "1"},
    "feed": {"url": "https://blog.example/feed"},
    "github": {"repository": "a/b"},
    "hackernews": {},
    "reddit": {"username": "a", "client_id": "b", "client_secret": "$C", "subreddit": "d"},
    "slack": {"channel": "C123"},
}


@pytest.mark.parametrize("kind", KEYS_OF)
def test_words_are_a_list_and_none_is_empty(kind: str) -> None:
    model: Any = module(kind).Settings
    given = {"kind": kind, **KEYS_OF[kind]}
    assert model.model_validate({**given, "search": ["lantern"]}).search == ("lantern",)
    with pytest.raises(ValidationError, match=r"a list: `search: \[lantern\]`"):
        model.model_validate({**given, "search": "lantern"})
    for empty in ("", "   "):
        with pytest.raises(ValidationError, match=r"search\.0"):
            model.model_validate({**given, "search": [empty]})
