"""What changed in a post reaches its notes, also after a crash, and only there."""

from pathlib import Path

import pytest

from outreach.flows import publish
from outreach.flows.revise import permanent
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.rules.voices import Voices
from outreach.store import holds, ledger, mistakes
from tests.flows.world import World
from tests.sandbox.running import Sandbox

PARTS = "\n\n".join(f"{word} " * 70 for word in ("alpha", "bravo", "charlie"))


def rows(world: World, account: str = "mastodon") -> list[Delivery]:
    return [row for row in ledger.every(world.database) if row.account == account]


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def thread(world: World, body: str) -> None:
    world.clock.move(seconds=1)
    world.write("hello", body=body, thread="true")


def test_an_edit_that_a_crash_interrupted_is_carried_after_it(
    world: World, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("hello", summary="Before.")
    world.write("bye", summary="Wrong.")
    world.publisher(site)()
    world.drain("mastodon")
    world.clock.move(seconds=1)
    world.write("hello", summary="After.")
    world.write("bye", summary="Wrong.", withdrawn="it was wrong")

    class Killed(BaseException):
        pass

    def dies(**everything: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(publish, "Revision", dies)
        world.publisher(site)()
    world.publisher(site)()
    assert sorted(row.activity for row in rows(world) if row.activity is not Activity.CREATE) == [
        Activity.DELETE,
        Activity.UPDATE,
    ]
    world.drain("x")
    assert [entry["text"] for entry in world.sandbox.ledger("x")] == [
        f"Hello\n\nAfter.\n\n{site}/hello/"
    ]


def test_an_edit_whose_image_is_broken_waits_until_it_is_repaired(world: World, site: str) -> None:
    world.write("hello", summary="Before.")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    image = world.root / "posts" / "a.png"
    image.write_bytes(b"no image")
    world.clock.move(seconds=1)
    world.write("hello", summary="After.", image="{src: a.png, alt: A}")
    for _ in range(3):
        publish()
        assert "posts/a.png" in wrong(world)
    assert len(rows(world)) == 1
    image.write_bytes(PNG)
    publish()
    assert wrong(world) == ""
    assert [row.activity for row in rows(world)] == [Activity.CREATE, Activity.UPDATE]


def test_a_post_that_cannot_be_composed_stops_no_other(
    world: World, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("bad", title="Bad")
    world.write("good", title="Good")
    publish = world.publisher(site)
    renditions = publish._renditions

    def breaks(post: object, limits: object) -> object:
        if getattr(post, "slug", "") == "bad":
            raise IndexError("list index out of range")
        return renditions(post, limits)  # type: ignore[arg-type]

    monkeypatch.setattr(publish, "_renditions", breaks)
    assert [post.slug for post in publish()] == ["good"]
    assert "posts/bad.md: its notes cannot be made: IndexError" in wrong(world)


def test_a_thread_that_waits_shrinks_and_grows_again(world: World, site: str) -> None:
    holds.place(world.database, "mastodon", holds.Cause.PERSON, "wait", world.clock())
    thread(world, PARTS)
    publish = world.publisher(site)
    publish()
    long = len(rows(world))
    thread(world, "Short.")
    publish()
    assert [row.state for row in rows(world)] == [State.HELD, *[State.FAILED] * (long - 1)]
    thread(world, PARTS)
    publish()
    assert [row.state for row in rows(world)] == [State.HELD] * long
    holds.lift(world.database, "mastodon", None, world.clock())
    world.drain("mastodon")
    said = [entry["text"] for entry in world.sandbox.ledger("mastodon")]
    assert len(said) == long
    assert f"{site}/hello/" in said[-1]


def test_a_thread_that_is_out_shrinks_and_grows_again(world: World, site: str) -> None:
    thread(world, PARTS)
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    long = len(rows(world))
    thread(world, "Short.")
    publish()
    world.drain("mastodon")
    effects = [entry["effect"] for entry in world.sandbox.ledger("mastodon")]
    assert effects == ["create"] * long + ["update"] + ["delete"] * (long - 1)
    thread(world, PARTS)
    publish()
    extra = [row for row in rows(world) if row.held is Held.EXTRA]
    assert [row.part for row in extra] == list(range(1, long))
    with world.database.atomic():
        for row in extra:
            ledger.approve(world.database, row, world.clock())
    world.drain("mastodon")
    said = world.sandbox.ledger("mastodon")[-long:]
    assert [entry["effect"] for entry in said] == ["update"] + ["create"] * (long - 1)
    assert f"{site}/hello/" in said[-1]["text"]


def test_where_nothing_can_be_edited_a_thread_stays_whole_and_the_ledger_says_so(
    world: World, site: str
) -> None:
    thread(world, PARTS)
    publish = world.publisher(site)
    publish()
    world.drain("x")
    out = len(world.sandbox.ledger("x"))
    thread(world, "Short.")
    publish()
    world.drain("x")
    assert len(world.sandbox.ledger("x")) == out
    said = [row for row in rows(world, "x") if row.activity is Activity.UPDATE]
    assert [row.state for row in said] == [State.FAILED]
    assert "changes no notes" in said[0].error
    publish()
    assert len(rows(world, "x")) == out + 1


def test_a_post_of_another_author_by_now_leaves_the_first_ones_account(
    world: World, site: str
) -> None:
    world.voices = Voices(accounts=("mastodon", "x"), authors={"Ada": ("mastodon",)})
    world.write("hello", author="Ada")
    publish = world.publisher(site)
    publish()
    world.clock.move(seconds=1)
    world.write("hello", author="Bob")
    publish()
    assert world.drain("mastodon") == []
    (row,) = rows(world)
    assert "mastodon is no account of this post any more" in row.error
    assert [moved.state for moved in world.drain("x")] == [State.SENT]


def test_what_waits_is_asked_about_when_config_yaml_gave_its_account_away(
    world: World, site: str
) -> None:
    world.write("hello", author="Bob")
    world.publisher(site)()
    world.voices = Voices(accounts=("mastodon", "x"), authors={"Ada": ("mastodon",)})
    world.publisher(site)()
    assert world.drain("mastodon") == []


def test_a_correction_calls_no_stranger(world: World, site: str) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.clock.move(seconds=1)
    world.write("hello", correction="'It is 41. Thanks to @bob!'")
    publish()
    (answer,) = (row for row in rows(world) if "#corrected" in row.source)
    assert answer.note.text.startswith("Corrected: It is 41. Thanks to bob!")


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def test_what_stays_and_has_no_address_is_told_in_words(tmp_path: Path, sandbox: Sandbox) -> None:
    world = World(tmp_path, sandbox, "slack")
    world.queue("Hello", "slack", source="hello")
    world.drain("slack")
    told = list(permanent(world.database, "hello", world.channels))
    assert told == ["slack: it is out, and has no address"]
