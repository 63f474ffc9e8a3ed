"""The ledger is the truth, also after kill -9."""

import signal
import time
from pathlib import Path

import pytest
import requests

from .running import Sandbox, as_process, in_thread


def test_an_effect_is_on_the_disk_before_its_answer(sandbox: Sandbox, tmp_path: Path) -> None:
    status = sandbox.toot("Hello")
    assert f'"id":"{status["id"]}"' in (tmp_path / "ledger.jsonl").read_text()


def test_each_effect_is_told_once(sandbox: Sandbox) -> None:
    status = sandbox.toot("Hello", key="k1")
    sandbox.call("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "Hello again"})
    sandbox.call("POST", f"/api/v1/statuses/{status['id']}/favourite", "bob")
    sandbox.call("DELETE", f"/api/v1/statuses/{status['id']}")
    told = [(e["effect"], e["id"], e["text"], e["by"], e["key"]) for e in sandbox.ledger()]
    assert told == [
        ("create", status["id"], "Hello", "acme", "k1"),
        ("update", status["id"], "Hello again", "acme", ""),
        ("delete", status["id"], "Hello again", "acme", ""),
    ]
    assert sandbox.ledger()[0]["url"] == status["url"]


def test_everything_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with as_process(path) as (first, process):
        status = first.toot("Hello", key="k1")
        answer = first.toot("And more", in_reply_to_id=status["id"])
        tweet = first.tweet("Hello")
        accounts = first.me("mastodon"), first.me("x")
        before = [e | {"url": ""} for e in first.ledger()]
        process.kill()
        process.wait()
    with as_process(path) as (second, _):
        assert [e | {"url": ""} for e in second.ledger()] == before
        assert (second.me("mastodon"), second.me("x")) == accounts
        assert second.get(f"/api/v1/statuses/{answer['id']}")["in_reply_to_id"] == status["id"]
        assert second.get(f"/2/tweets/{tweet['id']}")["data"]["text"] == "Hello"
        assert second.toot("Hello", key="k1")["id"] == status["id"]
        assert int(second.toot("New")["id"]) > int(answer["id"])


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with in_thread(path) as first:
        first.toot("Whole")
    with path.open("ab") as file:
        file.write(b'{"network":"mastodon","effect":"create","id":"1')
    with in_thread(path) as second:
        second.toot("After")
        assert [e["text"] for e in second.ledger()] == ["Whole", "After"]
    with in_thread(path) as third:
        assert [e["text"] for e in third.ledger()] == ["Whole", "After"]


def test_an_answer_does_not_wait_for_nagle(sandbox: Sandbox) -> None:
    with requests.Session() as connection:
        connection.get(f"{sandbox.url}/clock")
        start = time.monotonic()
        for _ in range(20):
            connection.get(f"{sandbox.url}/clock")
        assert time.monotonic() - start < 20 * 0.03


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with as_process(tmp_path / "ledger.jsonl") as (sandbox, process):
        sandbox.toot("Hello")
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_only_loopback_is_listened_on(tmp_path: Path) -> None:
    with as_process(tmp_path / "ledger.jsonl", "--listen", "0.0.0.0:0") as (_, process):
        assert process.wait(10) == 1
