"""The sandbox's answers, and the requests that the tests make, held against the lexicons."""

from typing import Any

import pytest

from .lexicon import Lexicons, official
from .running import Sandbox
from .sky import CREATED, FIRST, POST, SECOND, Sky, sign_in
from .test_bluesky_feeds import mention
from .test_square import reply

Q = "app.bsky."
REPO = "com.atproto.repo."


@pytest.fixture(scope="module")
def lexicons() -> Lexicons:
    return official()


@pytest.fixture
def me(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox)


@pytest.mark.parametrize("step", ["createSession", "refreshSession", "getSession"])
def test_sessions(lexicons: Lexicons, me: Sky, step: str) -> None:
    pair = {"identifier": "acme", "password": "secret"}
    method = f"com.atproto.server.{step}"
    if step == "createSession":
        lexicons.check_request(pair, method)
        answer = me.sandbox.call("POST", f"/xrpc/{method}", token="", json=pair)
    else:
        answer = me.renewed() if step == "refreshSession" else me.query(method)
    lexicons.check_answer(answer.json(), method)


def test_records(lexicons: Lexicons, me: Sky) -> None:
    body = me.body("Hello", langs=["en"])
    lexicons.check_request(body, REPO + "putRecord")
    for text in ("Hello", "Hello", "Hello again"):
        lexicons.check_answer(me.put(text).json(), REPO + "putRecord")
    made = me.do(REPO + "createRecord", json=me.body("More", SECOND))
    lexicons.check_answer(made.json(), REPO + "createRecord")
    where = {"repo": me.did, "collection": POST}
    for method, more in (("getRecord", {"rkey": FIRST}), ("listRecords", {"limit": 1})):
        answer = me.query(REPO + method, **where, **more)
        lexicons.check_query(answer.url, REPO + method)
        lexicons.check_answer(answer.json(), REPO + method)
    blob = me.do(REPO + "uploadBlob", data=b"x", headers={"Content-Type": "image/png"})
    lexicons.check_answer(blob.json(), REPO + "uploadBlob")
    for _ in "ab":
        gone = me.do(REPO + "deleteRecord", json={**where, "rkey": FIRST})
        lexicons.check_answer(gone.json(), REPO + "deleteRecord")


def test_what_app_bsky_shows(lexicons: Lexicons, me: Sky) -> None:
    bob, sandbox = sign_in(me.sandbox, "bob"), me.sandbox
    upload = me.do(REPO + "uploadBlob", data=b"x", headers={"Content-Type": "image/png"})
    picture = {"image": upload.json()["blob"], "alt": "A dog"}
    ref = me.posted("Hello", embed={"$type": Q + "embed.images", "images": [picture]})
    card = {"uri": "https://example.com/", "title": "A", "description": ""}
    other = me.posted("Card", SECOND, embed={"$type": Q + "embed.external", "external": card})
    reply(sandbox, "bluesky", ref["uri"], name="Ada", text="@acme.test https://example.com/")
    low = bob.answered("Nice", ref)
    quote = {"$type": Q + "embed.record", "record": ref}
    facets = [mention("@acme.test", me.did)]
    bob.posted("@acme.test", SECOND, embed=quote, facets=facets)
    lexicons.check_answer(bob.react("like", ref).json(), REPO + "createRecord")
    bob.react("repost", other)
    shown: list[tuple[str, dict[str, Any]]] = [
        ("notification.listNotifications", {"reasons": ["reply", "mention"], "limit": 2}),
        ("notification.listNotifications", {}),
        ("feed.getPostThread", {"uri": ref["uri"], "depth": 1000}),
        ("feed.getPostThread", {"uri": low["uri"]}),
        ("feed.getPosts", {"uris": [ref["uri"], other["uri"]]}),
        ("feed.getAuthorFeed", {"actor": "bob.test", "limit": 5}),
        ("feed.getAuthorFeed", {"actor": me.did}),
        ("actor.getProfile", {"actor": "acme.test"}),
    ]
    for name, parameters in shown:
        answer = me.query(Q + name, **parameters)
        lexicons.check_query(answer.url, Q + name)
        lexicons.check_answer(answer.json(), Q + name)
    resolved = me.query("com.atproto.identity.resolveHandle", handle="acme.test")
    lexicons.check_answer(resolved.json(), "com.atproto.identity.resolveHandle")


@pytest.mark.parametrize("mode", ["401", "422", "429", "500", "apply+504"])
def test_faults_speak_xrpc(lexicons: Lexicons, me: Sky, mode: str) -> None:
    me.sandbox.fail(mode)
    lexicons.check_error(me.put("Hello").json())


GOOD = {"$type": POST, "text": "a", "createdAt": CREATED}
WRONG: list[dict[str, Any]] = [
    {"text": "a"},
    {"text": "a" * 301},
    {"text": "👩‍👩‍👧‍👦" * 121},
    {"createdAt": "yesterday"},
    {"langs": ["en"] * 4},
    {"reply": {"root": {}}},
    {"embed": {"$type": "app.bsky.embed.nothing"}},
    {"facets": [{"index": {"byteStart": -1, "byteEnd": 0}, "features": []}]},
    {"unheard": "of"},
]


@pytest.mark.parametrize("change", WRONG)
def test_what_is_wrong_is_found(lexicons: Lexicons, change: dict[str, Any]) -> None:
    record = change if change == {"text": "a"} else GOOD | change
    with pytest.raises(AssertionError, match=r"\$"):
        lexicons.check_record(record, POST)


def test_what_is_right_is_taken(lexicons: Lexicons) -> None:
    lexicons.check_record(GOOD, POST)
