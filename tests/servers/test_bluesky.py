"""Our channel on Bluesky's own network: PLC, PDS and AppView."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from outreach.channels import Secrets
from outreach.channels import bluesky as channel
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Rights
from outreach.model.errors import Rejected, Unauthorized
from outreach.model.mention import Kind, Page
from outreach.model.note import Card, Mentioned, Note
from outreach.model.post import Media
from outreach.rules.keys import Tids

from ..channels.reading import everything
from ..sandbox.running import Sandbox
from ..sandbox.sky import POST, Ref, Sky, sign_in
from ..wait import until
from . import bluesky

LINK = "https://blog.example/2026/hello"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SIGNS_WITH = b"jwt-secret"
"""What dev-env's PDS signs its tokens with."""

DEEP = 8
pytestmark = pytest.mark.xdist_group("bluesky")  # one network for all of them
numbers = count()


def now() -> datetime:
    return datetime.now(UTC)


new_key = Tids(now, 0)


@pytest.fixture(scope="module")
def pds() -> Iterator[Sandbox]:
    with bluesky.network() as url:
        yield Sandbox(url=url)


def joined(pds: Sandbox, name: str) -> Sky:
    """A new account that the AppView knows."""
    handle = f"{name}{next(numbers)}.test"
    form = {"handle": handle, "email": f"{handle}@blog.example", "password": "secret"}
    made = pds.call("POST", "/xrpc/com.atproto.server.createAccount", token="", json=form)
    assert made.ok, made.text
    somebody = sign_in(pds, handle)
    until(lambda: somebody.query("app.bsky.actor.getProfile", actor=handle).ok, what=handle)
    return somebody


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with our channel over it, signed in by its form."""

    sky: Sky
    handle: str
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> Secrets:
        return Secrets(named=lambda name: pytest.fail(f"{name} was asked for"), tokens=self.tokens)

    @property
    def settings(self) -> channel.Settings:
        url = self.sky.sandbox.url
        return channel.Settings(kind="bluesky", identifier=self.handle, base_url=url)

    def form(self) -> Any:
        return channel.sign_in(self.settings, self.secrets, Fetch(guard=loopback_only), now)

    def channel(self, at: Callable[[], datetime] = now) -> channel.Bluesky:
        return channel.open(self.settings, self.secrets, Fetch(guard=loopback_only), at)

    def record(self, uri: str) -> dict[str, Any]:
        """What the repository has."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        place = {"repo": repo, "collection": collection, "rkey": rkey}
        answer = self.sky.query("com.atproto.repo.getRecord", **place)
        assert answer.ok, answer.text
        return dict(answer.json()["value"])

    def ref(self, uri: str) -> Ref:
        """A strongRef to one of our posts."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        place = {"repo": repo, "collection": collection, "rkey": rkey}
        found = self.sky.query("com.atproto.repo.getRecord", **place).json()
        return {"uri": found["uri"], "cid": found["cid"]}

    def records(self) -> list[str]:
        place = {"repo": self.sky.did, "collection": POST}
        found = self.sky.query("com.atproto.repo.listRecords", **place).json()
        return [entry["uri"] for entry in found["records"]]


@pytest.fixture
def acme(pds: Sandbox) -> Account:
    sky = joined(pds, "acme")
    answer = sky.do("com.atproto.server.createAppPassword", json={"name": "outreach"})
    account = Account(sky=sky, handle=handle_of(sky))
    assert account.form().submit({"app_password": answer.json()["password"]}) == (
        f"@{account.handle}"
    )
    return account


@pytest.fixture
def bob(pds: Sandbox) -> Sky:
    return joined(pds, "bob")


def handle_of(sky: Sky) -> str:
    return str(sky.query("com.atproto.server.getSession").json()["handle"])


@pytest.fixture
def picture(tmp_path: Path) -> Media:
    (tmp_path / "dog.png").write_bytes(PNG)
    return Media(path=str(tmp_path / "dog.png"), alt="A dog", content_type="image/png")


def shown(sky: Sky, uri: str) -> dict[str, Any]:
    """A post as the AppView shows it, once it knows it."""

    def posts() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = sky.query(method, uris=[uri]).json()["posts"]
        return found

    method = "app.bsky.feed.getPosts"
    return until(posts, what=f"{uri} at the AppView")[0]


def test_a_post_has_links_names_tags_and_a_card(acme: Account, bob: Sky, picture: Media) -> None:
    handle = handle_of(bob)
    text = f"Grüße ✨ @{handle} and @nobody.test: {LINK} #news"
    people = (
        Mentioned(words=f"@{handle}", handle=handle),
        Mentioned(words="@nobody.test", handle="nobody.test"),
    )
    card = Card(url=LINK, title="Hello", description="World", image=picture)
    note = Note(text=text, original=LINK, card=card, mentions=people, language="de-AT")
    receipt = acme.channel().publish(note, new_key())
    view = shown(bob, receipt.id)
    record = view["record"]
    marked = [
        text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for facet in record["facets"]
    ]
    assert marked == [f"@{handle}", LINK, "#news"]
    assert record["facets"][0]["features"][0]["did"] == bob.did
    assert record["langs"] == ["de-AT"]
    external = view["embed"]["external"]
    assert (external["uri"], external["title"], external["description"]) == (LINK, "Hello", "World")
    assert record["embed"]["external"]["thumb"]["ref"]["$link"] in external["thumb"]
    (told,) = until(lambda: bob.told(reasons=["mention"]), what="the mention")
    assert told["uri"] == receipt.id


def test_a_thumb_that_is_too_big_is_rejected(acme: Account, tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(PNG + bytes(1_000_001 - len(PNG)))
    image = Media(path=str(tmp_path / "big.png"), content_type="image/png")
    note = Note(text="Hello", card=Card(url=LINK, title="Hello", image=image))
    with pytest.raises(Rejected):
        acme.channel().publish(note, new_key())
    assert acme.records() == []


def test_the_same_key_twice_is_one_record_and_is_found(acme: Account) -> None:
    ours, key = acme.channel(), new_key()
    note = Note(text=f"Hello {LINK}", original=LINK, title="Hello")
    first = ours.publish(note, key)
    assert ours.publish(note, key) == first
    assert acme.records() == [first.id]
    since = now() - timedelta(minutes=5)
    assert [one.id for one in ours.find(note, key, since)] == [first.id]
    assert [one.id for one in ours.find(note, new_key(), since)] == [first.id]
    assert ours.find(Note(text="Other"), new_key(), since) == []


def test_a_thread_goes_out_at_once(acme: Account) -> None:
    """The second part does not wait until the AppView knows the first."""
    ours = acme.channel()
    first = ours.publish(Note(text="one"), new_key())
    second = ours.publish(Note(text="two", in_reply_to=first.id), new_key())
    third = ours.publish(Note(text="three", in_reply_to=second.id), new_key())
    reply = acme.record(third.id)["reply"]
    assert (reply["root"], reply["parent"]) == (acme.ref(first.id), acme.ref(second.id))
    with pytest.raises(Rejected):
        ours.publish(Note(text="four", in_reply_to=f"at://{acme.sky.did}/{POST}/22"), new_key())


def test_images_have_their_words(acme: Account, picture: Media) -> None:
    receipt = acme.channel().publish(Note(text="A dog", media=(picture,)), new_key())
    (image,) = shown(acme.sky, receipt.id)["embed"]["images"]
    assert image["alt"] == "A dog"


def test_an_edit_keeps_its_place_and_takes_the_new_card(acme: Account) -> None:
    ours = acme.channel()
    parent = ours.publish(Note(text="one"), new_key())
    receipt = ours.publish(
        Note(text="two", in_reply_to=parent.id, card=Card(url=LINK, title="Before")), new_key()
    )
    before = acme.record(receipt.id)
    note = Note(text=f"2 {LINK}", card=Card(url=LINK, title="After"))
    for _ in "ab":
        assert ours.edit(receipt, note) == receipt
    after = acme.record(receipt.id)
    assert (after["text"], after["embed"]["external"]["title"]) == (f"2 {LINK}", "After")
    assert (after["reply"], after["createdAt"]) == (before["reply"], before["createdAt"])
    assert [facet["features"][0]["uri"] for facet in after["facets"]] == [LINK]


def test_what_is_deleted_is_gone(acme: Account) -> None:
    ours = acme.channel()
    receipt = ours.publish(Note(text="Hello"), new_key())
    for _ in "ab":
        ours.delete(receipt)
    assert acme.records() == []
    with pytest.raises(Rejected) as caught:
        ours.edit(receipt, Note(text="Hello"))
    assert caught.value.status == 404


def test_all_that_came_back_is_read(acme: Account, bob: Sky, pds: Sandbox) -> None:
    """Also the answers deep in a thread, of which the network tells nobody."""
    eve, ours = joined(pds, "eve"), acme.channel()
    receipt = ours.publish(Note(text="Hello"), new_key())
    root = acme.ref(receipt.id)
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": acme.sky.did}
    index = {"byteStart": 0, "byteEnd": len(acme.handle) + 1}
    facet = {"index": index, "features": [mention]}
    made = datetime.now(UTC).isoformat()  # the first read goes back a month
    bob.posted(f"@{acme.handle}", new_key(), facets=[facet], createdAt=made)
    quote = {"$type": "app.bsky.embed.record", "record": root}
    bob.posted("A quote", new_key(), embed=quote, createdAt=made)
    for kind in ("like", "repost"):
        assert eve.react(kind, root, made).ok
    wanted = {
        (Kind.MENTION, f"@{acme.handle}", None),
        (Kind.QUOTE, "A quote", receipt.id),
        (Kind.LIKE, "", receipt.id),
        (Kind.REPOST, "", receipt.id),
    }
    parent = root
    for level in range(1, DEEP + 1):
        wanted.add((Kind.REPLY, f"Level {level}", parent["uri"]))
        parent = (bob, eve)[level % 2].answered(f"Level {level}", parent, root, new_key())
    theirs = bob.posted("Theirs", new_key())
    assert acme.sky.react("repost", theirs).ok
    below = eve.answered("Below what we handed on", theirs, key=new_key())
    shown(bob, below["uri"])

    def read() -> set[tuple[Kind, str, str | None]]:
        found, cursor = everything(ours)
        assert ours.collect(cursor) == Page(mentions=(), cursor=cursor)
        return {(each.kind, each.text, each.in_reply_to) for each in found.values()}

    until(lambda: read() == wanted, what="all that came back")
    told = {each["record"].get("text") for each in acme.sky.told()}
    assert f"Level {DEEP}" not in told


def test_what_is_too_long_is_rejected(acme: Account) -> None:
    for text in ("a" * 301, "👩‍👩‍👧‍👦" * 121):
        with pytest.raises(Rejected):
            acme.channel().publish(Note(text=text), new_key())
    acme.channel().publish(Note(text="👩‍👩‍👧‍👦" * 120), new_key())
    assert len(acme.records()) == 1


def test_rights_are_proved_and_nothing_is_posted(acme: Account) -> None:
    assert acme.channel().rights() == Rights(handle=f"@{acme.handle}")
    assert acme.records() == []


def test_an_account_that_sleeps_may_not_write(acme: Account) -> None:
    assert acme.sky.do("com.atproto.server.deactivateAccount", json={}).ok
    rights = acme.channel().rights()
    assert (rights.handle, rights.write) == (f"@{acme.handle}", "401 AccountDeactivated")


def test_a_wrong_app_password_wins_nothing(acme: Account) -> None:
    before = dict(acme.tokens)
    with pytest.raises(Unauthorized):
        acme.form().submit({"app_password": "abcd-efgh-ijkl-mnop"})
    assert acme.tokens == before


def test_an_expired_session_is_renewed(acme: Account) -> None:
    before = json.loads(acme.tokens["session"])
    outdated = {**before, "accessJwt": expired(before["accessJwt"])}
    acme.tokens["session"] = json.dumps(outdated)
    acme.channel().publish(Note(text="Hello"), new_key())
    after = json.loads(acme.tokens["session"])
    assert after["accessJwt"] != outdated["accessJwt"]
    assert identifier(after["refreshJwt"]) != identifier(before["refreshJwt"])


def test_a_dead_session_signs_in_with_the_kept_password(acme: Account) -> None:
    before = json.loads(acme.tokens["session"])
    dead = {name: expired(before[name]) for name in ("accessJwt", "refreshJwt")}
    acme.tokens["session"] = json.dumps(before | dead)
    acme.channel().publish(Note(text="Hello"), new_key())
    after = json.loads(acme.tokens["session"])
    assert after["refreshJwt"] not in (before["refreshJwt"], dead["refreshJwt"])


def expired(token: str) -> str:
    """The same token, an hour old at its end, signed as the network signs its own."""
    head, payload, _ = token.split(".")
    claims = {**claimed(payload), "exp": int(now().timestamp()) - 3600}
    signed = f"{head}.{encoded(json.dumps(claims).encode())}"
    return f"{signed}.{encoded(hmac.digest(SIGNS_WITH, signed.encode(), 'sha256'))}"


def identifier(token: str) -> str:
    return str(claimed(token.split(".")[1])["jti"])


def claimed(payload: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return found


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
