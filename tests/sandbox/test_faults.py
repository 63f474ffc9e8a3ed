"""Each fault does on the wire what its name says, and strikes nothing but a publishing request."""

import time
from typing import Any

import pytest
import requests

from outreach.sandbox.faults import MODES

from .running import Sandbox, eventually

NETWORKS = ("mastodon", "x")


def publish(
    sandbox: Sandbox, network: str, text: str = "Hello", **options: Any
) -> requests.Response:
    path, name = {"mastodon": ("/api/v1/statuses", "status"), "x": ("/2/tweets", "text")}[network]
    return sandbox.call("POST", path, json={name: text}, **options)


def listed(sandbox: Sandbox, network: str) -> list[str]:
    id = sandbox.me(network)
    if network == "x":
        answer = sandbox.get(f"/2/users/{id}/tweets").get("data", [])
    else:
        answer = sandbox.get(f"/api/v1/accounts/{id}/statuses")
    return [note["id"] for note in answer]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("mode", "applied"), [("apply+reset", 1), ("reset", 0)])
def test_reset_breaks_the_connection(
    sandbox: Sandbox, network: str, mode: str, applied: int
) -> None:
    sandbox.fail(mode, network)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        publish(sandbox, network)
    assert len(sandbox.ledger(network)) == applied


@pytest.mark.parametrize("network", NETWORKS)
def test_hang_applies_and_never_answers(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("apply+hang", network)
    with pytest.raises(requests.ReadTimeout):
        publish(sandbox, network, timeout=0.3)
    assert len(sandbox.ledger(network)) == 1


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("mode", "status", "applied"),
    [("apply+500", 500, 1), ("apply+504", 504, 1), ("500", 500, 0), ("401", 401, 0)],
)
def test_a_status_is_answered(
    sandbox: Sandbox, network: str, mode: str, status: int, applied: int
) -> None:
    sandbox.fail(mode, network)
    assert publish(sandbox, network).status_code == status
    assert len(sandbox.ledger(network)) == applied


@pytest.mark.parametrize(("network", "status"), [("mastodon", 422), ("x", 400)])
def test_422_is_said_as_the_network_says_it(sandbox: Sandbox, network: str, status: int) -> None:
    sandbox.fail("422", network)
    assert publish(sandbox, network).status_code == status
    assert sandbox.ledger() == []


@pytest.mark.parametrize("network", NETWORKS)
def test_refused_although_applied(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("apply+422", network)
    assert publish(sandbox, network).status_code in (400, 422)
    assert len(sandbox.ledger(network)) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_html_is_a_proxys_page_in_the_answers_place(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("apply+html", network)
    answer = publish(sandbox, network)
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")
    assert len(sandbox.ledger(network)) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_truncated_is_a_2xx_whose_body_ends_early(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("apply+truncated", network)
    answer = publish(sandbox, network, stream=True)
    assert answer.ok
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        assert answer.content
    assert len(sandbox.ledger(network)) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_late_applies_after_the_connection_is_gone(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("apply+late", network, seconds=0.5)
    start = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        publish(sandbox, network)
    assert sandbox.ledger(network) == []
    eventually(lambda: sandbox.ledger(network))
    assert time.monotonic() - start >= 0.5


def test_429_says_when_to_come_back(sandbox: Sandbox) -> None:
    sandbox.fail("429", times=2, seconds=7)
    mastodon, x = publish(sandbox, "mastodon"), publish(sandbox, "x")
    assert (mastodon.status_code, mastodon.headers["Retry-After"]) == (429, "7")
    assert mastodon.headers["X-RateLimit-Remaining"] == "0"
    assert x.status_code == 429
    assert 5 <= int(x.headers["x-rate-limit-reset"]) - time.time() <= 8
    assert sandbox.ledger() == []


@pytest.mark.parametrize("network", NETWORKS)
def test_index_lag_hides_young_notes_from_listings(sandbox: Sandbox, network: str) -> None:
    sandbox.fail("index-lag", network, seconds=60)
    with pytest.raises(requests.ConnectionError):
        publish(sandbox, network)
    id = sandbox.ledger(network)[0]["id"]
    assert listed(sandbox, network) == []
    sandbox.shift(61)
    assert listed(sandbox, network) == [id]
    sandbox.shift(0)
    assert listed(sandbox, network) == []
    sandbox.call("DELETE", "/faults")
    assert listed(sandbox, network) == [id]


@pytest.mark.parametrize("mode", MODES)
def test_only_publishing_is_struck(sandbox: Sandbox, mode: str) -> None:
    status, tweet = sandbox.toot("Hello"), sandbox.tweet("Hello")
    sandbox.fail(mode, times=-1)
    assert sandbox.get(f"/api/v1/statuses/{status['id']}")["id"] == status["id"]
    assert sandbox.get(f"/2/tweets/{tweet['id']}")["data"]["id"] == tweet["id"]
    assert sandbox.call("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "Yes"}).ok
    assert sandbox.call("POST", "/api/v2/media", files={"file": ("a", b"x", "image/png")}).ok
    assert sandbox.call("DELETE", f"/2/tweets/{tweet['id']}").ok
    assert len(sandbox.get("/faults")) == 1


def test_times_are_counted(sandbox: Sandbox) -> None:
    sandbox.fail("500", "mastodon", times=2)
    answers = [publish(sandbox, "mastodon").status_code for _ in range(3)]
    assert answers == [500, 500, 200]


def test_always_lasts_until_healed(sandbox: Sandbox) -> None:
    sandbox.fail("500", times=-1)
    assert [publish(sandbox, "x").status_code for _ in range(3)] == [500, 500, 500]
    assert [fault["mode"] for fault in sandbox.get("/faults")] == ["500"]
    sandbox.call("DELETE", "/faults")
    assert publish(sandbox, "x").status_code == 201


def test_another_network_is_not_struck(sandbox: Sandbox) -> None:
    sandbox.fail("500", "mastodon")
    assert publish(sandbox, "x").status_code == 201


@pytest.mark.parametrize(
    "order",
    [{"mode": "smoke"}, {"mode": "500", "network": "y"}, {"mode": "500", "times": 0}, {"a": 1}, []],
)
def test_an_order_that_means_nothing_is_refused(sandbox: Sandbox, order: Any) -> None:
    assert sandbox.call("POST", "/faults", json=order).status_code == 400


@pytest.mark.parametrize("network", NETWORKS)
def test_retrying_after_a_reset(sandbox: Sandbox, network: str) -> None:
    """What each network's own rule makes of a second try."""
    headers = {"Idempotency-Key": "k1"}
    sandbox.fail("apply+reset", network)
    with pytest.raises(requests.ConnectionError):
        publish(sandbox, network, headers=headers)
    again = publish(sandbox, network, headers=headers)
    assert again.status_code == {"mastodon": 200, "x": 403}[network]
    assert len(sandbox.ledger(network)) == 1
