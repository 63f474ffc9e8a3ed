"""A blog that another tool builds is read from its folder: what is new there is announced once."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from outreach.fetch import Fetch, loopback_only
from outreach.flows.follow import Following, Source, follow
from outreach.flows.publish import Publish
from outreach.site.build import Site as OurSite
from outreach.store import ledger, notices
from tests.feeds import Site, a_site
from tests.flows.world import World


@dataclass
class Blog:
    """A Hugo site in a folder, and the server where its pages are."""

    root: Path
    site: Site
    world: World

    def post(self, name: str, at: datetime, title: str = "", draft: bool = False) -> None:
        """A file of it; its page is where Hugo puts it."""
        title = title or f"On {name}"
        path = self.root / "content" / "posts" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = (
            f"title: '{title}'\ndate: {at.isoformat()}\ndraft: {str(draft).lower()}\ntags: [lamps]"
        )
        path.write_text(f"---\n{head}\n---\nFirst words of {name}.\n\nMore.\n", "utf-8")
        moment = self.world.clock().timestamp()
        os.utime(path, (moment, moment))
        self.site.page(f"/posts/{name}/", title)

    def look(self, kind: str = "hugo") -> int:
        """One look at the folder."""
        source = Source(feed=self.site.server.url, kind=kind, folder=self.root)
        return follow(
            Following(
                source=source,
                site=OurSite(title="Lanternworks", url=self.site.server.url, author="Ada"),
                database=self.world.database,
                fetch=Fetch(guard=loopback_only, deadline=2),
                now=self.world.clock,
            )
        )


@pytest.fixture
def blog(world: World, tmp_path: Path) -> Iterator[Blog]:
    root = tmp_path / "hugo"
    root.mkdir()
    (root / "hugo.toml").write_text('title = "Elsewhere"\n', "utf-8")
    with a_site() as running:
        yield Blog(root=root, site=running, world=world)


@pytest.fixture
def publish(world: World, site: str) -> Publish:
    return world.publisher(site)


def test_what_is_new_is_announced_and_what_was_there_is_not(
    world: World, blog: Blog, publish: Publish
) -> None:
    now = world.clock()
    blog.post("old", now - timedelta(hours=1))
    assert blog.look() == 0
    assert publish() == []
    world.clock.move(minutes=1)
    blog.post("new", world.clock(), "R&D: news")
    assert blog.look() == 1
    (post,) = publish()
    assert (post.title, post.url) == ("R&D: news", f"{blog.site.server.url}/posts/new/")
    assert post.tags == ("lamps",)
    notes = [it.note.text for it in ledger.every(world.database)]
    assert notes
    assert all("First words of new." in it and post.url in it for it in notes)
    assert blog.look() == 0
    assert publish() == []


def test_a_date_in_the_future_waits_and_so_does_a_draft(
    world: World, blog: Blog, publish: Publish
) -> None:
    blog.post("old", world.clock() - timedelta(days=1))
    blog.post("planned", world.clock() + timedelta(hours=2))
    assert blog.look() == 0
    blog.post("idea", world.clock(), draft=True)
    assert (blog.look(), publish()) == (0, [])
    world.clock.move(hours=3)
    assert blog.look() == 1  # no file changed
    assert [post.title for post in publish()] == ["On planned"]
    blog.post("idea", world.clock())
    assert blog.look() == 1
    assert [post.title for post in publish()] == ["On idea"]


def test_a_post_waits_for_its_page(world: World, blog: Blog, publish: Publish) -> None:
    blog.post("old", world.clock() - timedelta(days=1))
    blog.look()
    blog.post("new", world.clock())
    blog.site.status["/posts/new/"] = 404
    assert blog.look() == 1
    assert publish() == []
    blog.site.status["/posts/new/"] = 200
    world.clock.move(minutes=2)
    assert [post.title for post in publish()] == ["On new"]


def test_a_translation_is_not_announced_beside_its_original(
    world: World, blog: Blog, publish: Publish
) -> None:
    (blog.root / "hugo.toml").write_text("[languages.en]\n[languages.de]\n", "utf-8")
    blog.post("old", world.clock() - timedelta(days=1))
    blog.look()
    blog.post("new", world.clock())
    blog.post("new.de", world.clock())
    assert blog.look() == 1
    assert [post.title for post in publish()] == ["On new"]


def test_an_old_post_that_is_added_is_old(world: World, blog: Blog, publish: Publish) -> None:
    blog.post("old", world.clock() - timedelta(days=1))
    blog.look()
    blog.post("older", world.clock() - timedelta(days=30))
    assert (blog.look(), publish()) == (0, [])


def test_a_folder_that_cannot_be_read_is_told_and_heals(world: World, blog: Blog) -> None:
    blog.post("old", world.clock() - timedelta(days=1))
    settings = blog.root / "hugo.toml"
    settings.write_text("title = ", "utf-8")
    assert blog.look() == 0
    assert "the folder is not read" in "\n".join(told(world))
    settings.write_text("", "utf-8")
    assert blog.look() == 0
    assert told(world) == []


def test_a_file_that_cannot_be_read_is_told(world: World, blog: Blog) -> None:
    blog.post("old", world.clock() - timedelta(days=1))
    blog.post("new", world.clock(), "It's broken")
    blog.look()
    assert [it.partition(": ")[0] for it in told(world)] == ["content/posts/new.md:2"]
    blog.post("new", world.clock())
    blog.look()
    assert told(world) == []


def told(world: World) -> list[str]:
    """What a person is told."""
    return [str(it) for it in notices.every(world.database, world.clock())]
