"""The built site goes to where it is served before anybody is told, and only what changed."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from outreach.deploy.folder import Folder
from outreach.flows.deploy import Deploy
from outreach.flows.report import needs_a_human
from outreach.store import posts
from tests.flows.world import World


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def www(world: World) -> Iterator[str]:
    """A web server over the folder `www`, which nobody has made yet."""
    handler = partial(_Silent, directory=str(world.root / "www"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


class Told:
    """What a person was told, and how often somebody heard that files went there."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.after = 0

    def say(self, what: str, about: str) -> None:
        self.said.append(f"{what} {about}")

    def hear(self) -> None:
        self.after += 1


def deploy(world: World, told: Told, place: str = "www") -> Deploy:
    return Deploy(
        target=Folder(path=world.root / place),
        out=world.root / "site",
        record=world.root / "deployed.json",
        database=world.database,
        now=world.clock,
        after=told.hear,
        say=told.say,
    )


def test_a_post_is_announced_from_where_it_is_served(world: World, www: str) -> None:
    told = Told()
    world.write("hello")
    publish = world.publisher(www, deploy=deploy(world, told))
    assert [post.slug for post in publish()] == ["hello"]
    page = world.root / "www" / "hello" / "index.html"
    assert page.read_bytes() == (world.root / "site" / "hello" / "index.html").read_bytes()
    assert told.said[0].startswith("deployed ")
    assert told.after == 1


def test_where_nothing_changed_nothing_is_carried(world: World, www: str) -> None:
    told = Told()
    world.write("hello")
    publish = world.publisher(www, deploy=deploy(world, told))
    publish()
    publish()
    world.publisher(www, deploy=deploy(world, told))()
    assert (len(told.said), told.after) == (1, 1)


def test_an_edit_carries_few_files(world: World, www: str) -> None:
    told = Told()
    for name in ("one", "two", "three"):
        world.write(name)
    publish = world.publisher(www, deploy=deploy(world, told))
    publish()
    two = (world.root / "www" / "two" / "index.html").stat().st_ino
    world.write("one", body="Other words.")
    publish()
    assert "Other words." in (world.root / "www" / "one" / "index.html").read_text()
    assert (world.root / "www" / "two" / "index.html").stat().st_ino == two


def test_two_builds_after_another_are_carried_as_one(world: World, www: str) -> None:
    world.write("one")
    publish = world.publisher(www, deploy=deploy(world, Told()))
    publish()
    path = world.write("one", title="Another title")
    publish.saved([path])
    publish([path])
    assert "Another title" in (world.root / "www" / "one" / "index.html").read_text()
    assert "Another title" in (world.root / "www" / "index.html").read_text()


def test_a_place_that_fails_is_tried_again_and_holds_up_nobody_else(world: World, www: str) -> None:
    told = Told()
    world.write("hello")
    world.jot("short", "No page of its own.", page="false")
    (world.root / "www").write_text("a file is in the way")
    publish = world.publisher(www, deploy=deploy(world, told))
    assert [post.slug for post in publish()] == ["notes/short"]
    assert "config.yaml: the site is not deployed to the folder" in lines(world)
    assert "the site is not deployed" in posts.one(world.database, "hello").proof_error
    assert "Hello" in (world.root / "site" / "hello" / "index.html").read_text()
    (world.root / "www").unlink()
    publish()
    assert told.said == [], "it is left alone for a while"
    world.clock.move(seconds=5)
    assert [post.slug for post in publish()] == ["hello"]
    assert "not deployed" not in lines(world)


def lines(world: World) -> str:
    return "\n".join(needs_a_human(world.database, world.clock()))


def test_a_tree_that_is_not_whole_deletes_nothing(world: World, www: str) -> None:
    world.write("hello")
    world.publisher(www, deploy=deploy(world, Told()))()
    for manifest in world.root.glob(".site-*.json"):
        manifest.unlink()
    again = deploy(world, Told())
    again()
    assert "was not built to its end" in again.error
    assert (world.root / "www" / "hello" / "index.html").exists()


def test_another_place_gets_the_whole_site(world: World, www: str) -> None:
    world.write("hello")
    world.publisher(www, deploy=deploy(world, Told()))()
    world.publisher(www, deploy=deploy(world, Told(), "other"))()
    assert (world.root / "other" / "hello" / "index.html").exists()


def test_a_page_that_is_gone_is_deleted_there(world: World, www: str) -> None:
    publish = world.publisher(www, deploy=deploy(world, Told()))
    world.write("hello", tags="[old]")
    publish()
    assert (world.root / "www" / "tags" / "old" / "index.html").exists()
    world.write("hello", tags="[new]")
    publish()
    assert not (world.root / "www" / "tags" / "old").exists()
    assert (world.root / "www" / "tags" / "new" / "index.html").exists()
