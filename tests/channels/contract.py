"""What the daemon relies on, whatever the network: a channel's test inherits these classes.

They run against the sandbox in a process of its own, whose ledger is the judge.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar, Protocol, cast

import pytest

from outreach import channels
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Deleter, Editor, Finder, Listener, Publisher
from outreach.model.delivery import Receipt
from outreach.model.errors import (
    Duplicate,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from outreach.model.mention import Kind, Mention
from outreach.model.note import Note
from outreach.rules.keys import Tids

from ..ports import free_port
from ..sandbox.running import Sandbox

ORIGINAL = "https://blog.example/2026/hello"
AMBIGUOUS = ("apply+reset", "apply+500", "apply+504", "apply+truncated", "apply+hang")
TOO_MANY_FOR_A_PAGE = 110

new_key = Tids(lambda: datetime.now(UTC), 0)
numbers = count()


class Both(Publisher, Finder, Listener, Protocol):
    """A channel with the abilities that most have."""


def now() -> datetime:
    return datetime.now(UTC)


def note(text: str = "", **more: Any) -> Note:
    """A note of its own words."""
    return Note(text=text or f"Note {next(numbers)}", **more)


class Contract:
    """One account of the sandbox, opened as the daemon opens it."""

    kind: ClassVar[str]
    refusals: ClassVar[int] = 1
    """How often credentials are refused until the channel gives up: one that can renew its token
    tries the new one."""
    settings: ClassVar[dict[str, str]]

    @pytest.fixture(autouse=True)
    def account(self) -> str:
        """An account that nobody else has: the sandbox makes one of any token."""
        self.token = f"acme{next(numbers)}"
        return self.token

    @pytest.fixture
    def channel(self, sandbox: Sandbox) -> Both:
        return self.open(sandbox.url)

    def open(self, url: str, secrets: Callable[[str], str] | None = None) -> Both:
        """The channel over a server at this URL."""
        module = channels.module(self.kind)
        settings = module.Settings.model_validate(
            {"kind": self.kind, **self.configured(secrets or self.secret), "base_url": url}
        )
        fetch = Fetch(guard=loopback_only, deadline=1)
        named = channels.Secrets(named=secrets or self.secret)
        return cast(Both, module.open(settings, named, fetch, now))

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        """The account's settings; a network that asks who signs in has the name in them."""
        return self.settings

    def secret(self, name: str) -> str:
        """Every secret is the account's name, as in the sandbox mode."""
        return self.token

    def ledger(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """What the network says that we did."""
        return sandbox.ledger(self.kind, self.token)

    def answers(self, sandbox: Sandbox, identifier: str) -> list[str]:
        """The ids of what the network says was answered to a note."""
        entries = sandbox.ledger(self.kind)
        return [entry["id"] for entry in entries if entry["in_reply_to"] == identifier]

    def since(self) -> datetime:
        """As the daemon looks back: the start of the attempt less the clocks' skew."""
        return now() - timedelta(minutes=5)


class PublisherContract(Contract):
    """A note is put there once, and each way to fail has its name."""

    def test_it_is_a_publisher(self, channel: Both) -> None:
        assert isinstance(channel, Publisher)
        assert channel.limits.measure("a" * channel.limits.length) == channel.limits.length

    def test_opening_asks_for_nothing(self) -> None:
        self.open(f"http://127.0.0.1:{free_port()}")

    def test_what_is_published_is_in_the_ledger_once(self, sandbox: Sandbox, channel: Both) -> None:
        receipt = channel.publish(note("Hello, world"), new_key())
        (entry,) = self.ledger(sandbox)
        assert (entry["effect"], entry["id"], entry["text"]) == (
            "create",
            receipt.id,
            "Hello, world",
        )
        assert abs(receipt.at - now()) < timedelta(seconds=10)

    def test_a_receipt_leads_to_the_note(self, sandbox: Sandbox, channel: Both) -> None:
        receipt = channel.publish(note("Hello, world"), new_key())
        page = sandbox.call("GET", receipt.url.removeprefix(sandbox.url), token="")
        assert page.status_code == 200
        assert "Hello, world" in page.text

    def test_an_answer_is_a_note_with_a_parent(self, sandbox: Sandbox, channel: Both) -> None:
        first = channel.publish(note(), new_key())
        second = channel.publish(note(in_reply_to=first.id), new_key())
        assert [(e["id"], e["in_reply_to"]) for e in self.ledger(sandbox)] == [
            (first.id, None),
            (second.id, first.id),
        ]

    def test_a_text_of_the_full_length_is_taken(self, sandbox: Sandbox, channel: Both) -> None:
        channel.publish(note("a" * channel.limits.length), new_key())
        assert len(self.ledger(sandbox)) == 1

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        hello, key = note("Hello", original=ORIGINAL), new_key()
        first = channel.publish(hello, key)
        with contextlib.suppress(Duplicate):
            assert channel.publish(hello, key).id == first.id
        assert len(self.ledger(sandbox)) == 1

    def test_a_text_that_is_too_long_is_rejected(self, sandbox: Sandbox, channel: Both) -> None:
        with pytest.raises(Rejected) as caught:
            channel.publish(note("a" * (channel.limits.length + 1)), new_key())
        assert 400 <= caught.value.status < 500
        assert self.ledger(sandbox) == []

    def test_a_refusal_is_rejected(self, sandbox: Sandbox, channel: Both) -> None:
        sandbox.fail("422", self.kind)
        with pytest.raises(Rejected):
            channel.publish(note(), new_key())

    def test_refused_credentials_are_unauthorized(self, sandbox: Sandbox, channel: Both) -> None:
        sandbox.fail("401", self.kind, times=self.refusals)
        with pytest.raises(Unauthorized):
            channel.publish(note(), new_key())

    def test_too_much_is_rate_limited_until_a_time(self, sandbox: Sandbox, channel: Both) -> None:
        sandbox.fail("429", self.kind, seconds=120)
        with pytest.raises(RateLimited) as caught:
            channel.publish(note(), new_key())
        assert caught.value.until is not None
        assert timedelta(seconds=100) < caught.value.until - now() < timedelta(seconds=130)

    def test_where_nobody_listens_it_is_unavailable(self) -> None:
        with pytest.raises(Unavailable):
            self.open(f"http://127.0.0.1:{free_port()}").publish(note(), new_key())

    @pytest.mark.parametrize("mode", [*AMBIGUOUS, "reset", "500"])
    def test_a_lost_answer_is_uncertain(self, sandbox: Sandbox, channel: Both, mode: str) -> None:
        sandbox.fail(mode, self.kind)
        with pytest.raises(Uncertain):
            channel.publish(note(), new_key())
        assert len(self.ledger(sandbox)) == mode.startswith("apply+")


class FinderContract(Contract):
    """What may be there is looked up, all the way back."""

    def test_it_is_a_finder(self, channel: Both) -> None:
        assert isinstance(channel, Finder)

    def test_what_is_there_is_found_by_its_link(self, channel: Both) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        receipt = channel.publish(hello, key)
        self.same(channel.find(hello, key, self.since()), receipt)

    @pytest.mark.parametrize(
        "text", ["Hello & <b>", "Two\n\nparts\nhere", f"See {ORIGINAL}, it's #new @bob"]
    )
    def test_what_has_no_link_is_found_by_its_words(self, channel: Both, text: str) -> None:
        parent = channel.publish(note(), new_key())
        channel.publish(note("Other words", in_reply_to=parent.id), new_key())
        answer, key = note(text, in_reply_to=parent.id), new_key()
        receipt = channel.publish(answer, key)
        self.same(channel.find(answer, key, self.since()), receipt)

    @pytest.mark.parametrize("mode", AMBIGUOUS)
    def test_what_was_in_doubt_is_found(self, sandbox: Sandbox, channel: Both, mode: str) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        sandbox.fail(mode, self.kind)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        (receipt,) = channel.find(hello, key, self.since())
        assert receipt.id == self.ledger(sandbox)[0]["id"]

    def test_what_is_not_there_is_not_found(self, sandbox: Sandbox, channel: Both) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        sandbox.fail("reset", self.kind)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        channel.publish(note(f"Hello {ORIGINAL}-again", original=f"{ORIGINAL}-again"), new_key())
        assert list(channel.find(hello, key, self.since())) == []

    def test_a_note_of_somebody_else_is_not_ours(self, sandbox: Sandbox, channel: Both) -> None:
        other = self.open(sandbox.url, lambda name: "bob")
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        other.publish(hello, key)
        assert list(channel.find(hello, key, self.since())) == []

    def test_the_same_words_under_another_note_are_not_it(self, channel: Both) -> None:
        first = channel.publish(note(), new_key())
        other = channel.publish(note(in_reply_to=first.id), new_key())
        channel.publish(note("Thank you!", in_reply_to=first.id), new_key())
        thanks = note("Thank you!", in_reply_to=other.id)
        assert list(channel.find(thanks, new_key(), self.since())) == []

    def test_what_is_older_is_not_it(self, sandbox: Sandbox, channel: Both) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        channel.publish(hello, key)
        assert list(channel.find(hello, key, now() + timedelta(seconds=60))) == []

    def test_an_index_that_lags_shows_it_later(self, sandbox: Sandbox, channel: Both) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        sandbox.fail("index-lag", self.kind, seconds=30)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        assert list(channel.find(hello, key, self.since())) == []
        sandbox.shift(31)
        (receipt,) = channel.find(hello, key, self.since())
        assert receipt.id == self.ledger(sandbox)[0]["id"]

    def test_a_backlog_of_newer_notes_does_not_hide_it(self, channel: Both) -> None:
        hello, key = note(f"Hello {ORIGINAL}", original=ORIGINAL), new_key()
        receipt = channel.publish(hello, key)
        for _ in range(TOO_MANY_FOR_A_PAGE):
            channel.publish(note(), new_key())
        self.same(channel.find(hello, key, self.since()), receipt)

    def test_a_listing_that_cannot_be_read_is_unavailable(self) -> None:
        with pytest.raises(Unavailable):
            self.open(f"http://127.0.0.1:{free_port()}").find(note(), new_key(), self.since())

    def same(self, found: Any, receipt: Receipt) -> None:
        """Only that note, with the same address."""
        assert [(one.id, one.url) for one in found] == [(receipt.id, receipt.url)]


class ListenerContract(Contract):
    """Answers are read: repeats allowed, gaps not."""

    def test_it_is_a_listener(self, channel: Both) -> None:
        assert isinstance(channel, Listener)

    def test_where_nobody_answered_the_cursor_rests(self, channel: Both) -> None:
        channel.publish(note(), new_key())
        page = channel.collect(None)
        assert page.mentions == ()
        assert channel.collect(page.cursor) == page

    def test_an_answer_arrives_with_all_that_is_known(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Grace Müller", "Does it run on <ARM> & co?\n\nAsking.")
        mentions, cursor = self.everything(channel, None)
        ((identifier, mention),) = mentions.items()
        assert mention.kind is Kind.REPLY
        assert mention.in_reply_to == receipt.id
        assert mention.text.endswith("Does it run on <ARM> & co?\n\nAsking.")
        assert mention.author.name == "Grace Müller"
        assert mention.author.handle.startswith("@grace")
        assert abs(mention.published - now()) < timedelta(seconds=10)
        assert mention.published.utcoffset() == timedelta(0)
        assert [identifier] == self.answers(sandbox, receipt.id)
        page = sandbox.call("GET", mention.url.removeprefix(sandbox.url), token="")
        assert (page.status_code, "Asking." in page.text) == (200, True)
        assert self.everything(channel, cursor) == ({}, cursor)

    def test_links_are_read_as_they_were_written(self, sandbox: Sandbox, channel: Both) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Bob", f"As in {ORIGINAL}?")
        ((_, mention),) = self.everything(channel, None)[0].items()
        assert ORIGINAL in mention.text

    def test_several_pages_have_no_gap(self, sandbox: Sandbox, channel: Both) -> None:
        receipt = channel.publish(note(), new_key())
        for number in range(TOO_MANY_FOR_A_PAGE):
            self.reply(sandbox, receipt.id, f"Reader {number % 7}", f"Answer {number}")
        first = channel.collect(None)
        self.reply(sandbox, receipt.id, "Late", "While you were reading")
        rest, cursor = self.everything(channel, first.cursor)
        seen = {mention.id for mention in first.mentions} | set(rest)
        assert seen == set(self.answers(sandbox, receipt.id))
        assert len(seen) == TOO_MANY_FOR_A_PAGE + 1
        assert self.everything(channel, cursor) == ({}, cursor)

    def test_only_what_came_after_the_cursor(self, sandbox: Sandbox, channel: Both) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Bob", "First")
        _, cursor = self.everything(channel, None)
        self.reply(sandbox, receipt.id, "Bob", "Second")
        again, _ = self.everything(channel, cursor)
        assert [mention.text.endswith("Second") for mention in again.values()] == [True]

    def test_where_nobody_listens_it_is_unavailable(self) -> None:
        with pytest.raises(Unavailable):
            self.open(f"http://127.0.0.1:{free_port()}").collect(None)

    def reply(self, sandbox: Sandbox, identifier: str, name: str, text: str) -> None:
        """Answer as a reader does in the town square."""
        form = {"note": identifier, "name": name, "text": text}
        answer = sandbox.call(
            "POST", f"/{self.kind}/reply", token="", data=form, allow_redirects=False
        )
        assert answer.status_code == 303, answer.text

    def everything(
        self, channel: Both, cursor: str | None
    ) -> tuple[dict[str, Mention], str | None]:
        """All pages from the cursor to where it rests, oldest first in each."""
        found: dict[str, Mention] = {}
        for _ in range(100):
            page = channel.collect(cursor)
            times = [mention.published for mention in page.mentions]
            assert times == sorted(times)
            found |= {mention.id: mention for mention in page.mentions}
            if page.cursor == cursor:
                return found, cursor
            cursor = page.cursor
        raise AssertionError("the cursor does not rest")


class EditorContract(Contract):
    """A note is changed, as often as one asks."""

    def test_an_edit_is_repeatable(self, sandbox: Sandbox, channel: Both) -> None:
        assert isinstance(channel, Editor)
        receipt = channel.publish(note("Before"), new_key())
        for _ in range(2):
            assert channel.edit(receipt, note("After")).id == receipt.id
        assert self.ledger(sandbox)[-1]["text"] == "After"
        assert {entry["id"] for entry in self.ledger(sandbox)} == {receipt.id}

    def test_what_is_gone_cannot_be_edited(self, channel: Both) -> None:
        assert isinstance(channel, Editor)
        gone = Receipt(id="4242", url="", at=now())
        with pytest.raises(Rejected) as caught:
            channel.edit(gone, note("After"))
        assert caught.value.status == 404


class DeleterContract(Contract):
    """A note is taken back; what is gone is done."""

    def test_a_deletion_is_repeatable(self, sandbox: Sandbox, channel: Both) -> None:
        assert isinstance(channel, Deleter)
        receipt = channel.publish(note("Before"), new_key())
        for _ in range(2):
            channel.delete(receipt)
        assert [entry["effect"] for entry in self.ledger(sandbox)] == ["create", "delete"]
