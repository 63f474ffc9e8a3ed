"""Signing in to Reddit, and the tokens of an hour that it wins."""

import json
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from outreach.channels import reddit
from outreach.channels._signin import Consent
from outreach.fetch import Answer, Fetch, loopback_only
from outreach.model import channel as abilities
from outreach.model.channel import Rights
from outreach.model.errors import RateLimited, Unauthorized, Unavailable

from ..ports import free_port
from ..sandbox.running import Sandbox
from ..server import ok, saying, serving
from .contract import new_key, note, now, numbers
from .reddit_account import opened, says, signing


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"redditor{next(numbers)}"


def signed_in(sandbox: Sandbox, name: str) -> dict[str, str]:
    """The tokens of somebody who said yes."""
    tokens: dict[str, str] = {}
    consent = signing(sandbox.url, tokens)
    begun = consent.begin("")
    assert consent.finish(begun.kept, says(sandbox, begun.url, name)) == f"u/{name}"
    return tokens


# Consent


def test_a_permanent_token_with_what_is_needed_is_asked_for(sandbox: Sandbox) -> None:
    consent = signing(sandbox.url, {})
    assert isinstance(consent, Consent)
    begun = consent.begin("https://out.example/back")
    query = dict(parse_qsl(urlsplit(begun.url).query))
    assert query["scope"].split() == [
        "identity",
        "read",
        "submit",
        "edit",
        "privatemessages",
        "history",
    ]
    assert (query["duration"], query["response_type"]) == ("permanent", "code")
    assert (query["state"], query["redirect_uri"]) == (
        begun.kept["state"],
        "https://out.example/back",
    )
    assert consent.begin("").kept["state"] != begun.kept["state"]
    assert consent.begin("").kept["redirect_uri"] == "http://127.0.0.1:8001/channels/callback"


def test_a_yes_is_an_account_that_posts_at_once(sandbox: Sandbox, name: str) -> None:
    tokens = {"refresh_token": "another"}
    channel = opened(sandbox.url, "app", tokens, subreddit=name)
    assert channel.handle() == "u/another"
    tokens |= signed_in(sandbox, name)
    assert channel.handle() == f"u/{name}"
    channel.publish(note("Signed in"), new_key())
    assert [entry["text"] for entry in sandbox.ledger("reddit", name)] == ["Signed in"]


def test_what_is_no_yes_keeps_nothing(sandbox: Sandbox, name: str) -> None:
    tokens: dict[str, str] = {}
    consent = signing(sandbox.url, tokens)
    begun = consent.begin("")
    yes = says(sandbox, begun.url, name)
    for answer in (
        says(sandbox, begun.url, name, "no"),
        {**yes, "state": "another"},
        {"state": yes["state"]},
        {},
        {**yes, "code": "forged"},
    ):
        with pytest.raises(Unauthorized):
            consent.finish(begun.kept, answer)
    assert consent.finish(begun.kept, yes)
    with pytest.raises(Unauthorized, match="invalid_grant"):
        consent.finish(begun.kept, yes)


def test_what_is_not_proved_replaces_nothing() -> None:
    tokens = {"refresh_token": "old"}
    won = b'{"access_token": "new", "refresh_token": "new", "expires_in": 3600}'
    with serving(saying(ok(won))) as server:
        consent = signing(server.url, tokens)
        begun = consent.begin("")
        with pytest.raises(Unavailable):
            consent.finish(begun.kept, {"state": begun.kept["state"], "code": "c"})
    assert tokens == {"refresh_token": "old"}


# Tokens


def test_without_a_sign_in_the_account_waits(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized, match="outreach channels login"):
        opened(sandbox.url, refresh_token=None).handle()


def test_a_token_is_kept_and_renewed_after_an_hour(sandbox: Sandbox, name: str) -> None:
    tokens: dict[str, str] = {}
    channel = opened(sandbox.url, name, tokens)
    channel.handle()
    first = tokens["access"]
    opened(sandbox.url, name, tokens).publish(note(), new_key())
    assert tokens["access"] == first
    sandbox.shift(3700)
    later = opened(sandbox.url, name, tokens, clock=lambda: now() + timedelta(seconds=3700))
    later.publish(note(), new_key())
    assert tokens["access"] != first
    assert "refresh_token" not in tokens


def test_a_token_that_ends_early_is_renewed_and_asked_again(sandbox: Sandbox, name: str) -> None:
    tokens: dict[str, str] = {}
    early = opened(sandbox.url, name, tokens, clock=lambda: now() - timedelta(minutes=5))
    early.handle()
    kept = json.loads(tokens["access"])
    tokens["access"] = json.dumps(kept | {"access": "rdt.broken"})
    opened(sandbox.url, name, tokens).publish(note(), new_key())
    assert len(sandbox.ledger("reddit", name)) == 1


def counted(channel: reddit.Reddit) -> list[str]:
    """The paths that the channel asks from now on."""
    asked: list[str] = []
    fetch = Fetch(guard=loopback_only, deadline=5)

    def counting(method: str, url: str, **options: Any) -> Answer:
        asked.append(urlsplit(url).path.removeprefix("/reddit"))
        return fetch(method, url, **options)

    for room in (channel._api, channel._api.access):
        room._fetch = counting  # type: ignore[assignment]
    return asked


def test_a_token_that_has_ended_is_not_tried(sandbox: Sandbox, name: str) -> None:
    tokens: dict[str, str] = {}
    opened(sandbox.url, name, tokens).handle()
    channel = opened(sandbox.url, name, tokens, clock=lambda: now() + timedelta(minutes=59.5))
    asked = counted(channel)
    channel.publish(note(), new_key())
    channel.publish(note(), new_key())
    assert asked == ["/api/v1/access_token", "/api/submit", "/api/submit"]


def test_another_refresh_token_is_another_account(sandbox: Sandbox, name: str) -> None:
    tokens: dict[str, str] = {}
    assert opened(sandbox.url, name, tokens).handle() == f"u/{name}"
    assert opened(sandbox.url, f"{name}_2", tokens).handle() == f"u/{name}_2"


def test_of_several_threads_one_renews(sandbox: Sandbox, name: str) -> None:
    channel = opened(sandbox.url, name)
    asked = counted(channel)
    threads = [threading.Thread(target=channel.handle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked.count("/api/v1/access_token") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b'400 Bad Request\r\n\r\n{"message": "Bad Request", "error": 400}', Unauthorized),
        (b'401 Unauthorized\r\n\r\n{"message": "Unauthorized", "error": 401}', Unauthorized),
        (b'200 OK\r\n\r\n{"error": "invalid_grant"}', Unauthorized),
        (b"200 OK\r\n\r\n<html>", Unavailable),
        (b"200 OK\r\n\r\n{}", Unavailable),
        (b'200 OK\r\n\r\n{"access_token": "t"}', Unavailable),
        (b"403 Blocked\r\n\r\n", Unavailable),
        (b"503 Busy\r\n\r\n", Unavailable),
        (b"429 Too Many Requests\r\nx-ratelimit-reset: 60\r\n\r\n", RateLimited),
    ],
)
def test_only_a_refusal_of_the_token_pauses_the_account(
    answer: bytes, error: type[Exception]
) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = f"\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    serve = serving(saying(b"HTTP/1.1 " + head + length + body))
    with serve as server, pytest.raises(error) as caught:
        opened(server.url).publish(note(), new_key())
    assert type(caught.value) is error


def test_where_nobody_listens_nothing_is_in_doubt() -> None:
    with pytest.raises(Unavailable):
        opened(f"http://127.0.0.1:{free_port()}").publish(note(), new_key())


# Rights


def test_rights_are_proved_without_a_post(sandbox: Sandbox, name: str) -> None:
    tokens = signed_in(sandbox, name)
    channel = opened(sandbox.url, "app", tokens)
    assert isinstance(channel, abilities.Tested)
    assert channel.rights() == Rights(handle=f"u/{name}")
    kept = json.loads(tokens["access"])
    tokens["access"] = json.dumps(kept | {"scope": "identity read submit history"})
    rights = channel.rights()
    assert "privatemessages" in rights.read
    assert "history" not in rights.read
    assert ("edit" in rights.write, "submit" in rights.write) == (True, False)
    assert sandbox.ledger("reddit", name) == []
