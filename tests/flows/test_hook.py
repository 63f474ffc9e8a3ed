"""Whoever builds or serves the site elsewhere is told once, and again until they hear."""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.flows.hook import Call, Hook, owe
from outreach.store import notices
from tests.feeds import Site, a_site
from tests.flows.world import World

PATH = "/build_hooks/5ecre7"


@pytest.fixture
def builder() -> Iterator[Site]:
    with a_site() as running:
        running.bodies[PATH] = ""
        yield running


def call(world: World, url: str = "", command: Sequence[str] = ()) -> Call:
    return Call(
        url=(lambda: url) if url else None,
        command=command,
        root=world.root,
        output=world.root / "hook.log",
        environ={"PATH": "/usr/bin:/bin", "X_API_KEY": "s3cret"},
        fetch=Fetch(guard=loopback_only, deadline=2),
    )


def hook(world: World, builder: Site, *, by_date: bool = True) -> Hook:
    made = call(world, f"{builder.server.url}{PATH}")
    return Hook(call=made, by_date=by_date, database=world.database, now=world.clock)


def scheduled(world: World, name: str, **span: float) -> None:
    """Accept a post that is dated ahead."""
    world.write(name, date=(world.clock() + timedelta(**span)).isoformat())
    world.publisher("http://127.0.0.1:1")()


def test_it_fires_once_when_a_post_comes_due(world: World, builder: Site) -> None:
    fire = hook(world, builder)
    scheduled(world, "one", hours=1)
    scheduled(world, "two", hours=2)
    fired = []
    for minute in range(180):
        fired += [minute] * fire()
        world.clock.move(minutes=1)
    assert fired == [60, 120]
    assert builder.asked[0].startswith(f"POST {PATH} ")
    assert builder.said == ["{}", "{}"]


def test_several_at_once_are_one_and_so_are_those_of_a_day_off(world: World, builder: Site) -> None:
    assert not hook(world, builder)()
    for name in ("one", "two"):
        scheduled(world, name, hours=1)
    scheduled(world, "three", hours=2)
    world.clock.move(days=3)
    assert hook(world, builder)()
    assert not hook(world, builder)(), "also not by another process"
    assert len(builder.asked) == 1


def test_what_came_by_a_feed_is_built_already(world: World, builder: Site) -> None:
    fire = hook(world, builder)
    fire()
    scheduled(world, "one", hours=1)
    world.database.execute("UPDATE post SET path = 'https://blog.example/feed#1'")
    world.clock.move(hours=2)
    assert not fire()


def test_after_our_own_deploy_it_fires_whatever_the_date(world: World, builder: Site) -> None:
    fire = hook(world, builder, by_date=False)
    scheduled(world, "one", hours=1)
    world.clock.move(hours=2)
    assert not fire()
    owe(world.database, world.clock())
    assert fire()
    assert not fire()


def test_one_that_fails_is_tried_again_with_patience(world: World, builder: Site) -> None:
    builder.status[PATH] = 503
    fire = hook(world, builder, by_date=False)
    owe(world.database, world.clock())
    for _ in range(60):
        assert not fire()
        world.clock.move(seconds=1)
    assert len(builder.asked) == 4, "after 5, 10 and 20 seconds"
    assert "the deploy_hook failed: it answers 503" in lines(world)
    builder.status[PATH] = 200
    world.clock.move(minutes=10)
    assert fire()
    assert "deploy_hook" not in lines(world)


def lines(world: World) -> str:
    return "\n".join(map(str, notices.every(world.database, world.clock())))


def test_the_address_is_a_secret_and_never_told(world: World) -> None:
    made = call(world, f"http://ada:5ecre7@127.0.0.1:1{PATH}?token=5ecre7")
    fire = Hook(call=made, by_date=False, database=world.database, now=world.clock)
    owe(world.database, world.clock())
    assert not fire()
    assert "the deploy_hook failed" in lines(world)
    assert "5ecre7" not in lines(world)


def test_a_command_runs_in_the_folder_without_our_secrets(world: World) -> None:
    code = "import os; print(sorted(os.environ)); print(os.getcwd()); open('built', 'w')"
    call(world, command=[sys.executable, "-c", code])()
    assert (world.root / "built").exists()
    said = (world.root / "hook.log").read_text()
    assert str(world.root) in said
    assert "X_API_KEY" not in said


def test_a_command_that_fails_says_why(world: World) -> None:
    made = call(world, command=["sh", "-c", "echo no space left >&2; exit 3"])
    fire = Hook(call=made, by_date=False, database=world.database, now=world.clock)
    owe(world.database, world.clock())
    assert not fire()
    assert "sh ended with 3: no space left" in lines(world)


def test_what_changes_while_it_fires_is_owed_again(world: World, builder: Site) -> None:
    made = call(world, f"{builder.server.url}{PATH}")

    class Slow(Call):
        def __call__(self) -> None:
            made()
            world.clock.move(seconds=1)
            owe(world.database, world.clock())

    slow = Slow(**{name: getattr(made, name) for name in made.__dataclass_fields__})
    fire = Hook(call=slow, by_date=False, database=world.database, now=world.clock)
    owe(world.database, world.clock())
    assert fire()
    assert fire(), "the second change was not in what the first one built"
