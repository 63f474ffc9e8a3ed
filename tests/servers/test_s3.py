"""The site in a bucket, at a store that checks each signature."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.deploy import Target, module
from outreach.model.errors import Unauthorized

from ..deploy import killing
from ..deploy.trees import FIRST, SECOND, built, carry, for_others, means
from . import s3
from .s3 import S3


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3.server() as running:
        yield running


def target(server: S3, tmp_path: Path, secret: str = "", **more: str) -> Target:
    kind = module("s3")
    settings = kind.Settings.model_validate(
        {"kind": "s3", "bucket": "blog", "endpoint": server.url, "region": "eu-central-1", **more}
    )
    secrets = {"$S3_KEY": server.key, "$S3_SECRET": secret or server.secret}
    return kind.open(settings, means(tmp_path, secret=secrets.__getitem__))


def bodies(server: S3, prefix: str) -> dict[str, bytes]:
    found = server.found().items()
    return {name[len(prefix) :]: it[0] for name, it in found if name.startswith(prefix)}


def test_a_site_is_carried_and_then_what_changed(server: S3, tmp_path: Path) -> None:
    way = target(server, tmp_path, prefix="/one blog/")
    record = tmp_path / "r"
    carry(way, record, *built(tmp_path / "a", FIRST))
    assert bodies(server, "one blog/") == for_others(FIRST)
    assert carry(way, record, *built(tmp_path / "b", SECOND)) == 6
    assert bodies(server, "one blog/") == SECOND


def test_a_browser_is_told_what_a_file_is_and_how_long_to_keep_it(
    server: S3, tmp_path: Path
) -> None:
    files = {"index.html": b"a", "feed.json": b"b", "media/0123456789abcdef.webp": b"c"}
    carry(target(server, tmp_path, prefix="types"), tmp_path / "r", *built(tmp_path / "a", files))
    found = server.found()
    assert found["types/index.html"][1:] == (
        "text/html; charset=utf-8",
        "public, max-age=0, must-revalidate",
    )
    assert found["types/feed.json"][1] == "application/feed+json"
    assert found["types/media/0123456789abcdef.webp"][1:] == (
        "image/webp",
        "public, max-age=31536000, immutable",
    )


@pytest.mark.parametrize("number", [1, 6])
def test_after_a_kill_the_next_one_is_right(server: S3, tmp_path: Path, number: int) -> None:
    way = target(server, tmp_path, prefix=f"killed-{number}")
    record = tmp_path / "r"
    first, second = built(tmp_path / "a", FIRST), built(tmp_path / "b", SECOND)
    carry(way, record, *second)
    killing.after_paths(number, way, record, *first)
    killing.then(way, record, *second)
    assert bodies(server, f"killed-{number}/") == SECOND


def test_a_wrong_secret_is_told_without_the_key(server: S3, tmp_path: Path) -> None:
    way = target(server, tmp_path, secret="wrong")
    with pytest.raises(Unauthorized) as told:
        carry(way, tmp_path / "r", *built(tmp_path / "a", FIRST))
    assert "SignatureDoesNotMatch" in str(told.value)
    assert server.key not in str(told.value)
