"""Starts the sandbox for a test, in a thread or as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
import uvicorn

from outreach.sandbox import Protocol, open_world

T = TypeVar("T")
DEADLINE = 10.0


def eventually(probe: Callable[[], T], seconds: float = DEADLINE) -> T:
    """The first true answer of `probe`; fails when the deadline passes without one."""
    end = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < end, "did not happen in time"
        threading.Event().wait(0.01)
    return found


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox and the requests that tests make of it."""

    url: str

    def call(
        self, method: str, path: str, token: str = "acme", **options: Any
    ) -> requests.Response:
        """One request of an account."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        options.setdefault("timeout", DEADLINE)
        return requests.request(method, self.url + path, headers=headers, **options)

    def get(self, path: str, token: str = "acme", **options: Any) -> Any:
        """The JSON of a GET that must go well."""
        answer = self.call("GET", path, token, **options)
        assert answer.ok, answer.text
        return answer.json()

    def toot(self, text: str, *, key: str = "", token: str = "acme", **more: Any) -> Any:
        """A new status on Mastodon."""
        answer = self.call(
            "POST",
            "/api/v1/statuses",
            token,
            json={"status": text, **more},
            headers={"Idempotency-Key": key} if key else {},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tweet(self, text: str, *, to: str | None = None, token: str = "acme") -> Any:
        """A new post on X."""
        reply = {"reply": {"in_reply_to_tweet_id": to}} if to else {}
        answer = self.call("POST", "/2/tweets", token, json={"text": text, **reply})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    def me(self, network: str, token: str = "acme") -> str:
        """The id of an account."""
        if network == "x":
            return str(self.get("/2/users/me", token)["data"]["id"])
        return str(self.get("/api/v1/accounts/verify_credentials", token)["id"])

    def ledger(self, network: str = "", by: str = "") -> list[dict[str, Any]]:
        """What happened, as the witness says."""
        entries = self.get("/ledger.json", token="")
        return [e for e in entries if network in ("", e["network"]) and by in ("", e["by"])]

    def fail(self, mode: str, network: str = "*", times: int = 1, seconds: float = 2.0) -> None:
        """Order a fault."""
        order = {"mode": mode, "network": network, "times": times, "seconds": seconds}
        assert self.call("POST", "/faults", json=order).status_code == 201

    def shift(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        assert self.call("POST", "/clock", json={"offset_seconds": seconds}).ok


@contextmanager
def in_thread(ledger: Path, **options: Any) -> Iterator[Sandbox]:
    """The sandbox in this process: quick to start."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = open_world(ledger, **options)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_level="warning",
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Sandbox(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listener.close()


@contextmanager
def as_process(ledger: Path, *options: str) -> Iterator[tuple[Sandbox, subprocess.Popen[str]]]:
    """The sandbox as people start it. SIGINT is inherited as ignored, as under nohup."""
    command = [sys.executable, "-m", "outreach.sandbox", "--listen", "127.0.0.1:0"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [*command, "--ledger", os.fspath(ledger), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        assert process.stdout is not None
        yield Sandbox(url=process.stdout.readline().strip()), process
    finally:
        process.kill()
        process.communicate()
