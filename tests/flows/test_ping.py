"""The hub hears of each change of a feed, once; and its failures cost nobody anything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.flows.ping import Pinging, ping
from outreach.site import trees
from outreach.site.build import Site as OurSite
from outreach.site.feeds import NAMES
from outreach.site.files import file
from outreach.store import notices
from tests.feeds import Site, a_site
from tests.flows.world import World
from tests.ports import free_port

OURS = "https://ours.example"
FEEDS = tuple(NAMES.values())


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
    for name in FEEDS:
        (world.root / "site" / name).write_text(files.get(name.partition(".")[0], "first"))


def told(hub: Site) -> list[dict[str, Any]]:
    return [parse_qs(body) for body in hub.said]


def test_each_change_is_told_once(world: World, hub: Site) -> None:
    url = f"{hub.server.url}/hub"
    assert ping(way(world, url)) == []
    built(world)
    assert ping(way(world, url)) == [f"{OURS}/{name}" for name in FEEDS]
    topics = [f"{OURS}/{name}" for name in FEEDS]
    assert told(hub) == [{"hub.mode": ["publish"], "hub.url": [topic]} for topic in topics]
    assert "content-type: application/x-www-form-urlencoded" in hub.asked[0]
    assert ping(way(world, url)) == []
    built(world, feed="second")
    assert ping(way(world, url)) == [f"{OURS}/feed.json"]
    assert len(hub.asked) == len(FEEDS) + 1


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
        "the hub is not told of https" for _ in FEEDS
    ]
    assert f": {status}" in lines[0].what
    hub.status["/hub"] = 204
    world.clock.move(hours=1)
    assert len(ping(way(world, url))) == len(FEEDS)
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
    assert len(ping(way(world, url))) == len(FEEDS)


def test_a_hub_that_is_not_there_is_no_fault(world: World) -> None:
    built(world)
    assert ping(way(world, f"http://127.0.0.1:{free_port()}/")) == []


def test_the_hub_of_the_sandbox_notes_it(world: World) -> None:
    built(world)
    assert len(ping(way(world, f"{world.sandbox.url}/feed/hub"))) == len(FEEDS)
    heard = world.sandbox.get("/feed/hub", token="")
    assert [it["topic"] for it in heard] == [f"{OURS}/{name}" for name in FEEDS]


def test_the_feed_of_a_tag_is_told_of_once_it_changes(
    world: World, hub: Site, tmp_path: Path
) -> None:
    site = OurSite(title="Ours", url=OURS, hub=f"{hub.server.url}/hub")
    other = replace(way(world, site.hub), out=tmp_path / "site", site=site)

    def show(**texts: str) -> None:
        files = {
            path: file(path, text, text.partition("|")[0].encode)
            for tag, text in texts.items()
            for path in (f"tags/{tag}/atom.xml",)
        }
        trees.Trees(other.out).install(files)

    show(a="one", b="one")
    assert ping(other) == []  # nobody can have subscribed
    show(a="two", b="one|a new release of ours", c="new")
    hub.status["/hub"] = 500
    assert ping(other) == []
    hub.status["/hub"] = 204
    world.clock.move(seconds=11)
    assert ping(other) == [f"{OURS}/tags/a/atom.xml"]
    assert told(hub)[-1]["hub.url"] == [f"{OURS}/tags/a/atom.xml"]
    asked = len(hub.asked)
    assert ping(other) == []
    show(a="two", b="one")
    assert ping(other) == []
    assert len(hub.asked) == asked
