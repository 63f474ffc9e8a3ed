"""A post to the readers of a newsletter: tested, held for ten minutes, once to each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from outreach.channels import email
from outreach.flows import addressed
from outreach.flows.letter import left
from outreach.flows.syndicate import syndicate
from outreach.model.delivery import Delivery, Receipt, State
from outreach.model.errors import Deferred, Undeliverable
from outreach.model.mention import Bounce
from outreach.model.note import Note
from outreach.rules.retry import DROPPED, Step
from outreach.store import accounts, content, ledger, mistakes, posts, restored, subscribers
from outreach.store import letters as store
from tests.flows.world import World
from tests.sandbox.running import Sandbox


@pytest.fixture
def world(tmp_path, sandbox: Sandbox) -> World:  # type: ignore[no-untyped-def]
    made = World(tmp_path, sandbox, "mastodon", "email")
    for name, language in (("grace", ""), ("linus", "en"), ("konrad", "de")):
        subscribers.add_confirmed(
            made.database,
            "email",
            f"{name}@reader.example",
            language,
            f"token-{name}",
            made.clock(),
            made.clock(),
        )
    return made


def tested(world: World) -> None:
    """Somebody sent themselves a letter and got it."""
    test = world.queue(
        "letter#test", "email", source=f"letter{subscribers.TEST}", recipient="ada@acme.example"
    )
    receipt = Receipt(id="<test@acme.example>", url="", at=world.clock())
    with world.database.atomic():
        step = Step(state=State.SENT, due=world.clock(), receipt=receipt)
        ledger.change(world.database, test, step, world.clock())
    assert subscribers.tested(world.database, "email") is not None


def letters(world: World, slug: str) -> list[Delivery]:
    return ledger.to_subscribers(world.database, "email", slug)


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def test_an_untested_list_is_not_written_to(world: World, site: str) -> None:
    world.write("hello", email="with")
    publish = world.publisher(site)
    publish()
    assert letters(world, "hello") == []
    assert "outreach newsletter test YOUR-ADDRESS --list email" in wrong(world)
    tested(world)
    publish()
    assert len(letters(world, "hello")) == 2
    assert wrong(world) == ""


def test_each_reader_of_the_language_gets_one_of_their_own(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with", body="Hello, *readers*.")
    publish = world.publisher(site)
    publish()
    publish()
    found = letters(world, "hello")
    assert [(d.recipient, d.note.to) for d in found] == [
        ("grace@reader.example", "grace@reader.example"),
        ("linus@reader.example", "linus@reader.example"),
    ]
    assert found[0].note.unsubscribe == f"{site}/unsubscribe?token=token-grace"
    assert {d.account for d in ledger.of_source(world.database, "hello")} == {"mastodon", "email"}


def test_the_text_is_kept_once_and_sent_whole(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="only", body="Hello, *readers*. [Look](/there/)")
    world.publisher(site)()
    first, second = letters(world, "hello")
    assert (first.note.text, first.note.html) == ("", "")
    assert first.note.content == second.note.content != ""
    world.clock.move(minutes=10)
    claimed = ledger.claim(world.database, "email", world.new_key(), world.clock())
    assert claimed is not None
    assert claimed.note.text == f"Hello, readers. Look {site}/there/"
    assert f'<a href="{site}/there/" rel="noopener">Look</a>' in claimed.note.html


def test_a_letter_waits_ten_minutes(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    world.publisher(site)()
    assert {d.due - world.clock() for d in letters(world, "hello")} == {timedelta(minutes=10)}


def test_only_is_on_no_page_and_no_network(world: World, site: str) -> None:
    tested(world)
    world._write("letters/news.md", "Hello.", {"title": "News", "date": world.clock().isoformat()})
    world.publisher(site)()
    assert {d.account for d in ledger.every(world.database)} == {"email"}
    assert requests.get(f"{site}/letters/news/", timeout=5).status_code == 404
    assert posts.one(world.database, "letters/news").url == ""
    assert len(letters(world, "letters/news")) == 2


def test_who_joins_later_gets_the_next(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    publish = world.publisher(site)
    publish()
    subscribers.add_confirmed(
        world.database, "email", "late@reader.example", "", "t", world.clock(), world.clock()
    )
    publish()
    assert len(letters(world, "hello")) == 2


def test_an_edit_reaches_a_letter_that_waits_and_none_that_began(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with", body="First words.")
    publish = world.publisher(site)
    publish()
    world.write("hello", email="with", body="Second words.")
    publish()
    _, second = letters(world, "hello")
    assert "Second words." in content.whole(world.database, second.note).text
    assert second.note.unsubscribe.endswith("token-linus")
    world.clock.move(minutes=10)
    ledger.claim(world.database, "email", world.new_key(), world.clock())
    world.write("hello", email="with", body="Third words.")
    publish()
    texts = [content.whole(world.database, d.note).text for d in letters(world, "hello")]
    assert all("Second words." in text for text in texts)


def test_a_withdrawal_stops_what_waits(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    syndicate(world.sending("email", channel=Grey()))
    with world.database.atomic():
        addressed.stop(world.database, world.addressing, "hello", "wrong", world.clock())
    assert {(d.state, d.error) for d in letters(world, "hello")} == {
        (State.FAILED, f"{DROPPED}withdrawn: wrong")
    }
    events = ledger.history(world.database, letters(world, "hello")[1].id)
    assert [state for _, state, _ in events] == [State.READY, State.FAILED]


def test_whose_address_is_dead_gets_no_letter(world: World, site: str) -> None:
    tested(world)
    with world.database.atomic():
        subscribers.unreachable(
            world.database, "email", "grace@reader.example", "5.1.1 no such user", world.clock()
        )
    world.write("hello", email="with")
    world.publisher(site)()
    assert [d.recipient for d in letters(world, "hello")] == ["linus@reader.example"]


def test_a_forged_report_strikes_nobody_out(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    claimed = ledger.claim(world.database, "email", world.new_key(), world.clock())
    assert claimed is not None and claimed.recipient == "grace@reader.example"
    for address in ("linus@reader.example", "grace@reader.example"):
        came_back = Bounce(address=address, lasting=True, why="5.1.1", key=claimed.key)
        with world.database.atomic():
            subscribers.bounced(world.database, "email", came_back, world.clock())
    readers = subscribers.confirmed(world.database, "email")
    assert [reader.address for reader in readers] == [
        "konrad@reader.example",
        "linus@reader.example",
    ]


class Grey:
    """A channel whose every reader's server wants to be asked again later."""

    limits = email.LIMITS

    def publish(self, note: Note, key: str) -> Receipt:
        raise Deferred("450 4.7.1 greylisted")


def test_a_reader_who_cannot_be_reached_now_stops_no_other(world: World, site: str) -> None:
    tested(world)
    for number in range(8):
        address = f"r{number}@reader.example"
        subscribers.add_confirmed(
            world.database, "email", address, "", address, world.clock(), world.clock()
        )
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    way = world.sending("email", channel=Grey())
    assert len([moved for moved in (syndicate(way) for _ in range(10)) if moved]) == 10
    assert accounts.one(world.database, "email").not_before is None


class Slow:
    """A channel that takes a letter, and then wants a quarter of a day."""

    limits = replace(email.LIMITS, spacing=timedelta(hours=6))

    def publish(self, note: Note, key: str) -> Receipt:
        return Receipt(id=key, url="", at=datetime.now(UTC))


def test_a_letter_that_goes_on_is_not_stale_and_one_that_rested_is(world: World, site: str) -> None:
    tested(world)
    for number in range(8):
        address = f"r{number}@reader.example"
        subscribers.add_confirmed(
            world.database, "email", address, "", address, world.clock(), world.clock()
        )
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    way = world.sending("email", channel=Slow())
    for _ in range(7):  # more than a day
        syndicate(way)
        world.clock.move(hours=6)
    assert {d.state for d in letters(world, "hello")} == {State.READY, State.SENT}
    world.clock.move(hours=30)
    syndicate(way)
    assert {d.state for d in letters(world, "hello")} == {State.HELD, State.SENT}
    with world.database.atomic():
        going = store.go_on(
            world.database, "email", "hello", (State.HELD,), timedelta(0), world.clock()
        )
    assert going == 3
    assert syndicate(way) is not None


def test_what_is_asked_meanwhile_does_not_wait_for_the_last_reader(world: World, site: str) -> None:
    tested(world)
    world.addressing = replace(world.addressing, spacing={"email": timedelta(seconds=1)})
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    asked = world.queue("please confirm", "email", recipient="new@reader.example")
    order = [syndicate(world.sending("email", channel=Full())) for _ in range(2)]
    assert [moved.id for moved in order if moved] == [letters(world, "hello")[0].id, asked.id]


def test_a_letter_may_be_out_since_before_a_restore(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    restored.stamp(world.database, world.clock())
    world.publisher(site)()
    world.clock.move(minutes=10)
    syndicate(world.sending("email", channel=Full()))
    syndicate(world.sending("email", channel=Full()))
    assert letters(world, "hello")[0].state is State.UNKNOWN


def test_who_has_left_is_let_be(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    world.publisher(site)()
    first, _ = letters(world, "hello")
    assert left(world.database, first) == ""
    with world.database.atomic():
        subscribers.leave(world.database, "token-grace", "by the link", world.clock())
    assert left(world.database, first) == "this reader has left: by the link"


def test_a_letter_waits_for_its_first_reader(world: World, site: str) -> None:
    tested(world)
    world.write("hallo", email="only", language="fr")
    for token in ("token-grace", "token-linus"):
        with world.database.atomic():
            subscribers.leave(world.database, token, "by the link", world.clock())
    publish = world.publisher(site)
    publish()
    assert "the newsletter email has no reader of its language (fr)" in wrong(world)
    subscribers.add_confirmed(
        world.database, "email", "late@reader.example", "fr", "t", world.clock(), world.clock()
    )
    publish()
    assert [d.recipient for d in letters(world, "hallo")] == ["late@reader.example"]


class Full:
    """A channel whose server knows nobody of that name."""

    limits = email.LIMITS

    def publish(self, note: Note, key: str) -> Receipt:
        raise Undeliverable("550 5.1.1 no such user", 550)


def test_whom_the_server_does_not_know_is_not_written_to_again(world: World, site: str) -> None:
    tested(world)
    world.write("hello", email="with")
    world.publisher(site)()
    world.clock.move(minutes=10)
    syndicate(world.sending("email", channel=Full()))
    assert [d.state for d in letters(world, "hello")] == [State.FAILED, State.READY]
    assert "grace@reader.example" not in [
        reader.address for reader in subscribers.confirmed(world.database, "email")
    ]


def test_without_a_newsletter_it_is_said(tmp_path, sandbox: Sandbox, site: str) -> None:  # type: ignore[no-untyped-def]
    world = World(tmp_path, sandbox, "mastodon")
    world.write("hello", email="with")
    world.publisher(site)()
    assert "`email: with`, and there is no newsletter" in wrong(world)
    assert [d.account for d in ledger.every(world.database)] == ["mastodon"]


def test_a_shared_text_is_one_row(world: World) -> None:
    note = Note(text="a", html="<p>a</p>")
    kept = content.keep(world.database, note)
    assert content.keep(world.database, note) == kept
    assert world.database.query("SELECT COUNT(*) AS n FROM content")[0]["n"] == 1
    assert content.whole(world.database, kept).html == "<p>a</p>"
