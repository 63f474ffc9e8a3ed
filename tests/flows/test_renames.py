"""A post that has another address stays the same post: nobody hears of it twice."""

import json
import shutil
import sqlite3
from datetime import timedelta

import pytest
import requests

from outreach.flows.publish import Publish
from outreach.model.delivery import Activity
from outreach.site.build import Site
from outreach.store import aliases, ledger, mentions, mistakes, posts
from tests.flows.test_publish import PIXEL
from tests.flows.test_voices import asked_of
from tests.flows.world import World


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def sources(world: World) -> list[tuple[str, str]]:
    return [(row.source, row.account) for row in ledger.every(world.database)]


def ids(site: str) -> dict[str, str]:
    """The id of each entry in the feed, by its address."""
    items = json.loads(requests.get(f"{site}/feed.json", timeout=5).text)["items"]
    return {item["url"]: item["id"] for item in items}


@pytest.fixture
def publish(world: World, site: str) -> Publish:
    return world.publisher(site)


def test_another_slug_in_the_file_is_the_same_post(
    world: World, site: str, publish: Publish
) -> None:
    world.write("hello")
    publish()
    answer = asked_of(world)
    world.write("hello", slug="better")
    assert publish() == []
    assert wrong(world) == ""
    assert sources(world) == [("better", "mastodon"), ("better", "x")]
    assert mentions.one(world.database, answer).post == "better"
    assert [row.slug for row in posts.every(world.database)] == ["better"]
    assert ids(site) == {f"{site}/better/": f"{site}/hello/"}
    assert aliases.every(world.database) == {"better": ("hello",)}
    assert publish() == []
    assert sources(world) == [("better", "mastodon"), ("better", "x")]


def test_a_file_that_was_moved_is_the_same_post(world: World, site: str, publish: Publish) -> None:
    path = world.write("hello")
    publish()
    path.rename(path.with_name("renamed.md"))
    assert publish() == []
    assert wrong(world) == ""
    assert sources(world) == [("renamed", "mastodon"), ("renamed", "x")]
    assert requests.get(f"{site}/renamed/", timeout=5).status_code == 200
    assert ids(site) == {f"{site}/renamed/": f"{site}/hello/"}


def test_a_rename_alone_edits_no_note(world: World, publish: Publish) -> None:
    world.write("hello")
    publish()
    world.drain("mastodon")
    world.write("hello", slug="better")
    publish()
    world.write("hello", slug="better", summary="Other words.")
    publish()
    made = [(row.activity, row.account) for row in ledger.every(world.database)]
    assert made == [
        (Activity.CREATE, "mastodon"),
        (Activity.CREATE, "x"),
        (Activity.UPDATE, "mastodon"),
    ]
    assert ledger.every(world.database)[-1].source == "better"


def test_renamed_back_and_again_every_old_address_leads_here(
    world: World, site: str, publish: Publish
) -> None:
    first = world.write("one")
    second, third = first.with_name("two.md"), first.with_name("three.md")
    publish()
    for before, after in ((first, second), (second, third)):
        before.rename(after)
        assert publish() == []
    assert aliases.every(world.database) == {"three": ("one", "two")}
    assert world.live()[0].aliases == ("one", "two")
    third.rename(first)
    assert publish() == []
    assert aliases.every(world.database) == {"one": ("three", "two")}
    assert ids(site) == {f"{site}/one/": f"{site}/one/"}
    assert len(sources(world)) == 2


def test_a_new_post_takes_an_old_address_back(world: World, site: str, publish: Publish) -> None:
    path = world.write("hello")
    publish()
    path.rename(path.with_name("renamed.md"))
    publish()
    world.write("hello", title="Quite another", body="Something new.")
    assert [post.slug for post in publish()] == ["hello"]
    assert aliases.every(world.database) == {}
    assert {post.slug: post.aliases for post in world.live()} == {"hello": (), "renamed": ()}
    found = ids(site)
    assert found[f"{site}/renamed/"] == f"{site}/hello/"
    assert found[f"{site}/hello/"].startswith(f"{site}/hello/#20")


def test_the_copy_of_a_renamed_post_is_asked_about(world: World, publish: Publish) -> None:
    path = world.write("hello")
    publish()
    path.rename(path.with_name("renamed.md"))
    publish()
    shutil.copy(path.with_name("renamed.md"), path)
    assert publish() == []
    assert "posts/hello.md: this is the text of renamed, which was here before" in wrong(world)
    assert len(sources(world)) == 2


def test_two_files_with_the_text_of_one_that_is_gone_are_asked_about(
    world: World, publish: Publish
) -> None:
    path = world.write("hello")
    publish()
    shutil.copy(path, path.with_name("a.md"))
    path.rename(path.with_name("b.md"))
    assert publish() == []
    assert wrong(world).count("this is the text of hello, whose file is gone") == 2
    assert "`slug: hello` in it to stay the same post" in wrong(world)
    assert len(sources(world)) == 2


def test_moved_and_edited_at_once_is_asked_about(world: World, publish: Publish) -> None:
    path = world.write("hello")
    publish()
    text = path.read_text("utf-8")
    path.unlink()
    path.with_name("new.md").write_text(f"{text}One more line.\n", "utf-8")
    assert publish() == []
    assert "this is the title and date of hello, whose file is gone" in wrong(world)
    assert len(sources(world)) == 2


def test_two_posts_that_change_places_are_asked_about(world: World, publish: Publish) -> None:
    world.write("a", title="A")
    world.write("b", title="B")
    publish()
    world.write("a", title="A", slug="b")
    world.write("b", title="B", slug="a")
    assert publish() == []
    assert "its address 'b' is that of posts/b.md" in wrong(world)
    assert {row.slug: row.title for row in posts.every(world.database)} == {"a": "A", "b": "B"}


def test_posts_that_move_up_one_after_another_are_renamed(world: World, publish: Publish) -> None:
    world.write("a", title="A")
    world.write("b", title="B")
    publish()
    world.write("a", title="A", slug="b")
    world.write("b", title="B", slug="c")
    assert publish() == []
    assert wrong(world) == ""
    assert {row.slug: row.title for row in posts.every(world.database)} == {"b": "A", "c": "B"}
    assert {(row.source, row.note.title or row.note.text[:1]) for row in ledger.every(
        world.database)} == {("b", "A"), ("c", "B")}  # fmt: skip


def test_a_scheduled_post_may_be_renamed_and_leaves_no_trace(
    world: World, publish: Publish
) -> None:
    tomorrow = (world.clock() + timedelta(days=1)).isoformat()
    path = world.write("hello", date=tomorrow)
    publish()
    path.rename(path.with_name("renamed.md"))
    publish()
    world.clock.move(hours=25)
    assert [post.slug for post in publish()] == ["renamed"]
    assert aliases.every(world.database) == {}
    assert wrong(world) == ""


def test_a_whole_folder_of_posts_may_be_moved(world: World, publish: Publish) -> None:
    for number in range(5):
        world.write(f"old/p{number}", title=f"Number {number}")
    publish()
    (world.root / "posts/old").rename(world.root / "posts/2026")
    assert publish() == []
    assert wrong(world) == ""
    assert {row.slug for row in posts.every(world.database)} == {f"2026/p{n}" for n in range(5)}


def test_a_bundle_is_moved_with_its_image(world: World, publish: Publish) -> None:
    image = world.root / "posts/old/card.png"
    image.parent.mkdir()
    image.write_bytes(PIXEL)
    world.write("old/index", image="{src: card.png, alt: A card}")
    publish()
    before = [row.note for row in ledger.every(world.database)]
    image.parent.rename(world.root / "posts/new")
    assert publish() == []
    assert [row.note for row in ledger.every(world.database)] == before
    assert sources(world)[0][0] == "new"


def test_a_language_that_the_site_learns_renames_its_translations(world: World, site: str) -> None:
    world.write("hello.de", title="Hallo")
    world.publisher(site)()
    world.languages = ("de",)
    assert world.publisher(site)() == []
    assert aliases.every(world.database) == {"de/hello": ("hello.de",)}


def test_the_page_of_a_renamed_post_is_found_at_its_old_address(
    world: World, site: str, publish: Publish
) -> None:
    world.write("hello")
    publish()
    world.write("hello", slug="better")
    publish()
    for url in (f"{site}/hello", f"{site}/hello/", f"{site}/better/"):
        found = posts.at(world.database, url)
        assert found is not None
        assert found.slug == "better"
    assert posts.at(world.database, f"{site}/nothing/") is None


def test_a_site_that_moves_keeps_the_ids_of_its_entries(world: World, site: str) -> None:
    world.write("hello")
    world.publisher(site)()
    accept = world.accept(Site(title="Lanternworks", url="https://new.example"))
    accept(world.clock())
    assert [post.id for post in accept.live(world.clock())] == [f"{site}/hello/"]


def test_a_rename_that_fails_halfway_is_none_and_is_done_again(
    world: World, publish: Publish
) -> None:
    path = world.write("hello")
    publish()
    path.rename(path.with_name("renamed.md"))
    full = "BEFORE INSERT ON alias BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    world.database.execute(f"CREATE TRIGGER full {full}")
    with pytest.raises(sqlite3.DatabaseError, match="disk full"):
        publish()
    assert sources(world) == [("hello", "mastodon"), ("hello", "x")]
    world.database.execute("DROP TRIGGER full")
    assert publish() == []
    assert sources(world) == [("renamed", "mastodon"), ("renamed", "x")]
    assert [row.slug for row in posts.every(world.database)] == ["renamed"]
