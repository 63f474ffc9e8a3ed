"""X keeps what the daemon relies on; test_x_* is about signing in, images, reading and paying."""

import json
import socket
from collections.abc import Callable
from typing import Any, ClassVar, cast

import pytest

from outreach.model.errors import Duplicate, Rejected, Unauthorized, Unavailable, Uncertain

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, saying, serving
from .contract import (
    ORIGINAL,
    Both,
    DeleterContract,
    FinderContract,
    ListenerContract,
    PublisherContract,
    new_key,
    note,
)
from .secrecy import SecrecyContract
from .x_account import KEYS, OAUTH2, opened, session


class XContract(
    PublisherContract, FinderContract, ListenerContract, DeleterContract, SecrecyContract
):
    kind = "x"

    def test_a_refused_duplicate_is_a_duplicate_and_is_found(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        hello = note(f"Hello {ORIGINAL}", original=ORIGINAL)
        first = channel.publish(hello, new_key())
        with pytest.raises(Duplicate):
            channel.publish(hello, new_key())
        self.same(channel.find(hello, new_key(), self.since()), first)

    def test_another_403_is_a_rejection(self, channel: Both) -> None:
        with pytest.raises(Rejected) as caught:
            channel.publish(note(in_reply_to="4242"), new_key())
        assert caught.value.status == 403

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"data": {', b""])
    def test_a_broken_2xx_is_uncertain(self, body: bytes) -> None:
        def answer(server: Server, connection: socket.socket) -> None:
            asked = request(connection)
            me = json.dumps({"data": {"id": "1", "username": "acme"}}).encode()
            connection.sendall(ok(me if asked.startswith(b"GET") else body))

        with serving(answer) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(), new_key())


class TestX(XContract):
    """By OAuth 1.0a."""

    settings: ClassVar = KEYS

    def test_a_new_sign_in_counts_at_once(self, sandbox: Sandbox) -> None:
        tokens: dict[str, str] = {}
        channel = opened(sandbox.url, tokens, self.token, **KEYS)
        assert channel.handle() == f"@{self.token}"
        tokens |= {"access_token": f"{self.token}b", "access_token_secret": "s"}
        channel.publish(note(), new_key())
        assert channel.handle() == f"@{self.token}b"
        assert sandbox.ledger("x", f"{self.token}b")

    def test_without_an_access_token_it_waits_for_a_sign_in(self, sandbox: Sandbox) -> None:
        keys = {name: KEYS[name] for name in ("consumer_key", "consumer_secret")}
        with pytest.raises(Unauthorized, match="outreach channels login"):
            opened(sandbox.url, {}, **keys).publish(note(), new_key())


class TestXByOAuth2(XContract):
    """By OAuth 2.0. The sandbox takes a name for a token."""

    settings: ClassVar = OAUTH2

    def open(self, url: str, secrets: Callable[[str], str] | None = None) -> Both:
        tokens = {"session": session((secrets or self.secret)("$ACCESS"), refresh="none")}
        return cast(Both, opened(url, tokens, **OAUTH2))

    def test_a_note_of_somebody_else_is_not_ours(self, sandbox: Sandbox, channel: Both) -> None:
        """Bob has said it by OAuth 1.0a already, and X takes no text twice."""
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        self.open(sandbox.url, lambda name: "carol").publish(hello, key)
        assert list(channel.find(hello, key, self.since())) == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        ("402 Payment Required", {"title": "CreditsDepleted"}, Unavailable),
        (
            "403 Forbidden",
            {"type": "https://api.twitter.com/2/problems/oauth1-permissions"},
            Unauthorized,
        ),
        ("403 Forbidden", {"type": "about:blank"}, Rejected),
    ],
)
def test_some_refusals_are_about_the_account(
    status: str, body: dict[str, Any], error: type[Exception]
) -> None:
    told = json.dumps(body).encode()
    answer = f"HTTP/1.1 {status}\r\ncontent-length: {len(told)}\r\n\r\n".encode() + told
    with serving(saying(answer)) as server, pytest.raises(error) as caught:
        opened(server.url, {}, **KEYS).publish(note(), new_key())
    assert type(caught.value) is error
