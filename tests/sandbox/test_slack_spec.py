"""What the channel sends and what the sandbox answers, both held against Slack's description."""

import json
from functools import cache
from typing import Any

import pytest

from ..shared import ABSENT, SHARED
from .running import Sandbox

METHODS = SHARED / "specs" / "slack" / "docs.slack.dev" / "methods"
HELLO = {"event_type": "outreach", "event_payload": {"post_id": "3k"}}


@cache
def described(method: str) -> dict[str, Any]:
    """A method as Slack documents it."""
    file = METHODS / f"{method}.json"
    if not file.is_file():
        pytest.skip(ABSENT)
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def ask(sandbox: Sandbox, method: str, token: str = "ada", **arguments: Any) -> dict[str, Any]:
    """One call. Its arguments and the members of its answer are documented."""
    known = described(method)
    assert arguments.keys() <= known["args"]["properties"].keys()
    sent = {"json": arguments} if known["http_method"] == "POST" else {"params": arguments}
    answer = sandbox.call(known["http_method"], f"/api/{method}", token, **sent)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    if told["ok"]:
        assert set(known["output"]["required"]) <= told.keys()
    return told


def said(sandbox: Sandbox, channel: str, text: str = "Hello", **more: Any) -> str:
    told = ask(sandbox, "chat.postMessage", channel=channel, text=text, metadata=HELLO, **more)
    return str(told["ts"])


def test_a_channel_is_listed_newest_first_and_without_its_threads(sandbox: Sandbox) -> None:
    ids = [said(sandbox, "C11", str(number)) for number in range(5)]
    answer = said(sandbox, "C11", "An answer", thread_ts=ids[0])
    told = ask(sandbox, "conversations.history", channel="C11", limit=2)
    assert [one["ts"] for one in told["messages"]] == [ids[4], ids[3]]
    assert told["has_more"] is True
    assert "metadata" not in told["messages"][0]
    cursor = told["response_metadata"]["next_cursor"]
    rest = ask(sandbox, "conversations.history", channel="C11", cursor=cursor)
    assert [one["ts"] for one in rest["messages"]] == [ids[2], ids[1], ids[0]]
    assert rest["messages"][-1]["latest_reply"] == answer
    between = ask(
        sandbox, "conversations.history", channel="C11", oldest=ids[1], latest=ids[3],
        include_all_metadata=True,
    )  # fmt: skip
    assert [(one["ts"], one["metadata"]) for one in between["messages"]] == [(ids[2], HELLO)]


def test_a_thread_begins_with_its_first_message_and_has_one_level(sandbox: Sandbox) -> None:
    first = said(sandbox, "C12")
    second = said(sandbox, "C12", thread_ts=first)
    third = said(sandbox, "C12", thread_ts=second)
    for ts in (first, third):
        told = ask(sandbox, "conversations.replies", channel="C12", ts=ts)
        assert [one["ts"] for one in told["messages"]] == [first, second, third]
        assert {one["thread_ts"] for one in told["messages"]} == {first}
    later = ask(sandbox, "conversations.replies", channel="C12", ts=first, oldest=second)
    assert [one["ts"] for one in later["messages"]] == [first, third]


def test_the_same_again_is_another_message(sandbox: Sandbox) -> None:
    assert said(sandbox, "C13") != said(sandbox, "C13")


def test_an_edit_keeps_the_metadata(sandbox: Sandbox) -> None:
    ts = said(sandbox, "C14")
    assert ask(sandbox, "chat.update", channel="C14", ts=ts, text="After")["text"] == "After"
    told = ask(sandbox, "conversations.history", channel="C14", include_all_metadata=True)
    assert [(one["text"], one["metadata"]) for one in told["messages"]] == [("After", HELLO)]
    assert ask(sandbox, "chat.delete", channel="C14", ts=ts)["ok"] is True


@pytest.mark.parametrize(
    ("method", "arguments", "token", "error"),
    [
        ("chat.postMessage", {"channel": "general", "text": "a"}, "ada", "channel_not_found"),
        ("chat.postMessage", {"channel": "C15", "text": " "}, "ada", "no_text"),
        ("chat.postMessage", {"channel": "C15", "text": "a", "metadata": {"a": 1}}, "ada",
         "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "C15", "text": "a"}, "ada-without-chat:write",
         "missing_scope"),
        ("chat.postMessage", {"channel": "C15", "text": "a"}, "ada-without-invitation",
         "not_in_channel"),
        ("chat.postMessage", {"channel": "C15", "text": "a"}, "", "not_authed"),
        ("chat.update", {"channel": "C15", "text": "a", "ts": "1.2"}, "ada", "message_not_found"),
        ("chat.delete", {"channel": "C15", "ts": "1.2"}, "ada", "message_not_found"),
        ("conversations.replies", {"channel": "C15", "ts": "1.2"}, "ada", "thread_not_found"),
        ("conversations.history", {"channel": "C15", "oldest": "x"}, "ada", "invalid_ts_oldest"),
    ],
)  # fmt: skip
def test_what_is_refused_comes_with_200(
    sandbox: Sandbox, method: str, arguments: dict[str, Any], token: str, error: str
) -> None:
    said(sandbox, "C15")
    told = ask(sandbox, method, token, **arguments)
    assert (told["ok"], told["error"]) == (False, error)
    common = ("missing_scope", "not_authed")
    everywhere = json.loads(
        (SHARED / "specs/slack/methods/auth/auth.test.json").read_text("utf-8")
    )["errors"]
    assert error in (everywhere if error in common else described(method)["errors"])


def test_who_wrote_it_may_change_it_and_nobody_else(sandbox: Sandbox) -> None:
    ts = said(sandbox, "C16")
    told = ask(sandbox, "chat.update", "bob", channel="C16", ts=ts, text="Mine")
    assert told["error"] == "cant_update_message"
    assert (
        ask(sandbox, "chat.delete", "bob", channel="C16", ts=ts)["error"] == "cant_delete_message"
    )


def test_who_the_token_is_and_its_scopes(sandbox: Sandbox) -> None:
    answer = sandbox.call("GET", "/api/auth.test", "ada-without-users:read")
    assert answer.headers["x-oauth-scopes"] == "chat:write,channels:history"
    assert answer.json()["user"] == "ada-without-users:read"


def test_a_link_to_a_message_is_as_slack_writes_it(sandbox: Sandbox) -> None:
    first = said(sandbox, "C17")
    second = said(sandbox, "C17", thread_ts=first)
    told = ask(sandbox, "chat.getPermalink", channel="C17", message_ts=second)
    link = f"/archives/C17/p{second.replace('.', '')}?thread_ts={first}&cid=C17"
    assert told["permalink"] == sandbox.url + link


def test_a_webhook_says_ok_and_no_more(sandbox: Sandbox) -> None:
    def post(address: str, **options: Any) -> tuple[int, str]:
        answer = sandbox.call("POST", f"/services/{address}", "", **options)
        return answer.status_code, answer.text

    assert post("T1/B1/hook", json={"text": "Hello"}) == (200, "ok")
    assert post("T1/B1/hook", json={"text": ""}) == (400, "no_text")
    assert post("T1/B1/hook", json=[]) == (400, "invalid_payload")
    assert post("T1/B1/gone", json={"text": "Hello"}) == (404, "no_service")


def test_a_very_long_text_is_cut(sandbox: Sandbox) -> None:
    said(sandbox, "C18", "a" * 40_001)
    told = ask(sandbox, "conversations.history", channel="C18")
    assert len(told["messages"][0]["text"]) == 40_000
