"""What comes back on Mastodon: notifications first, then the threads below our notes."""

import json
import socket
from datetime import timedelta

from outreach.channels._mastodon_replies import WALK_AT_ONCE
from outreach.model.mention import Kind

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, serving
from .contract import new_key, note, now
from .mastodon_account import opened, somebody
from .reading import everything


def test_likes_boosts_and_quotes_are_collected(sandbox: Sandbox) -> None:
    me, them = somebody(), somebody()
    channel = opened(sandbox.url, me)
    post = channel.publish(note(), new_key())
    for verb in ("favourite", "reblog"):
        assert sandbox.call("POST", f"/api/v1/statuses/{post.id}/{verb}", them).ok
    quote = sandbox.toot("How true", token=them, quoted_status_id=post.id)
    both = sandbox.toot(f"@{me} how true", token=them, quoted_status_id=post.id)
    reply = sandbox.toot(
        f"@{me} so true", token=them, quoted_status_id=post.id, in_reply_to_id=post.id
    )
    other = sandbox.toot("Not yours", token=them)
    plain = sandbox.toot(f"@{me} see", token=them, quoted_status_id=other["id"])
    found = everything(channel)[0]
    kinds = {mention.id: mention.kind for mention in found.values()}
    told = sandbox.get("/api/v1/notifications?types[]=favourite&types[]=reblog", me)
    assert kinds == {
        **{
            f"{n['type']}:{n['id']}": k for n, k in zip(told, (Kind.REPOST, Kind.LIKE), strict=True)
        },
        quote["id"]: Kind.QUOTE,
        both["id"]: Kind.QUOTE,
        reply["id"]: Kind.REPLY,
        plain["id"]: Kind.MENTION,
    }
    assert {m.in_reply_to for m in found.values() if m.id != plain["id"]} == {post.id}
    assert {m.author.handle for m in found.values()} == {f"@{them}"}
    assert found[quote["id"]].text == "How true"
    like = found[f"favourite:{told[1]['id']}"]
    assert (like.text, like.url, json.loads(like.raw)["type"]) == ("", post.url, "favourite")


def test_a_quote_of_what_is_gone_is_still_read(sandbox: Sandbox) -> None:
    me, them = somebody(), somebody()
    channel = opened(sandbox.url, me)
    post = channel.publish(note(), new_key())
    quote = sandbox.toot(f"@{me} how true", token=them, quoted_status_id=post.id)
    channel.delete(post)
    assert everything(channel)[0][quote["id"]].kind is Kind.MENTION


def test_answers_that_do_not_name_us_are_found_below_our_notes(sandbox: Sandbox) -> None:
    me, ada, bob = somebody(), somebody(), somebody()
    channel = opened(sandbox.url, me)
    post = channel.publish(note(), new_key())
    first = sandbox.toot("Nice", token=ada, in_reply_to_id=post.id)
    ours = channel.publish(note("Thank you", in_reply_to=first["id"]), new_key())
    second = sandbox.toot(f"@{ada} indeed", token=bob, in_reply_to_id=first["id"])
    found = everything(channel)[0]
    assert {m.id: m.in_reply_to for m in found.values()} == {
        first["id"]: post.id,
        second["id"]: first["id"],
    }
    assert {m.kind for m in found.values()} == {Kind.REPLY}
    assert ours.id not in found


def test_threads_are_walked_every_ten_minutes(sandbox: Sandbox) -> None:
    me, ada = somebody(), somebody()
    at = [now()]
    channel = opened(sandbox.url, me, clock=lambda: at[-1])
    post = channel.publish(note(), new_key())
    page = channel.collect(None)
    deep = sandbox.toot("Nice", token=ada, in_reply_to_id=post.id)
    at.append(at[0] + timedelta(seconds=599))
    assert channel.collect(page.cursor) == page
    at.append(at[0] + timedelta(seconds=600))
    walked = channel.collect(page.cursor)
    assert [mention.id for mention in walked.mentions] == [deep["id"]]
    assert walked.cursor != page.cursor
    assert everything(channel, walked.cursor)[0] == {}


def test_notes_older_than_a_week_are_not_walked(sandbox: Sandbox) -> None:
    me, ada = somebody(), somebody()
    channel = opened(sandbox.url, me)
    post = channel.publish(note(), new_key())
    deep = sandbox.toot("Nice", token=ada, in_reply_to_id=post.id)
    week = timedelta(days=7)
    late = opened(sandbox.url, me, clock=lambda: now() + week - timedelta(minutes=1))
    too_late = opened(sandbox.url, me, clock=lambda: now() + week + timedelta(minutes=1))
    assert list(everything(late)[0]) == [deep["id"]]
    assert everything(too_late)[0] == {}


def test_many_threads_are_walked_page_by_page(sandbox: Sandbox) -> None:
    me, ada = somebody(), somebody()
    channel = opened(sandbox.url, me)
    deep = set()
    for number in range(2 * WALK_AT_ONCE + 3):
        post = channel.publish(note(), new_key())
        if number % 10 != 9:
            deep.add(sandbox.toot("Nice", token=ada, in_reply_to_id=post.id)["id"])
    first = channel.collect(None)
    assert len(first.mentions) == WALK_AT_ONCE
    assert set(everything(channel)[0]) == deep


def test_a_cursor_of_an_earlier_version_is_read(sandbox: Sandbox) -> None:
    me, ada = somebody(), somebody()
    channel = opened(sandbox.url, me)
    channel.publish(note(), new_key())
    old = sandbox.toot(f"@{me} first", token=ada)
    cursor = sandbox.get("/api/v1/notifications", me)[0]["id"]
    new = sandbox.toot(f"@{me} second", token=ada)
    assert list(everything(channel, cursor)[0]) == [new["id"]]
    assert set(everything(channel)[0]) == {old["id"], new["id"]}


def test_what_the_threads_refuse_does_not_keep_notifications_back(sandbox: Sandbox) -> None:
    """They come first, and their cursor is kept before a thread is asked for."""
    me, ada = somebody(), somebody()
    channel = opened(sandbox.url, me)
    post = channel.publish(note(), new_key())
    answer = sandbox.toot(f"@{me} first", token=ada, in_reply_to_id=post.id)
    page = channel.collect(None)
    assert [mention.id for mention in page.mentions] == [answer["id"]]
    assert json.loads(str(page.cursor))["walked"] == ""


def test_a_server_that_says_everything_again_lets_the_threads_be_read() -> None:
    account = {"id": "2", "acct": "ada"}
    at = now().isoformat()
    status = {"id": "8", "content": "<p>Hi</p>", "account": account, "created_at": at, "url": "u"}
    kinds = ("mention", "follow", "poll")
    told = [
        {"id": str(9 - n), "type": kind, "created_at": at, "account": account, "status": status}
        for n, kind in enumerate(kinds)
    ]

    def answer(server: Server, connection: socket.socket) -> None:
        asked = request(connection)
        said = {"id": "1", "acct": "me"} if b"verify_credentials" in asked else []
        connection.sendall(ok(json.dumps(told if b"/notifications" in asked else said).encode()))

    with serving(answer) as server:
        channel = opened(server.url, "token")
        first = channel.collect(None)
        assert [mention.id for mention in first.mentions] == ["8"]
        second = channel.collect(first.cursor)
        assert second.mentions == ()
        assert json.loads(str(second.cursor))["walked"]
        assert channel.collect(second.cursor) == second
