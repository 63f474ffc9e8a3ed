"""Sessions: how long tokens live, and that a restart forgets none."""

from pathlib import Path
from typing import Any

import pytest
import requests

from .running import Sandbox, as_process
from .sky import FIRST, POST, SECOND, Sky, sign_in

MINUTE, HOUR, DAY = 60, 3600, 86400
SESSION = "com.atproto.server.getSession"


@pytest.fixture
def me(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox)


def said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def test_the_account_follows_from_the_identifier(sandbox: Sandbox) -> None:
    me = sign_in(sandbox, "acme").query(SESSION).json()
    assert (me["handle"], me["did"][:8], len(me["did"])) == ("acme.test", "did:plc:", 32)
    for same in ("Acme", "@acme.test", "acme.test", me["did"]):
        assert sign_in(sandbox, same).did == me["did"]
    assert sign_in(sandbox, "bob").did != me["did"]
    assert sign_in(sandbox, "ada.example.com").query(SESSION).json()["handle"] == "ada.example.com"
    found = sandbox.get("/xrpc/com.atproto.identity.resolveHandle?handle=acme.test", token="")
    assert found == {"did": me["did"]}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"identifier": "", "password": "x"}, 401),
        ({"identifier": "acme", "password": ""}, 401),
        ({"identifier": "did:plc:unknown", "password": "x"}, 401),
        ({"identifier": "acme"}, 400),
        ({"identifier": 7, "password": "x"}, 400),
    ],
)
def test_a_wrong_pair(sandbox: Sandbox, sent: Any, status: int) -> None:
    method = "/xrpc/com.atproto.server.createSession"
    assert sandbox.call("POST", method, token="", json=sent).status_code == status


def test_an_access_token_lives_two_hours(me: Sky) -> None:
    me.sandbox.shift(119 * MINUTE)
    assert me.query(SESSION).ok
    me.sandbox.shift(120 * MINUTE)
    for answer in (me.query(SESSION), me.put("Hello")):
        assert said(answer) == (400, "ExpiredToken")
    assert me.sandbox.ledger() == []
    fresh = me.with_pair(me.renewed())
    assert fresh.put("Hello").ok


def test_a_refresh_token_lives_90_days(me: Sky) -> None:
    me.sandbox.shift(90 * DAY)
    assert said(me.renewed()) == (400, "ExpiredToken")


def test_a_rotated_refresh_token_stays_two_hours(me: Sky) -> None:
    me.sandbox.shift(HOUR)
    first = me.renewed().json()
    me.sandbox.shift(HOUR + 119 * MINUTE)
    again = me.renewed().json()
    assert again["refreshJwt"] != me.refresh
    assert said(me.with_pair(me.renewed()).renewed()) == (200, "")
    me.sandbox.shift(HOUR + 121 * MINUTE)
    answer = me.renewed()
    assert said(answer) == (400, "ExpiredToken")
    assert answer.json()["message"] == "Token has been revoked"
    newest = Sky(sandbox=me.sandbox, did=me.did, access="", refresh=first["refreshJwt"])
    assert newest.renewed().ok


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "..", "ä.b.c"])
def test_a_token_of_another_server(me: Sky, token: str) -> None:
    header = {"Authorization": f"Bearer {token}".encode()}
    answer = me.sandbox.call("GET", f"/xrpc/{SESSION}", headers=header)
    assert said(answer) == (400, "InvalidToken")


def test_a_changed_token(me: Sky) -> None:
    head, payload, signature = me.access.split(".")
    changed = f"{head}.{payload[:-2]}{payload[-1]}{payload[-2]}.{signature}"
    assert said(me.sandbox.call("GET", f"/xrpc/{SESSION}", changed)) == (400, "InvalidToken")


def test_each_token_for_its_own_purpose(me: Sky) -> None:
    assert said(me.sandbox.call("GET", f"/xrpc/{SESSION}", me.refresh)) == (400, "InvalidToken")
    method = "/xrpc/com.atproto.server.refreshSession"
    assert said(me.sandbox.call("POST", method, me.access)) == (400, "InvalidToken")


@pytest.mark.parametrize(
    ("verb", "method"),
    [
        ("GET", SESSION),
        ("GET", "app.bsky.notification.listNotifications"),
        ("POST", "com.atproto.repo.putRecord"),
        ("POST", "com.atproto.repo.createRecord"),
        ("POST", "com.atproto.repo.deleteRecord"),
        ("POST", "com.atproto.repo.uploadBlob"),
        ("POST", "com.atproto.server.refreshSession"),
    ],
)
def test_nobody_is_refused(sandbox: Sandbox, verb: str, method: str) -> None:
    answer = sandbox.call(verb, f"/xrpc/{method}", token="")
    assert said(answer) == (401, "AuthMissing")


def test_everything_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with as_process(path) as (first, process):
        me, bob = sign_in(first), sign_in(first, "bob")
        ref = me.posted("Hello")
        bob.answered("Nice", ref)
        bob.react("like", ref)
        me.put("Hello again")
        me.posted("Short-lived", SECOND)
        where = {"repo": me.did, "collection": POST, "rkey": SECOND}
        me.do("com.atproto.repo.deleteRecord", json=where)
        assert me.renewed().ok
        before = [{**e, "url": ""} for e in first.ledger()]
        told = [(n["reason"], n["uri"], n["cid"], n["indexedAt"]) for n in me.told()]
        process.kill()
        process.wait()
    with as_process(path) as (second, _):
        me = Sky(sandbox=second, did=me.did, access=me.access, refresh=me.refresh)
        assert [{**e, "url": ""} for e in second.ledger()] == before
        assert [(n["reason"], n["uri"], n["cid"], n["indexedAt"]) for n in me.told()] == told
        assert "commit" not in me.put("Hello again", FIRST).json()
        assert me.renewed().ok
        second.shift(2 * HOUR - MINUTE)
        assert me.renewed().ok
        second.shift(2 * HOUR)
        assert said(me.query(SESSION)) == (400, "ExpiredToken")
        assert me.renewed().json()["message"] == "Token has been revoked"
