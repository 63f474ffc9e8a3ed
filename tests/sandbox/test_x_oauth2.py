"""X's page to say yes on, and its tokens."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from .running import Sandbox

VERIFIER = "v" * 43
CALLBACK = "http://127.0.0.1:8001/channels/callback"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"


def asked(**more: str) -> dict[str, str]:
    """The query that an app sends a person with."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        **more,
    }


def decided(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """What the person's browser is sent back with."""
    form = {**asked(), "account": "ada", "answer": "yes", **more}
    answer = sandbox.call("POST", "/i/oauth2/authorize", token="", data=form, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(CALLBACK + "?")
    return dict(parse_qsl(str(urlsplit(answer.headers["location"]).query)))


def granted(sandbox: Sandbox, **form: str) -> requests.Response:
    return sandbox.call("POST", "/2/oauth2/token", token="", data={"client_id": "app", **form})


def exchanged(sandbox: Sandbox, code: str, **more: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return granted(sandbox, **{**form, "code_verifier": VERIFIER, **more})


def signed_in(sandbox: Sandbox, **more: str) -> dict[str, Any]:
    answer = exchanged(sandbox, decided(sandbox, **more)["code"])
    assert answer.status_code == 200
    return dict(answer.json())


def refused(answer: requests.Response) -> str:
    assert answer.status_code == 400
    return str(answer.json()["error"])


def test_the_page_says_who_asks_for_what(sandbox: Sandbox) -> None:
    page = sandbox.call("GET", "/i/oauth2/authorize", token="", params=asked(client_id="<app>"))
    assert page.status_code == 200
    assert "&lt;app&gt; wants" in page.text
    assert "offline.access" in page.text
    assert "form-action 'self' http://127.0.0.1:8001" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_type": "token"},
        {"redirect_uri": "nowhere"},
        {"state": ""},
        {"code_challenge": "short"},
        {"client_id": ""},
    ],
)
def test_what_means_nothing_is_refused(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    query = asked(**wrong)
    assert sandbox.call("GET", "/i/oauth2/authorize", token="", params=query).status_code == 400


def test_a_code_wins_tokens_of_two_hours(sandbox: Sandbox) -> None:
    back = decided(sandbox)
    assert back["state"] == "s"
    told = exchanged(sandbox, back["code"]).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("bearer", 7200, SCOPES)
    me = sandbox.get("/2/users/me", told["access_token"])
    assert me["data"]["username"] == "ada"
    sandbox.shift(7199)
    assert sandbox.call("GET", "/2/users/me", told["access_token"]).status_code == 200
    sandbox.shift(7201)
    assert sandbox.call("GET", "/2/users/me", told["access_token"]).status_code == 401


def test_a_no_is_told(sandbox: Sandbox) -> None:
    assert decided(sandbox, answer="no") == {"state": "s", "error": "access_denied"}


def test_a_code_is_heard_once_and_for_half_a_minute(sandbox: Sandbox) -> None:
    code, late = decided(sandbox)["code"], decided(sandbox)["code"]
    assert exchanged(sandbox, code).status_code == 200
    assert refused(exchanged(sandbox, code)) == "invalid_request"
    sandbox.shift(31)
    assert refused(exchanged(sandbox, late)) == "invalid_request"


@pytest.mark.parametrize(
    "wrong",
    [{"code_verifier": "w" * 43}, {"redirect_uri": "http://127.0.0.1/"}, {"client_id": "other"}],
)
def test_a_code_belongs_to_who_asked_for_it(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    code = decided(sandbox)["code"]
    assert refused(exchanged(sandbox, code, **wrong)) == "invalid_request"


def test_a_refresh_token_is_heard_once(sandbox: Sandbox) -> None:
    first = signed_in(sandbox)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = granted(sandbox, **form).json()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert sandbox.get("/2/users/me", second["access_token"])["data"]["username"] == "ada"
    assert refused(granted(sandbox, **form)) == "invalid_request"


def test_no_refresh_token_without_the_scope(sandbox: Sandbox) -> None:
    assert "refresh_token" not in signed_in(sandbox, scope="tweet.read users.read")


def test_a_token_does_what_its_scopes_say(sandbox: Sandbox) -> None:
    token = signed_in(sandbox, scope="tweet.read users.read")["access_token"]
    assert sandbox.call("GET", "/2/users/me", token).status_code == 200
    assert sandbox.call("POST", "/2/tweets", token, json={"text": "Hello"}).status_code == 403
    assert sandbox.ledger() == []


def test_an_app_with_a_secret_shows_it(sandbox: Sandbox) -> None:
    code = decided(sandbox)["code"]
    pair = base64.b64encode(b"app:").decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    form["code_verifier"] = VERIFIER
    header = {"Authorization": f"Basic {pair}"}
    answer = sandbox.call("POST", "/2/oauth2/token", token="", data=form, headers=header)
    assert refused(answer) == "unauthorized_client"
    header = {"Authorization": f"Basic {base64.b64encode(b'app:secret').decode()}"}
    answer = sandbox.call("POST", "/2/oauth2/token", token="", data=form, headers=header)
    assert answer.status_code == 200


@pytest.mark.parametrize("token", ["x2.e30.forged", "x2.", "x2"])
def test_a_forged_token_is_nobody(sandbox: Sandbox, token: str) -> None:
    expected = 200 if token == "x2" else 401
    assert sandbox.call("GET", "/2/users/me", token).status_code == expected


def test_oauth_1_tells_its_permission(sandbox: Sandbox) -> None:
    for name, level, status in (("acme", "read-write", 201), ("read_only_ada", "read", 403)):
        header = {"Authorization": f'OAuth oauth_consumer_key="k", oauth_token="{name}"'}
        me = sandbox.call("GET", "/2/users/me", token="", headers=header)
        assert me.headers["x-access-level"] == level
        said = sandbox.call("POST", "/2/tweets", "", json={"text": "Hello"}, headers=header)
        assert said.status_code == status
    assert "x-access-level" not in sandbox.call("GET", "/2/users/me").headers
