"""Comments of our own pages: what the door wrote is a mention, and an answer stands at once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from outreach import channels
from outreach.channels import comments
from outreach.channels.comments import Comments
from outreach.fetch import Fetch
from outreach.model.channel import Deleter, Finder, Listener, Publisher, Receiver
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected
from outreach.model.mention import Kind, Mention, Request
from outreach.model.note import Audience, Note

PAGE = "https://blog.example/2026/hello/"
COMMENT = f"{PAGE}#comment-0123456789abcdef"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEY = "3lbnqkey22222"


def nothing_goes_out(*call: Any) -> None:
    raise AssertionError(f"asked {call}")


@pytest.fixture
def channel() -> Comments:
    module = channels.module("comments")
    settings = module.Settings.model_validate({"kind": "comments"})
    secrets, fetch = channels.Secrets(named=nothing_goes_out), Fetch(guard=nothing_goes_out)  # type: ignore[arg-type]
    opened = module.open(settings, secrets, fetch, lambda: NOW)
    assert isinstance(opened, Comments)
    return opened


def received(channel: Comments, **form: str) -> Mention:
    request = Request(id="1", content_type="", body=urlencode(form))
    (mention,) = channel.receive(request, NOW).mentions
    return mention


def test_what_it_can_do(channel: Comments) -> None:
    for ability in (Publisher, Finder, Deleter, Receiver):
        assert isinstance(channel, ability)
    assert not isinstance(channel, Listener)
    assert channels.audience("comments") is Audience.HERE
    assert not channel.limits.threads
    assert channel.limits.measure("a" * channel.limits.length) == channel.limits.length


def test_an_answer_stands_beside_the_comment_under_its_key(channel: Comments) -> None:
    note = Note(text="Thank you!", in_reply_to=COMMENT)
    receipt = channel.publish(note, KEY)
    assert receipt == Receipt(id=f"{PAGE}#comment-{KEY}", url=f"{PAGE}#comment-{KEY}", at=NOW)
    assert channel.publish(note, KEY) == receipt, "the same key is the same answer"
    assert channel.publish(note, "3lbnqkey33333").id != receipt.id


def test_what_the_ledger_does_not_know_is_on_no_page(channel: Comments) -> None:
    note = Note(text="Thank you!", in_reply_to=COMMENT)
    receipt = channel.publish(note, KEY)
    assert list(channel.find(note, KEY, NOW - timedelta(days=1))) == []
    for _ in range(2):
        channel.delete(receipt)


@pytest.mark.parametrize("parent", [None, "", "113456", PAGE, f"{PAGE}#like-1"])
def test_only_a_comment_can_be_answered(channel: Comments, parent: str | None) -> None:
    with pytest.raises(Rejected):
        channel.publish(Note(text="Hello", in_reply_to=parent), KEY)


def test_an_answer_has_its_length(channel: Comments) -> None:
    longest = "a" * channel.limits.length
    channel.publish(Note(text=longest, in_reply_to=COMMENT), KEY)
    with pytest.raises(Rejected, match="5000"):
        channel.publish(Note(text=longest + "a", in_reply_to=COMMENT), KEY)


def test_a_comment_is_a_reply_to_the_page_that_waits_for_a_yes(channel: Comments) -> None:
    sent = {"name": "Grace", "site": "https://grace.example", "text": "Nice & <b>"}
    mention = received(channel, what="comment", id=COMMENT, **sent)
    assert (mention.kind, mention.id, mention.url) == (Kind.REPLY, COMMENT, COMMENT)
    assert (mention.text, mention.published, mention.original) == ("Nice & <b>", NOW, PAGE)
    assert (mention.author.name, mention.author.url) == ("Grace", "https://grace.example")
    assert mention.moderate


def test_a_name_vouches_for_nobody(channel: Comments) -> None:
    """Who takes the name of somebody who was let in is somebody else."""
    one = received(channel, what="comment", id=COMMENT, name="Grace", text="a")
    other = received(channel, what="comment", id=f"{COMMENT}0", name="Grace", text="b")
    assert one.author.id != other.author.id


def test_a_like_waits_for_nobody_and_names_nobody(channel: Comments) -> None:
    mention = received(channel, what="like", id=f"{PAGE}#like-abc")
    assert (mention.kind, mention.original, mention.text) == (Kind.LIKE, PAGE, "")
    assert (mention.author.id, mention.author.name) == ("abc", "")
    assert not mention.moderate


def test_what_is_taken_back_keeps_no_word(channel: Comments) -> None:
    mention = received(channel, what="gone", id=COMMENT)
    assert (mention.withdrawn, mention.author.id) == (True, COMMENT)
    assert (mention.text, mention.author.url, mention.id) == ("", "", COMMENT)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"what": "comment", "text": "a"},
        {"what": "comment", "text": "a", "id": "javascript:alert(1)#comment-1"},
        {"what": "comment", "text": "a", "id": PAGE},
        {"what": "comment", "id": COMMENT},
        {"what": "shout", "id": COMMENT, "text": "a"},
    ],
    ids=str,
)
def test_what_our_door_did_not_write_is_rejected(channel: Comments, form: dict[str, str]) -> None:
    with pytest.raises(Rejected):
        received(channel, **form)


def test_nobody_signs_in() -> None:
    assert comments.sign_in is None
