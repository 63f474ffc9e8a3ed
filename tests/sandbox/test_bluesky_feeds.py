"""What Bluesky tells an account, what it lists, and what people of the square do there."""

from pathlib import Path
from typing import Any

import pytest
import requests

from outreach.sandbox.residents import RESIDENTS

from .running import Sandbox, in_thread
from .sky import CREATED, FIRST, POST, SECOND, THIRD, Sky, sign_in
from .test_square import HOSTILE, Page, reply

THREAD = "app.bsky.feed.getPostThread"
FEED = "app.bsky.feed.getAuthorFeed"


@pytest.fixture
def me(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox)


@pytest.fixture
def bob(sandbox: Sandbox) -> Sky:
    return sign_in(sandbox, "bob")


def mention(text: str, did: str) -> dict[str, Any]:
    index = {"byteStart": 0, "byteEnd": len(text)}
    return {
        "index": index,
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }


def test_reasons_newest_first(me: Sky, bob: Sky) -> None:
    ref = me.posted("Hello")
    bob.answered("Nice", ref)
    bob.posted("@acme.test", SECOND, facets=[mention("@acme.test", me.did)])
    bob.posted("This", THIRD, embed={"$type": "app.bsky.embed.record", "record": ref})
    bob.react("like", ref)
    bob.react("repost", ref)
    bob.react("like", ref)
    found = me.told()
    assert [n["reason"] for n in found] == ["repost", "like", "quote", "mention", "reply"]
    assert [n.get("reasonSubject") for n in found] == [ref["uri"]] * 3 + [None, ref["uri"]]
    assert {n["author"]["handle"] for n in found} == {"bob.test"}
    assert [n["reason"] for n in me.told(reasons=["reply", "mention"])] == ["mention", "reply"]
    assert found[-1]["record"]["reply"]["parent"] == ref
    assert bob.told() == []
    assert [e["effect"] for e in me.sandbox.ledger()] == ["create"] * 4


def test_the_earlier_of_two_times_counts(me: Sky, bob: Sky) -> None:
    """What is dated back is told behind the rest; what is dated ahead, as of when it came."""
    ref = me.posted("Hello")
    both = {"root": ref, "parent": ref}
    bob.posted("Ahead", reply=both, createdAt="2099-01-01T00:00:00Z")
    bob.posted("Back", SECOND, reply=both)
    assert [n["record"]["text"] for n in me.told()] == ["Ahead", "Back"]
    ahead, back = (n["indexedAt"] for n in me.told())
    assert back == CREATED < ahead < "2099"
    posts = me.query("app.bsky.feed.getPosts", uris=[n["uri"] for n in me.told()]).json()["posts"]
    assert [post["indexedAt"] for post in posts] == [ahead, back]


def test_one_post_is_told_once_and_a_name_counts_first(me: Sky, bob: Sky) -> None:
    ref = me.posted("Hello")
    both = {"root": ref, "parent": ref}
    bob.posted("@acme.test", reply=both, facets=[mention("@acme.test", me.did)])
    assert [n["reason"] for n in me.told()] == ["mention"]


def test_four_above_are_told_of_an_answer(me: Sky, bob: Sky) -> None:
    root = parent = me.posted("Hello")
    keys = [f"3jzfcijpj2z3{letter}" for letter in "abcdef"]
    for key in keys:
        parent = bob.answered(key, parent, root, key)
    assert [n["record"]["text"] for n in me.told()] == keys[3::-1]
    assert {n["reasonSubject"] for n in me.told()} == {root["uri"]}


def test_the_cursor_leads_through_all_pages(me: Sky, bob: Sky) -> None:
    ref = me.posted("Hello")
    texts = [f"3jzfcijpj2z3{letter}" for letter in "abcde"]
    for text in texts:
        bob.answered(text, ref, key=text)

    def read(sky: Sky, method: str, **more: Any) -> list[str]:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        for _ in range(len(texts)):
            page = sky.query(method, limit=2, **more, **cursor).json()
            items = page.get("notifications") or [i["post"] for i in page.get("feed", [])]
            seen += [item["record"]["text"] for item in items]
            if "cursor" not in page:
                return seen
            if not cursor:
                bob.answered("Late", ref, key=THIRD)
            cursor = {"cursor": page["cursor"]}
        raise AssertionError("the cursor never ends")

    assert read(me, "app.bsky.notification.listNotifications") == texts[::-1]
    bob.do("com.atproto.repo.deleteRecord", json=bob.body("", THIRD))
    assert read(bob, FEED, actor=bob.did) == texts[::-1]
    assert me.query(FEED, actor=me.did, cursor="x").json()["message"] == "Malformed cursor"


def test_a_thread_goes_up_and_down(me: Sky, bob: Sky) -> None:
    one = me.posted("One")
    two = bob.answered("Two", one)
    three = me.answered("Three", two, one, SECOND)
    whole = me.query(THREAD, uri=one["uri"]).json()["thread"]
    assert whole["replies"][0]["replies"][0]["post"]["uri"] == three["uri"]
    assert whole["post"]["replyCount"] == 1
    flat = me.query(THREAD, uri=one["uri"], depth=1).json()["thread"]
    assert "replies" not in flat["replies"][0]
    assert "replies" not in me.query(THREAD, uri=one["uri"], depth=0).json()["thread"]
    low = me.query(THREAD, uri=three["uri"].replace(me.did, "acme.test")).json()["thread"]
    assert low["parent"]["parent"]["post"]["uri"] == one["uri"]
    bob.do("com.atproto.repo.deleteRecord", json=bob.body(""))
    low = me.query(THREAD, uri=three["uri"]).json()["thread"]
    assert low["parent"] == {
        "$type": "app.bsky.feed.defs#notFoundPost",
        "uri": two["uri"],
        "notFound": True,
    }
    gone = me.query(THREAD, uri=two["uri"])
    assert (gone.status_code, gone.json()["error"]) == (400, "NotFound")


def test_a_feed_by_kinds(me: Sky, bob: Sky) -> None:
    other = bob.posted("Hello")
    one = me.posted("One")
    two = me.answered("Two", one, key=SECOND)
    three = me.answered("Three", other, key=THIRD)

    def listed(kind: str) -> list[str]:
        feed = me.query(FEED, actor="acme.test", filter=kind).json()["feed"]
        return [item["post"]["uri"] for item in feed]

    assert listed("posts_with_replies") == [three["uri"], two["uri"], one["uri"]]
    assert listed("posts_no_replies") == [one["uri"]]
    assert listed("posts_and_author_threads") == [two["uri"], one["uri"]]
    assert listed("posts_with_media") == []


def test_a_feed_has_what_its_author_handed_on(me: Sky, bob: Sky) -> None:
    bob.react("repost", me.posted("Hello"))
    bob.posted("Before", createdAt="2026-01-01T00:00:00Z")
    [handed, own] = me.query(FEED, actor="bob.test").json()["feed"]
    assert handed["post"]["author"]["handle"] == "acme.test"
    assert handed["reason"]["by"]["handle"] == "bob.test"
    assert "reason" not in own


def test_a_post_put_again_after_its_end_is_the_newest(me: Sky) -> None:
    uris = [me.posted(key, key)["uri"] for key in (FIRST, SECOND)]
    me.do("com.atproto.repo.deleteRecord", json=me.body("", FIRST))
    me.posted("Again", FIRST)
    feed = me.query(FEED, actor=me.did).json()["feed"]
    assert [item["post"]["uri"] for item in feed] == uris


def test_posts_of_several_uris(me: Sky) -> None:
    uris = [me.posted("One")["uri"], f"at://{me.did}/{POST}/{SECOND}"]
    posts = me.query("app.bsky.feed.getPosts", uris=uris).json()["posts"]
    assert [post["uri"] for post in posts] == uris[:1]
    assert me.query("app.bsky.feed.getPosts", uris=["x"]).status_code == 400
    assert me.query("app.bsky.feed.getPosts", uris=uris[:1] * 26).status_code == 400
    assert me.query("app.bsky.feed.getPosts").status_code == 400


def test_a_reader_answers_by_form(me: Sky) -> None:
    ref = me.posted("Hello")
    text = "See https://example.com/ä and @acme.test."
    answer = reply(me.sandbox, "bluesky", ref["uri"], name="Ada Lovelace", text=text)
    assert answer.status_code == 303
    [told] = me.told()
    assert (told["reason"], told["author"]["displayName"]) == ("mention", "Ada Lovelace")
    assert told["author"]["handle"] == "ada-lovelace.test"
    record = told["record"]
    assert record["reply"] == {"root": ref, "parent": ref}
    data = text.encode()
    assert [
        data[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in record["facets"]
    ] == ["https://example.com/ä", "@acme.test"]
    reply(me.sandbox, "bluesky", told["uri"], name="Bob", text="And I")
    deep = me.told()[0]["record"]["reply"]
    assert (deep["root"], deep["parent"]["uri"]) == (ref, told["uri"])


def test_likes_by_form(me: Sky) -> None:
    ref = me.posted("Hello")
    for kind in ("like", "repost"):
        form = {"note": ref["uri"], "kind": kind, "name": "Ada", "from": "note"}
        answer = me.sandbox.call("POST", "/bluesky/react", token="", data=form)
        assert answer.ok
        assert answer.url.partition("#")[0] == f"{me.sandbox.url}/bluesky/@acme/{FIRST}"
    assert [n["reason"] for n in me.told()] == ["repost", "like"]


def test_residents_answer(tmp_path: Path) -> None:
    with in_thread(tmp_path / "ledger.jsonl", residents=True) as sandbox:
        me = sign_in(sandbox)
        ref = me.posted("Hello")
        sandbox.shift(7)
        found = me.told(reasons=["reply"])
        names = {resident.name for resident in RESIDENTS}
        assert found
        assert {n["author"]["displayName"] for n in found} <= names
        assert all(n["record"]["reply"] == {"root": ref, "parent": ref} for n in found)


def test_an_answer_keeps_what_it_answered(me: Sky) -> None:
    ref = me.posted("Hello")
    reply(me.sandbox, "bluesky", ref["uri"], name="Ada", text="Nice")
    before = me.told()[0]
    assert me.put("Hello again").ok
    assert me.told()[0]["cid"] == before["cid"]
    assert me.told()[0]["record"] == before["record"]


def test_permalinks_lead_to_the_page(me: Sky) -> None:
    me.posted("Hello")
    [entry] = me.sandbox.ledger()
    assert entry["url"] == f"{me.sandbox.url}/bluesky/@acme/{FIRST}"
    for who in (me.did, "acme.test"):
        page = me.sandbox.call("GET", f"/profile/{who}/post/{FIRST}")
        assert (page.status_code, page.url) == (200, entry["url"])
        assert me.sandbox.call("GET", f"/profile/{who}").url.endswith("/bluesky/@acme")
    assert me.sandbox.call("GET", f"/profile/nobody.test/post/{FIRST}").status_code == 404
    assert me.sandbox.call("GET", f"/profile/acme.test/post/{SECOND}").status_code == 404


def test_the_square_has_a_column(me: Sky) -> None:
    me.posted("Hello from above")
    page = me.sandbox.call("GET", "/").text
    assert 'class="network bluesky"' in page
    assert "Hello from above" in page
    assert "@acme.test" in page
    mark = me.sandbox.call("GET", "/bluesky.svg")
    assert mark.headers["Content-Type"].startswith("image/svg+xml")


def test_facets_that_overlap_repeat_no_words(me: Sky) -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/"}
    ranges = [(4, 9), (0, 6), (6, 9)]
    facets = [
        {"index": {"byteStart": start, "byteEnd": end}, "features": [link]} for start, end in ranges
    ]
    me.posted("abcdefghi", facets=facets)
    page = me.sandbox.call("GET", "/").text
    anchor = '<a href="https://example.com/" rel="nofollow noopener noreferrer">{}</a>'
    assert anchor.format("abcdef") + anchor.format("ghi") + "</div>" in page


@pytest.mark.parametrize("text", [*HOSTILE, "ä" * 9])
def test_hostile_words_stay_words(me: Sky, text: str) -> None:
    uri = "javascript:" + "".join(text.split())
    link = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    middle = {"index": {"byteStart": 1, "byteEnd": 3}, "features": [link]}
    whole = {"index": {"byteStart": 0, "byteEnd": 9}, "features": [link]}
    external = {"uri": f"https://a/{uri}", "title": text, "description": text}
    ref = me.posted(
        text,
        facets=[middle, whole],
        embed={"$type": "app.bsky.embed.external", "external": external},
    )
    reply(me.sandbox, "bluesky", ref["uri"], name=text, text=text)
    for path in ("/", f"/bluesky/@acme/{FIRST}"):
        answer: requests.Response = me.sandbox.call("GET", path)
        assert answer.ok
        tags = Page(answer.text).tags
        assert [a for tag, a in tags if tag == "script"] == [{"src": "/square.js", "defer": None}]
        assert not [name for _, a in tags for name in a if name.startswith("on")]
        assert all(str(a["href"]).startswith(("/", "#", "http")) for _, a in tags if "href" in a)
