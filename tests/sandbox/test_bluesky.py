"""Bluesky's own rules: records put by key, what is taken and what is not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.sandbox.bluesky_ids import blob_cid, cid, tid

from .running import Sandbox
from .sky import CREATED, FIRST, POST, SECOND, THIRD, Sky, sign_in

REF = {"uri": f"at://did:plc:abc/{POST}/{FIRST}", "cid": cid({})}
CARD: dict[str, Any] = {
    "$type": "app.bsky.embed.external",
    "external": {"uri": "https://a.example", "title": "", "description": ""},
}
LINK, MENTION, TAG = (f"app.bsky.richtext.facet#{kind}" for kind in ("link", "mention", "tag"))
THUMB = {"$type": "blob", "ref": {"$link": blob_cid(b"")}, "mimeType": "image/png", "size": 9}


PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def me(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox)


def facet(start: Any, end: Any, **feature: Any) -> dict[str, Any]:
    index = {"byteStart": start, "byteEnd": end}
    return {"index": index, "features": [feature or {"$type": LINK, "uri": "https://a.example"}]}


def external(**changed: Any) -> dict[str, Any]:
    return {**CARD, "external": CARD["external"] | changed}


def test_an_equal_put_is_no_second_effect(me: Sky) -> None:
    first, again = me.put("Hello").json(), me.put("Hello").json()
    assert first["commit"]["cid"]
    assert "commit" not in again
    assert (again["uri"], again["cid"]) == (first["uri"], first["cid"])
    assert [(e["effect"], e["id"], e["key"], e["by"]) for e in me.sandbox.ledger()] == [
        ("create", f"at://{me.did}/{POST}/{FIRST}", FIRST, "acme")
    ]


def test_another_content_is_an_edit(me: Sky) -> None:
    first, edited = me.put("Hello").json(), me.put("Hello again").json()
    assert edited["uri"] == first["uri"]
    assert edited["cid"] != first["cid"]
    assert edited["commit"]
    assert [(e["effect"], e["text"]) for e in me.sandbox.ledger()] == [
        ("create", "Hello"),
        ("update", "Hello again"),
    ]
    assert me.put("Hello again").ok
    assert len(me.sandbox.ledger()) == 2


def test_keys_belong_to_their_account(me: Sky) -> None:
    mine, theirs = me.posted("Hello"), sign_in(me.sandbox, "bob").posted("Hello")
    assert mine["uri"] != theirs["uri"]
    assert mine["cid"] == theirs["cid"]
    answer = sign_in(me.sandbox, "bob").put("Mine", sent={"repo": me.did})
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")
    answer = me.put("Mine", sent={"repo": "nobody.test"})
    assert (answer.status_code, answer.json()["error"]) == (403, "AccountNotFound")
    assert me.put("Hello again", sent={"repo": "acme.test"}).ok


@pytest.mark.parametrize("key", ["", "abc", "3jzfcijpj2z2", "zjzfcijpj2z2a", "3jzfcijpj2z21", 7])
def test_a_posts_key_is_a_tid(me: Sky, key: Any) -> None:
    answer = me.put("Hello", key)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert me.sandbox.ledger() == []


@pytest.mark.parametrize("text", ["", "a" * 300, "👩‍👩‍👧‍👦" * 120, "é" * 300])
def test_300_graphemes_of_3000_bytes_are_taken(me: Sky, text: str) -> None:
    assert me.put(text).ok


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"text": "a" * 301}, "grapheme too big (maximum 300, got 301) at $.record.text"),
        ({"text": "👩‍👩‍👧‍👦" * 121}, "string too big (maximum 3000, got 3025)"),
        ({"text": 7}, "Expected string value type (got 7) at $.record.text"),
        ({"createdAt": None}, "Expected string value type (got null) at $.record.createdAt"),
        ({"createdAt": "2026-01-01"}, 'Invalid datetime (got "2026-01-01")'),
        ({"createdAt": "2026-13-01T00:00:00Z"}, "Invalid datetime"),
        ({"$type": "app.bsky.feed.like"}, "Invalid $type: expected app.bsky.feed.post"),
        ({"facets": {}}, "Expected array value type (got {}) at $.record.facets"),
        ({"facets": [{"features": []}]}, 'Missing required key "index" at $.record.facets[0]'),
        ({"facets": [facet(-1, 2)]}, "integer too small (minimum 0, got -1)"),
        ({"facets": [facet(True, 2)]}, "Expected integer value type (got true)"),
        ({"facets": [facet(0, 2, **{"$type": LINK})]}, 'Missing required key "uri"'),
        ({"facets": [facet(0, 2, **{"$type": LINK, "uri": "no uri"})]}, "Invalid uri"),
        ({"facets": [facet(0, 2, **{"$type": MENTION, "did": "bob"})]}, "Invalid DID"),
        ({"facets": [facet(0, 2, **{"$type": TAG, "tag": "a" * 65})]}, "maximum 64, got 65"),
        ({"facets": [facet(0, 2, did="did:plc:abc")]}, 'includes the "$type" property'),
        ({"reply": {"root": REF}}, 'Missing required key "parent" at $.record.reply'),
        ({"reply": {"root": REF, "parent": {"uri": REF["uri"]}}}, 'Missing required key "cid"'),
        ({"reply": {"root": REF, "parent": REF | {"cid": "b"}}}, "Invalid CID string"),
        ({"reply": {"root": REF, "parent": REF | {"uri": "x"}}}, "Invalid at-uri"),
        ({"langs": ["en"] * 4}, "array too big (maximum 3, got 4) at $.record.langs"),
        ({"langs": ["e_n"]}, 'Invalid language (got "e_n") at $.record.langs[0]'),
        ({"langs": [""]}, "Invalid language"),
        ({"embed": external(uri="a")}, "Invalid uri"),
        ({"embed": external(title=None)}, "Expected string value type (got null)"),
        ({"embed": {**CARD, "external": {"uri": "https://a.example"}}}, "title"),
        ({"embed": external(thumb=THUMB | {"size": 1_000_001})}, "blob too big (maximum 1000000"),
        ({"embed": external(thumb=THUMB | {"mimeType": "text/html"})}, 'Expected "image/*"'),
        ({"embed": external(thumb={"ref": {}})}, "Expected blob value type"),
        (
            {"embed": {"$type": "app.bsky.embed.recordWithMedia", "media": CARD}},
            'Missing required key "record"',
        ),
        ({"embed": {"$type": "app.bsky.embed.video", "images": 7}}, "keeps nothing of the kind"),
        ({"embed": None}, 'includes the "$type" property value type (got null) at $.record.embed'),
        ({"text": "\ud800"}, "surrogates"),
        ({"tags": ["a"] * 9}, "array too big (maximum 8, got 9)"),
        ({"score": 1.5}, "a record has no float"),
    ],
)
def test_a_record_is_held_to_its_lexicon(me: Sky, record: dict[str, Any], problem: str) -> None:
    body = me.body("Ärger")
    body["record"] |= record
    answer = me.do("com.atproto.repo.putRecord", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert problem in answer.json()["message"]
    assert me.sandbox.ledger() == []


@pytest.mark.parametrize("name", ["text", "createdAt"])
def test_a_record_has_what_it_needs(me: Sky, name: str) -> None:
    body = me.body("Hello")
    del body["record"][name]
    answer = me.do("com.atproto.repo.putRecord", json=body)
    assert f'Missing required key "{name}" at $.record' in answer.json()["message"]


@pytest.mark.parametrize("name", ["repo", "collection", "rkey", "record"])
def test_a_request_has_what_it_needs(me: Sky, name: str) -> None:
    body = {key: value for key, value in me.body("Hello").items() if key != name}
    answer = me.do("com.atproto.repo.putRecord", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == f'Missing required key "{name}" at $'


def test_a_body_is_json(me: Sky) -> None:
    method = "com.atproto.repo.putRecord"
    assert me.do(method, data={"repo": me.did}).json()["message"].startswith("Wrong request enc")
    broken = me.do(method, data="{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["error"]) == (400, "InvalidRequest")


def test_compare_and_swap(me: Sky) -> None:
    assert me.put("Hello", sent={"swapRecord": cid({})}).json()["error"] == "InvalidSwap"
    first = me.put("Hello", sent={"swapRecord": None}).json()
    assert me.put("More", sent={"swapRecord": None}).json()["error"] == "InvalidSwap"
    assert me.put("More", sent={"swapRecord": first["cid"]}).ok
    stale = me.put("Most", sent={"swapRecord": first["cid"]})
    assert (stale.status_code, stale.json()["error"]) == (400, "InvalidSwap")
    assert [e["text"] for e in me.sandbox.ledger()] == ["Hello", "More"]


def test_a_record_is_read_at_once_by_anybody(me: Sky) -> None:
    ref = me.posted("Hello")
    path = f"/xrpc/com.atproto.repo.getRecord?collection={POST}&rkey={FIRST}"
    for repo in (me.did, "acme.test"):
        got = me.sandbox.get(f"{path}&repo={repo}", token="")
        value = {"$type": POST, "text": "Hello", "createdAt": CREATED}
        assert got == {**ref, "value": value}
    other = me.sandbox.call("GET", f"{path}&repo={me.did}&cid={cid({})}")
    assert other.json()["error"] == "RecordNotFound"


def test_deleting_what_is_gone_is_fine(me: Sky) -> None:
    me.posted("Hello")
    where = {"repo": me.did, "collection": POST, "rkey": FIRST}
    first = me.do("com.atproto.repo.deleteRecord", json=where)
    again = me.do("com.atproto.repo.deleteRecord", json=where)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "commit" in first.json()
    assert again.json() == {}
    missing = me.query("com.atproto.repo.getRecord", **where)
    assert (missing.status_code, missing.json()["error"]) == (400, "RecordNotFound")
    assert [e["effect"] for e in me.sandbox.ledger()] == ["create", "delete"]
    assert "commit" in me.put("Hello").json()
    assert [e["effect"] for e in me.sandbox.ledger()] == ["create", "delete", "create"]
    assert me.query("com.atproto.repo.getRecord", **where).ok


def test_create_makes_a_key_and_takes_none_twice(me: Sky) -> None:
    body = me.body("Hello")
    made = me.do("com.atproto.repo.createRecord", json=body)
    assert made.json()["uri"].endswith(FIRST)
    again = me.do("com.atproto.repo.createRecord", json=body)
    assert again.status_code == 500
    assert again.json() == {"error": "InternalServerError", "message": "Internal Server Error"}
    del body["rkey"]
    keys = [me.do("com.atproto.repo.createRecord", json=body).json()["uri"][-13:] for _ in "ab"]
    assert FIRST < keys[0] < keys[1]
    assert len(me.sandbox.ledger()) == 3


def test_listing_records_goes_through_all_of_them(me: Sky) -> None:
    for key in (SECOND, FIRST, THIRD):
        me.posted(key, key)
    sign_in(me.sandbox, "bob").posted("Not mine")

    def listed(**more: Any) -> list[str]:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        for _ in range(4):
            where = {"repo": me.did, "collection": POST, "limit": 2}
            page = me.query("com.atproto.repo.listRecords", **where, **more, **cursor).json()
            seen += [record["value"]["text"] for record in page["records"]]
            if "cursor" not in page:
                return seen
            cursor = {"cursor": page["cursor"]}
        raise AssertionError("the cursor never ends")

    assert listed() == [THIRD, SECOND, FIRST]
    assert listed(reverse="true") == [FIRST, SECOND, THIRD]
    too_many = me.query("com.atproto.repo.listRecords", repo=me.did, collection=POST, limit=101)
    assert "integer too big (maximum 100, got 101)" in too_many.json()["message"]


def test_images(me: Sky) -> None:
    data = b"\x89PNG not really"
    upload = "com.atproto.repo.uploadBlob"
    blob = me.do(upload, data=data, headers={"Content-Type": "image/png"}).json()["blob"]
    assert (blob["ref"]["$link"], blob["size"]) == (blob_cid(data), len(data))
    picture = {"image": blob, "alt": "A dog"}
    embed = {"$type": "app.bsky.embed.images", "images": [picture]}
    ref = me.posted("Look", embed=embed)
    [view] = me.query("app.bsky.feed.getPosts", uris=ref["uri"]).json()["posts"]
    url = view["embed"]["images"][0]["fullsize"].removeprefix(me.sandbox.url)
    assert me.sandbox.call("GET", url).content == data
    assert url in me.sandbox.call("GET", "/").text
    lost = {"image": {**blob, "ref": {"$link": blob_cid(b"")}}, "alt": ""}
    answer = me.put("No", SECOND, embed=embed | {"images": [lost]})
    assert answer.json()["error"] == "BlobNotFound"
    many = me.put("No", SECOND, embed=embed | {"images": [picture] * 5})
    assert "array too big (maximum 4, got 5)" in many.json()["message"]
    big = me.do(upload, data=bytes(2_000_001), headers={"Content-Type": "image/png"})
    large = embed | {"images": [picture | {"image": big.json()["blob"]}]}
    assert "blob too big" in me.put("No", SECOND, embed=large).json()["message"]
    assert len(me.sandbox.ledger()) == 1


def test_a_file_is_described_as_it_was_uploaded(me: Sky) -> None:
    upload = "com.atproto.repo.uploadBlob"
    blob = me.do(upload, data=PNG, headers={"Content-Type": "image/jpeg"}).json()["blob"]
    assert blob["mimeType"] == "image/png"
    for change, error in (
        ({"mimeType": "image/jpeg"}, "InvalidMimeType"),
        ({"size": 1}, "InvalidSize"),
        ({"ref": {"$link": blob_cid(b"")}}, "BlobNotFound"),
    ):
        assert me.put("No", embed=external(thumb=blob | change)).json()["error"] == error
    ref = me.posted("Look", embed=external(thumb=blob))
    [view] = me.query("app.bsky.feed.getPosts", uris=ref["uri"]).json()["posts"]
    url = view["embed"]["external"]["thumb"].removeprefix(me.sandbox.url)
    assert me.sandbox.call("GET", url).content == PNG


def test_facets_may_lie_outside_of_the_text(me: Sky) -> None:
    """As a PDS takes them; nobody shows them."""
    assert me.put("abc", facets=[facet(0, 7), facet(3, 2)]).ok
    assert "https://a.example" not in me.sandbox.call("GET", "/").text


def test_a_content_id_is_that_of_dag_cbor() -> None:
    assert cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"
    assert cid({"b": 1, "aa": 2}) == cid({"aa": 2, "b": 1})
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_keys_grow() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    first = tid(at)
    assert tid(at, first) > first
    assert tid(at, f"at://did/app.bsky.feed.like/{first}") > first
    assert tid(at, "3zzzzzzzzzzzz") == first


def test_what_is_not_there_is_said_so(me: Sky) -> None:
    assert me.query("app.bsky.actor.getProfile", actor="nobody.test").status_code == 400
    resolve = "com.atproto.identity.resolveHandle"
    assert me.query(resolve, handle="x.test").json()["error"] == "HandleNotFound"
    assert me.query(resolve, handle="no name").json()["error"] == "InvalidRequest"
    unknown = me.query("com.atproto.server.describeServer")
    assert (unknown.status_code, unknown.json()["error"]) == (501, "MethodNotImplemented")
    assert me.put("a", sent={"collection": "app.bsky.feed.threadgate"}).status_code == 400


def test_rate_headers(me: Sky) -> None:
    answer = me.put("Hello")
    assert answer.headers["ratelimit-policy"] == "3000;w=300"
    assert answer.headers["ratelimit-limit"] == "3000"
    assert int(answer.headers["ratelimit-remaining"]) > 0
    assert int(answer.headers["ratelimit-reset"]) > 1_700_000_000
