"""How an application gets a token of Mastodon, and what that lets it do."""

import base64
import hashlib
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from .running import Sandbox, in_thread
from .spec import Spec, official

BACK = "http://127.0.0.1:1/back?to=here"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@pytest.fixture(scope="module")
def spec() -> Spec:
    return official("mastodon")


def register(sandbox: Sandbox, **changed: Any) -> requests.Response:
    sent = {"client_name": "test", "redirect_uris": [BACK, OUT_OF_BAND], "scopes": "read write"}
    return sandbox.call("POST", "/api/v1/apps", "", json={**sent, **changed})


@pytest.fixture
def app(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = register(sandbox).json()
    return found


def asked(app: dict[str, Any], **changed: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "scope": "read write",
        "state": "s1 &",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }


def answer(sandbox: Sandbox, asked: dict[str, str], **sent: str) -> requests.Response:
    """Fill the page's form in, and send it."""
    page = sandbox.call("GET", "/oauth/authorize", "", params=asked)
    assert page.ok, page.text
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    form = {name: unescape(value) for name, value in hidden}
    form |= {"account": "ada", "decision": "authorize", **sent}
    return sandbox.call("POST", "/oauth/authorize", "", data=form, allow_redirects=False)


def back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def exchange(sandbox: Sandbox, app: dict[str, Any], **changed: str) -> requests.Response:
    sent = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return sandbox.call("POST", "/oauth/token", "", data={**sent, **changed})


def token(sandbox: Sandbox, app: dict[str, Any], scope: str = "read write") -> str:
    code = back(answer(sandbox, asked(app, scope=scope)))["code"]
    return str(exchange(sandbox, app, code=code).json()["access_token"])


def test_registration(sandbox: Sandbox, spec: Spec, app: dict[str, Any]) -> None:
    spec.check_answer(app, "post", "/api/v1/apps", 200)
    assert app["redirect_uris"] == [BACK, OUT_OF_BAND]
    lines = register(sandbox, redirect_uris=f"{BACK}\n{OUT_OF_BAND}").json()
    assert lines["redirect_uris"] == app["redirect_uris"]


@pytest.mark.parametrize(
    "changed",
    [{"client_name": ""}, {"redirect_uris": ""}, {"redirect_uris": "here"}, {"scopes": "all"}],
)
def test_what_is_no_application_is_refused(sandbox: Sandbox, changed: dict[str, str]) -> None:
    answer = register(sandbox, **changed)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed: ")


def test_a_person_consents(sandbox: Sandbox, spec: Spec, app: dict[str, Any]) -> None:
    told = back(answer(sandbox, asked(app)))
    assert (told["to"], told["state"]) == ("here", "s1 &")
    won = exchange(sandbox, app, code=told["code"]).json()
    spec.check_answer(won, "post", "/oauth/token", 200)
    assert won["scope"] == "read write"
    me = sandbox.get("/api/v1/accounts/verify_credentials", won["access_token"])
    assert me["username"] == "ada"


def test_out_of_band_the_page_shows_the_code(sandbox: Sandbox, app: dict[str, Any]) -> None:
    page = answer(sandbox, asked(app, redirect_uri=OUT_OF_BAND))
    (code,) = re.findall(r"<code>([^<]+)</code>", page.text)
    assert exchange(sandbox, app, code=code, redirect_uri=OUT_OF_BAND).ok


def test_the_name_is_typed_in_or_given(sandbox: Sandbox, app: dict[str, Any]) -> None:
    params = asked(app, account='Ada "L"')
    page = sandbox.call("GET", "/oauth/authorize", "", params=params).text
    assert 'value="Ada &quot;L&quot;"' in page
    assert ">Authorize</button>" in page
    assert answer(sandbox, asked(app), account="").status_code == 200


def test_a_person_refuses(sandbox: Sandbox, app: dict[str, Any]) -> None:
    told = back(answer(sandbox, asked(app), decision="deny"))
    assert (told["error"], told["state"]) == ("access_denied", "s1 &")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_id": "unknown"}, 401),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, 400),
        ({"response_type": "token"}, 400),
        ({"scope": "follow"}, 400),
        ({"code_challenge_method": "plain"}, 400),
    ],
)
def test_a_question_that_is_not_shown(
    sandbox: Sandbox, app: dict[str, Any], changed: dict[str, str], status: int
) -> None:
    params = asked(app, **changed)
    assert sandbox.call("GET", "/oauth/authorize", "", params=params).status_code == status


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"code": "nonsense"}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
        ({"redirect_uri": OUT_OF_BAND}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_an_exchange_that_fails(
    sandbox: Sandbox, app: dict[str, Any], changed: dict[str, str], status: int, error: str
) -> None:
    code = back(answer(sandbox, asked(app)))["code"]
    failed = exchange(sandbox, app, **{"code": code, **changed})
    assert (failed.status_code, failed.json()["error"]) == (status, error)
    assert exchange(sandbox, app, code=code).ok


def test_a_code_is_good_once_for_ten_minutes_and_for_its_client(
    sandbox: Sandbox, app: dict[str, Any]
) -> None:
    code = back(answer(sandbox, asked(app)))["code"]
    sandbox.shift(1)
    other = register(sandbox).json()
    assert exchange(sandbox, other, code=code).json()["error"] == "invalid_grant"
    assert exchange(sandbox, app, code=code).ok
    assert exchange(sandbox, app, code=code).json()["error"] == "invalid_grant"
    late = back(answer(sandbox, asked(app)))["code"]
    sandbox.shift(602)
    assert exchange(sandbox, app, code=late).json()["error"] == "invalid_grant"


def test_without_a_challenge_no_verifier_is_asked_for(
    sandbox: Sandbox, app: dict[str, Any]
) -> None:
    code = back(answer(sandbox, asked(app, code_challenge="")))["code"]
    assert exchange(sandbox, app, code=code, code_verifier="").ok


def test_an_application_has_a_token_of_its_own(sandbox: Sandbox, app: dict[str, Any]) -> None:
    won = exchange(sandbox, app, grant_type="client_credentials", scope="read:statuses").json()
    assert won["scope"] == "read:statuses"
    mine = sandbox.call("GET", "/api/v1/accounts/1/statuses", won["access_token"])
    assert mine.status_code == 422
    too_much = exchange(sandbox, app, grant_type="client_credentials", scope="follow")
    assert too_much.json()["error"] == "invalid_scope"


READING = {
    "read:accounts": "/api/v1/accounts/verify_credentials",
    "read:notifications": "/api/v1/notifications",
    "read:statuses": "/api/v1/statuses/0",
}


@pytest.mark.parametrize(("scope", "path"), READING.items())
def test_what_a_scope_lets_read(
    sandbox: Sandbox, app: dict[str, Any], scope: str, path: str
) -> None:
    others = " ".join(other for other in READING if other != scope)
    assert sandbox.call("GET", path, token(sandbox, app, scope)).status_code in (200, 404)
    refused = sandbox.call("GET", path, token(sandbox, app, f"write {others}"))
    assert refused.status_code == 403
    assert refused.json() == {"error": "This action is outside the authorized scopes"}


def test_a_token_that_only_reads_writes_nothing(sandbox: Sandbox, app: dict[str, Any]) -> None:
    mine = sandbox.toot("Hello", token="ada")["id"]
    reading = token(sandbox, app, "read")
    for method, path in (
        ("POST", "/api/v1/statuses"),
        ("PUT", f"/api/v1/statuses/{mine}"),
        ("DELETE", f"/api/v1/statuses/{mine}"),
        ("DELETE", "/api/v1/statuses/0"),
        ("POST", f"/api/v1/statuses/{mine}/favourite"),
        ("POST", f"/api/v1/statuses/{mine}/reblog"),
        ("POST", "/api/v2/media"),
        ("GET", "/api/v1/media/0"),
        ("PUT", "/api/v1/media/0"),
    ):
        assert sandbox.call(method, path, reading).status_code == 403, path
    assert len(sandbox.ledger()) == 1


def test_a_token_outlives_a_restart_and_cannot_be_made_up(tmp_path: Path) -> None:
    with in_thread(tmp_path / "ledger.jsonl") as sandbox:
        app = register(sandbox).json()
        code = back(answer(sandbox, asked(app)))["code"]
        won = exchange(sandbox, app, code=code).json()["access_token"]
    with in_thread(tmp_path / "ledger.jsonl") as sandbox:
        assert sandbox.get("/api/v1/accounts/verify_credentials", won)["username"] == "ada"
        assert exchange(sandbox, app, code=code).json()["error"] == "invalid_grant"
        made_up = sandbox.call("GET", "/api/v1/notifications", won[:-1])
        assert made_up.status_code == 401
