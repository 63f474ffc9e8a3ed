"""The Mastodon channel at mastodon_mock, which refuses what Mastodon refuses."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from outreach.channels import Secrets, mastodon
from outreach.fetch import Fetch, loopback_only
from outreach.model.errors import RateLimited, Rejected, Unauthorized, Uncertain
from outreach.model.mention import Kind
from outreach.model.note import Note
from outreach.model.post import Media
from outreach.rules.keys import Tids

from ..channels.reading import everything
from . import mastodon_mock
from .mastodon_mock import THEM, US

LINK = "https://blog.example/2026/hello"
BACK = "http://127.0.0.1/back"

new_key = Tids(lambda: datetime.now(UTC), 0)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with mastodon_mock.server() as url:
        yield url


@pytest.fixture
def us(server: str) -> mastodon.Mastodon:
    return holding(server, US)


@pytest.fixture
def them(server: str) -> mastodon.Mastodon:
    return holding(server, THEM)


def holding(server: str, token: str) -> mastodon.Mastodon:
    """The channel of whoever has this token."""
    settings = mastodon.Settings(kind="mastodon", instance=server, token="$TOKEN")
    secrets = Secrets(named=lambda name: token)
    return mastodon.open(settings, secrets, Fetch(guard=loopback_only), now)


def now() -> datetime:
    return datetime.now(UTC)


def a_minute_ago() -> datetime:
    return now() - timedelta(minutes=1)


def shown(server: str, identifier: str) -> Any:
    """A status as its author reads it."""
    headers = {"Authorization": f"Bearer {US}"}
    answer = requests.get(f"{server}/api/v1/statuses/{identifier}", headers=headers, timeout=10)
    return answer.json() if answer.ok else None


def failing(server: str, effect: dict[str, object]) -> None:
    """The next status is answered like this."""
    match = {"methods": ["POST"], "path": "/api/v1/statuses"}
    order = {"match": match, "effect": effect, "count": 1}
    assert requests.post(f"{server}/api/v1/_mock/faults", json=order, timeout=10).ok


def test_where_it_is_missing_the_word_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_mock, "missing", lambda: True)
    with pytest.raises(pytest.skip.Exception, match="make servers"), mastodon_mock.server():
        raise AssertionError("a server that is not there")


def test_it_is_gone_at_the_end() -> None:
    """Also where the tests fail."""
    with pytest.raises(ZeroDivisionError), mastodon_mock.server() as url:
        raise ZeroDivisionError
    assert not mastodon_mock.answers(url)


def test_every_package_is_pinned_by_its_hash_and_names_no_host() -> None:
    lines = mastodon_mock.PINNED.read_text().splitlines()
    assert all("==" in line or line.startswith("    --hash=sha256:") for line in lines)
    assert not any("://" in line for line in lines)


def test_a_key_sent_twice_is_one_status(server: str, us: mastodon.Mastodon) -> None:
    note, key = Note(text=f"Hello #world {LINK}", original=LINK, language="de"), new_key()
    receipt = us.publish(note, key)
    assert us.publish(note, key).id == receipt.id
    assert [found.id for found in us.find(note, key, a_minute_ago())] == [receipt.id]
    assert [tag["name"] for tag in shown(server, receipt.id)["tags"]] == ["world"]
    assert shown(server, receipt.id)["language"] == "de"


def test_an_answer_that_cannot_be_read_is_in_doubt(server: str, us: mastodon.Mastodon) -> None:
    note, key = Note(text="In doubt"), new_key()
    failing(server, {"type": "malformed"})
    with pytest.raises(Uncertain):
        us.publish(note, key)
    assert us.find(note, key, a_minute_ago()) == []


def test_too_long_is_rejected(us: mastodon.Mastodon) -> None:
    assert us.limits.length == 500
    with pytest.raises(Rejected) as caught:
        us.publish(Note(text="a" * 501), new_key())
    assert caught.value.status == 422


def test_a_wrong_token_is_unauthorized(server: str) -> None:
    with pytest.raises(Unauthorized):
        holding(server, "nobody").publish(Note(text="Not mine"), new_key())
    with pytest.raises(Unauthorized):
        holding(server, "nobody").rights()


def test_too_often_is_rate_limited(server: str, us: mastodon.Mastodon) -> None:
    failing(server, {"type": "ratelimit"})
    with pytest.raises(RateLimited) as caught:
        us.publish(Note(text="Too often"), new_key())
    assert caught.value.until is not None
    assert timedelta(seconds=280) < caught.value.until - now() <= timedelta(seconds=301)


def test_an_edit_carries_all_of_the_note(
    server: str, us: mastodon.Mastodon, tmp_path: Path
) -> None:
    """But this server keeps the files that a status began with."""
    file = tmp_path / "dog.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    dog = Media(path=str(file), alt="A dog", content_type="image/png")
    receipt = us.publish(Note(text="See", media=(dog,), warning="Dogs"), new_key())
    before = shown(server, receipt.id)
    assert [file["description"] for file in before["media_attachments"]] == ["A dog"]
    assert (before["spoiler_text"], before["sensitive"]) == ("Dogs", True)
    us.edit(receipt, Note(text="See here", media=(dog,), warning="Pets", language="de"))
    after = shown(server, receipt.id)
    assert "See here" in after["content"]
    assert [file["description"] for file in after["media_attachments"]] == ["A dog"]
    assert (after["spoiler_text"], after["sensitive"]) == ("Pets", True)


def test_a_deletion_is_repeatable(server: str, us: mastodon.Mastodon) -> None:
    receipt = us.publish(Note(text="Soon gone"), new_key())
    for _ in range(2):
        us.delete(receipt)
    assert shown(server, receipt.id) is None


def test_what_people_say_and_do_is_read(
    server: str, us: mastodon.Mastodon, them: mastodon.Mastodon
) -> None:
    post = us.publish(Note(text="What do you think?"), new_key())
    name = us.handle().split("@")[1]
    answer = them.publish(Note(text=f"@{name} I like it.", in_reply_to=post.id), new_key())
    deeper = them.publish(Note(text="And one more.", in_reply_to=answer.id), new_key())
    for verb in ("favourite", "reblog"):
        url = f"{server}/api/v1/statuses/{post.id}/{verb}"
        requests.post(url, headers={"Authorization": f"Bearer {THEM}"}, timeout=10)
    told = {m.id: m for m in everything(us)[0].values() if m.in_reply_to in (post.id, answer.id)}
    assert (told[answer.id].kind, told[answer.id].in_reply_to) == (Kind.REPLY, post.id)
    assert (told[deeper.id].kind, told[deeper.id].text) == (Kind.REPLY, "And one more.")
    assert {m.kind for m in told.values()} == {Kind.REPLY, Kind.LIKE, Kind.REPOST}


def test_rights(server: str, us: mastodon.Mastodon) -> None:
    rights = us.rights()
    assert (rights.handle, rights.read, rights.write) == ("@grace@127.0.0.1", "", "")
    reading = holding(server, token(server, "read")).rights()
    assert (reading.handle, reading.read) == ("@grace@127.0.0.1", "")
    assert "outside the authorized scopes" in reading.write
    writing = holding(server, token(server, "write")).rights()
    assert "outside the authorized scopes" in writing.read
    assert writing.write == ""


def token(server: str, scope: str) -> str:
    """A token of the server's own making, for that scope alone."""
    app = {"client_name": "test", "redirect_uris": BACK, "scopes": scope}
    made = requests.post(f"{server}/api/v1/apps", data=app, timeout=10).json()
    asked = {"client_id": made["client_id"], "redirect_uri": BACK, "scope": scope}
    sent = {"grant_type": "authorization_code", **asked, "code": consent(server, asked)["code"]}
    won = requests.post(f"{server}/oauth/token", data=sent, timeout=10).json()
    return str(won["access_token"])


def consent(server: str, asked: dict[str, str]) -> dict[str, str]:
    """What the server answers where Grace says yes on its page."""
    page = f"{server}/oauth/authorize"
    answer = requests.post(
        page, data={**asked, "username": "grace"}, allow_redirects=False, timeout=10
    )
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def test_signing_in(server: str) -> None:
    settings = mastodon.Settings(kind="mastodon", instance=server)
    secrets, fetch = Secrets(named=str), Fetch(guard=loopback_only)
    way = mastodon.sign_in(settings, secrets, fetch, now)
    begun = way.begin(BACK)
    form = requests.get(begun.url, timeout=10).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    answer = consent(server, hidden)
    # This server knows no scopes below read and write: the new token may not say who it is, and is
    # not kept.
    with pytest.raises(Rejected) as caught:
        way.finish(begun.kept, answer)
    assert caught.value.status == 403
    assert "access_token" not in secrets.tokens
