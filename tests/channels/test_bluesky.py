"""Bluesky keeps what the daemon relies on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from outreach.channels.bluesky import open as open_bluesky
from outreach.model.errors import Uncertain
from outreach.rules.keys import time_of

from ..sandbox.running import Sandbox
from .contract import (
    ORIGINAL,
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


class TestBluesky(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "bluesky"
    settings: ClassVar = {"app_password": "$BLUESKY_APP_PASSWORD"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        return {**self.settings, "identifier": secrets("identifier")}

    def test_an_index_that_lags_shows_it_later(self, sandbox: Sandbox, channel: Both) -> None:
        """A repository is asked by key, and has no index that could lag."""
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        sandbox.fail("index-lag", self.kind, seconds=30)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        (receipt,) = channel.find(hello, key, self.since())
        assert receipt.id == self.ledger(sandbox)[0]["id"]

    def record(self, sandbox: Sandbox, uri: str) -> dict[str, Any]:
        """What the repository holds."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        query = f"repo={did}&collection={collection}&rkey={rkey}"
        found: dict[str, Any] = sandbox.get(f"/xrpc/com.atproto.repo.getRecord?{query}", token="")
        return dict(found["value"])

    def test_our_key_is_the_record_and_its_time(self, sandbox: Sandbox, channel: Both) -> None:
        key = new_key()
        receipt = channel.publish(note(), key)
        assert receipt.id.endswith(f"/{key}")
        assert self.record(sandbox, receipt.id)["createdAt"].startswith(
            f"{time_of(key):%Y-%m-%dT%H:%M:%S}"
        )

    def test_a_link_is_marked_by_bytes_and_has_a_card(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        text = f"Grüße ✨ {ORIGINAL} #news"
        receipt = channel.publish(note(text, original=ORIGINAL), new_key())
        record = self.record(sandbox, receipt.id)
        link, tag = record["facets"]
        start, end = link["index"]["byteStart"], link["index"]["byteEnd"]
        assert text.encode()[start:end].decode() == ORIGINAL
        assert tag["features"][0]["tag"] == "news"
        assert record["embed"]["external"]["uri"] == ORIGINAL

    def test_an_answer_in_a_thread_names_its_root(self, sandbox: Sandbox, channel: Both) -> None:
        first = channel.publish(note("one"), new_key())
        second = channel.publish(note("two", in_reply_to=first.id), new_key())
        third = channel.publish(note("three", in_reply_to=second.id), new_key())
        reply = self.record(sandbox, third.id)["reply"]
        assert (reply["root"]["uri"], reply["parent"]["uri"]) == (first.id, second.id)


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Any]:
    """Moves the network's clock, and puts it right again."""
    yield lambda span: sandbox.shift(span.total_seconds())
    sandbox.shift(0)


class TestSession:
    """Cases 25 and 27: tokens that end."""

    def channel(self, sandbox: Sandbox, tokens: dict[str, str]) -> Any:
        from datetime import UTC, datetime

        from outreach.channels._settings import Secrets
        from outreach.channels.bluesky import Settings
        from outreach.fetch import Fetch, loopback_only

        settings = Settings(
            kind="bluesky", identifier="acme-session", app_password="$P", base_url=sandbox.url
        )
        return open_bluesky(
            settings,
            Secrets(named=lambda name: "password", tokens=tokens),
            Fetch(guard=loopback_only, deadline=2),
            lambda: datetime.now(UTC),
        )

    def test_the_session_is_kept_and_used_by_the_next_process(self, sandbox: Sandbox) -> None:
        tokens: dict[str, str] = {}
        self.channel(sandbox, tokens).publish(note("one"), new_key())
        before = dict(tokens)
        self.channel(sandbox, tokens).publish(note("two"), new_key())
        assert tokens == before

    def test_c25_an_expired_token_is_refreshed_once_and_the_note_goes_out(
        self, sandbox: Sandbox, clock: Any
    ) -> None:
        tokens: dict[str, str] = {}
        channel = self.channel(sandbox, tokens)
        channel.publish(note("one"), new_key())
        before = tokens["session"]
        clock(timedelta(hours=3))
        channel.publish(note("two"), new_key())
        refreshed = tokens["session"]
        assert refreshed != before
        channel.publish(note("three"), new_key())
        assert tokens["session"] == refreshed

    def test_c27_a_refresh_whose_answer_was_not_stored_is_repeated(
        self, sandbox: Sandbox, clock: Any
    ) -> None:
        tokens: dict[str, str] = {}
        self.channel(sandbox, tokens).publish(note("one"), new_key())
        lost = dict(tokens)
        clock(timedelta(hours=3))
        self.channel(sandbox, tokens).publish(note("two"), new_key())
        tokens.update(lost)
        self.channel(sandbox, tokens).publish(note("three"), new_key())
        assert tokens != lost

    def test_a_dead_refresh_token_signs_in_anew(self, sandbox: Sandbox, clock: Any) -> None:
        tokens: dict[str, str] = {}
        channel = self.channel(sandbox, tokens)
        channel.publish(note("one"), new_key())
        before = tokens["session"]
        clock(timedelta(days=100))
        channel.publish(note("two"), new_key())
        assert tokens["session"] != before
