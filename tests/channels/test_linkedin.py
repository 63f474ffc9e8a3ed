"""LinkedIn keeps what the daemon relies on, for an organisation and for a member."""

import base64
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from outreach.channels import Secrets, linkedin
from outreach.channels._linkedin_answers import WATCHED
from outreach.channels._linkedin_text import little, plain
from outreach.channels._signin import Consent
from outreach.fetch import Fetch, loopback_only
from outreach.model import channel as abilities
from outreach.model.errors import Duplicate, Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.note import Card, Mentioned, Note
from outreach.model.post import Media
from outreach.rules import keys
from outreach.sandbox import linkedin_text
from outreach.sandbox.linkedin_sessions import ORGANIZATION, Grant

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, reset, saying, serving
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
    now,
)
from .secrecy import SecrecyContract

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RESERVED = r"Costs (all of it) [1] {a|b} <x> @home *new* _soon_ ~50% \o/ #1 a#b"


def number(name: str) -> str:
    """An organisation that nobody else has."""
    return str(zlib.crc32(name.encode()) + 1)


class Common:
    """What both accounts do alike."""

    token: str

    def post(self, sandbox: Sandbox, urn: str) -> dict[str, Any]:
        """A post as the network gives it to its author's administrator."""
        headers = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
        return dict(sandbox.get(f"/rest/posts/{urn}", self.token, headers=headers))

    def ledger(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        raise AssertionError

    def test_what_is_reserved_is_shown_and_nothing_is_cut(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        channel.publish(note(RESERVED), new_key())
        assert self.ledger(sandbox)[0]["text"] == RESERVED

    def test_an_answer_is_plain_text(self, sandbox: Sandbox, channel: Both) -> None:
        first = channel.publish(note(), new_key())
        channel.publish(note(RESERVED, in_reply_to=first.id), new_key())
        assert self.ledger(sandbox)[1]["text"] == RESERVED

    def test_an_answer_is_edited_and_taken_back(self, sandbox: Sandbox, channel: Any) -> None:
        first = channel.publish(note(), new_key())
        answer = channel.publish(note("Soon", in_reply_to=first.id), new_key())
        deeper = channel.publish(note("Deeper", in_reply_to=answer.id), new_key())
        assert channel.edit(deeper, note("Now (really)")) == deeper
        for _ in range(2):
            channel.delete(deeper)
            channel.delete(answer)
        effects = [(e["effect"], e["text"]) for e in self.ledger(sandbox)[3:]]
        assert effects == [
            ("update", "Now (really)"),
            ("delete", "Now (really)"),
            ("delete", "Soon"),
        ]

    def test_the_same_words_of_an_older_post_are_not_this_note(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        """A note that is said again within a day is refused, and is not out."""
        hours = note("Office hours today")
        channel.publish(hours, new_key())
        sandbox.shift(3600)
        later = keys.tid(now() + timedelta(hours=1), 0)
        with pytest.raises(Duplicate, match="older"):
            channel.publish(hours, later)
        assert [entry["effect"] for entry in self.ledger(sandbox)] == ["create"]

    def test_a_ghost_is_not_adopted(self, channel: Any) -> None:
        """LinkedIn remembers for a day what was taken back, by a name that leads nowhere."""
        hello, key = note("Hello"), new_key()
        channel.delete(channel.publish(hello, key))
        with pytest.raises(Duplicate, match="404"):
            channel.publish(hello, key)

    def test_images_have_their_alternative_texts(
        self, sandbox: Sandbox, channel: Both, tmp_path: Path
    ) -> None:
        (tmp_path / "pixel.png").write_bytes(PIXEL)
        path = str(tmp_path / "pixel.png")
        media = tuple(Media(path=path, alt=alt, content_type="image/png") for alt in ("A", "B"))
        one = channel.publish(note("One", media=media[:1]), new_key())
        two = channel.publish(note("Two", media=media), new_key())
        assert (one.id[:13], two.id[:15]) == ("urn:li:share:", "urn:li:ugcPost:")
        page = sandbox.call("GET", two.url.removeprefix(sandbox.url), token="").text
        assert 'alt="A"' in page
        assert 'alt="B"' in page

    def test_a_broken_upload_puts_nothing_in_doubt(
        self, sandbox: Sandbox, channel: Both, tmp_path: Path
    ) -> None:
        (tmp_path / "no.png").write_bytes(b"no image")
        media = (Media(path=str(tmp_path / "no.png"), content_type="image/png"),)
        with pytest.raises(Rejected):
            channel.publish(note("Broken", media=media), new_key())
        assert self.ledger(sandbox) == []

    def test_a_version_that_linkedin_no_longer_serves_pauses_the_account(
        self, sandbox: Sandbox
    ) -> None:
        with pytest.raises(Unauthorized, match="version"):
            self.opened(sandbox, version="202401").publish(note(), new_key())

    def opened(self, sandbox: Sandbox, **settings: str) -> Any:
        """The account with other settings."""
        raise AssertionError


class TestOrganisation(
    Common,
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "linkedin"
    settings: ClassVar = {"token": "$LINKEDIN_TOKEN"}

    def configured(self, secrets: Callable[[str], str]) -> dict[str, str]:
        return {**self.settings, "organisation": number(secrets("organisation"))}

    def ledger(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        return sandbox.ledger(self.kind, f"company_{number(self.token)}")

    def is_known(self, sandbox: Sandbox, name: str) -> bool:
        """An organisation has the name of its administrator."""
        by = sandbox.ledger(self.kind)[-1]["by"]
        return name in sandbox.call("GET", f"/linkedin/@{by}", token="").text.lower()

    def opened(self, sandbox: Sandbox, **settings: str) -> Any:
        return opened(sandbox, {}, self.token, **self.configured(self.secret), **settings)

    def test_it_has_every_ability_but_silence(self, channel: Both) -> None:
        assert isinstance(channel, abilities.Identified)
        assert isinstance(channel, abilities.Tested)
        assert isinstance(channel, abilities.Expiring)
        assert not isinstance(channel, abilities.Unread)

    def test_a_refused_duplicate_of_ours_is_adopted(self, sandbox: Sandbox, channel: Both) -> None:
        hello, key = note(f"Hello (again) {ORIGINAL}", original=ORIGINAL), new_key()
        sandbox.fail("apply+reset", self.kind)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        receipt = channel.publish(hello, key)
        (entry,) = self.ledger(sandbox)
        assert receipt.id == entry["id"]
        assert abs(receipt.at - now()) < timedelta(seconds=10)

    def test_a_link_gets_its_card_and_hashtags_work(self, sandbox: Sandbox, channel: Both) -> None:
        card = Card(url=ORIGINAL, title="Hello (world)", description="A _greeting_")
        receipt = channel.publish(note(f"Read {ORIGINAL} #release", card=card), new_key())
        post = self.post(sandbox, receipt.id)
        assert post["content"]["article"] == {
            "source": ORIGINAL,
            "title": "Hello (world)",
            "description": "A _greeting_",
        }
        assert r"{hashtag|\#|release}" in post["commentary"]

    def test_a_card_has_its_picture(self, sandbox: Sandbox, channel: Both, tmp_path: Path) -> None:
        (tmp_path / "card.png").write_bytes(PIXEL)
        image = Media(path=str(tmp_path / "card.png"), content_type="image/png")
        card = Card(url=ORIGINAL, title="Hello", image=image)
        receipt = channel.publish(note("Read it", card=card), new_key())
        article = self.post(sandbox, receipt.id)["content"]["article"]
        assert article["thumbnail"].startswith("urn:li:image:")

    def test_whom_it_mentions_is_linked(self, sandbox: Sandbox, channel: Both) -> None:
        ada = Mentioned(words="@Ada (Moreau)", handle="urn:li:person:ada-1")
        bob = Mentioned(words="@bob", handle="@bob")
        hello, key = note("Thanks @Ada (Moreau) and @bob!", mentions=(ada, bob)), new_key()
        receipt = channel.publish(hello, key)
        commentary = self.post(sandbox, receipt.id)["commentary"]
        assert commentary == r"Thanks @[Ada \(Moreau\)](urn:li:person:ada-1) and \@bob!"
        assert [one.id for one in channel.find(hello, key, self.since())] == [receipt.id]

    def test_answers_to_answers_are_read_and_ours_are_not(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Bob", "A question")
        (question,) = channel.collect(None).mentions
        answer = channel.publish(note("Our answer", in_reply_to=question.id), new_key())
        self.reply(sandbox, answer.id, "Bob", "Thank you!")
        mentions, _ = self.everything(channel, None)
        assert {(m.text, m.in_reply_to) for m in mentions.values()} == {
            ("A question", receipt.id),
            ("Thank you!", answer.id),
        }

    def test_a_name_that_linkedin_keeps_is_no_hindrance(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        receipt = channel.publish(note(), new_key())
        other = opened(sandbox, {}, "other", token="$T", organisation=number(f"{self.token}-2"))
        other.publish(note("As a page", in_reply_to=receipt.id), new_key())
        (mention,) = channel.collect(None).mentions
        assert mention.author.id == f"urn:li:organization:{number(f'{self.token}-2')}"
        assert mention.author.name == ""

    def test_a_comment_that_shows_up_late_is_read(self, sandbox: Sandbox, channel: Both) -> None:
        """Of two posts one is read after the other: what came between is older than the newest."""
        receipt = channel.publish(note(), new_key())
        self.reply(sandbox, receipt.id, "Bob", "First")
        first = channel.collect(None)
        at, number_ = str(first.cursor).split(" ")
        later = datetime.fromisoformat(at) + timedelta(minutes=5)
        ahead = f"{later.isoformat()} {number_}"
        self.reply(sandbox, receipt.id, "Bob", "Late")
        page = channel.collect(ahead)
        assert [m.text for m in page.mentions] == ["Late"]
        assert str(page.cursor).startswith(later.isoformat())

    def test_a_comment_of_ours_is_found_and_no_other(self, sandbox: Sandbox, channel: Both) -> None:
        post = channel.publish(note(), new_key())
        thanks = note("Thank you!", in_reply_to=post.id)
        other = opened(sandbox, {}, "page2", token="$T", organisation=number(f"{self.token}-3"))
        other.publish(thanks, new_key())
        assert list(channel.find(thanks, new_key(), self.since())) == []
        ours = channel.publish(thanks, new_key())
        self.same(channel.find(thanks, new_key(), self.since()), ours)
        assert list(channel.find(thanks, new_key(), now() + timedelta(seconds=60))) == []

    def test_what_it_may_is_proved_without_a_post(self, sandbox: Sandbox, channel: Any) -> None:
        rights = channel.rights()
        assert (rights.read, rights.write) == ("", "")
        assert rights.handle == f"company_{number(self.token)}"
        assert self.ledger(sandbox) == []

    def test_an_edit_changes_the_words_alone(
        self, sandbox: Sandbox, channel: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "pixel.png").write_bytes(PIXEL)
        image = Media(path=str(tmp_path / "pixel.png"), alt="A", content_type="image/png")
        receipt = channel.publish(note("Before", media=(image,)), new_key())
        content = self.post(sandbox, receipt.id)["content"]
        channel.edit(receipt, note("After"))
        post = self.post(sandbox, receipt.id)
        assert (post["commentary"], post["content"]) == ("After", content)

    def test_somebody_elses_organisation_is_not_ours(self, sandbox: Sandbox, channel: Any) -> None:
        channel.publish(note(), new_key())
        other = opened(sandbox, {}, "stranger", **self.configured(self.secret))
        with pytest.raises(Unauthorized):
            other.publish(note(), new_key())


class TestMember(Common, PublisherContract, EditorContract, DeleterContract, SecrecyContract):
    kind = "linkedin"
    settings: ClassVar = {"token": "$LINKEDIN_TOKEN"}

    def ledger(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        return sandbox.ledger(self.kind, self.token)

    def opened(self, sandbox: Sandbox, **settings: str) -> Any:
        return opened(sandbox, {}, self.token, token="$T", **settings)

    def test_it_says_that_answers_cannot_be_read(self, channel: Both) -> None:
        assert isinstance(channel, abilities.Identified)
        assert isinstance(channel, abilities.Tested)
        assert isinstance(channel, abilities.Expiring)
        assert isinstance(channel, abilities.Unread)
        assert not isinstance(channel, abilities.Finder)
        assert not isinstance(channel, abilities.Listener)

    def test_the_same_key_twice_is_one_note(self, sandbox: Sandbox, channel: Both) -> None:
        """A member's token may not read: the proof is an edit to what the post says already."""
        hello, key = note("Hello (again)", original=ORIGINAL), new_key()
        sandbox.fail("apply+reset", self.kind)
        with pytest.raises(Uncertain):
            channel.publish(hello, key)
        receipt = channel.publish(hello, key)
        entries = self.ledger(sandbox)
        assert [(e["effect"], e["id"], e["text"]) for e in entries] == [
            ("create", receipt.id, "Hello (again)"),
            ("update", receipt.id, "Hello (again)"),
        ]

    def test_its_author_may_be_told(self, sandbox: Sandbox, channel: Any) -> None:
        me = sandbox.get("/v2/userinfo", self.token)["sub"]
        told = self.opened(sandbox, author=f"urn:li:person:{me}")
        told.publish(note(), new_key())
        stranger = self.opened(sandbox, author="urn:li:person:1")
        with pytest.raises(Unauthorized):
            stranger.publish(note(), new_key())

    def test_what_it_may_is_proved_without_a_post(self, sandbox: Sandbox, channel: Any) -> None:
        rights = channel.rights()
        assert (rights.handle, rights.write) == (self.token, "")
        assert rights.read == channel.unread


class TestLackingRights:
    """An organisation's token that may do some of what it should."""

    READING = ("r_organization_social", "r_organization_social_feed")
    WRITING = ("w_organization_social", "w_organization_social_feed")
    ADMINISTRATION = ("r_organization_admin", "rw_organization_admin")

    def page(self, sandbox: Sandbox, number: str, *lacking: str) -> Any:
        scopes = ORGANIZATION - set(lacking)
        token = Grant(use="AQ", handle="ada_lacks", scopes=scopes, at=now())
        return opened(sandbox, {"access_token": str(token)}, organisation=number)

    def test_what_may_not_read_posts_all_the_same(self, sandbox: Sandbox) -> None:
        """Unauthorized would pause the account."""
        page = self.page(sandbox, "90", *self.READING)
        hello = note("Unread")
        receipt = page.publish(hello, new_key())
        answer = note("Thank you!", in_reply_to=receipt.id)
        reads: list[Callable[[], object]] = [
            lambda: page.collect(None),
            lambda: page.find(hello, new_key(), now() - timedelta(minutes=5)),
            lambda: page.find(answer, new_key(), now() - timedelta(minutes=5)),
        ]
        for read in reads:
            with pytest.raises(Unavailable, match="r_organization_social is missing"):
                read()
        page.edit(receipt, note("Unread still"))
        page.delete(receipt)
        rights = page.rights()
        assert "r_organization_social is missing" in rights.read
        assert (rights.handle, rights.write) == ("company_90", "")

    def test_what_may_not_post_is_refused(self, sandbox: Sandbox) -> None:
        receipt = self.page(sandbox, "91").publish(note(), new_key())
        page = self.page(sandbox, "91", *self.WRITING)
        writes: list[Callable[[], object]] = [
            lambda: page.publish(note("No"), new_key()),
            lambda: page.publish(note("No", in_reply_to=receipt.id), new_key()),
            lambda: page.edit(receipt, note("No")),
            lambda: page.delete(receipt),
        ]
        for write in writes:
            with pytest.raises(Unauthorized, match="Not enough permissions"):
                write()
        assert page.collect(None).mentions == ()
        rights = page.rights()
        assert rights.read == ""
        assert "Not enough permissions" in rights.write

    def test_a_name_that_it_may_not_ask_for_is_the_number(self, sandbox: Sandbox) -> None:
        page = self.page(sandbox, "92", *self.ADMINISTRATION)
        assert page.handle() == "92"
        rights = page.rights()
        assert (rights.handle, rights.read, rights.write) == ("92", "", "")

    def test_posts_without_their_comments_are_not_all_that_is_read(self) -> None:
        """LinkedIn has one right for the posts and one more for what is said to them."""

        def answer(server: Server, connection: socket.socket) -> None:
            path = request(connection).split()[1]
            if path.startswith(b"/rest/socialMetadata"):
                denied = b'{"message": "Not enough permissions to access: socialMetadata"}'
                connection.sendall(ok(denied).replace(b"200 OK", b"403 Forbidden"))
            else:
                told = {"elements": [{"id": "urn:li:share:7"}], "vanityName": "acme"}
                upload = {"value": {"uploadUrl": "http://127.0.0.1:9/", "image": "urn"}}
                connection.sendall(ok(json.dumps(told | upload).encode()))

        with serving(answer) as server:
            rights = at(server.url, token="$T", organisation="7").rights()
        assert "socialMetadata" in rights.read
        assert (rights.handle, rights.write) == ("acme", "")


def opened(sandbox: Sandbox, tokens: dict[str, str], secret: str = "acme", **settings: str) -> Any:
    """An account of the sandbox."""
    return at(sandbox.url, secret, tokens, **settings)


def at(
    url: str, secret: str = "secret", tokens: dict[str, str] | None = None, **settings: str
) -> Any:
    """An account of a server."""
    made = linkedin.Settings.model_validate({"kind": "linkedin", "base_url": url, **settings})
    secrets = Secrets(named=lambda name: secret, tokens={} if tokens is None else tokens)
    return linkedin.open(made, secrets, Fetch(guard=loopback_only, deadline=2), now)


class TestSignIn:
    """Three-legged OAuth, and tokens that end."""

    CLIENT: ClassVar = {"client_id": "$ID", "client_secret": "$SECRET"}

    def consent(
        self, at: Sandbox | Server, tokens: dict[str, str], who: str = "ada_signs", **settings: str
    ) -> Consent:
        made = linkedin.Settings.model_validate(
            {"kind": "linkedin", "base_url": at.url, **self.CLIENT, **settings}
        )
        secrets = Secrets(named=lambda name: who, tokens=tokens)
        return linkedin.sign_in(made, secrets, Fetch(guard=loopback_only, deadline=2), now)

    def answer(self, sandbox: Sandbox, url: str, says: str = "allow") -> dict[str, str]:
        """What LinkedIn sends back once the person has answered its page."""
        path = url.removeprefix(sandbox.url)
        assert "Allow" in sandbox.call("GET", path, token="").text
        back = sandbox.call("GET", f"{path}&answer={says}", token="", allow_redirects=False)
        assert back.headers["Location"].startswith("http://127.0.0.1:8001/channels/callback?")
        return dict(parse_qsl(urlsplit(back.headers["Location"]).query))

    def signed_in(self, sandbox: Sandbox, **settings: str) -> dict[str, str]:
        tokens: dict[str, str] = {}
        consent = self.consent(sandbox, tokens, **settings)
        begun = consent.begin("")
        consent.finish(begun.kept, self.answer(sandbox, begun.url))
        return tokens

    def test_a_member_signs_in_and_posts(self, sandbox: Sandbox) -> None:
        tokens: dict[str, str] = {}
        consent = self.consent(sandbox, tokens)
        begun = consent.begin("")
        assert "scope=openid+profile+w_member_social&" in begun.url
        assert consent.finish(begun.kept, self.answer(sandbox, begun.url)) == "ada_signs"
        channel = opened(sandbox, tokens)
        ends = channel.expires()
        assert timedelta(days=59) < ends - now() < timedelta(days=61)
        channel.publish(note("Signed in"), new_key())
        assert sandbox.ledger("linkedin", "ada_signs")[-1]["text"] == "Signed in"

    def test_an_organisation_asks_for_other_rights(self, sandbox: Sandbox) -> None:
        tokens = self.signed_in(sandbox, organisation="77")
        assert "w_organization_social" in tokens["scope"]
        opened(sandbox, tokens, organisation="77").publish(note("A page"), new_key())
        member = opened(sandbox, tokens, author="urn:li:person:1")
        with pytest.raises(Unauthorized):
            member.publish(note(), new_key())

    def test_the_redirect_of_the_inbox_is_used(self, sandbox: Sandbox) -> None:
        begun = self.consent(sandbox, {}).begin("https://team.example/callback")
        assert "redirect_uri=https%3A%2F%2Fteam.example%2Fcallback" in begun.url
        assert begun.kept["redirect_uri"] == "https://team.example/callback"

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"state": "forged"}, "another sign-in"),
            ({"state": "gefälscht"}, "another sign-in"),
            ({"code": "wrong"}, "code"),
        ],
    )
    def test_a_wrong_answer_wins_nothing(
        self, sandbox: Sandbox, changed: dict[str, str], why: str
    ) -> None:
        tokens: dict[str, str] = {}
        consent = self.consent(sandbox, tokens)
        begun = consent.begin("")
        with pytest.raises(Unauthorized, match=why):
            consent.finish(begun.kept, {**self.answer(sandbox, begun.url), **changed})
        assert tokens == {}

    def test_who_may_not_post_takes_nobodys_place(self, sandbox: Sandbox) -> None:
        """What was signed in before goes on."""
        tokens = self.signed_in(sandbox, organisation="82")
        before = dict(tokens)
        stranger = self.consent(sandbox, tokens, "bob_signs", organisation="82")
        begun = stranger.begin("")
        with pytest.raises(Unauthorized, match="Not enough permissions"):
            stranger.finish(begun.kept, self.answer(sandbox, begun.url))
        assert tokens == before
        opened(sandbox, tokens, organisation="82").publish(note("Still Ada"), new_key())

    def test_nothing_of_an_older_sign_in_outlives_another(self) -> None:
        """A refresh token that stayed would bring the one before back."""
        told = {
            "access_token": "bob",
            "expires_in": 60,
            "sub": "1",
            "name": "Bob",
            "value": {"uploadUrl": "http://127.0.0.1:9/", "image": "urn"},
        }
        old = dict.fromkeys(("access_token", "refresh_token", "scope", "expires"), "ada")
        with serving(saying(ok(json.dumps(told).encode()))) as server:
            consent = self.consent(server, old)
            begun = consent.begin("")
            assert consent.finish(begun.kept, {**begun.kept, "code": "c"}) == "Bob"
        assert set(old) == {"access_token", "expires"}
        assert "ada" not in old.values()

    def test_a_refresh_keeps_what_it_does_not_tell(self) -> None:
        told = {"access_token": "new", "expires_in": 60, "sub": "1", "name": "Ada"}

        def answer(server: Server, connection: socket.socket) -> None:
            said = ok(json.dumps(told).encode())
            if b"Bearer old" in request(connection):
                said = said.replace(b"200 OK", b"401 Unauthorized")
            connection.sendall(said)

        tokens = {"access_token": "old", "refresh_token": "ada", "scope": "openid"}
        with serving(answer) as server:
            assert at(server.url, tokens=tokens, **self.CLIENT).handle() == "Ada"
        assert tokens["access_token"] == "new"
        assert (tokens["refresh_token"], tokens["scope"]) == ("ada", "openid")

    def test_a_no_is_a_no(self, sandbox: Sandbox) -> None:
        consent = self.consent(sandbox, {})
        begun = consent.begin("")
        with pytest.raises(Unauthorized, match="cancelled"):
            consent.finish(begun.kept, self.answer(sandbox, begun.url, "cancel"))

    def test_without_an_application_nobody_signs_in(self, sandbox: Sandbox) -> None:
        made = linkedin.Settings(kind="linkedin", base_url=sandbox.url)
        secrets = Secrets(named=str)
        with pytest.raises(Unauthorized, match="client_id"):
            linkedin.sign_in(made, secrets, Fetch(guard=loopback_only), now).begin("")
        with pytest.raises(Unauthorized, match="signed in"):
            opened(sandbox, {}).publish(note(), new_key())

    def test_after_60_days_a_members_token_has_ended(
        self, sandbox: Sandbox, clock: Callable[[timedelta], None]
    ) -> None:
        tokens = self.signed_in(sandbox)
        clock(timedelta(days=61))
        with pytest.raises(Unauthorized, match="expired"):
            opened(sandbox, tokens, **self.CLIENT).publish(note(), new_key())

    def test_a_partners_token_is_refreshed_and_stored_first(
        self, sandbox: Sandbox, clock: Callable[[timedelta], None]
    ) -> None:
        tokens = self.signed_in(sandbox, organisation="78")
        before = dict(tokens)
        clock(timedelta(days=61))
        channel = opened(sandbox, tokens, organisation="78", **self.CLIENT)
        channel.publish(note("Refreshed"), new_key())
        assert tokens["access_token"] != before["access_token"]
        assert tokens["expires"] > before["expires"]
        kept = dict(tokens)
        channel.publish(note("Once"), new_key())
        assert tokens == kept

    def test_what_it_may_not_is_no_reason_to_refresh(self, sandbox: Sandbox) -> None:
        tokens = self.signed_in(sandbox, organisation="81")
        kept = dict(tokens)
        stranger = opened(sandbox, tokens, author="urn:li:person:1", **self.CLIENT)
        with pytest.raises(Unauthorized):
            stranger.publish(note(), new_key())
        assert tokens == kept

    def test_after_another_sign_in_somebody_else_speaks(self, sandbox: Sandbox) -> None:
        tokens = {"access_token": "ada_one"}
        channel = opened(sandbox, tokens)
        channel.publish(note("As Ada"), new_key())
        tokens["access_token"] = "bob_two"
        channel.publish(note("As Bob"), new_key())
        assert sandbox.ledger("linkedin", "bob_two")[0]["text"] == "As Bob"

    def test_a_refresh_token_ends_too(
        self, sandbox: Sandbox, clock: Callable[[timedelta], None]
    ) -> None:
        tokens = self.signed_in(sandbox, organisation="79")
        clock(timedelta(days=366))
        channel = opened(sandbox, tokens, organisation="79", **self.CLIENT)
        with pytest.raises(Unauthorized, match="ended"):
            channel.publish(note(), new_key())

    def test_the_end_of_ones_own_token_is_asked_for(self, sandbox: Sandbox) -> None:
        tokens: dict[str, str] = {}
        channel = opened(sandbox, tokens, token="$T", **self.CLIENT)
        assert channel.expires() is None
        channel.rights()
        assert timedelta(days=59) < channel.expires() - now() < timedelta(days=61)

    def test_what_a_token_may_not_is_said(self, sandbox: Sandbox) -> None:
        tokens = self.signed_in(sandbox)
        rights = opened(sandbox, tokens).rights()
        assert rights.write == ""
        page = opened(sandbox, tokens, organisation="80").rights()
        assert page.handle == "80"
        assert "Not enough permissions" in page.read
        assert "Not enough permissions" in page.write


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Callable[[timedelta], None]]:
    """Moves the network's clock, and puts it right again."""
    yield lambda span: sandbox.shift(span.total_seconds())
    sandbox.shift(0)


class TestBrokenAnswers:
    """What no real answer looks like."""

    def channel(self, url: str, **settings: str) -> Any:
        return at(url, "secret", None, token="$T", **settings)

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    @pytest.mark.parametrize("parent", [None, "urn:li:share:7000000000000000000"])
    def test_a_broken_2xx_is_uncertain(self, body: bytes, parent: str | None) -> None:
        with serving(saying(ok(body))) as server, pytest.raises(Uncertain):
            channel = self.channel(server.url, organisation="7")
            channel.publish(note(in_reply_to=parent), new_key())

    @pytest.mark.parametrize(
        "body", [b"<html>", b"[]", b"{}", b'{"elements": [{}]}', b'{"elements": [{"id": "1"}]}']
    )
    def test_a_listing_that_cannot_be_read_is_unavailable(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server:
            channel = self.channel(server.url, organisation="7", client_id="$I", client_secret="$S")
            asks: list[Callable[[], Any]] = [
                lambda: channel.find(note(in_reply_to="urn:li:share:7"), new_key(), now()),
                lambda: channel.collect(None),
            ]
            for ask in asks:
                try:
                    found = ask()
                except Unavailable:
                    continue
                assert body == b"{}"  # an empty listing
                assert not getattr(found, "mentions", found)
            with pytest.raises((Unavailable, Unauthorized)):
                channel.rights()

    def test_a_named_post_that_is_not_ours_does_not_pause_the_account(self) -> None:
        urn = f"urn:li:share:{int(now().timestamp() * 1000) << 22}"
        duplicate = json.dumps({"message": f"Content is a duplicate of {urn}: DUPLICATE_POST"})
        denied = json.dumps({"message": "Not enough permissions to access: posts"})

        def answer(server: Server, connection: socket.socket) -> None:
            created = request(connection).startswith(b"POST /rest/posts ")
            body, status = (duplicate, b"422 No") if created else (denied, b"403 No")
            connection.sendall(ok(body.encode()).replace(b"200 OK", status))

        with serving(answer) as server, pytest.raises(Duplicate, match="permissions"):
            channel = self.channel(server.url, author="urn:li:person:1")
            channel.publish(note(), new_key())

    def test_a_post_that_is_not_answerable_yet_is_tried_later(self) -> None:
        body = b'{"message": "Unable to obtain activity for urn:li:share:7", "status": 404}'
        head = b"HTTP/1.1 404 Not Found\r\ncontent-length: %d\r\n\r\n" % len(body)
        with serving(saying(head + body)) as server, pytest.raises(Unavailable):
            channel = self.channel(server.url, organisation="7")
            channel.publish(note(in_reply_to="urn:li:share:7000000000000000000"), new_key())

    @pytest.mark.parametrize(
        ("author", "words"),
        [("urn:li:organization:8", "Hello"), ("urn:li:organization:7", "Something else")],
    )
    def test_a_duplicate_that_is_another_post_is_not_adopted(self, author: str, words: str) -> None:
        urn = f"urn:li:share:{int(now().timestamp() * 1000) << 22}"
        post = {"id": urn, "author": author, "commentary": words, "createdAt": 1}
        refused = json.dumps({"message": f"Content is a duplicate of {urn}: DUPLICATE_POST"})

        def answer(server: Server, connection: socket.socket) -> None:
            if request(connection).startswith(b"GET"):
                connection.sendall(ok(json.dumps(post).encode()))
            else:
                connection.sendall(ok(refused.encode()).replace(b"200 OK", b"422 Unprocessable"))

        with serving(answer) as server, pytest.raises(Duplicate, match="something else"):
            self.channel(server.url, organisation="7").publish(note("Hello"), new_key())

    def test_a_listing_that_changes_meanwhile_is_read_later(self) -> None:
        """The second page does not go on where the first ended: something was taken out."""
        starts: list[int] = []

        def answer(server: Server, connection: socket.socket) -> None:
            starts.append(int(request(connection).split(b"start=")[1].split(b"&")[0]))
            first = 0 if len(starts) == 1 else starts[-1] + 1
            elements = [
                {"id": str(each), "createdAt": now().timestamp() * 1000, "commentary": "No"}
                for each in range(first, first + 100 if len(starts) < 3 else first)
            ]
            connection.sendall(ok(json.dumps({"elements": elements}).encode()))

        with serving(answer) as server, pytest.raises(Unavailable, match="changed"):
            channel = self.channel(server.url, organisation="7")
            channel.find(note("Hello"), new_key(), now() - timedelta(minutes=5))
        assert starts == [0, 99]

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (b"200 OK", b'{"id": "private"}'),
            (b"403 Forbidden", b'{"message": "Not enough permissions"}'),
            (b"404 Not Found", b'{"message": "None"}'),
        ],
    )
    def test_a_person_whom_linkedin_does_not_name_is_heard(
        self, status: bytes, body: bytes
    ) -> None:
        person = ok(body).replace(b"200 OK", status)
        activity, stamp = "urn:li:activity:8", {"time": int(now().timestamp() * 1000)}
        comment = {
            "id": "9",
            "actor": "urn:li:person:grace",
            "commentUrn": f"urn:li:comment:({activity},9)",
            "created": stamp,
            "message": {"text": "Hello"},
            "object": activity,
        }
        said = {"urn:li:share:7": [comment]}

        def answer(server: Server, connection: socket.socket) -> None:
            path = unquote(request(connection).split()[1].decode())
            about = path.removeprefix("/rest/socialActions/").partition("/")[0]
            found: dict[str, Any] = {"elements": said.get(about, [])}
            if path.startswith("/rest/posts"):
                found = {"elements": [{"id": "urn:li:share:7"}]}
            if path.startswith("/rest/socialMetadata"):
                found = {"results": {}}
            told = ok(json.dumps(found).encode())
            connection.sendall(person if path.startswith("/rest/people") else told)

        with serving(answer) as server:
            (mention,) = self.channel(server.url, organisation="7").collect(None).mentions
        assert (mention.text, mention.author.name) == ("Hello", "A member of LinkedIn")
        assert mention.author.handle == "grace"

    def test_a_lost_answer_about_a_token_puts_nothing_in_doubt(self) -> None:
        def answer(server: Server, connection: socket.socket) -> None:
            request(connection)
            reset(connection)

        with serving(answer) as server, pytest.raises(Unavailable):
            self.channel(server.url, client_id="$I", client_secret="$S").rights()

    def test_a_lost_answer_to_the_proof_of_writing_puts_nothing_in_doubt(self) -> None:
        def answer(server: Server, connection: socket.socket) -> None:
            if request(connection).startswith(b"POST"):
                reset(connection)
            else:
                connection.sendall(ok(b'{"sub": "1", "name": "Ada"}'))

        with serving(answer) as server, pytest.raises(Unavailable):
            self.channel(server.url).rights()

    def test_the_token_goes_to_nobody_but_linkedin(self) -> None:
        channel = self.channel("http://127.0.0.1:9")
        trusted = channel._rest._is_theirs
        assert trusted("https://www.linkedin.com/dms-uploads/1")
        assert trusted("http://127.0.0.1:9/dms-uploads/1")
        assert not trusted("http://www.linkedin.com/dms-uploads/1")
        assert not trusted("https://linkedin.com.example/dms-uploads/1")


@given(st.text(max_size=300))
def test_any_text_is_shown_as_it_was_written(text: str) -> None:
    """By the network's reading of its format, and by ours."""
    commentary = little(Note(text=text))
    assert linkedin_text.shown(linkedin_text.read(commentary)) == text
    assert plain(commentary) == text
    assert plain(linkedin_text.written(linkedin_text.read(commentary))) == text


@given(st.text(alphabet=r"#a_1 (\)@[]|{}<>*~/.:", max_size=60))
def test_signs_in_any_order_cut_nothing(text: str) -> None:
    assert linkedin_text.shown(linkedin_text.read(little(Note(text=text)))) == text


@pytest.mark.parametrize(
    ("text", "commentary"),
    [
        ("News #release today", "News #release today"),
        ("(#release)", r"\(#release\)"),
        ("Item #1, C# and a#b", r"Item \#1, C\# and a\#b"),
        ("#snake_case", r"\#snake\_case"),
        ("https://a.example/x_y#part", r"https://a.example/x\_y\#part"),
        ("https://a.example/x.#part", r"https://a.example/x.\#part"),
    ],
)
def test_a_hashtag_works_and_no_other_sign_does(text: str, commentary: str) -> None:
    assert little(Note(text=text)) == commentary


@pytest.mark.parametrize(
    "settings",
    [
        {"organisation": "7", "author": "urn:li:person:1"},
        {"organisation": "0"},
        {"author": "ada"},
        {"token": "secret"},
        {"version": "2026-09"},
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        linkedin.Settings.model_validate({"kind": "linkedin", **settings})


def test_which_account_it_is_follows_from_the_settings() -> None:
    secrets = Secrets(named=str)
    kinds = [
        type(linkedin.open(linkedin.Settings.model_validate(each), secrets, cast(Fetch, None), now))
        for each in ({"kind": "linkedin"}, {"kind": "linkedin", "organisation": 7})
    ]
    assert kinds == [linkedin.Member, linkedin.Organisation]


def test_the_docs_say_how_many_posts_are_watched() -> None:
    docs = Path(__file__).parents[2] / "docs/channels/linkedin.md"
    assert f"{WATCHED} newest" in docs.read_text(encoding="utf-8")
