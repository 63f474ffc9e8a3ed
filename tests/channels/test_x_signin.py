"""Signing in to X, and what is known of a sign-in."""

import base64
import hashlib
import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from outreach.channels import Secrets, x
from outreach.channels._signin import Consent, Form
from outreach.fetch import Fetch, loopback_only
from outreach.model import channel as abilities
from outreach.model.channel import Rights
from outreach.model.errors import Unauthorized, Unavailable

from ..ports import free_port
from ..sandbox.running import Sandbox
from ..server import ok, saying, serving
from .contract import new_key, note, now, numbers
from .x_account import CALLBACK, KEYS, OAUTH2, consent, opened, says, signed_in


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"signin{next(numbers)}"


class TestSettings:
    @pytest.mark.parametrize(
        "given", [KEYS, OAUTH2, {**OAUTH2, "client_secret": "$S"}, dict(list(KEYS.items())[:2])]
    )
    def test_one_way_in_is_enough(self, given: dict[str, str]) -> None:
        settings = x.Settings.model_validate({"kind": "x", **given, "monthly_cap": Decimal(20)})
        assert settings.monthly_cap == 20

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, "needs consumer_key and consumer_secret"),
            ({**KEYS, **OAUTH2}, "keep one way"),
            ({"client_secret": "$S"}, "needs client_id"),
            ({"consumer_key": "$K"}, "needs consumer_key and consumer_secret"),
            (dict(list(KEYS.items())[:3]), "go together"),
            ({**OAUTH2, "monthly_cap": 0}, "greater than 0"),
            ({**OAUTH2, "client_id": "abc"}, "named, never written here"),
        ],
    )
    def test_anything_else_is_a_mistake_in_words(self, given: dict[str, Any], told: str) -> None:
        with pytest.raises(ValidationError, match=told):
            x.Settings(kind="x", **given)


class TestConsent:
    """OAuth 2.0: the person says yes on X's page."""

    def test_the_page_is_asked_with_pkce(self, sandbox: Sandbox) -> None:
        begun = consent(sandbox.url, {}).begin("")
        page = urlsplit(begun.url)
        query = dict(parse_qsl(page.query))
        digest = hashlib.sha256(begun.kept["verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert page.path == "/i/oauth2/authorize"
        assert (query["code_challenge"], query["code_challenge_method"]) == (challenge, "S256")
        assert (query["state"], query["redirect_uri"]) == (begun.kept["state"], CALLBACK)
        assert query["scope"].split() == [
            "tweet.read",
            "tweet.write",
            "users.read",
            "media.write",
            "offline.access",
        ]
        assert consent(sandbox.url, {}).begin("").kept["state"] != begun.kept["state"]

    def test_live_it_is_x_own_page(self) -> None:
        signing = x.sign_in(
            x.Settings(kind="x", **OAUTH2),
            Secrets(named=lambda secret: "app"),
            Fetch(guard=loopback_only),
            now,
        )
        assert isinstance(signing, Consent)
        begun = signing.begin("https://out.example/back")
        assert begun.url.startswith("https://x.com/i/oauth2/authorize?")
        assert begun.kept["redirect_uri"] == "https://out.example/back"

    def test_a_yes_is_a_session_that_posts(self, sandbox: Sandbox, name: str) -> None:
        tokens: dict[str, str] = {}
        signing = consent(sandbox.url, tokens)
        begun = signing.begin("")
        assert signing.finish(begun.kept, says(sandbox, begun.url, name)) == f"@{name}"
        assert list(tokens) == ["session"]
        opened(sandbox.url, tokens, "app", **OAUTH2).publish(note("Signed in"), new_key())
        assert [entry["text"] for entry in sandbox.ledger("x", name)] == ["Signed in"]

    def test_an_app_with_a_secret_shows_it(self, sandbox: Sandbox, name: str) -> None:
        tokens: dict[str, str] = {}
        signing = consent(sandbox.url, tokens, client_secret="$S")
        begun = signing.begin("")
        assert signing.finish(begun.kept, says(sandbox, begun.url, name)) == f"@{name}"

    def test_what_is_not_proved_replaces_nothing(self) -> None:
        tokens = {"session": "old"}
        won = b'{"access_token": "new", "refresh_token": "new"}'
        with serving(saying(ok(won))) as server:
            signing = consent(server.url, tokens)
            begun = signing.begin("")
            with pytest.raises(Unavailable):
                signing.finish(begun.kept, {"state": begun.kept["state"], "code": "c"})
        assert tokens == {"session": "old"}

    def test_what_is_no_yes_keeps_nothing(self, sandbox: Sandbox, name: str) -> None:
        tokens: dict[str, str] = {}
        signing = consent(sandbox.url, tokens)
        begun = signing.begin("")
        yes = says(sandbox, begun.url, name)
        for answer in (
            says(sandbox, begun.url, name, "no"),
            {**yes, "state": "another"},
            {"state": yes["state"]},
            {},
            {**yes, "code": "forged"},
        ):
            with pytest.raises(Unauthorized):
                signing.finish(begun.kept, answer)
        with pytest.raises(Unauthorized):
            signing.finish({**begun.kept, "verifier": "v" * 43}, yes)
        assert tokens == {}


class TestForm:
    """OAuth 1.0a: the person copies the portal's two tokens."""

    def form(self, url: str, tokens: dict[str, str]) -> Form:
        keys = {name: KEYS[name] for name in ("consumer_key", "consumer_secret")}
        signing = x.sign_in(
            x.Settings(kind="x", base_url=url, **keys),
            Secrets(named=lambda secret: "key", tokens=tokens),
            Fetch(guard=loopback_only, deadline=1),
            now,
        )
        assert isinstance(signing, Form)
        return signing

    def test_what_is_proved_is_kept(self, sandbox: Sandbox, name: str) -> None:
        tokens: dict[str, str] = {}
        form = self.form(sandbox.url, tokens)
        given = {field.name: f" {name} " for field in form.fields}
        assert form.submit(given) == f"@{name}"
        assert tokens == {"access_token": name, "access_token_secret": name}

    def test_half_of_it_is_refused(self, sandbox: Sandbox) -> None:
        with pytest.raises(Unauthorized, match="both"):
            self.form(sandbox.url, {}).submit({"access_token": "a", "access_token_secret": " "})

    def test_what_is_not_proved_is_not_kept(self) -> None:
        tokens = {"access_token": "old", "access_token_secret": "old"}
        form = self.form(f"http://127.0.0.1:{free_port()}", tokens)
        with pytest.raises(Unavailable):
            form.submit({"access_token": "a", "access_token_secret": "b"})
        assert tokens == {"access_token": "old", "access_token_secret": "old"}


class TestRights:
    """Proved without a post."""

    def test_oauth_1_by_what_x_tells(self, sandbox: Sandbox, name: str) -> None:
        channel = opened(sandbox.url, {}, name, **KEYS)
        assert isinstance(channel, abilities.Tested)
        assert channel.rights() == Rights(handle=f"@{name}")
        reader = opened(sandbox.url, {}, f"read_only_{name}", **KEYS).rights()
        assert (reader.read, "may only be read" in reader.write) == ("", True)
        assert sandbox.ledger("x", name) == []

    def test_oauth_1_where_x_tells_nothing(self) -> None:
        me = ok(b'{"data": {"id": "1", "username": "acme"}}')
        with serving(saying(me)) as server:
            rights = opened(server.url, {}, **KEYS).rights()
        assert rights.write.startswith("write is not proved")

    def test_oauth_2_by_what_was_granted(self, sandbox: Sandbox, name: str) -> None:
        tokens = signed_in(sandbox, name)
        assert opened(sandbox.url, tokens, "app", **OAUTH2).rights() == Rights(handle=f"@{name}")
        kept = json.loads(tokens["session"])
        tokens["session"] = json.dumps(kept | {"scope": "tweet.read tweet.write users.read"})
        rights = opened(sandbox.url, tokens, "app", **OAUTH2).rights()
        assert "media.write" in rights.write
        assert "tweet.write" not in rights.write
        tokens["session"] = json.dumps(kept | {"scope": ""})
        rights = opened(sandbox.url, tokens, "app", **OAUTH2).rights()
        assert rights.write.startswith("write is not proved")

    def test_refused_credentials_are_unauthorized(self) -> None:
        told = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
        with serving(saying(told)) as server, pytest.raises(Unauthorized):
            opened(server.url, {}, **KEYS).rights()
