"""Short notes, threads, first replies: what fits a network, in the same queue."""

from dataclasses import replace
from pathlib import Path

import pytest
import requests

from outreach.flows.rendition import Renditions
from outreach.model.delivery import Activity, State
from outreach.model.note import Limits
from outreach.model.post import Media, Post
from outreach.rules.compose import Compose
from outreach.site import media
from outreach.site.build import Site
from outreach.store import ledger, mistakes
from tests.flows.world import World


def texts(world: World, account: str = "mastodon") -> list[str]:
    found = [row for row in ledger.every(world.database) if row.account == account]
    return [row.note.text for row in sorted(found, key=lambda row: row.part)]


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def test_a_note_goes_out_without_a_page(world: World, site: str) -> None:
    world.jot("brussels", "In *Brussels*\ntomorrow.")
    assert [post.slug for post in world.publisher(site)()] == ["notes/brussels"]
    assert texts(world) == texts(world, "x") == ["In *Brussels*\ntomorrow."]
    assert requests.get(f"{site}/notes/brussels/", timeout=5).status_code == 404
    world.drain("mastodon")
    (entry,) = world.sandbox.ledger("mastodon")
    assert entry["text"] == "In *Brussels*\ntomorrow."


def test_a_note_has_a_page_by_choice_and_links_to_it(world: World, site: str) -> None:
    world.jot("brussels", "In *Brussels* tomorrow.", page="true")
    world.publisher(site)()
    assert texts(world) == [f"In *Brussels* tomorrow.\n\n{site}/notes/brussels/"]
    page = requests.get(f"{site}/notes/brussels/", timeout=5).text
    assert "In <em>Brussels</em> tomorrow." in page
    assert "<h1>" not in page


def test_a_note_is_edited_and_withdrawn_like_a_post(world: World, site: str) -> None:
    world.jot("brussels", "In Brussels tomorow.")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.clock.move(seconds=1)
    world.jot("brussels", "In Brussels tomorrow.")
    publish()
    world.drain("mastodon")
    assert world.sandbox.ledger("mastodon")[-1]["text"] == "In Brussels tomorrow."
    world.jot("brussels", "In Brussels tomorrow.", withdrawn="the train is cancelled")
    publish()
    world.drain("mastodon")
    assert [entry["effect"] for entry in world.sandbox.ledger("mastodon")] == [
        "create",
        "update",
        "delete",
    ]


@pytest.mark.parametrize(
    ("body", "head", "what"),
    [
        ("Hello", {"title": "Hello"}, "notes/a.md:3: a note has no title"),
        ("", {}, "notes/a.md:2: a dated note needs a text"),
        ("Hello", {"thread": "perhaps"}, "notes/a.md:3: `thread` is `perhaps`"),
        ("Hello", {"image": "../posts/a.png"}, "is outside notes/"),
    ],
)
def test_what_is_wrong_with_a_note(
    world: World, site: str, body: str, head: dict[str, str], what: str
) -> None:
    world.jot("a", body, **head)
    assert world.publisher(site)() == []
    assert what in wrong(world)


def test_a_thread_goes_out_part_behind_part(world: World, site: str) -> None:
    world.write("hello", body="\n\n".join(["word " * 80] * 3), thread="numbered")
    world.publisher(site)()
    parts = texts(world)
    assert [part[-3:] for part in parts[:-1]] == [f"{n}/{len(parts)}" for n in range(1, len(parts))]
    world.drain("mastodon")
    entries = world.sandbox.ledger("mastodon")
    assert [entry["in_reply_to"] for entry in entries] == [
        None,
        *(entry["id"] for entry in entries[:-1]),
    ]
    assert f"{site}/hello/" in entries[-1]["text"]


def test_the_link_is_in_the_first_reply(world: World, site: str) -> None:
    world.write("hello", first_reply="link")
    world.publisher(site)()
    assert texts(world) == ["Hello\n\nHello.", f"{site}/hello/"]
    world.drain("mastodon")
    first, reply = world.sandbox.ledger("mastodon")
    assert reply["in_reply_to"] == first["id"]


def test_an_image_that_nobody_described_is_not_announced(world: World, site: str) -> None:
    (world.root / "posts" / "a.png").write_bytes(PNG)
    world.write("hello", image="a.png")
    publish = world.publisher(site)
    assert publish() == []
    assert "posts/hello.md: the image posts/a.png has no alt text" in wrong(world)
    assert requests.get(f"{site}/hello/", timeout=5).status_code == 200
    world.write("hello", image="{src: a.png, alt: ''}")
    assert [post.slug for post in publish()] == ["hello"]
    assert wrong(world) == ""


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def test_a_better_description_of_an_image_is_an_edit(world: World, site: str) -> None:
    (world.root / "posts" / "a.png").write_bytes(PNG)
    world.write("hello", image="{src: a.png, alt: A point}")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.clock.move(seconds=1)
    world.write("hello", image="{src: a.png, alt: A black point}")
    publish()
    world.drain("mastodon")
    (_, update) = (row for row in ledger.every(world.database) if row.account == "mastodon")
    assert (update.activity, update.state) == (Activity.UPDATE, State.SENT)
    assert update.note.media[0].alt == "A black point"
    publish()
    assert world.drain("mastodon") == []


def test_the_image_of_a_card_is_smaller_than_one_that_is_shown_alone(tmp_path: Path) -> None:
    from PIL import Image

    noise = Image.effect_noise((1500, 1500), 100)
    (tmp_path / "posts").mkdir()
    noise.save(tmp_path / "posts" / "a.png")
    post = Post(
        slug="a",
        title="A",
        body="",
        url="https://blog.example/a/",
        path="posts/a.md",
        media=(Media(path="posts/a.png", alt="Noise"),),
    )
    kept = tmp_path / "kept"
    post, missing = media.keep(post, tmp_path, kept)
    assert missing == []
    limits = Limits(
        length=300, measure=len, images=4, cards=True, image_bytes=1_500_000, card_bytes=500_000
    )
    site = Site(title="A", url="https://blog.example")
    renditions = Renditions(compose=Compose(), root=tmp_path, site=site, cache=None, kept=kept)
    (linked,) = renditions(post, {"bluesky": limits})["bluesky"]
    (alone,) = renditions(replace(post, url=""), {"bluesky": limits})["bluesky"]
    assert linked.card is not None
    assert linked.card.image is not None
    sizes = [(kept / image.sha256).stat().st_size for image in (linked.card.image, *alone.media)]
    assert sizes[0] <= 500_000 < sizes[1] <= 1_500_000
