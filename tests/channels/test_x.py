"""X keeps what the daemon relies on."""

import json
import socket
from typing import ClassVar

import pytest

from outreach.model.errors import Duplicate, Rejected, Uncertain

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, serving
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


class TestX(PublisherContract, FinderContract, ListenerContract, DeleterContract, SecrecyContract):
    kind = "x"
    settings: ClassVar = {
        "consumer_key": "$X_CONSUMER_KEY",
        "consumer_secret": "$X_CONSUMER_SECRET",
        "access_token": "$X_ACCESS_TOKEN",
        "access_token_secret": "$X_ACCESS_TOKEN_SECRET",
    }

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
