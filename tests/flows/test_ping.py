"""The hub hears of each change of a feed, once; and its failures cost nobody anything."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.flows.ping import Pinging, ping
from outreach.site.build import Site as OurSite
from outreach.site.feeds import NAMES
from outreach.store import notices
from tests.feeds import Site, a_site
from tests.flows.world import World
from tests.ports import free_port

OURS = "https://ours.example"


@pytest.fixture
def hub() -> Iterator[Site]:
    with a_site() as running:
        running.bodies["/hub"] = ""
        running.status["/hub"] = 204
        yield running


def way(world: World, hub: str) -> Pinging:
    return Pinging(
        site=OurSite(title="Ours", url=OURS, hub=hub),
        out=world.root / "site",
        database=world.database,
        fetch=Fetch(guard=loopback_only, deadline=2),
        now=world.clock,
    )


def built(world: World, **files: str) -> None:
    (world.root / "site").mkdir(exist_ok=True)
    for name in tuple(NAMES.values()):
        (world.root / "site" / name).write_text(files.get(name.partition(".")[0], "first"))


def told(hub: Site) -> list[dict[str, Any]]:
    return [parse_qs(body) for body in hub.said]


def test_each_change_is_told_once(world: World, hub: Site) -> None:
    url = f"{hub.server.url}/hub"
    assert ping(way(world, url)) == []
    built(world)
    assert ping(way(world, url)) == [f"{OURS}/{name}" for name in tuple(NAMES.values())]
    assert told(hub) == [{"hub.mode": ["publish"], "hub.url": [f"{OURS}/{name}"]} for name in tuple(NAMES.values())]
    assert "content-type: application/x-www-form-urlencoded" in hub.asked[0]
    assert ping(way(world, url)) == []
    built(world, feed="second")
    assert ping(way(world, url)) == [f"{OURS}/feed.json"]
    assert len(hub.asked) == 3


@pytest.mark.parametrize("status", [500, 404, 429])
def test_a_failure_is_tried_again_ever_later(world: World, hub: Site, status: int) -> None:
    url = f"{hub.server.url}/hub"
    built(world)
    hub.status["/hub"] = status
    waits = []
    for _ in range(12):
        asked, since = len(hub.asked), world.clock()
        while len(hub.asked) == asked:
            assert ping(way(world, url)) == []
            world.clock.move(seconds=10)
        waits.append(world.clock() - since)
    assert waits[:4] == [timedelta(seconds=it) for it in (10, 10, 20, 40)]
    assert max(waits) == timedelta(hours=1)
    lines = notices.every(world.database, world.clock())
    assert [line.what.partition(":")[0] for line in lines] == [
        "the hub is not told of https" for _ in tuple(NAMES.values())
    ]
    assert f": {status}" in lines[0].what
    hub.status["/hub"] = 204
    world.clock.move(hours=1)
    assert len(ping(way(world, url))) == 2
    assert notices.every(world.database, world.clock()) == []


def test_it_waits_as_long_as_the_hub_says(world: World, hub: Site) -> None:
    built(world)
    hub.status["/hub"], hub.headers["/hub"] = 429, {"Retry-After": "600"}
    url = f"{hub.server.url}/hub"
    ping(way(world, url))
    hub.status["/hub"] = 202
    world.clock.move(seconds=599)
    assert ping(way(world, url)) == []
    world.clock.move(seconds=2)
    assert len(ping(way(world, url))) == 2


def test_a_hub_that_is_not_there_is_no_fault(world: World) -> None:
    built(world)
    assert ping(way(world, f"http://127.0.0.1:{free_port()}/")) == []


def test_the_hub_of_the_sandbox_notes_it(world: World) -> None:
    built(world)
    assert len(ping(way(world, f"{world.sandbox.url}/feed/hub"))) == 2
    heard = world.sandbox.get("/feed/hub", token="")
    assert [it["topic"] for it in heard] == [f"{OURS}/{name}" for name in tuple(NAMES.values())]
