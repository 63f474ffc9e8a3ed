"""A post to the readers of a newsletter: tested, held for ten minutes, once to each."""

from datetime import timedelta

import pytest
import requests

from outreach.channels import email
from outreach.flows import addressed
from outreach.flows.syndicate import syndicate
from outreach.model.delivery import Delivery, Receipt, State
from outreach.model.errors import Undeliverable
from outreach.model.mention import Bounce
from outreach.model.note import Note
from outreach.rules.retry import DROPPED, Step
from outreach.store import content, ledger, mistakes, posts, subscribers
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
    with world.database.atomic():
        addressed.withdraw(
            world.database,
            world.addressing,
            "hello",
            "wrong",
            new_key=world.new_key,
            now=world.clock(),
        )
    assert {(d.state, d.error) for d in letters(world, "hello")} == {
        (State.FAILED, f"{DROPPED}withdrawn: wrong")
    }
    events = ledger.history(world.database, letters(world, "hello")[0].id)
    assert [state for _, state, _ in events] == [State.READY, State.FAILED]


def test_whose_address_is_dead_gets_no_letter(world: World, site: str) -> None:
    tested(world)
    with world.database.atomic():
        dead = Bounce(address="grace@reader.example", lasting=True, why="5.1.1 no such user")
        subscribers.bounced(world.database, "email", dead, world.clock())
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
