"""Each fault on Bluesky's wire: it strikes a put that publishes, and nothing else."""

import time

import pytest
import requests

from outreach.sandbox.faults import MODES

from .running import Sandbox, eventually
from .sky import FIRST, POST, SECOND, Sky, sign_in


@pytest.fixture
def me(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox)


def created(me: Sky) -> int:
    return len(me.sandbox.ledger("bluesky"))


@pytest.mark.parametrize(("mode", "applied"), [("apply+reset", 1), ("reset", 0)])
def test_reset_then_again(me: Sky, mode: str, applied: int) -> None:
    me.sandbox.fail(mode, "bluesky")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        me.put("Hello")
    assert created(me) == applied
    again = me.put("Hello").json()
    assert ("commit" in again) is not bool(applied)
    assert created(me) == 1


def test_hang_applies_and_never_answers(me: Sky) -> None:
    me.sandbox.fail("apply+hang", "bluesky")
    with pytest.raises(requests.ReadTimeout):
        me.put("Hello", options={"timeout": 0.3})
    assert created(me) == 1


@pytest.mark.parametrize(
    ("mode", "status", "error", "applied"),
    [
        ("apply+500", 500, "InternalServerError", 1),
        ("apply+504", 504, "UpstreamTimeout", 1),
        ("apply+422", 400, "InvalidRequest", 1),
        ("500", 500, "InternalServerError", 0),
        ("401", 401, "AuthenticationRequired", 0),
        ("422", 400, "InvalidRequest", 0),
        ("429", 429, "RateLimitExceeded", 0),
    ],
)
def test_a_status_is_answered(me: Sky, mode: str, status: int, error: str, applied: int) -> None:
    me.sandbox.fail(mode, "bluesky")
    answer = me.put("Hello")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert created(me) == applied


def test_429_says_when_to_come_back(me: Sky) -> None:
    me.sandbox.fail("429", "bluesky", seconds=7)
    headers = me.put("Hello").headers
    assert headers["ratelimit-remaining"] == "0"
    assert 4 <= int(headers["ratelimit-reset"]) - time.time() <= 8


def test_html_and_truncated(me: Sky) -> None:
    me.sandbox.fail("apply+html", "bluesky")
    assert me.put("Hello").text.startswith("<html>")
    me.sandbox.fail("apply+truncated", "bluesky")
    answer = me.put("Hello", SECOND, options={"stream": True})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        assert answer.content
    assert created(me) == 2


def test_late_applies_after_the_connection_is_gone(me: Sky) -> None:
    me.sandbox.fail("apply+late", "bluesky", seconds=0.3)
    with pytest.raises(requests.ConnectionError):
        me.put("Hello")
    assert created(me) == 0
    assert eventually(lambda: created(me)) == 1


def test_a_lagging_index_hides_what_the_repo_has(me: Sky) -> None:
    me.sandbox.fail("index-lag", "bluesky", seconds=60)
    with pytest.raises(requests.ConnectionError):
        me.put("Hello")
    uri = me.sandbox.ledger()[0]["id"]

    def shown() -> list[int]:
        feed = me.query("app.bsky.feed.getAuthorFeed", actor=me.did).json()["feed"]
        posts = me.query("app.bsky.feed.getPosts", uris=uri).json()["posts"]
        thread = me.query("app.bsky.feed.getPostThread", uri=uri).ok
        return [len(feed), len(posts), int(thread)]

    assert shown() == [0, 0, 0]
    where = {"repo": me.did, "collection": POST}
    assert me.query("com.atproto.repo.getRecord", **where, rkey=FIRST).ok
    assert len(me.query("com.atproto.repo.listRecords", **where).json()["records"]) == 1
    me.sandbox.shift(61)
    assert shown() == [1, 1, 1]


@pytest.mark.parametrize("mode", MODES)
def test_only_publishing_is_struck(me: Sky, mode: str) -> None:
    ref = me.posted("Hello")
    me.posted("Old words", SECOND)
    me.put("New words", SECOND)
    me.sandbox.fail(mode, times=-1)
    assert sign_in(me.sandbox).did == me.did
    assert me.renewed().ok
    assert me.query("com.atproto.server.getSession").ok
    assert me.query("app.bsky.feed.getPosts", uris=ref["uri"]).ok
    assert me.put("Hello again").ok
    assert me.put("New words", SECOND).ok
    assert me.react("like", ref).ok
    blob = {"data": b"x", "headers": {"Content-Type": "image/png"}}
    assert me.do("com.atproto.repo.uploadBlob", **blob).ok
    assert me.do("com.atproto.repo.deleteRecord", json=me.body("")).ok
    assert len(me.sandbox.get("/faults")) == 1


def test_a_second_try_to_publish_can_fail_too(me: Sky) -> None:
    me.sandbox.fail("apply+500", "bluesky", times=2)
    assert [me.put("Hello").status_code for _ in "abc"] == [500, 500, 200]
    assert created(me) == 1


@pytest.mark.parametrize("key", [FIRST, ""])
def test_create_is_struck_as_well(me: Sky, key: str) -> None:
    me.sandbox.fail("500", "bluesky")
    body = me.body("Hello", key)
    if not key:
        del body["rkey"]
    assert me.do("com.atproto.repo.createRecord", json=body).status_code == 500
    assert created(me) == 0
    assert me.do("com.atproto.repo.createRecord", json=body).ok


def test_an_expired_token_meets_no_fault(me: Sky) -> None:
    me.sandbox.shift(7200)
    me.sandbox.fail("500", "bluesky")
    assert me.put("Hello").json()["error"] == "ExpiredToken"
    assert me.with_pair(me.renewed()).put("Hello").status_code == 500
