"""What the channel sends and what the sandbox answers, both held against Discord's description."""

import json
from typing import Any

import pytest

from outreach.channels._discord_api import Api
from outreach.channels._discord_messages import body as said
from outreach.fetch import Answer, Fetch, loopback_only
from outreach.model.note import Mentioned, Note

from ..channels.contract import now
from .running import Sandbox
from .spec import Spec, official

MESSAGES, MESSAGE = (
    "/channels/{channel_id}/messages",
    "/channels/{channel_id}/messages/{message_id}",
)
HOOK = "/webhooks/{webhook_id}/{webhook_token}"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return official("discord")


def call(
    sandbox: Sandbox, method: str, path: str, status: int, token: str = "ada", **options: Any
) -> Any:
    """One request of a bot, and what it is told."""
    headers = {"Authorization": f"Bot {token}"}
    answer = sandbox.call(method, f"/api{path}", "", headers=headers, **options)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_a_bots_messages(spec: Spec, sandbox: Sandbox) -> None:
    body = {**said(Note(text="Hello")), "nonce": "3k", "enforce_nonce": True}
    spec.check_request(body, "post", MESSAGES)
    first = call(sandbox, "POST", "/v10/channels/77/messages", 200, json=body)
    spec.check_answer(first, "post", MESSAGES, 200)
    assert call(sandbox, "POST", "/v10/channels/77/messages", 200, json=body)["id"] == first["id"]
    reference = {"channel_id": "77", "message_id": first["id"]}
    named = Note(text="Hi <@1>", mentions=(Mentioned(words="@1", handle="1"),))
    answer = {**said(named), "message_reference": reference}
    spec.check_request(answer, "post", MESSAGES)
    call(sandbox, "POST", "/v10/channels/77/messages", 200, json=answer)
    listed = call(sandbox, "GET", "/v10/channels/77/messages?limit=5", 200)
    spec.check_answer(listed, "get", MESSAGES, 200)
    assert [message.get("nonce") for message in listed] == [None, None]
    assert listed[0]["referenced_message"]["id"] == first["id"]
    path = f"/v10/channels/77/messages/{first['id']}"
    spec.check_answer(call(sandbox, "GET", path, 200), "get", MESSAGE, 200)
    changed = call(sandbox, "PATCH", path, 200, json=said(Note(text="Hello again")))
    spec.check_answer(changed, "patch", MESSAGE, 200)
    assert changed["edited_timestamp"]
    assert call(sandbox, "DELETE", path, 204) is None
    spec.check(call(sandbox, "DELETE", path, 404), "ErrorResponse")


def test_pages_begin_next_to_an_id(spec: Spec, sandbox: Sandbox) -> None:
    assert {"after", "before", "limit"} <= spec.parameters("get", MESSAGES)
    ids = [
        call(sandbox, "POST", "/v10/channels/78/messages", 200, json={"content": str(n)})["id"]
        for n in range(5)
    ]

    def listed(query: str) -> list[str]:
        found = call(sandbox, "GET", f"/v10/channels/78/messages?{query}", 200)
        return [message["id"] for message in found]

    assert listed(f"after={ids[0]}&limit=2") == [ids[2], ids[1]]
    assert listed(f"before={ids[4]}&limit=2") == [ids[3], ids[2]]
    assert listed("limit=2") == [ids[4], ids[3]]
    call(sandbox, "GET", "/v10/channels/78/messages?limit=101", 400)


def test_who_and_where(spec: Spec, sandbox: Sandbox) -> None:
    for path in ("/users/@me", "/applications/@me"):
        spec.check_answer(call(sandbox, "GET", f"/v10{path}", 200), "get", path, 200)
    channel = call(sandbox, "GET", "/v10/channels/79", 200)
    spec.check({**channel, "parent_id": None}, "GuildChannelResponse")


def test_a_thread_has_its_messages_id(spec: Spec, sandbox: Sandbox) -> None:
    first = call(sandbox, "POST", "/v10/channels/80/messages", 200, json={"content": "Hello"})
    path = f"/v10/channels/80/messages/{first['id']}/threads"
    thread = call(sandbox, "POST", path, 201, json={"name": "Talk"})
    spec.check(thread, "ThreadResponse")
    assert (thread["id"], thread["parent_id"]) == (first["id"], "80")
    spec.check(call(sandbox, "POST", path, 400, json={"name": "Talk"}), "ErrorResponse")
    (starter,) = call(sandbox, "GET", f"/v10/channels/{thread['id']}/messages", 200)
    spec.check(starter, "MessageResponse")
    assert (starter["type"], starter["content"]) == (21, "")
    guild = thread["guild_id"]
    active = call(sandbox, "GET", f"/v10/guilds/{guild}/threads/active", 200)
    spec.check_answer(active, "get", "/guilds/{guild_id}/threads/active", 200)
    assert thread["id"] in [one["id"] for one in active["threads"]]
    archived = "/v10/channels/80/threads/archived/public"
    assert call(sandbox, "GET", archived, 200)["threads"] == []
    sandbox.shift(25 * 3600)
    told = call(sandbox, "GET", archived, 200)
    spec.check_answer(told, "get", "/channels/{channel_id}/threads/archived/public", 200)
    assert [one["id"] for one in told["threads"]] == [thread["id"]]
    sandbox.shift(0)


def test_a_webhook(spec: Spec, sandbox: Sandbox) -> None:
    spec.check_request(said(Note(text="Hello")), "post", HOOK)
    told = call(sandbox, "GET", "/webhooks/1/hook", 200)
    spec.check_answer(told, "get", HOOK, 200)
    assert call(sandbox, "POST", "/webhooks/1/hook", 204, json={"content": "Quiet"}) is None
    body = {"content": "Hello"}
    message = call(sandbox, "POST", "/webhooks/1/hook?wait=true", 200, json=body)
    spec.check_answer(message, "post", HOOK, 200)
    assert message["webhook_id"] == told["id"]
    path = f"/webhooks/1/hook/messages/{message['id']}"
    assert call(sandbox, "PATCH", path, 200, json={"content": "After"})["content"] == "After"
    assert call(sandbox, "DELETE", path, 204) is None
    assert call(sandbox, "GET", "/webhooks/1/deleted", 404)["code"] == 10015


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"content": "a" * 2001}, 400, 50035),
        ({"content": " "}, 400, 50006),
        ({"content": "a", "nonce": "n" * 26}, 400, 50035),
        ({"content": "a", "message_reference": {"message_id": "4"}}, 400, 50035),
    ],
)
def test_what_is_refused(
    spec: Spec, sandbox: Sandbox, body: dict[str, Any], status: int, code: int
) -> None:
    """The details of a field have words for codes (reference, Error Messages); the description
    wants numbers there as well."""
    told = call(sandbox, "POST", "/v10/channels/81/messages", status, json=body)
    details = told.pop("errors", {})
    spec.check(told, "ErrorResponse")
    assert (told["code"], bool(details)) == (code, code == 50035)


def test_characters_are_code_points(sandbox: Sandbox) -> None:
    body = {"content": "😀" * 2000}
    call(sandbox, "POST", "/v10/channels/81/messages", 200, json=body)


def test_who_has_no_token_or_no_right(spec: Spec, sandbox: Sandbox) -> None:
    answer = sandbox.call("GET", "/api/v10/users/@me", "ada")
    assert answer.status_code == 401
    spec.check(answer.json(), "ErrorResponse")
    body = {"content": "a"}
    for lacks, code in (("send", 50013), ("view", 50001)):
        told = call(
            sandbox, "POST", "/v10/channels/81/messages", 403, f"ada-without-{lacks}", json=body
        )
        assert told["code"] == code


def test_a_rate_limit_has_fractions(sandbox: Sandbox) -> None:
    sandbox.fail("429", "discord", seconds=1.5)
    headers = {"Authorization": "Bot ada"}
    answer = sandbox.call(
        "POST", "/api/v10/channels/81/messages", "", headers=headers, json={"content": "a"}
    )
    assert (answer.status_code, answer.headers["x-ratelimit-reset-after"]) == (429, "1.500")
    assert answer.json()["retry_after"] == 1.5


def test_the_channel_calls_itself_as_discord_wants(sandbox: Sandbox) -> None:
    """Discord may turn away who has another User-Agent."""
    seen: list[Any] = []

    def fetch(method: str, url: str, **options: Any) -> Answer:
        seen.append(options["headers"])
        return Fetch(guard=loopback_only)(method, url, **options)

    api = Api(sandbox.url, fetch, now, lambda: "ada")  # type: ignore[arg-type]
    assert json.dumps(api.get("/users/@me"))
    assert seen[0]["user-agent"].startswith("DiscordBot (")
