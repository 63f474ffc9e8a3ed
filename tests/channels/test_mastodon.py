"""Mastodon keeps what the daemon relies on."""

from typing import ClassVar

import pytest

from outreach.model.errors import Uncertain

from ..sandbox.running import Sandbox
from ..server import ok, saying, serving
from .contract import (
    Both,
    DeleterContract,
    EditorContract,
    FinderContract,
    ListenerContract,
    PublisherContract,
    new_key,
    note,
)
from .secrecy import SecrecyContract


class TestMastodon(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "mastodon"
    settings: ClassVar = {"instance": "https://mastodon.example", "token": "$MASTODON_TOKEN"}

    def test_the_key_holds_for_an_hour_at_the_network(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        hello, key = note("Hello"), new_key()
        first = channel.publish(hello, key)
        sandbox.shift(50 * 60)
        assert channel.publish(hello, key).id == first.id
        sandbox.shift(61 * 60)
        assert channel.publish(hello, key).id != first.id

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    def test_a_broken_2xx_is_uncertain(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(), new_key())
