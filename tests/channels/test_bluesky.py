"""Bluesky keeps what the daemon relies on."""

import json
import socket as sockets
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, ClassVar

import pytest

from outreach.channels import Secrets, bluesky
from outreach.channels._signin import Form
from outreach.fetch import Fetch, loopback_only
from outreach.model import channel as socket
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.note import Card, Mentioned, Note
from outreach.model.post import Media
from outreach.rules.keys import time_of

from ..sandbox.lexicon import official
from ..sandbox.running import Sandbox
from ..sandbox.sky import POST, Sky
from ..server import Server, ok, request, serving
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
from .sky import Account, new_account, now


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
def acme(sandbox: Sandbox) -> Account:
    return new_account(sandbox)


@pytest.fixture
def bob(sandbox: Sandbox) -> Sky:
    return new_account(sandbox).sky


@pytest.fixture
def picture(tmp_path: Path) -> Media:
    (tmp_path / "dog.png").write_bytes(b"a dog")
    return Media(path=str(tmp_path / "dog.png"), alt="A dog", content_type="image/png")


class TestPosts:
    """What a note becomes."""

    def test_people_are_named_by_their_dids(self, acme: Account, bob: Sky) -> None:
        handle = str(bob.query("com.atproto.server.getSession").json()["handle"])
        text = f"✨ @{handle}, @ada (@nobody.test) {ORIGINAL} #news"
        people = (
            Mentioned(words=f"@{handle}", handle=handle),
            Mentioned(words="@ada", handle="did:plc:abc"),
            Mentioned(words="@nobody.test", handle="nobody.test"),
        )
        record = acme.record(acme.posted(text, mentions=people)["uri"])
        official().check_record(record, POST)
        features = [facet["features"][0] for facet in record["facets"]]
        assert [each.get("did") for each in features] == [bob.did, "did:plc:abc", None, None]
        assert bob.told(reasons=["mention"])

    def test_a_card_has_its_picture(self, acme: Account, picture: Media) -> None:
        card = Card(url=ORIGINAL, title="Hello", description="World", image=picture)
        record = acme.record(acme.posted(original=ORIGINAL, title="Other", card=card)["uri"])
        official().check_record(record, POST)
        external = record["embed"]["external"]
        assert (external["uri"], external["title"]) == (ORIGINAL, "Hello")
        assert external["description"] == "World"
        assert external["thumb"]["size"] == len(b"a dog")

    def test_a_picture_that_is_too_big_for_a_card_is_rejected(
        self, acme: Account, tmp_path: Path
    ) -> None:
        (tmp_path / "big.png").write_bytes(bytes(1_000_001))
        image = Media(path=str(tmp_path / "big.png"), content_type="image/png")
        with pytest.raises(Rejected):
            acme.posted(card=Card(url=ORIGINAL, title="Hello", image=image))

    def test_images_go_before_the_card(self, acme: Account, picture: Media) -> None:
        card = Card(url=ORIGINAL, title="Hello")
        record = acme.record(acme.posted(media=(picture,), card=card)["uri"])
        official().check_record(record, POST)
        (image,) = record["embed"]["images"]
        assert image["alt"] == "A dog"

    def test_an_edit_follows_the_note_and_keeps_its_place(self, acme: Account, bob: Sky) -> None:
        parent = acme.posted("one")
        two = Note(text="two", in_reply_to=parent["uri"], card=Card(url=ORIGINAL, title="Before"))
        receipt = acme.channel.publish(two, new_key())
        before = acme.record(receipt.id)
        people = (Mentioned(words="@bob", handle=bob.did),)
        card = Card(url=ORIGINAL, title="After")
        acme.channel.edit(receipt, Note(text="@bob", mentions=people, card=card, language="de"))
        after = acme.record(receipt.id)
        official().check_record(after, POST)
        assert after["embed"]["external"]["title"] == "After"
        assert after["facets"][0]["features"][0]["did"] == bob.did
        assert after["langs"] == ["de"]
        for name in ("reply", "createdAt"):
            assert after[name] == before[name]
        acme.channel.edit(receipt, Note(text="two", original=ORIGINAL))
        assert "embed" not in acme.record(receipt.id)

    def test_an_edit_keeps_what_somebody_else_added(self, acme: Account) -> None:
        receipt = acme.channel.publish(Note(text="one"), key := new_key())
        more = acme.record(receipt.id) | {"tags": ["extra"]}
        assert acme.sky.put(more.pop("text"), key, **more).ok
        acme.channel.edit(receipt, Note(text="two"))
        record = acme.record(receipt.id)
        assert (record["text"], record["tags"]) == ("two", ["extra"])

    def test_every_request_is_one_of_the_lexicons(self, acme: Account, picture: Media) -> None:
        lexicons, ours = official(), acme.channel
        one = ours.publish(Note(text="one", media=(picture,)), new_key())
        people = (Mentioned(words="two", handle="two.test"),)
        two = ours.publish(Note(text="two", in_reply_to=one.id, mentions=people), new_key())
        ours.find(Note(text="three"), new_key(), now() - timedelta(minutes=5))
        acme.collected()
        ours.rights()
        ours.edit(two, Note(text="2"))
        ours.delete(two)
        seen = set()
        for verb, url, content in acme.fetch.asked:
            method = url.partition("/xrpc/")[2].partition("?")[0]
            seen.add(method.rpartition(".")[2])
            if verb == "GET":
                lexicons.check_query(url, method)
            elif method != "com.atproto.repo.uploadBlob":
                lexicons.check_request(json.loads(content), method)
        assert seen == {
            "createSession", "getSession", "resolveHandle", "uploadBlob", "putRecord", "getRecord",
            "listRecords", "deleteRecord", "listNotifications", "getAuthorFeed", "getPostThread",
        }  # fmt: skip


class TestRights:
    def test_they_are_proved_and_nothing_is_posted(self, acme: Account) -> None:
        assert isinstance(acme.channel, socket.Tested)
        assert acme.channel.rights() == socket.Rights(handle=f"@{acme.name}.test")
        assert acme.sandbox.ledger("bluesky", acme.name) == []


class TestSignIn:
    """The form, and an account that has nothing but what it won."""

    def form(self, acme: Account) -> Form:
        return bluesky.sign_in(acme.settings(None), self.secrets(acme), acme.fetch, now)

    def secrets(self, acme: Account) -> Secrets:
        return Secrets(named=lambda name: pytest.fail(f"{name} is asked for"), tokens=acme.tokens)

    def test_the_form_wins_a_session_and_keeps_the_password(self, acme: Account) -> None:
        form = self.form(acme)
        assert isinstance(form, Form)
        assert [(each.name, each.secret) for each in form.fields] == [("app_password", True)]
        assert form.submit({"app_password": " abcd-efgh "}) == f"@{acme.name}.test"
        assert acme.tokens["app_password"] == "abcd-efgh"
        assert json.loads(acme.tokens["session"])["did"] == acme.sky.did
        signed_in = acme.fetch.count("com.atproto.server.createSession")
        ours = bluesky.open(acme.settings(None), self.secrets(acme), acme.fetch, now)
        ours.publish(note(), new_key())
        assert acme.fetch.count("com.atproto.server.createSession") == signed_in
        del acme.tokens["session"]
        ours.publish(note(), new_key())

    def test_what_is_refused_wins_nothing(self, acme: Account) -> None:
        with pytest.raises(Unauthorized):
            self.form(acme).submit({"app_password": " "})
        assert acme.tokens == {}

    def test_where_nobody_signed_in_the_first_use_says_so(self, acme: Account) -> None:
        ours = bluesky.open(acme.settings(None), self.secrets(acme), acme.fetch, now)
        with pytest.raises(Unauthorized, match="login"):
            ours.publish(note(), new_key())
        assert acme.fetch.asked == []


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Any]:
    """Moves the network's clock, and puts it right again."""
    yield lambda span: sandbox.shift(span.total_seconds())
    sandbox.shift(0)


MISSING = b'HTTP/1.1 400 Bad Request\r\ncontent-length: 27\r\n\r\n{"error": "RecordNotFound"}'


@pytest.mark.parametrize("cursors", [("a",), ("a", "b")])
def test_pages_that_lead_in_a_circle_are_not_taken_for_all(cursors: tuple[str, ...]) -> None:
    """Nothing of ours is on them, and that says nothing."""
    told = [ok(json.dumps({"records": [], "cursor": each}).encode()) for each in cursors]
    pages = islice(cycle(told), 20)

    def answer(server: Server, connection: sockets.socket) -> None:
        by_key = b"getRecord" in request(connection)
        connection.sendall(MISSING if by_key else next(pages, b""))

    kept = {"did": "did:plc:a", "handle": "a", "accessJwt": "a", "refreshJwt": "r"}
    settings = {"kind": "bluesky", "identifier": "a.test", "app_password": "$P"}
    with serving(answer) as server, pytest.raises(Unavailable, match="circle"):
        channel = bluesky.open(
            bluesky.Settings.model_validate({**settings, "base_url": server.url}),
            Secrets(named=str, tokens={"session": json.dumps(kept)}),
            Fetch(guard=loopback_only, deadline=2),
            now,
        )
        channel.find(note(), new_key(), now() - timedelta(days=1))


class TestSession:
    """Cases 25 and 27: tokens that end."""

    def channel(self, sandbox: Sandbox, tokens: dict[str, str]) -> bluesky.Bluesky:
        settings = bluesky.Settings(
            kind="bluesky", identifier="acme-session", app_password="$P", base_url=sandbox.url
        )
        secrets = Secrets(named=lambda name: "password", tokens=tokens)
        return bluesky.open(settings, secrets, Fetch(guard=loopback_only, deadline=2), now)

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
