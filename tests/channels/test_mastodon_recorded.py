"""What a real Mastodon (4.6) answered, replayed to the channel, and held against the sandbox."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from outreach.channels import Secrets, mastodon
from outreach.channels._mastodon_api import Api
from outreach.fetch import Fetch, loopback_only
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Uncertain
from outreach.model.mention import Kind
from outreach.model.note import Note
from outreach.model.post import Media

from ..sandbox.running import Sandbox
from ..sandbox.spec import official
from ..server import Server, request, serving
from ..shared import needs_shared, shared_yaml

pytestmark = needs_shared

FOLDER = "conformance/mastodon-recorded"
KEY = "3l4abcdefghij"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One recorded answer, and what it answered."""

    method: str
    path: str
    status: int
    body: str
    asked: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Replay:
    """A server that gives recorded answers, each once, and keeps what it was asked."""

    url: str = ""
    waiting: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    def sent(self, method: str, path: str) -> dict[str, list[str]]:
        """The form of the only such request."""
        (form,) = [form for verb, where, form in self.asked if (verb, where) == (method, path)]
        return form

    def answer(self, server: Server, connection: socket.socket) -> None:
        head, _, body = request(connection).partition(b"\r\n\r\n")
        method, target, _ = head.decode().split("\r\n")[0].split(" ")
        path = urlsplit(target).path
        form = parse_qs(body.decode("latin-1"), keep_blank_values=True)
        self.asked.append((method, path, form))
        found = next((a for a in self.waiting if (a.method, a.path) == (method, path)), None)
        if found is None:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        self.waiting.remove(found)
        told = found.body.encode()
        start = f"HTTP/1.1 {found.status} Recorded\r\nContent-Length: {len(told)}\r\n\r\n"
        connection.sendall(start.encode() + told)


@cache
def recorded(name: str) -> tuple[Answer, ...]:
    """The answers of one recording, in their order."""
    return tuple(
        Answer(
            method=pair["request"]["method"],
            path=urlsplit(pair["request"]["uri"]).path.rstrip("/"),
            status=pair["response"]["status"]["code"],
            body=_text(pair["response"]["body"]["string"]),
            asked=_text(pair["request"]["body"] or ""),
        )
        for pair in shared_yaml(f"{FOLDER}/{name}.yaml")["interactions"]
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@contextmanager
def replaying(*answers: Answer) -> Iterator[tuple[mastodon.Mastodon, Replay]]:
    """The channel of the account that the recordings were made with."""
    replay = Replay(waiting=list(answers))
    with serving(replay.answer) as server:
        replay.url = server.url
        settings = mastodon.Settings(
            kind="mastodon", instance="http://localhost:3000", base_url=server.url, token="$TOKEN"
        )
        secrets = Secrets(named=lambda name: "token")
        fetch = Fetch(guard=loopback_only, deadline=5)
        yield mastodon.open(settings, secrets, fetch, lambda: datetime.now(UTC)), replay


def of(name: str, method: str, path: str = "/api/v1/statuses") -> Answer:
    """The first recorded answer to such a request."""
    return next(a for a in recorded(name) if a.method == method and a.path.startswith(path))


# What the instance takes


def test_the_limits_of_an_instance() -> None:
    with replaying(*recorded("test_instance")) as (channel, _):
        limits = channel.limits
    assert (limits.length, limits.images, limits.alt_length) == (500, 4, 10_000)
    assert (limits.image_bytes, limits.image_side) == (16_777_216, 5760)
    assert limits.image_types == (
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/heic",
        "image/heif",
        "image/webp",
        "image/avif",
    )
    assert limits.measure("https://example.com/" + "a" * 100) == 23


def test_the_first_version_says_the_same() -> None:
    with replaying(*recorded("test_instance")) as (channel, _):
        second = channel.limits
    with replaying(*recorded("test_instance_v1")) as (channel, _):
        first = channel.limits
    apart = {"measure": None, "alt_length": None}
    assert vars(first) | apart == vars(second) | apart
    assert first.alt_length == mastodon.LIMITS.alt_length  # the only thing that it does not say


# What we send


POSTS = [
    (warning, visibility)
    for warning in ("None", "Content warning")
    for visibility in ("public", "unlisted", "private")
]


@pytest.mark.parametrize(("warning", "visibility"), POSTS)
def test_a_status(warning: str, visibility: str) -> None:
    answer = of(f"test_status_post[{warning}-{visibility}]", "POST")
    with replaying(answer) as (channel, replay):
        channel._settings = channel._settings.model_copy(update={"visibility": visibility})
        said = "" if warning == "None" else warning
        receipt = channel.publish(Note(text="Toot!", warning=said), KEY)
        sent = replay.sent("POST", "/api/v1/statuses")
    assert parse_qs(answer.asked).items() <= sent.items()
    told = answer.json
    assert (receipt.id, receipt.url) == (told["id"], told["url"])
    assert receipt.at == datetime.fromisoformat(told["created_at"])
    assert told["visibility"] == visibility
    assert told["spoiler_text"] == said
    assert "sensitive" in sent or not said  # else the account's own setting holds


def two_pictures(folder: Path) -> tuple[Media, Media]:
    file = folder / "a.jpg"
    file.write_bytes(b"\xff\xd8\xff")
    one = Media(path=str(file), alt="A", content_type="image/jpeg")
    return one, one


def test_pictures(tmp_path: Path) -> None:
    answers = recorded("test_media_post_multiple")
    post = of("test_media_post_multiple", "POST")
    with replaying(*answers) as (channel, replay):
        note = Note(text="LOL check this out", media=two_pictures(tmp_path))
        assert channel.publish(note, KEY).id == post.json["id"]
        sent = replay.sent("POST", "/api/v1/statuses")
    assert sent["media_ids[]"] == parse_qs(post.asked)["media_ids[]"]
    assert [file["id"] for file in post.json["media_attachments"]] == sent["media_ids[]"]


def test_a_picture_that_is_processed_later(tmp_path: Path) -> None:
    """The recordings have none: this is theirs as the documentation says it begins."""
    done = of("test_media_post_file", "POST", "/api/v2/media")
    begun = json.dumps({**done.json, "url": None})
    path = f"/api/v1/media/{done.json['id']}"
    post = of("test_status", "POST")
    with replaying(
        Answer(method="POST", path="/api/v2/media", status=202, body=begun),
        Answer(method="GET", path=path, status=206, body=begun),
        Answer(method="GET", path=path, status=200, body=done.body),
        post,
    ) as (channel, replay):
        channel.publish(Note(text="See", media=two_pictures(tmp_path)[:1]), KEY)
        assert replay.waiting == []
        assert replay.sent("POST", "/api/v1/statuses")["media_ids[]"] == [done.json["id"]]


def test_an_edit() -> None:
    answers = recorded("test_status_edit")
    changed = of("test_status_edit", "PUT")
    with replaying(*answers) as (channel, replay):
        receipt = channel.publish(Note(text="the best editor?"), KEY)
        words = parse_qs(changed.asked)["status"][0]
        assert channel.edit(receipt, Note(text=words)).id == changed.json["id"]
        assert replay.sent("PUT", changed.path)["status"] == [words]


def test_a_deletion_and_one_of_what_is_gone() -> None:
    gone = [a for a in recorded("test_status_delete_media") if a.method == "DELETE"]
    assert [a.status for a in gone if a.path == gone[1].path] == [200, 404]
    with replaying(*gone[1:3]) as (channel, replay):
        receipt = receipt_of(gone[1].path)
        for _ in range(2):
            channel.delete(receipt)
        assert replay.waiting == []


def receipt_of(path: str) -> Receipt:
    return Receipt(id=path.rpartition("/")[2], url="", at=datetime.now(UTC))


@pytest.mark.parametrize("name", ["test_status_empty", "test_lang_for_errors"])
def test_a_refusal(name: str) -> None:
    answer = recorded(name)[0]
    with replaying(answer) as (channel, _), pytest.raises(Rejected) as caught:
        channel.publish(Note(text="a" * 600), KEY)
    assert caught.value.status == 422
    assert answer.json["error"] in str(caught.value)


def test_what_is_missing() -> None:
    (answer,) = recorded("test_status_missing")
    with replaying(answer) as (_, replay), pytest.raises(Rejected) as caught:
        api = Api(replay.url, Fetch(guard=loopback_only), lambda: datetime.now(UTC))
        api("GET", answer.path, "token")
    assert (caught.value.status, str(caught.value)) == (404, "404 Not Found")


def test_an_answer_that_is_no_status_is_in_doubt() -> None:
    """A status that waits for its time has no URL."""
    later = of("test_scheduled_status", "POST")
    with replaying(later) as (channel, _), pytest.raises(Uncertain):
        channel.publish(Note(text="Toot!"), KEY)


def test_what_is_sent_is_what_the_description_knows(tmp_path: Path) -> None:
    """The names of all fields, in edits, registrations and exchanges, too."""
    said = {"client_id": "a", "client_secret": "b", "access_token": "c", "id": "1", "acct": "me"}
    put = of("test_status_edit", "PUT")
    answers = [
        Answer(method=verb, path=path, status=200, body=json.dumps(said))
        for verb, path in (
            ("POST", "/api/v1/apps"),
            ("POST", "/oauth/token"),
            ("POST", "/oauth/token"),
            ("GET", "/api/v1/accounts/verify_credentials"),
        )
    ]
    media = recorded("test_media_post_multiple")
    with replaying(*answers, put, *media) as (channel, replay):
        tokens: dict[str, str] = {}
        fetch = Fetch(guard=loopback_only)
        for _ in range(2):
            way = mastodon.sign_in(
                channel._settings, Secrets(named=str, tokens=tokens), fetch, channel._now
            )
            begun = way.begin("")
        way.finish(begun.kept, {"code": "d", "state": begun.kept["state"]})
        pictures = Note(text="a", media=two_pictures(tmp_path)[:1], warning="w")
        channel.edit(receipt_of(put.path), pictures)
        channel.publish(replace(pictures, in_reply_to="1"), KEY)
        forms = {(verb, path): form for verb, path, form in replay.asked}
    for verb, path, known in (
        ("POST", "/api/v1/apps", "/api/v1/apps"),
        ("POST", "/oauth/token", "/oauth/token"),
        ("PUT", put.path, "/api/v1/statuses/{id}"),
        ("POST", "/api/v1/statuses", "/api/v1/statuses"),
    ):
        names = {name.removesuffix("[]") for name in forms[verb, path]}
        assert names
        assert names <= described(verb.lower(), known), path


def described(verb: str, path: str) -> set[str]:
    """The names of the fields that a request may have, whichever of its kinds it is."""
    document = official("mastodon").document

    def names(schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        parts = [part for how in ("oneOf", "anyOf", "allOf") for part in schema.get(how, [])]
        return set(schema.get("properties", ())).union(*map(names, parts))

    content = document["paths"][path][verb]["requestBody"]["content"]
    return names(content["application/json"]["schema"])


# What comes back


def me() -> Answer:
    return of("test_status_quote_approval_visibility", "GET", "/api/v1/accounts")


def somebody() -> Any:
    """Another account."""
    (account,) = of("test_status_reblogged_by", "GET").json
    return account


def notified(kind: str, status: Any, number: int) -> dict[str, Any]:
    """A Notification around a recorded status; the recordings have none of their own."""
    at = "2026-08-01T13:55:00.000Z"
    return {
        "id": f"{number}",
        "type": kind,
        "created_at": at,
        "account": somebody(),
        "status": status,
    }


def test_who_we_are() -> None:
    with replaying(me()) as (channel, _):
        assert channel.handle() == f"@{me().json['acct']}@localhost"


def test_notifications() -> None:
    ours = of("test_status_fav_unfav", "POST").json
    theirs = {**of("test_status_post_with_quote", "POST").json, "account": somebody()}
    quote = {**recorded("test_status_post_with_quote")[1].json, "account": somebody()}
    revoked = {
        **of("test_status_quote_revoke", "POST", "/api/v1/statuses/").json,
        "account": somebody(),
    }
    told = [
        notified("favourite", ours, 6),
        notified("reblog", ours, 5),
        notified("quote", revoked, 4),
        notified("quote", quote, 3),
        notified("mention", theirs, 2),
        notified("mention", ours | {"account": me().json}, 1) | {"account": me().json},
    ]
    listed = Answer(method="GET", path="/api/v1/notifications", status=200, body=json.dumps(told))
    with replaying(me(), listed) as (channel, _):
        page = channel.collect("0")
    assert [(m.kind, m.id, m.in_reply_to, m.text) for m in page.mentions] == [
        (Kind.MENTION, theirs["id"], None, "Toot!"),
        (Kind.QUOTE, quote["id"], quote["quote"]["quoted_status"]["id"], "yoooooooo"),
        (Kind.QUOTE, revoked["id"], None, "check this mother fucker out"),
        (Kind.LIKE, "favourite:6", ours["id"], ""),
        (Kind.REPOST, "reblog:5", ours["id"], ""),
    ]
    assert {m.author.handle for m in page.mentions} == {f"@{somebody()['acct']}"}
    assert {m.author.url for m in page.mentions} == {somebody()["url"]}
    assert json.loads(str(page.cursor))["seen"] == "6"


def test_a_thread_of_ours() -> None:
    ours = {**of("test_status", "POST").json, "replies_count": 1}
    ours["created_at"] = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    answer = {**of("test_status_card", "POST").json, "account": somebody()}
    answer["in_reply_to_id"] = ours["id"]
    listing = f"/api/v1/accounts/{me().json['id']}/statuses"
    context = json.dumps({"ancestors": [], "descendants": [ours, answer]})
    with replaying(
        me(),
        Answer(method="GET", path="/api/v1/notifications", status=200, body="[]"),
        Answer(method="GET", path=listing, status=200, body=json.dumps([ours])),
        Answer(
            method="GET", path=f"/api/v1/statuses/{ours['id']}/context", status=200, body=context
        ),
        Answer(method="GET", path=listing, status=200, body="[]"),
    ) as (channel, replay):
        (mention,) = channel.collect(None).mentions
        assert replay.waiting == []
    assert (mention.kind, mention.id, mention.in_reply_to) == (Kind.REPLY, answer["id"], ours["id"])
    assert mention.text == "http://example.org/"
    assert mention.published == datetime.fromisoformat(answer["created_at"])


def test_a_note_is_found_by_its_link_and_by_its_words() -> None:
    listing = f"/api/v1/accounts/{me().json['id']}/statuses"
    linked, worded = of("test_status_card", "POST"), of("test_status", "POST")
    body = json.dumps([linked.json, worded.json])
    answers = [
        Answer(method="GET", path=listing, status=200, body=text)
        for text in (body, "[]", body, "[]", body, "[]")
    ]
    since = datetime(2026, 8, 1, tzinfo=UTC)
    link = "http://example.org/"
    with replaying(me(), *answers) as (channel, _):
        found = channel.find(Note(text=link, original=link), KEY, since)
        assert [receipt.id for receipt in found] == [linked.json["id"]]
        found = channel.find(Note(text="Toot!"), KEY, since)
        assert [receipt.id for receipt in found] == [worded.json["id"]]
        assert channel.find(Note(text="Toot"), KEY, since) == []


# The sandbox has the same shape, where we look

READ = {
    "status": "id uri url created_at content account in_reply_to_id in_reply_to_account_id"
    " replies_count quote quotes_count spoiler_text sensitive visibility media_attachments",
    "account": "id acct display_name url username",
    "media": "id type url description meta",
    "instance": "configuration version domain api_versions",
    "statuses": "max_characters max_media_attachments characters_reserved_per_url",
    "media_attachments": "description_limit image_matrix_limit image_size_limit"
    " supported_mime_types",
    "error": "error",
}


def shape(what: str | list[str], value: Any) -> dict[str, str]:
    """The types of the members that we read."""
    names = READ[what].split() if isinstance(what, str) else what
    return {name: type(value[name]).__name__ for name in names}


def test_the_sandbox_answers_in_the_same_shape(sandbox: Sandbox) -> None:
    picture = {"file": ("a.png", b"\x89PNG", "image/png")}
    told = {"description": "A"}
    file = sandbox.call("POST", "/api/v2/media", "shape", files=picture, data=told).json()
    theirs = of("test_media_post_file", "POST", "/api/v2/media").json
    assert shape("media", file) == shape("media", {**theirs, "description": "A"})

    post = sandbox.toot("Toot!", token="shape", media_ids=[file["id"]])
    status = of("test_media_post_multiple", "POST").json
    assert shape("status", post) == shape("status", status)
    assert shape("account", post["account"]) == shape("account", status["account"])

    quote = sandbox.toot("And", token="shape", quoted_status_id=post["id"])["quote"]
    quoted = recorded("test_status_post_with_quote")[1].json["quote"]
    assert set(quote) == set(quoted)
    assert quote["state"] == quoted["state"]
    assert shape("status", quote["quoted_status"]) == shape("status", quoted["quoted_status"])

    who = sandbox.get("/api/v1/accounts/verify_credentials", "shape")
    assert shape("account", who) == shape("account", me().json)

    missing = sandbox.call("GET", "/api/v1/statuses/0", "shape")
    (gone,) = recorded("test_status_missing")
    assert missing.status_code == gone.status
    assert shape("error", missing.json()) == shape("error", gone.json)
    empty = sandbox.call("POST", "/api/v1/statuses", "shape", data={"status": ""})
    (refused,) = recorded("test_status_empty")
    assert empty.status_code == refused.status
    assert shape("error", empty.json()) == shape("error", refused.json)


def test_the_sandbox_says_its_limits_in_the_same_shape(sandbox: Sandbox) -> None:
    for name, version in (("test_instance", "v2"), ("test_instance_v1", "v1")):
        ours = sandbox.get(f"/api/{version}/instance", token="")["configuration"]
        theirs = recorded(name)[0].json["configuration"]
        for part in ("statuses", "media_attachments"):
            read = [key for key in READ[part].split() if key in theirs[part]]
            assert shape(read, ours[part]) == shape(read, theirs[part])
            assert ours[part].keys() <= theirs[part].keys()
    ours, theirs = sandbox.get("/api/v2/instance", token=""), recorded("test_instance")[0].json
    assert shape("instance", ours) == shape("instance", theirs)


def test_the_sandbox_writes_a_quote_as_the_real_server_does(sandbox: Sandbox) -> None:
    """The paragraph before its words, the class of it, and the link in it."""
    content = recorded("test_status_post_with_quote")[1].json["content"]
    first = sandbox.toot("Toot!", token="shape")
    ours = sandbox.toot("yoooooooo", token="shape", quoted_status_id=first["id"])["content"]
    assert _bare(ours) == _bare(content)


def _bare(html: str) -> str:
    """The HTML without its addresses."""
    return re.sub(r'href="[^"]*"|>[^<]*/[^<]*<', "", html)
