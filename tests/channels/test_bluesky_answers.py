"""What comes back on Bluesky: what the network tells, and what it does not."""

from datetime import datetime, timedelta

import pytest

from outreach.channels import _bluesky_answers
from outreach.fetch import loopback_only
from outreach.model.mention import Kind

from ..sandbox.running import Sandbox
from ..sandbox.sky import CREATED, POST, Ref, Sky
from .contract import new_key
from .sky import Account, Listening, new_account, now


@pytest.fixture
def acme(sandbox: Sandbox) -> Account:
    return new_account(sandbox)


@pytest.fixture
def bob(sandbox: Sandbox) -> Sky:
    return new_account(sandbox).sky


def deep(bob: Sky, root: Ref, levels: int) -> Ref:
    """A chain of answers to a post; the last of them."""
    parent = root
    for level in range(1, levels + 1):
        parent = bob.answered(f"Level {level}", parent, root, new_key(), now())
    return parent


def named(bob: Sky, acme: Account, text: str, at: datetime) -> None:
    """A post that names us."""
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": acme.sky.did}
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [mention]}
    bob.posted(text, new_key(), facets=[facet], createdAt=at.isoformat())


def test_the_first_read_goes_back_thirty_days(acme: Account, bob: Sky) -> None:
    named(bob, acme, "Old", now() - timedelta(days=31))
    found, cursor = acme.collected()
    assert found == {}
    named(bob, acme, "New", now() - timedelta(days=29))
    assert set(acme.collected(cursor)[0]) == {"New"}
    assert set(acme.collected()[0]) == {"New"}


def test_the_first_read_asks_for_no_page_more_than_it_needs(acme: Account, bob: Sky) -> None:
    for _ in range(120):
        named(bob, acme, "Old", now() - timedelta(days=31))
    acme.channel.collect(None)
    assert acme.fetch.count("app.bsky.notification.listNotifications") == 1


def test_each_kind_is_read(acme: Account, bob: Sky) -> None:
    root, created = acme.posted(), now().isoformat()
    bob.answered("A reply", root, None, new_key(), now())
    embed = {"$type": "app.bsky.embed.record", "record": root}
    bob.posted("A quote", new_key(), embed=embed, createdAt=created)
    named(bob, acme, "A mention", now())
    for kind in ("like", "repost"):
        assert bob.react(kind, root, created).ok
    found, _ = acme.collected()
    assert {text: (each.kind, each.in_reply_to) for text, each in found.items()} == {
        "A reply": (Kind.REPLY, root["uri"]),
        "A quote": (Kind.QUOTE, root["uri"]),
        "A mention": (Kind.MENTION, None),
        "like": (Kind.LIKE, root["uri"]),
        "repost": (Kind.REPOST, root["uri"]),
    }
    like = found["like"]
    assert like.id.startswith(f"at://{bob.did}/app.bsky.feed.like/")
    assert (like.text, like.author.id) == ("", bob.did)
    assert like.url.endswith(f"/profile/{acme.sky.did}/post/{root['uri'][-13:]}")


def test_what_is_deep_in_a_thread_comes_every_ten_minutes(acme: Account, bob: Sky) -> None:
    root = acme.posted()
    last = deep(bob, root, 8)
    assert "Level 8" not in [told["record"]["text"] for told in acme.sky.told()]
    found, cursor = acme.collected()
    assert len(found) == 8
    assert found["Level 8"].kind is Kind.REPLY
    assert found["Level 8"].id == last["uri"]
    assert found["Level 8"].in_reply_to == found["Level 7"].id
    bob.answered("Deeper", last, root, new_key(), now())
    acme.ahead = timedelta(minutes=9)
    assert acme.collected(cursor) == ({}, cursor)
    acme.ahead = timedelta(minutes=11)
    found, later = acme.collected(cursor)
    assert "Deeper" in found
    assert acme.collected(later) == ({}, later)


def test_what_lies_deeper_than_one_answer_goes(
    acme: Account, bob: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bluesky_answers, "DEPTH", 2)
    deep(bob, acme.posted(), 9)
    found, _ = acme.collected()
    assert len(found) == 9


def test_a_network_that_shows_no_depth_ends_the_reading(
    acme: Account, bob: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bluesky_answers, "DEPTH", 0)
    bob.answered("A", acme.posted(), None, new_key(), now())
    found, _ = acme.collected()
    assert set(found) == {"A"}


def test_what_we_handed_on_is_not_ours_and_hides_nothing(acme: Account, bob: Sky) -> None:
    deep(bob, acme.posted(), 8)
    for text, created in (("New", now().isoformat()), ("Old", CREATED)):
        theirs = bob.posted(text, new_key(), createdAt=created)
        bob.answered(f"Below {text}", theirs, key=new_key())
        assert acme.sky.react("repost", theirs).ok
    found, _ = acme.collected()
    assert set(found) == {f"Level {level}" for level in range(1, 9)}


def test_a_week_of_threads_is_read(acme: Account, bob: Sky) -> None:
    deep(bob, acme.posted(), 8)
    acme.ahead = timedelta(days=6)
    assert "Level 8" in acme.collected()[0]
    acme.ahead = timedelta(days=8)
    assert "Level 8" not in acme.collected()[0]


def test_only_answered_posts_are_asked_for_and_a_thread_once(acme: Account, bob: Sky) -> None:
    acme.posted()
    root = acme.posted()
    ours = acme.posted("Ours", in_reply_to=bob.answered("A", root, key=new_key())["uri"])
    bob.answered("B", ours, root, new_key())
    found, _ = acme.collected()
    assert set(found) == {"A", "B"}
    assert acme.fetch.count("app.bsky.feed.getPostThread") == 1


def test_a_thread_that_is_gone_meanwhile_is_no_failure(acme: Account, bob: Sky) -> None:
    root = acme.posted()
    bob.answered("A", root, None, new_key(), now())
    gone = {"repo": acme.sky.did, "collection": POST, "rkey": root["uri"][-13:]}

    def before(url: str) -> None:
        if "getPostThread" in url:
            assert acme.sky.do("com.atproto.repo.deleteRecord", json=gone).ok

    acme.fetch = Listening(guard=loopback_only, before=before)
    found, cursor = acme.collected()
    assert set(found) == {"A"}
    assert acme.collected(cursor) == ({}, cursor)


def test_what_turns_up_behind_others_is_read(acme: Account, bob: Sky) -> None:
    root = acme.posted()
    bob.answered("First", root, None, new_key(), now())
    _, cursor = acme.collected()
    bob.answered("Slow clock", root, None, new_key(), now() - timedelta(minutes=50))
    found, cursor = acme.collected(cursor)
    assert set(found) == {"Slow clock"}
    assert acme.collected(cursor) == ({}, cursor)


def test_a_cursor_of_the_older_form_goes_on(acme: Account, bob: Sky) -> None:
    root = acme.posted()
    bob.answered("Long ago", root, None, new_key(), now() - timedelta(hours=3))
    bob.answered("First", root, None, new_key(), now())
    (first, _) = acme.sky.told()
    older = f"{first['indexedAt']} {first['uri']}"
    bob.answered("Second", root, None, new_key(), now())
    page = acme.channel.collect(older)
    assert [mention.text for mention in page.mentions] == ["Second"]
    assert acme.collected(page.cursor)[1]
