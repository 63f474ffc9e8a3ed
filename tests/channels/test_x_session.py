"""X's OAuth 2.0 tokens live for two hours, and a refresh token works once."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.model.errors import Unauthorized, Unavailable

from ..ports import free_port
from ..sandbox.running import Sandbox
from ..server import Server, ok, request, saying, serving
from .contract import new_key, note, now, numbers
from .x_account import OAUTH2, Counting, opened, session, signed_in

TOKEN = "POST /2/oauth2/token"


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"signin{next(numbers)}"


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Any]:
    """Moves the network's clock, and puts it right again."""
    yield lambda span: sandbox.shift(span.total_seconds())
    sandbox.shift(0)


class TestSession:
    """Renewed before use, stored before use, and paused only by a refusal."""

    def test_a_refused_token_is_renewed_once(self, sandbox: Sandbox, clock: Any, name: str) -> None:
        tokens = signed_in(sandbox, name)
        before = tokens["session"]
        clock(timedelta(hours=3))
        fetch = Counting()
        channel = opened(sandbox.url, tokens, "app", fetch=fetch, **OAUTH2)
        channel.publish(note(), new_key())
        channel.publish(note(), new_key())
        assert tokens["session"] != before
        assert json.loads(tokens["session"])["began"] == json.loads(before)["began"]
        assert fetch.calls.count(TOKEN) == 1
        assert len(sandbox.ledger("x", name)) == 2

    def test_a_token_that_ended_is_renewed_before_use(self, sandbox: Sandbox, name: str) -> None:
        tokens = signed_in(sandbox, name)
        fetch = Counting()

        def later() -> datetime:
            return now() + timedelta(hours=1, minutes=59, seconds=30)

        opened(sandbox.url, tokens, "app", later, fetch, **OAUTH2).handle()
        assert fetch.calls == [TOKEN, "GET /2/users/me"]

    def test_it_is_on_the_disk_before_it_is_used(
        self, sandbox: Sandbox, clock: Any, name: str
    ) -> None:
        class Full(dict[str, str]):
            def __setitem__(self, key: str, value: str) -> None:
                raise OSError("no space left")

        tokens = Full(signed_in(sandbox, name))
        clock(timedelta(hours=3))
        with pytest.raises(Unavailable, match="no space left"):
            opened(sandbox.url, tokens, "app", **OAUTH2).publish(note(), new_key())
        assert sandbox.ledger("x", name) == []

    def test_a_spent_refresh_token_is_unauthorized_and_asked_with_once(
        self, sandbox: Sandbox, clock: Any, name: str
    ) -> None:
        tokens = signed_in(sandbox, name)
        lost = dict(tokens)
        clock(timedelta(hours=3))
        opened(sandbox.url, dict(tokens), "app", **OAUTH2).handle()
        fetch = Counting()
        with pytest.raises(Unauthorized):
            opened(sandbox.url, tokens, "app", fetch=fetch, **OAUTH2).publish(note(), new_key())
        assert tokens == lost
        assert fetch.calls.count(TOKEN) == 1

    def test_a_token_that_another_process_renewed_is_taken(
        self, sandbox: Sandbox, clock: Any, name: str
    ) -> None:
        shared = signed_in(sandbox, name)
        clock(timedelta(hours=3))

        class Late(dict[str, str]):
            """Shows the old session until some time after its refresh token was refused."""

            asked = 0

            def get(self, key: str, default: Any = None) -> Any:
                self.asked += 1
                return shared[key] if self.asked > 7 else super().get(key, default)

        mine = Late(shared)
        opened(sandbox.url, shared, "app", **OAUTH2).handle()
        assert opened(sandbox.url, mine, "app", **OAUTH2).handle() == f"@{name}"

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            ("500 Oops", b"", Unavailable),
            ("400 Bad Request", b"<html>proxy</html>", Unavailable),
            ("400 Bad Request", b'{"error": "temporarily_unavailable"}', Unavailable),
            ("401 Unauthorized", b"<html>proxy</html>", Unavailable),
            ("429 Too Many Requests", b"", Unavailable),
            ("200 OK", b'{"access_token": ""}', Unavailable),
            ("200 OK", b"{", Unavailable),
            ("200 OK", b"[]", Unavailable),
            ("400 Bad Request", b'{"error": "invalid_grant"}', Unauthorized),
            ("400 Bad Request", b'{"error": "invalid_request"}', Unauthorized),
            ("401 Unauthorized", b'{"error": "unauthorized_client"}', Unauthorized),
        ],
    )
    def test_only_a_refusal_is_one(self, status: str, body: bytes, error: type[Exception]) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        tokens = {"session": session("old", "refresh", now() - timedelta(hours=1))}
        before = dict(tokens)
        with serving(saying(head + body)) as server, pytest.raises(error):
            opened(server.url, tokens, **OAUTH2).publish(note(), new_key())
        assert tokens == before

    def test_a_renewal_whose_answer_is_lost_posts_nothing(self) -> None:
        tokens = {"session": session("old", "refresh", now() - timedelta(hours=1))}

        def hang_up(server: Server, connection: socket.socket) -> None:
            assert b"grant_type=refresh_token" in request(connection)

        with serving(hang_up) as server, pytest.raises(Unavailable):
            opened(server.url, tokens, **OAUTH2).publish(note(), new_key())

    def test_where_nobody_listens_it_is_unavailable(self) -> None:
        tokens = {"session": session("old", "refresh", now() - timedelta(hours=1))}
        before = dict(tokens)
        with pytest.raises(Unavailable):
            opened(f"http://127.0.0.1:{free_port()}", tokens, **OAUTH2).collect(None)
        assert tokens == before

    def test_an_empty_refresh_token_replaces_nothing(self) -> None:
        tokens = {"session": session("old", "precious", now() - timedelta(hours=1))}
        told = b'{"access_token": "new", "refresh_token": "", "data": {"id": "1", "username": "a"}}'
        with serving(saying(ok(told))) as server:
            assert opened(server.url, tokens, **OAUTH2).handle() == "@a"
        kept = json.loads(tokens["session"])
        assert (kept["access"], kept["refresh"]) == ("new", "precious")
        assert "tweet.write" in kept["scope"]

    def test_without_a_refresh_token_the_sign_in_ends(self) -> None:
        tokens = {"session": session("old", "", now() - timedelta(hours=1))}
        with pytest.raises(Unauthorized, match="login"):
            opened("http://127.0.0.1:1", tokens, **OAUTH2).collect(None)

    def test_several_threads_renew_once(self, sandbox: Sandbox, clock: Any, name: str) -> None:
        tokens = signed_in(sandbox, name)
        clock(timedelta(hours=3))
        fetch = Counting()
        handles: list[str] = []

        def ask() -> None:
            handles.append(opened(sandbox.url, tokens, "app", fetch=fetch, **OAUTH2).handle())

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert handles == [f"@{name}"] * 6
        assert fetch.calls.count(TOKEN) == 1
