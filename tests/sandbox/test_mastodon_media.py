"""What Mastodon takes of a file, and when."""

from typing import Any

import pytest
import requests

from .running import Sandbox
from .spec import Spec, official

PATH = "/api/v2/media"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return official("mastodon")


def png(width: int = 1, height: int = 1) -> bytes:
    sides = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + sides


def gif(width: int = 1, height: int = 1) -> bytes:
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")


def upload(
    sandbox: Sandbox, content: bytes = png(), kind: str = "image/png", **options: Any
) -> requests.Response:
    files = {"file": ("a", content, kind)}
    return sandbox.call("POST", PATH, files=files, **options)


def uploaded(sandbox: Sandbox, **options: Any) -> str:
    answer = upload(sandbox, **options)
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def attach(sandbox: Sandbox, *ids: str) -> requests.Response:
    return sandbox.call("POST", "/api/v1/statuses", json={"status": "a", "media_ids": ids})


def test_a_gif_is_processed_later(sandbox: Sandbox, spec: Spec) -> None:
    answer = upload(sandbox, gif(), "image/gif")
    assert (answer.status_code, answer.json()["url"]) == (202, None)
    spec.check_answer(answer.json(), "post", PATH, 202)
    id = answer.json()["id"]
    waiting = sandbox.call("GET", f"/api/v1/media/{id}")
    assert (waiting.status_code, waiting.json()["url"]) == (206, None)
    spec.check(waiting.json(), "MediaAttachment")
    assert attach(sandbox, id).status_code == 422
    sandbox.shift(2)
    ready = sandbox.call("GET", f"/api/v1/media/{id}")
    assert (ready.status_code, ready.json()["url"] is None) == (200, False)
    spec.check_answer(ready.json(), "get", "/api/v1/media/{id}", 200)
    assert attach(sandbox, id).ok


def test_anything_else_is_there_at_once(sandbox: Sandbox) -> None:
    answer = upload(sandbox)
    assert (answer.status_code, answer.json()["url"] is None) == (200, False)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "image/png"),
        (png(), "image/tiff"),
        (png() + bytes(16_777_216), "image/png"),
        (png(5761, 5760), "image/png"),
        (gif(60_000, 600), "image/gif"),
    ],
)
def test_a_file_beyond_the_limits_is_refused(sandbox: Sandbox, data: bytes, kind: str) -> None:
    answer = upload(sandbox, data, kind)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed: File ")


def test_a_file_at_the_limits_is_taken(sandbox: Sandbox) -> None:
    assert upload(sandbox, png(5760, 5760)).ok
    assert upload(sandbox, data={"description": "a" * 1500}).ok


@pytest.mark.parametrize("where", ["data", "params"])
def test_a_description_has_a_limit_and_may_be_in_the_query(sandbox: Sandbox, where: str) -> None:
    short: dict[str, Any] = {where: {"description": "A dog"}}
    assert upload(sandbox, **short).json()["description"] == "A dog"
    long: dict[str, Any] = {where: {"description": "a" * 1501}}
    assert upload(sandbox, **long).status_code == 422
    path = f"/api/v1/media/{uploaded(sandbox)}"
    assert sandbox.call("PUT", path, data={"description": "a" * 1501}).status_code == 422


def test_four_files_a_status_at_most(sandbox: Sandbox) -> None:
    ids = [uploaded(sandbox) for _ in range(5)]
    assert attach(sandbox, *ids).status_code == 422
    assert attach(sandbox, *ids[:4]).ok
    limits = sandbox.get("/api/v2/instance")["configuration"]
    assert limits["statuses"]["max_media_attachments"] == 4


def test_a_file_belongs_to_one_status(sandbox: Sandbox) -> None:
    id = uploaded(sandbox)
    status = attach(sandbox, id).json()
    assert attach(sandbox, id).status_code == 422
    assert attach(sandbox, "42").status_code == 422
    assert sandbox.call("DELETE", f"/api/v1/statuses/{status['id']}").ok
    assert attach(sandbox, id).ok


def test_an_edit_without_files_takes_them_away(sandbox: Sandbox) -> None:
    first, second = uploaded(sandbox), uploaded(sandbox)
    path = f"/api/v1/statuses/{attach(sandbox, first).json()['id']}"

    def edited(*ids: str) -> list[str]:
        answer = sandbox.call("PUT", path, json={"status": "b", "media_ids": ids})
        return [file["id"] for file in answer.json()["media_attachments"]]

    assert edited(first, second) == [first, second]
    assert edited(second) == [second]
    assert edited() == []
