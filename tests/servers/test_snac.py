"""The Mastodon channel at a real server of the fediverse."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.channels import Secrets, mastodon
from outreach.fetch import Fetch, loopback_only
from outreach.model.delivery import Receipt
from outreach.model.errors import Rejected, Unauthorized
from outreach.model.mention import Kind
from outreach.model.note import Note
from outreach.model.post import Media
from outreach.rules.keys import Tids

from ..channels.reading import everything
from ..wait import until
from . import snac
from .snac import Snac

BACK = "http://localhost/back"
LINK = "http://localhost/2026/hello"
SLOW = 60.0
"""snac2 tells people what happened when its queue comes to it."""

new_key = Tids(lambda: datetime.now(UTC), 0)


@pytest.fixture(scope="module")
def server() -> Iterator[Snac]:
    with snac.server() as running:
        yield running


@pytest.fixture(scope="module")
def us(server: Snac) -> mastodon.Mastodon:
    return signed_in(server, "alice")


@pytest.fixture(scope="module")
def them(server: Snac) -> mastodon.Mastodon:
    return signed_in(server, "bob")


def signed_in(server: Snac, name: str) -> mastodon.Mastodon:
    """The channel of somebody who said yes on the server's own page."""
    settings = mastodon.Settings(kind="mastodon", instance=server.url)
    secrets, fetch = Secrets(named=str), Fetch(guard=loopback_only)
    consent = mastodon.sign_in(settings, secrets, fetch, now)
    begun = consent.begin(BACK)
    assert consent.finish(begun.kept, server.consent(begun.url, name)) == f"@{name}@localhost"
    return mastodon.open(settings, secrets, fetch, now)


def now() -> datetime:
    return datetime.now(UTC)


def a_minute_ago() -> datetime:
    return now() - timedelta(minutes=1)


def read(server: Snac, receipt: Receipt) -> str:
    """The note as anybody sees it."""
    answer = Fetch(guard=loopback_only)("GET", receipt.url)
    assert answer.status == 200
    return answer.text


def test_where_it_is_missing_the_word_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snac, "find", lambda: None)
    with pytest.raises(pytest.skip.Exception, match="make servers"), snac.server():
        raise AssertionError("a server without a binary")


def test_it_is_gone_at_the_end() -> None:
    """Also where the tests fail."""
    if snac.find() is None:
        pytest.skip(snac.MISSING)
    with pytest.raises(ZeroDivisionError), snac.server() as running:
        raise ZeroDivisionError
    assert not snac.answers(running.url)


def test_packages_come_from_where_this_machine_has_them(tmp_path: Path) -> None:
    sources = tmp_path / "sources.list.d"
    sources.mkdir()
    (sources / "debian.sources").write_text(
        "# first\nTypes: deb\nURIs: http://other.example/security\nSuites: old-security\n"
        "Signed-By: /other.gpg\n\nTypes: deb\nURIs: http://mirror.example/debian\n"
        "Suites: old old-updates\nSigned-By: /keys/debian.gpg\n"
    )
    assert snac.mirror("old", tmp_path) == ("http://mirror.example/debian", "/keys/debian.gpg")
    with pytest.raises(LookupError, match="no source of new"):
        snac.mirror("new", tmp_path)


def test_a_registration_is_used_again(server: Snac) -> None:
    settings = mastodon.Settings(kind="mastodon", instance=server.url)
    secrets, fetch = Secrets(named=str), Fetch(guard=loopback_only)
    consent = mastodon.sign_in(settings, secrets, fetch, now)
    consent.begin(BACK)
    first = secrets.tokens["client"]
    consent.begin(BACK)
    assert secrets.tokens["client"] == first


def test_rights(us: mastodon.Mastodon) -> None:
    rights = us.rights()
    assert (rights.handle, rights.read, rights.write) == ("@alice@localhost", "", "")
    assert us.find(Note(text=""), "", a_minute_ago()) == []


def test_the_limits_are_the_servers_own(
    us: mastodon.Mastodon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert us.limits.length == 100_000
    assert us.limits.measure("https://example.com/") == 32
    assert us.limits.images == 4
    assert caplog.records == []


def test_a_link_and_a_tag_are_there_and_found(server: Snac, us: mastodon.Mastodon) -> None:
    note, key = Note(text=f"Hello #world {LINK}", original=LINK, language="en"), new_key()
    receipt = us.publish(note, key)
    page = read(server, receipt)
    assert f'href="{LINK}"' in page
    assert "#world" in page
    assert [found.id for found in us.find(note, key, a_minute_ago())] == [receipt.id]
    other = Note(text=f"Hello {LINK}-other", original=f"{LINK}-other")
    assert us.find(other, new_key(), a_minute_ago()) == []


def test_a_warning_stands_before_the_text(server: Snac, us: mastodon.Mastodon) -> None:
    page = read(
        server, us.publish(Note(text="It was him.", warning="The end of a film"), new_key())
    )
    assert "The end of a film" in page


def test_a_thread_and_its_words_are_found_under_their_parent(us: mastodon.Mastodon) -> None:
    first = us.publish(Note(text="Part one"), new_key())
    part, key = Note(text="Part two\n\nand more", in_reply_to=first.id), new_key()
    second = us.publish(part, key)
    assert [found.id for found in us.find(part, key, a_minute_ago())] == [second.id]
    assert us.find(Note(text="Part two\n\nand more"), key, a_minute_ago()) == []


def test_an_image_has_its_description_and_stays_in_an_edit(
    server: Snac, us: mastodon.Mastodon, tmp_path: Path
) -> None:
    """This server keeps the files that a note began with, their descriptions too."""
    file = tmp_path / "dog.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    dog = Media(path=str(file), alt="A dog", content_type="image/png")
    receipt = us.publish(Note(text="See", media=(dog,)), new_key())
    assert 'alt="A dog"' in read(server, receipt)
    for _ in range(2):
        us.edit(receipt, Note(text="See here", media=(dog,)))
    page = read(server, receipt)
    assert "See here" in page
    assert page.count('alt="A dog"') == 1


def test_what_is_gone_cannot_be_edited(us: mastodon.Mastodon) -> None:
    with pytest.raises(Rejected) as caught:
        us.edit(Receipt(id="4242", url="", at=now()), Note(text="After"))
    assert caught.value.status == 404


def test_a_deletion_is_done_where_the_server_knows_no_deletion(us: mastodon.Mastodon) -> None:
    us.delete(us.publish(Note(text="Soon gone"), new_key()))


def test_a_wrong_token_is_unauthorized(server: Snac) -> None:
    settings = mastodon.Settings(kind="mastodon", instance=server.url, token="$TOKEN")
    channel = mastodon.open(settings, Secrets(named=str), Fetch(guard=loopback_only), now)
    with pytest.raises(Unauthorized):
        channel.publish(Note(text="Not mine"), new_key())


def test_an_answer_is_read(us: mastodon.Mastodon, them: mastodon.Mastodon) -> None:
    post = us.publish(Note(text="What do you think?"), new_key())
    words = f"{us.handle()} I like it.\n\nMuch."
    host = post.url.split("/")[2]
    answer = them.publish(
        Note(text=words.replace("@localhost", f"@{host}"), in_reply_to=post.id), new_key()
    )
    told = until(lambda: everything(us)[0].get(answer.id), SLOW, "the answer")
    assert told is not None
    assert (told.kind, told.in_reply_to) == (Kind.REPLY, post.id)
    assert told.text.endswith("I like it.\n\nMuch.")
    assert told.author.handle == f"@bob@{host}"
    assert answer.id not in everything(them)[0]
