"""What is taken over from the folder, and that a look at what was saved sees the same."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from outreach.flows.accept import Accept
from outreach.site.build import Site
from outreach.store import posts
from tests.flows.test_publish import PIXEL
from tests.flows.world import World
from tests.sandbox.running import Sandbox

SITE = Site(title="Lanternworks", url="https://lantern.example")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A folder and its database, without a network."""
    made = World(tmp_path / "folder", cast(Sandbox, None))
    yield made
    made.database.close()


@pytest.fixture
def accept(world: World) -> Accept:
    return world.accept(SITE)


def slugs(world: World, accept: Accept) -> list[str]:
    return [post.slug for post in accept.live(world.clock())]


def test_what_was_saved_is_seen_as_in_a_look_at_all(world: World, accept: Accept) -> None:
    first = world.write("a", title="A")
    accept(world.clock())
    second = world.write("b", title="B")
    accepted, wrong = accept.saved([second], world.clock())
    assert [post.slug for post in accepted] == ["b"]
    assert wrong == []
    world.write("a", title="A", summary="More.")
    (changed,), _ = accept.saved([first], world.clock())
    assert changed.summary == "More."
    assert accept.saved([first, second], world.clock()) == ([], [])
    assert accept(world.clock()) == ([], [])


def test_only_what_was_saved_is_looked_at(world: World, accept: Accept) -> None:
    path = world.write("a", title="A")
    accept(world.clock())
    world.write("a", title="Other")
    other = world.write("b", title="B")
    assert [post.slug for post in accept.saved([other], world.clock())[0]] == ["b"]
    assert [post.title for post in accept(world.clock())[0]] == ["Other"]
    assert path.exists()


def test_the_first_look_is_at_all(world: World, accept: Accept) -> None:
    world.write("a")
    assert [post.slug for post in accept.saved([], world.clock())[0]] == ["a"]


def test_a_file_that_was_deleted_is_asked_about(world: World, accept: Accept) -> None:
    path = world.write("a")
    accept(world.clock())
    posts.show(world.database, ["a"], world.clock())
    path.unlink()
    ((mistake,), same) = accept.saved([path], world.clock())[1], accept(world.clock())[1]
    assert mistake.what == "this file is gone, and its post is still published"
    assert same == [mistake]


def test_a_file_that_was_renamed_is_the_same_post(world: World, accept: Accept) -> None:
    path = world.write("a")
    accept(world.clock())
    posts.show(world.database, ["a"], world.clock())
    path.rename(path.with_name("b.md"))
    _, wrong = accept.saved([path, path.with_name("b.md")], world.clock())
    assert wrong == []
    assert slugs(world, accept) == ["b"]


@pytest.mark.parametrize("name", ["posts/new", "posts/old"])
def test_a_folder_that_appears_or_goes_is_a_look_at_all(
    world: World, accept: Accept, name: str
) -> None:
    world.write("old/a", title="A")
    accept(world.clock())
    posts.show(world.database, ["old/a"], world.clock())
    (world.root / "posts/old").rename(world.root / "posts/new")
    accept.saved([world.root / name], world.clock())
    assert slugs(world, accept) == ["new/a"]


def test_what_is_no_text_of_the_folder_is_not_looked_at(
    world: World, accept: Accept, tmp_path: Path
) -> None:
    accept(world.clock())
    (tmp_path / "secret.md").write_text("---\ntitle: x\ndate: 2026-01-01\n---\n")
    (world.root / "posts/link.md").symlink_to(tmp_path / "secret.md")
    world.write("_draft")
    (world.root / "README.md").write_text("---\ntitle: x\ndate: 2026-01-01\n---\n")
    names = [world.root / it for it in ("posts/link.md", "posts/_draft.md", "README.md")]
    accepted, wrong = accept.saved([*names, tmp_path / "secret.md"], world.clock())
    assert accepted == []
    assert [mistake.what for mistake in wrong] == ["skipped: a link that leaves the folder"]


def test_a_file_that_was_being_written_is_looked_at_until_it_is_quiet(world: World) -> None:
    accept = world.accept(SITE, timedelta(minutes=5))
    accept(world.clock())
    path = world.write("a")
    os.utime(path, (world.clock().timestamp(), world.clock().timestamp()))
    assert accept.saved([path], world.clock()) == ([], [])
    world.clock.move(minutes=6)
    assert [post.slug for post in accept.saved([], world.clock())[0]] == ["a"]


def test_an_image_that_comes_later_is_seen(world: World, accept: Accept) -> None:
    world.write("a", image="{src: a.png, alt: A}")
    assert [it.what for it in accept(world.clock())[1]] == ["there is no image posts/a.png"]
    (world.root / "posts/a.png").write_bytes(PIXEL)
    assert [post.slug for post in accept.saved([], world.clock())[0]] == ["a"]


def test_what_did_not_change_is_the_same_object(world: World, accept: Accept) -> None:
    for name in ("a", "b"):
        world.write(name, title=name)
    accept(world.clock())
    posts.withdraw(world.database, "b", "wrong")
    before = {post.slug: post for post in accept.live(world.clock())}
    posts.show(world.database, ["a", "b"], world.clock())
    world.write("a", title="a", summary="More.")
    accept(world.clock())
    after = {post.slug: post for post in accept.live(world.clock())}
    assert after["b"] is before["b"]
    assert after["a"].summary == "More."
    assert accept.live(world.clock()) is accept.live(world.clock())


def test_a_new_process_shows_what_was_accepted_whatever_its_file_says(
    world: World, accept: Accept
) -> None:
    path = world.write("a", title="A")
    accept(world.clock())
    posts.show(world.database, ["a"], world.clock())
    path.write_text("---\ntitle: [broken\n---\n")
    again = world.accept(SITE)
    _, wrong = again(world.clock())
    assert len(wrong) == 1
    assert [post.title for post in again.live(world.clock())] == ["A"]


def test_another_process_withdraws_a_post(world: World, accept: Accept) -> None:
    world.write("a")
    accept(world.clock())
    assert accept.live(world.clock())[0].withdrawn == ""
    posts.withdraw(world.database, "a", "wrong")
    assert accept.live(world.clock())[0].withdrawn == "wrong"


def test_a_post_is_live_from_its_date_on(world: World, accept: Accept) -> None:
    for hours in (1, 2):
        world.write(f"in{hours}", date=(world.clock() + timedelta(hours=hours)).isoformat())
    accept(world.clock())
    assert slugs(world, accept) == []
    world.clock.move(minutes=61)
    assert slugs(world, accept) == ["in1"]
    world.clock.move(minutes=60)
    assert slugs(world, accept) == ["in2", "in1"]


def test_a_plain_page_is_live_at_once_and_last(world: World, accept: Accept) -> None:
    world.write("a")
    page = world.root / "pages/about.md"
    page.parent.mkdir()
    page.write_text("---\ntitle: About\n---\nUs.\n")
    accept(world.clock())
    assert slugs(world, accept) == ["a", "about"]


def test_text_that_comes_back_is_not_lost(world: World, accept: Accept) -> None:
    """It was let go of once the database had it, and is wanted again after a clash."""
    path = world.write("a", title="A", body="Words.", date="2099-01-01")
    accept(world.clock())
    other = world.write("b", title="B", slug="a", date="2099-01-01")
    accept(world.clock())
    other.unlink()
    accept(world.clock())
    assert "Words." in posts.source(world.database, "a")
    assert path.exists()
