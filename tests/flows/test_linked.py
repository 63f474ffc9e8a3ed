"""The pages that a post links to are told once, after an edit again, and when it is gone."""

from datetime import timedelta

import pytest
import requests

from outreach.channels import webmention
from outreach.flows.report import needs_a_human
from outreach.flows.syndicate import syndicate
from outreach.model.delivery import Activity, Delivery, Receipt, State
from outreach.model.errors import Uncertain
from outreach.model.note import Note
from outreach.rules.retry import DROPPED, Step
from outreach.store import accounts, ledger, posts
from tests.flows.world import World
from tests.sandbox.running import Sandbox

DAYS = timedelta(days=3)
NOBODY = "http://127.0.0.1:1"
BOB, GRACE = "https://bob.example/post", "https://grace.example/"


@pytest.fixture
def world(tmp_path, sandbox: Sandbox) -> World:  # type: ignore[no-untyped-def]
    return World(tmp_path, sandbox, "webmention")


def told(world: World) -> list[tuple[str, Activity, State]]:
    return [(d.recipient, d.activity, d.state) for d in ledger.every(world.database)]


def arrive(world: World, delivery: Delivery, state: State = State.SENT, error: str = "") -> None:
    """The page has answered."""
    receipt = Receipt(id=delivery.recipient, url="", at=world.clock())
    with world.database.atomic():
        world.database.execute(
            "UPDATE delivery SET started = due, attempted = due, key = id WHERE id = :id",
            id=delivery.id,
        )
        step = Step(state=state, due=world.clock(), error=error, receipt=receipt)
        ledger.change(world.database, delivery, step, world.clock())


def test_each_link_out_of_the_site_is_told_once(world: World, site: str) -> None:
    body = f"See [bob]({BOB}#part), [again]({BOB}), [us](/other/), [mail](mailto:a@b.example)."
    world.write("hello", body=body)
    publish = world.publisher(site)
    assert [post.slug for post in publish()] == ["hello"]
    assert publish() == []
    (delivery,) = ledger.every(world.database)
    assert (delivery.recipient, delivery.note.to) == (BOB, BOB)
    assert delivery.note.original == f"{site}/hello/"


def test_a_post_without_links_is_looked_at_once(world: World, site: str) -> None:
    world.write("hello", body="No links.")
    publish = world.publisher(site)
    publish()
    assert publish() == []
    assert told(world) == []


def test_an_edit_tells_the_old_and_the_new(world: World, site: str) -> None:
    world.write("hello", body=f"See [bob]({BOB}).")
    publish = world.publisher(site)
    publish()
    arrive(world, ledger.every(world.database)[0])
    world.write("hello", body=f"See [grace]({GRACE}).")
    publish()
    publish()
    assert told(world) == [
        (BOB, Activity.CREATE, State.SENT),
        (GRACE, Activity.CREATE, State.READY),
        (BOB, Activity.UPDATE, State.READY),
    ]


def test_who_takes_no_webmentions_is_not_told_again(world: World, site: str) -> None:
    world.write("hello", body=f"See [bob]({BOB}).")
    publish = world.publisher(site)
    publish()
    no = f"{DROPPED}the page takes no webmentions"
    arrive(world, ledger.every(world.database)[0], State.FAILED, no)
    world.write("hello", body=f"See [bob]({BOB}), once more.")
    publish()
    assert told(world) == [(BOB, Activity.CREATE, State.FAILED)]


def test_a_withdrawal_is_told_once_the_page_says_so_and_its_end_as_well(
    world: World, site: str
) -> None:
    world.write("hello", body=f"See [bob]({BOB}) and [grace]({GRACE}).")
    publish = world.publisher(site)
    publish()
    first, second = ledger.every(world.database)
    arrive(world, first)
    posts.withdraw(world.database, "hello", "wrong")
    for _ in range(2):
        publish()
    assert requests.get(f"{site}/hello/", timeout=5).text.count("wrong")
    assert told(world) == [
        (first.recipient, Activity.CREATE, State.SENT),
        (second.recipient, Activity.CREATE, State.FAILED),
        (first.recipient, Activity.DELETE, State.READY),
    ]
    posts.withdraw(world.database, "hello", "")
    publish()
    assert told(world)[-1] == (first.recipient, Activity.UPDATE, State.READY)


def test_a_link_is_told_only_once_our_page_has_it(world: World, site: str) -> None:
    world.write("hello", body="No links yet.")
    publish = world.publisher(site)
    publish()
    world.clock.move(days=3)
    world.write("hello", body=f"See [bob]({BOB}).", date=(world.clock() - DAYS).isoformat())
    there, publish._prove._served_at = publish._prove._served_at, NOBODY
    publish()
    assert told(world) == []
    publish._prove._served_at = there
    world.clock.move(seconds=2)
    publish()
    assert BOB in requests.get(f"{site}/hello/", timeout=5).text
    syndicate(world.sending("webmention", channel=Deaf()))
    assert told(world) == [(BOB, Activity.CREATE, State.READY)]


class Deaf:
    """A channel like Webmention whose every page takes the request and does not answer."""

    limits = webmention.LIMITS

    def publish(self, note: Note, key: str) -> Receipt:
        raise Uncertain("no answer")

    def repeatable(self, note: Note) -> bool:
        return True


def test_a_page_that_does_not_answer_stops_no_other_and_is_let_go_after_a_day(
    world: World, site: str
) -> None:
    world.write("hello", body=f"See [bob]({BOB}) and [grace]({GRACE}).")
    world.publisher(site)()
    way = world.sending("webmention", channel=Deaf())
    for _ in range(20):
        syndicate(way)
        world.clock.move(minutes=5)
    assert {d.state for d in ledger.every(world.database)} == {State.READY}
    assert accounts.one(world.database, "webmention").not_before is None
    world.clock.move(hours=25)
    assert syndicate(way) is None
    assert {(d.state, d.error[: len(DROPPED)]) for d in ledger.every(world.database)} == {
        (State.FAILED, DROPPED)
    }
    assert needs_a_human(world.database, world.clock()) == []
