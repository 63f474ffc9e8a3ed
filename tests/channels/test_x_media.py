"""Images go to X ahead of their post."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach.channels import x
from outreach.model.errors import Rejected, Unavailable
from outreach.model.post import Media

from ..sandbox.running import Sandbox
from ..server import Server, ok, request, serving
from .contract import new_key, note, now, numbers
from .x_account import KEYS, Counting, opened

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
GIF = b"GIF89a" + b"\0" * 20
UPLOAD, METADATA, TWEETS = "POST /2/media/upload", "POST /2/media/metadata", "POST /2/tweets"


@pytest.fixture
def name() -> str:
    """An account that nobody else has."""
    return f"media{next(numbers)}"


@pytest.fixture
def fetch() -> Counting:
    return Counting()


@pytest.fixture
def channel(sandbox: Sandbox, name: str, fetch: Counting) -> x.X:
    return opened(sandbox.url, {}, name, fetch=fetch, **KEYS)


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Any]:
    yield sandbox.shift
    sandbox.shift(0)


def image(folder: Path, data: bytes = PNG, kind: str = "image/png", alt: str = "") -> Media:
    path = folder / f"{next(numbers)}"
    path.write_bytes(data)
    return Media(path=str(path), alt=alt, content_type=kind)


def shown(sandbox: Sandbox, id: str) -> list[str]:
    """The alternative texts of a post's images."""
    query = "expansions=attachments.media_keys&media.fields=alt_text"
    media = sandbox.get(f"/2/tweets/{id}?{query}")["includes"]["media"]
    return [each["alt_text"] for each in media]


def test_images_are_there_with_their_words(
    sandbox: Sandbox, channel: x.X, fetch: Counting, tmp_path: Path
) -> None:
    images = (image(tmp_path, alt="A lamp"), image(tmp_path))
    receipt = channel.publish(note(media=images), new_key())
    assert shown(sandbox, receipt.id) == ["A lamp", ""]
    assert fetch.calls[1:] == [UPLOAD, METADATA, UPLOAD, TWEETS]


@pytest.mark.parametrize("text", ["With a picture", "", "Two\n\nparts & <b>"])
def test_a_post_with_images_is_found_by_its_words(channel: x.X, tmp_path: Path, text: str) -> None:
    parent = channel.publish(note(), new_key())
    words = note(text or "x", in_reply_to=parent.id)
    said = channel.publish(
        note(words.text, in_reply_to=parent.id, media=(image(tmp_path), image(tmp_path))),
        new_key(),
    )
    found = channel.find(words, new_key(), now().replace(microsecond=0))
    assert [receipt.id for receipt in found] == [said.id]


def test_an_image_that_x_refuses_is_rejected(
    sandbox: Sandbox, channel: x.X, name: str, tmp_path: Path
) -> None:
    with pytest.raises(Rejected):
        channel.publish(note(media=(image(tmp_path, b"no image"),)), new_key())
    assert sandbox.ledger("x", name) == []


@pytest.mark.parametrize("broken", ["upload", "metadata"])
@pytest.mark.parametrize("how", ["500", "reset", "{}", "<html>"])
def test_before_the_post_nothing_is_in_doubt(tmp_path: Path, broken: str, how: str) -> None:
    def answer(server: Server, connection: Any) -> None:
        asked = request(connection)
        if f"/{broken}".encode() not in asked.partition(b"\r\n")[0]:
            connection.sendall(ok(b'{"data": {"id": "1", "username": "acme"}}'))
        elif how == "500":
            connection.sendall(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
        elif how != "reset":
            connection.sendall(ok(how.encode()))

    with serving(answer) as server, pytest.raises(Unavailable):
        media = (image(tmp_path, alt="A lamp"),)
        channel = opened(server.url, {}, **KEYS)
        channel.publish(note(media=media), new_key())


def test_an_animation_is_waited_for_and_sent_once(
    sandbox: Sandbox, channel: x.X, fetch: Counting, clock: Any, tmp_path: Path
) -> None:
    moving = note(media=(image(tmp_path, GIF, "image/gif", alt="It spins"),))
    for _ in range(2):
        with pytest.raises(Unavailable, match="still working"):
            channel.publish(moving, new_key())
    clock(5)
    receipt = channel.publish(moving, new_key())
    assert shown(sandbox, receipt.id) == ["It spins"]
    assert fetch.calls.count(UPLOAD) == 1
