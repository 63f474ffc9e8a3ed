"""Mastodon keeps what the daemon relies on."""

import json
import logging
import socket
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from outreach.channels import mastodon
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.post import Media
from outreach.rules import measure

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, saying, serving
from .contract import (
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
from .mastodon_account import opened, somebody
from .secrecy import SecrecyContract

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"
GIF = b"GIF89a\x01\x00\x01\x00"


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

    @pytest.mark.parametrize("body", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    def test_a_broken_account_is_unavailable(self, body: bytes) -> None:
        with serving(saying(ok(body))) as server, pytest.raises(Unavailable):
            self.open(server.url).collect(None)


# Limits


def instance(**said: Any) -> bytes:
    return ok(json.dumps({"configuration": said}).encode())


def test_the_instances_own_limits_hold_and_are_asked_once() -> None:
    said = instance(
        statuses={
            "max_characters": 5000,
            "max_media_attachments": 8,
            "characters_reserved_per_url": 30,
        },
        media_attachments={
            "description_limit": 10_000,
            "image_size_limit": 1_000_000,
            "image_matrix_limit": 1_000_000,
            "supported_mime_types": ["image/png", "video/mp4", "image/avif"],
        },
    )
    with serving(saying(said)) as server:
        channel = opened(server.url)
        limits = channel.limits
        assert channel.limits is limits
        assert server.seen == 1
    assert (limits.length, limits.images, limits.alt_length) == (5000, 8, 10_000)
    assert (limits.image_bytes, limits.image_side) == (1_000_000, 1000)
    assert limits.image_types == ("image/png", "image/avif")
    assert limits.measure("see https://example.com/2026/hello") == len("see ") + 30
    assert limits.deduplication == mastodon.LIMITS.deduplication


def test_what_an_instance_leaves_out_is_as_usual() -> None:
    with serving(saying(instance(statuses={"max_characters": 700}))) as server:
        limits = opened(server.url).limits
    assert (limits.length, limits.images) == (700, 4)
    assert limits.image_types == mastodon.LIMITS.image_types
    assert limits.image_bytes == mastodon.LIMITS.image_bytes
    assert limits.measure("https://example.com/") == measure.mastodon("https://example.com/")


def test_an_older_server_says_it_in_its_first_version() -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        if b"/api/v1/instance" in request(connection):
            connection.sendall(instance(statuses={"max_characters": 900}))
        else:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as server:
        assert opened(server.url).limits.length == 900


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n",
        ok(b"<html>"),
        ok(b"[]"),
        instance(statuses={"max_characters": -1}),
        instance(statuses={"max_characters": "many"}),
    ],
)
def test_where_the_instance_does_not_say_the_usual_limits_hold(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    at = [now()]
    with serving(saying(answer)) as server:
        channel = opened(server.url, clock=lambda: at[-1])
        assert channel.limits is mastodon.LIMITS
        at.append(at[0] + timedelta(seconds=59))
        assert channel.limits is mastodon.LIMITS
        assert server.seen == 1
        at.append(at[0] + timedelta(seconds=60))
        assert channel.limits is mastodon.LIMITS
        assert server.seen == 2
    (said,) = caplog.records
    assert server.url in said.getMessage()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("This action is outside the authorized scopes", Unauthorized),
        ("Your login is currently disabled", Unauthorized),
        ("Your login is currently pending approval", Unauthorized),
        ("Your login is missing a confirmed e-mail address", Unauthorized),
        ("Your account requires two-factor authentication", Unauthorized),
        ("This action is not allowed", Rejected),
    ],
)
@pytest.mark.parametrize("what", ["publish", "edit", "delete", "media"])
def test_a_403_about_the_account_is_unauthorized(
    tmp_path: Path, what: str, words: str, error: type[Exception]
) -> None:
    receipt = Receipt(id="1", url="https://mastodon.example/1", at=now())
    uses: dict[str, Callable[[mastodon.Mastodon], object]] = {
        "publish": lambda channel: channel.publish(note(), new_key()),
        "edit": lambda channel: channel.edit(receipt, note()),
        "delete": lambda channel: channel.delete(receipt),
        "media": lambda channel: channel.publish(note(media=(picture(tmp_path),)), new_key()),
    }
    told = json.dumps({"error": words}).encode()
    head = f"HTTP/1.1 403 Forbidden\r\ncontent-length: {len(told)}\r\n\r\n".encode()
    with serving(saying(head + told)) as server, pytest.raises(error, match=words) as caught:
        uses[what](opened(server.url, "token"))
    assert type(caught.value) is error


@pytest.mark.parametrize("token", ["SECRET\n", "SEC\r\nRET", "SECRET ", "SECRET\u2019"])
def test_a_token_that_no_header_may_have_is_refused_unshown(token: str) -> None:
    with serving(saying(ok(b"{}"))) as server:
        channel = opened(server.url, token)
        for use in (
            lambda: channel.publish(note(), new_key()),
            channel.handle,
            lambda: channel.collect(None),
        ):
            with pytest.raises(Rejected, match="look at the secret") as caught:
                use()
            shown = "".join(traceback.format_exception(caught.value))
            assert "SECRET" not in shown
            assert "SEC\\r" not in shown


def test_limits_need_no_sign_in(sandbox: Sandbox) -> None:
    assert opened(sandbox.url).limits.image_side == 5760


def test_an_instance_may_be_written_without_its_scheme() -> None:
    settings = mastodon.Settings(kind="mastodon", instance="mastodon.example")
    assert settings.instance == "https://mastodon.example"


# Notes


def picture(folder: Path, data: bytes = PNG, alt: str | None = "A dog") -> Media:
    kind = "gif" if data == GIF else "png"
    file = folder / f"picture.{kind}"
    file.write_bytes(data)
    return Media(path=str(file), alt=alt, content_type=f"image/{kind}")


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_a_note_says_who_may_see_it_in_what_language_behind_what_warning(
    sandbox: Sandbox, visibility: str
) -> None:
    me = somebody()
    channel = opened(sandbox.url, me, visibility=visibility)
    sent = note(warning="The end of a film", language="de")
    status = sandbox.get(f"/api/v1/statuses/{channel.publish(sent, new_key()).id}", me)
    assert status["visibility"] == visibility
    assert (status["spoiler_text"], status["sensitive"]) == ("The end of a film", True)
    assert status["language"] == "de"


def test_without_a_warning_nothing_is_hidden(sandbox: Sandbox) -> None:
    me = somebody()
    status_id = opened(sandbox.url, me).publish(note(), new_key()).id
    status = sandbox.get(f"/api/v1/statuses/{status_id}", me)
    assert (status["spoiler_text"], status["sensitive"]) == ("", False)


def test_an_edit_carries_all_of_the_note(sandbox: Sandbox, tmp_path: Path) -> None:
    me = somebody()
    channel = opened(sandbox.url, me, visibility="unlisted")
    receipt = channel.publish(note(media=(picture(tmp_path),), warning="Dogs"), new_key())
    big = picture(tmp_path, alt="A big dog")
    for _ in range(2):
        channel.edit(receipt, note("After", media=(big, big), warning="Pets", language="de"))
    status = sandbox.get(f"/api/v1/statuses/{receipt.id}", me)
    assert status["content"] == "<p>After</p>"
    assert [file["description"] for file in status["media_attachments"]] == ["A big dog"] * 2
    assert (status["spoiler_text"], status["sensitive"]) == ("Pets", True)
    assert (status["language"], status["visibility"]) == ("de", "unlisted")
    channel.edit(receipt, note("Without"))
    status = sandbox.get(f"/api/v1/statuses/{receipt.id}", me)
    assert (status["media_attachments"], status["spoiler_text"]) == ([], "")
    assert status["sensitive"] is False


def test_a_picture_that_is_decorative_or_has_no_words_goes_out(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    me = somebody()
    media = tuple(picture(tmp_path, alt=alt) for alt in ("", None))
    receipt = opened(sandbox.url, me).publish(note(media=media), new_key())
    status = sandbox.get(f"/api/v1/statuses/{receipt.id}", me)
    assert [file["description"] for file in status["media_attachments"]] == [None, None]


def test_what_is_processed_later_is_waited_for(sandbox: Sandbox, tmp_path: Path) -> None:
    """The network's clock goes on while the channel asks what time it is."""
    asked = iter(range(100))

    def clock() -> datetime:
        sandbox.shift(next(asked))
        return now()

    me = somebody()
    receipt = opened(sandbox.url, me, clock=clock).publish(
        note(media=(picture(tmp_path, GIF), picture(tmp_path))), new_key()
    )
    status = sandbox.get(f"/api/v1/statuses/{receipt.id}", me)
    assert len(status["media_attachments"]) == 2


def test_what_is_not_processed_in_time_is_not_published(sandbox: Sandbox, tmp_path: Path) -> None:
    me, start, asked = somebody(), now(), iter(range(100))
    channel = opened(sandbox.url, me, clock=lambda: start + timedelta(seconds=3 * next(asked)))
    with pytest.raises(Unavailable, match="not processed within 5 s"):
        channel.publish(note(media=(picture(tmp_path, GIF),)), new_key())
    assert sandbox.ledger("mastodon", me) == []


def test_a_file_that_the_network_refuses_is_rejected(sandbox: Sandbox, tmp_path: Path) -> None:
    me = somebody()
    with pytest.raises(Rejected):
        opened(sandbox.url, me).publish(note(media=(picture(tmp_path, b""),)), new_key())
    assert sandbox.ledger("mastodon", me) == []


# Looking up


def without_pages(many: int) -> Callable[[Server, socket.socket], None]:
    """A server that shows the same statuses whatever page is asked for, as snac does."""
    status = {"url": "https://m.example/1", "content": "<p>Hi</p>", "created_at": now().isoformat()}
    listed = [{**status, "id": str(1000 + number)} for number in range(many)]

    def answer(server: Server, connection: socket.socket) -> None:
        account = b"verify_credentials" in request(connection)
        told = {"id": "1", "acct": "acme"} if account else listed
        connection.sendall(ok(json.dumps(told).encode()))

    return answer


def test_a_server_without_pages_is_read_where_one_page_is_all() -> None:
    with serving(without_pages(39)) as server:
        channel = opened(server.url, "token")
        since = now() - timedelta(minutes=5)
        assert len(channel.find(note("Hi"), new_key(), since)) == 39
        assert list(channel.find(note("Hello"), new_key(), since)) == []


def test_a_server_that_hides_what_is_older_does_not_say_that_nothing_is_there() -> None:
    with serving(without_pages(40)) as server, pytest.raises(Unavailable, match="older than"):
        opened(server.url, "token").find(note("Hello"), new_key(), now() - timedelta(minutes=5))
