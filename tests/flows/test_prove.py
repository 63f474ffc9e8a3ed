"""A page that is not right is looked at again, politely, and after a quarter of an hour held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from outreach.flows.prove import PATIENCE
from outreach.flows.publish import Publish
from outreach.flows.report import needs_a_human
from outreach.store import posts
from tests.feeds import Site, a_site
from tests.flows.world import World


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Where the pages are served, and a test says what they are."""
    with a_site() as running:
        yield running


def right(elsewhere: Site, name: str, more: str = "") -> None:
    """Put the right page of a post there."""
    url = f"{elsewhere.server.url}/{name}/"
    elsewhere.page(f"/{name}/", "Hello", f'<link rel="canonical" href="{url}">{more}')


def slugs(publish: Publish) -> list[str]:
    return [post.slug for post in publish()]


def asked(elsewhere: Site) -> int:
    """How often somebody looked since the last time that this was asked."""
    number = len(elsewhere.asked)
    elsewhere.asked.clear()
    return number


def patience(world: World, publish: Publish) -> None:
    """Let the time pass that a page may take, with a pass each second or so."""
    for _ in range(int(PATIENCE.total_seconds() / 30) + 1):
        publish()
        world.clock.move(seconds=30)


def test_a_page_is_looked_at_less_and_less_often(world: World, elsewhere: Site) -> None:
    world.write("hello")
    publish = world.publisher(elsewhere.server.url)
    looks = []
    for second in range(100):
        publish()
        looks += [second] * asked(elsewhere)
        world.clock.move(seconds=1)
    assert looks == [0, 1, 3, 7, 15, 31, 61, 91]


def test_once_it_is_right_it_is_announced(world: World, elsewhere: Site) -> None:
    world.write("hello")
    publish = world.publisher(elsewhere.server.url)
    assert slugs(publish) == []
    assert "hello is not announced, its page is not right" in lines(world)
    right(elsewhere, "hello")
    world.clock.move(seconds=1)
    assert slugs(publish) == ["hello"]
    assert "hello" not in lines(world)


def lines(world: World) -> str:
    return "\n".join(needs_a_human(world.database, world.clock()))


def test_after_a_quarter_of_an_hour_it_is_held_and_nobody_asks(
    world: World, elsewhere: Site
) -> None:
    world.write("hello")
    publish = world.publisher(elsewhere.server.url)
    patience(world, publish)
    assert posts.held(world.database)["hello"].endswith("/hello/ answers 404")
    assert "put that right, and then: outreach resume hello" in lines(world)
    assert world.states() == []
    asked(elsewhere)
    right(elsewhere, "hello")
    world.clock.move(days=1)
    assert slugs(publish) == []
    assert asked(elsewhere) == 0


def test_the_quarter_of_an_hour_is_counted_over_a_restart(world: World, elsewhere: Site) -> None:
    world.write("hello")
    world.publisher(elsewhere.server.url)()
    world.clock.move(minutes=14)
    world.publisher(elsewhere.server.url)()
    assert posts.held(world.database) == {}
    world.clock.move(minutes=1)
    world.publisher(elsewhere.server.url)()
    assert list(posts.held(world.database)) == ["hello"]


def test_the_held_one_does_not_hold_the_others(world: World, elsewhere: Site) -> None:
    world.write("first")
    publish = world.publisher(elsewhere.server.url)
    patience(world, publish)
    world.write("second")
    right(elsewhere, "second")
    assert slugs(publish) == ["second"]


def test_one_that_waits_does_not_hold_the_others(world: World, elsewhere: Site) -> None:
    world.write("first", date=(world.clock() - timedelta(minutes=1)).isoformat())
    world.write("second")
    right(elsewhere, "second")
    publish = world.publisher(elsewhere.server.url)
    assert slugs(publish) == ["second"]


def test_resumed_it_has_its_time_anew(world: World, elsewhere: Site) -> None:
    world.write("hello")
    publish = world.publisher(elsewhere.server.url)
    patience(world, publish)
    assert posts.resume(world.database, "hello")
    assert not posts.resume(world.database, "hello")
    publish()
    assert posts.held(world.database) == {}
    right(elsewhere, "hello")
    world.clock.move(seconds=1)
    assert slugs(publish) == ["hello"]


def test_a_changed_file_starts_it_again(world: World, elsewhere: Site) -> None:
    world.write("hello")
    publish = world.publisher(elsewhere.server.url)
    patience(world, publish)
    right(elsewhere, "hello")
    world.write("hello", body="Hello, put right.")
    assert slugs(publish) == ["hello"]


CARD = '<meta property="og:image" content="{url}/media/card.png">'


def test_a_page_is_right_once_its_card_image_is_there(world: World, elsewhere: Site) -> None:
    world.write("hello")
    right(elsewhere, "hello", CARD.format(url=""))
    publish = world.publisher(elsewhere.server.url)
    assert slugs(publish) == []
    assert "/media/card.png answers 404" in lines(world)
    elsewhere.bodies["/media/card.png"] = "<p>Not found, they say</p>"
    elsewhere.headers["/media/card.png"] = {"Content-Type": "text/html"}
    world.clock.move(seconds=1)
    assert slugs(publish) == []
    assert "/media/card.png is text/html, no image" in lines(world)
    elsewhere.headers["/media/card.png"] = {"Content-Type": "image/png"}
    world.clock.move(seconds=2)
    assert slugs(publish) == ["hello"]


def test_in_the_sandbox_an_image_elsewhere_is_not_looked_for(world: World, elsewhere: Site) -> None:
    world.write("hello")
    right(elsewhere, "hello", CARD.format(url="https://cdn.acme.example"))
    assert slugs(world.publisher(elsewhere.server.url)) == ["hello"]


def test_a_site_that_is_down_is_asked_for_one_page_a_pass(world: World, tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        world.write(name)
    world.publisher("http://127.0.0.1:1")()
    tried = [row.slug for row in posts.every(world.database) if row.proof_error]
    assert len(tried) == 1


def test_a_note_without_a_page_goes_out_beside_it(world: World) -> None:
    world.write("hello", date=(world.clock() - timedelta(minutes=1)).isoformat())
    world.jot("short", "No page of its own.", page="false")
    assert slugs(world.publisher("http://127.0.0.1:1")) == ["notes/short"]
