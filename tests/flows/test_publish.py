"""The folder to the site, and behind its proof to the outbox."""

import os
import re
from datetime import timedelta

import pytest
import requests

from outreach.model.delivery import Activity
from outreach.store import holds, ledger, mistakes, posts, restored, sqlite
from tests.flows.world import World


def page(site: str, path: str) -> str:
    return requests.get(f"{site}/{path}", timeout=5).text


def wrong(world: World) -> str:
    return "\n".join(map(str, mistakes.every(world.database)))


def test_a_due_post_is_on_the_site_and_in_the_outbox_once(world: World, site: str) -> None:
    world.write("hello", title="Hello world")
    publish = world.publisher(site)
    assert [post.slug for post in publish()] == ["hello"]
    assert publish() == []
    assert "Hello world" in page(site, "hello/")
    assert [(d.account, d.source) for d in ledger.every(world.database)] == [
        ("mastodon", "hello"),
        ("x", "hello"),
    ]
    assert all(f"{site}/hello/" in d.note.text for d in ledger.every(world.database))


def test_the_page_gains_its_syndication_links(world: World, site: str) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    publish()
    url = ledger.every(world.database)[0].receipt
    assert url is not None
    (link,) = re.findall(r'<a class="u-syndication"[^>]*>', page(site, "hello/"))
    assert f'href="{url.url}"' in link


def test_a_draft_and_a_post_of_tomorrow_stay_at_home(world: World, site: str) -> None:
    world.write("draft", draft="true")
    world.write("tomorrow", date=(world.clock() + timedelta(days=1)).isoformat())
    publish = world.publisher(site)
    assert publish() == []
    assert requests.get(f"{site}/tomorrow/", timeout=5).status_code == 404
    world.clock.move(hours=25)
    assert [post.slug for post in publish()] == ["tomorrow"]


def test_nothing_leaves_before_the_file_was_quiet(world: World, site: str) -> None:
    path = world.write("hello")
    os.utime(path, (world.clock().timestamp(), world.clock().timestamp()))
    publish = world.publisher(site, timedelta(minutes=5))
    assert publish() == []
    world.clock.move(minutes=4)
    assert publish() == []
    assert posts.every(world.database) == []
    world.clock.move(minutes=1)
    assert len(publish()) == 1


def test_a_published_file_in_work_is_not_gone_to_a_new_process(world: World, site: str) -> None:
    world.write("hello")
    world.publisher(site)()
    path = world.write("hello", body="Half a sen")
    os.utime(path, (world.clock().timestamp(), world.clock().timestamp()))
    world.publisher(site, timedelta(minutes=5))()
    assert wrong(world) == ""


def test_what_is_older_than_the_account_is_shown_and_not_announced(world: World, site: str) -> None:
    world.write("old", title="Old news", date=(world.clock() - timedelta(hours=25)).isoformat())
    assert world.publisher(site)() == []
    assert "Old news" in page(site, "old/")
    assert ledger.every(world.database) == []


def test_a_page_that_is_not_right_is_not_announced(world: World, site: str) -> None:
    world.write("hello")
    elsewhere = world.publisher("http://127.0.0.1:1")
    assert elsewhere() == []
    assert "refused" in posts.one(world.database, "hello").proof_error


def test_channels_choose_accounts_and_bring_their_own_words(world: World, site: str) -> None:
    path = world.write("hello")
    path.write_text(path.read_text().replace("---\nHello.", "channels:\n  x: My own words\n---\n"))
    world.publisher(site)()
    (only,) = ledger.every(world.database)
    assert only.account == "x"
    assert only.note.text == f"My own words\n\n{site}/hello/"


def test_a_mistake_is_told_with_its_line_and_the_others_go_on(world: World, site: str) -> None:
    world.write("good")
    world.write("bad", date="next tuesday")
    assert [post.slug for post in world.publisher(site)()] == ["good"]
    assert "posts/bad.md:3" in wrong(world)


def test_c15_two_files_with_one_address_are_both_held_and_named(world: World, site: str) -> None:
    world.write("one", slug="same")
    world.write("two", slug="same")
    assert world.publisher(site)() == []
    assert "posts/one.md" in wrong(world)
    assert "posts/two.md" in wrong(world)


def test_c14_a_post_edited_in_flight_ends_as_it_was_frozen_then_is_edited(
    world: World, site: str
) -> None:
    world.write("hello", summary="Before.")
    publish = world.publisher(site)
    publish()
    claimed = ledger.claim(world.database, "mastodon", world.new_key(), world.clock())
    assert claimed is not None
    world.write("hello", summary="After, and longer.")
    publish()
    found = ledger.every(world.database)
    assert "Before." in found[0].note.text
    assert "After, and longer." in found[1].note.text, "x was never claimed: composed anew"
    update = found[2]
    assert (update.account, update.activity) == ("mastodon", Activity.UPDATE)
    world.drain("mastodon")
    effects = [entry["effect"] for entry in world.sandbox.ledger("mastodon")]
    assert effects == ["create", "update"]
    assert "After, and longer." in world.sandbox.ledger("mastodon")[-1]["text"]


def test_saving_without_other_words_touches_no_network(world: World, site: str) -> None:
    world.write("hello", body="Before.", summary="Same.")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.drain("x")
    world.write("hello", body="A whole new body.", summary="Same.")
    publish()
    assert len(ledger.every(world.database)) == 2
    assert "A whole new body." in page(site, "hello/")


def test_a_network_without_edits_keeps_its_words(world: World, site: str) -> None:
    world.write("hello", summary="Before.")
    publish = world.publisher(site)
    publish()
    world.drain("x")
    world.write("hello", summary="After.")
    publish()
    assert world.drain("x") == []
    _, change = (row for row in ledger.every(world.database) if row.account == "x")
    assert change.error.endswith("this network changes no notes, so this one stays as it was")
    assert [entry["effect"] for entry in world.sandbox.ledger("x")] == ["create"]


def test_a_correction_answers_our_note_once_and_shows_on_the_page(world: World, site: str) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.drain("x")
    for _ in range(2):
        world.write("hello", correction="It is 41 and not 14.")
        publish()
        world.drain("x")
    first, answer = world.sandbox.ledger("x")
    assert "Corrected: It is 41 and not 14." in answer["text"]
    assert answer["in_reply_to"] == first["id"]
    assert "It is 41 and not 14." in page(site, "hello/")
    assert "It is 41 and not 14." in page(site, "atom.xml")


def test_a_withdrawn_post_leaves_site_and_networks(world: World, site: str) -> None:
    world.write("hello", title="Too early")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.write("hello", title="Too early", withdrawn="the numbers were wrong")
    publish()
    world.drain("mastodon")
    world.drain("x")
    assert [entry["effect"] for entry in world.sandbox.ledger()] == ["create", "delete"]
    assert "Too early" not in page(site, "")
    assert "the numbers were wrong" in page(site, "hello/")
    assert [d.state for d in ledger.every(world.database)] == ["sent", "failed", "sent"]


def test_a_file_that_disappears_withdraws_nothing_and_asks(world: World, site: str) -> None:
    path = world.write("hello", title="Still here")
    publish = world.publisher(site)
    publish()
    path.unlink()
    publish()
    assert "Still here" in page(site, "hello/")
    assert "outreach withdraw hello" in wrong(world)
    assert len(ledger.every(world.database)) == 2


@pytest.mark.parametrize("change", ["draft", "gone"])
def test_a_scheduled_post_that_is_taken_from_the_folder_stays_at_home(
    world: World, site: str, change: str
) -> None:
    tomorrow = (world.clock() + timedelta(days=1)).isoformat()
    path = world.write("hello", date=tomorrow)
    publish = world.publisher(site)
    publish()
    if change == "gone":
        path.unlink()
    else:
        world.write("hello", date=tomorrow, draft="true")
    world.clock.move(hours=25)
    assert publish() == []
    assert ("will not go out" in wrong(world)) is (change == "gone")
    assert requests.get(f"{site}/hello/", timeout=5).status_code in (404, 503)
    world.write("hello", date=tomorrow)
    assert [post.slug for post in publish()] == ["hello"], "and comes back with its file"


def test_a_published_post_with_a_later_date_stays_on_the_site(world: World, site: str) -> None:
    world.write("hello", title="Still here")
    publish = world.publisher(site)
    publish()
    world.write("hello", title="Still here", date="2099-01-01")
    publish()
    assert "Still here" in page(site, "hello/")


def test_after_a_withdrawal_saving_the_file_reaches_no_network(world: World, site: str) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    world.write("hello", withdrawn="too early")
    publish()
    world.drain("mastodon")
    world.write("hello", summary="Other words.", correction="Really.")
    publish()
    world.drain("mastodon")
    effects = [entry["effect"] for entry in world.sandbox.ledger("mastodon")]
    assert effects == ["create", "delete"]


def test_c13_a_correction_that_a_restore_forgot_is_found_and_not_sent_again(
    world: World, site: str
) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    copy = world.root / "backup.db"
    sqlite.backup(world.path, copy)
    world.clock.move(seconds=1)
    world.write("hello", correction="It is 41.")
    publish()
    world.drain("mastodon")
    again = World(world.root / "restored", world.sandbox)
    again.database.close()
    sqlite.backup(copy, again.path)
    again.database, again.channels = sqlite.create(again.path), world.channels
    world.clock.move(seconds=1)
    again.clock = world.clock
    restored.stamp(again.database, again.clock())
    again.write("hello", correction="It is 41.")
    again.publisher(site)()
    again.drain("mastodon")
    assert sum("It is 41." in e["text"] for e in world.sandbox.ledger("mastodon")) == 1


def test_behind_a_refused_note_nothing_is_corrected_or_deleted(world: World, site: str) -> None:
    world.write("hello")
    publish = world.publisher(site)
    publish()
    world.sandbox.fail("422", "mastodon")
    world.drain("mastodon")
    world.write("hello", correction="It is 41.")
    publish()
    world.write("hello", withdrawn="too early")
    publish()
    rows = [d for d in ledger.every(world.database) if d.account == "mastodon"]
    assert [row.state for row in rows] == ["failed"]


def test_a_link_out_of_the_folder_is_no_image(world: World, site: str) -> None:
    secret = world.root / "secret.png"
    secret.write_bytes(PIXEL)
    (world.root / "posts" / "chart.png").symlink_to(secret)
    world.write("hello", image="chart.png")
    assert world.publisher(site)() == []
    assert "chart.png" in wrong(world)


def test_what_is_queued_under_a_hold_is_held(world: World, site: str) -> None:
    holds.place(world.database, "x", holds.Cause.PERSON, "not now", world.clock())
    world.write("hello")
    world.publisher(site)()
    assert world.states() == ["ready", "held"]


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def with_image(world: World) -> None:
    (world.root / "posts" / "chart.png").write_bytes(PIXEL)
    path = world.write("hello")
    image = "image: {src: chart.png, alt: A red pixel}\n---\nHello."
    path.write_text(path.read_text("utf-8").replace("---\nHello.", image), "utf-8")


def test_an_image_goes_out_with_its_description_as_it_was(world: World, site: str) -> None:
    with_image(world)
    world.publisher(site)()
    (world.root / "posts" / "chart.png").unlink()
    world.drain("mastodon")
    (note,) = world.sandbox.ledger("mastodon")
    (attached,) = world.sandbox.get(f"/api/v1/statuses/{note['id']}")["media_attachments"]
    assert attached["description"] == "A red pixel"
    path = attached["url"].removeprefix(world.sandbox.url)
    assert world.sandbox.call("GET", path).content == PIXEL


def test_c17_an_upload_without_its_post_is_no_post_and_is_done_again(
    world: World, site: str
) -> None:
    with_image(world)
    world.publisher(site)()
    world.sandbox.fail("reset", "mastodon")
    moved = world.drain("mastodon")
    assert [step.state for step in moved[:1]] == ["sending"], "the upload went well, the post not"
    (note,) = world.sandbox.ledger("mastodon")
    assert len(world.sandbox.get(f"/api/v1/statuses/{note['id']}")["media_attachments"]) == 1


def test_a_missing_image_is_a_mistake(world: World, site: str) -> None:
    world.write("hello", image="nowhere.png")
    assert world.publisher(site)() == []
    assert "nowhere.png" in wrong(world)


def test_late_posts_are_queued_apart(world: World, site: str) -> None:
    for number in range(3):
        date = (world.clock() - timedelta(hours=2, minutes=number)).isoformat()
        world.write(f"late-{number}", date=date)
    world.publisher(site)()
    dues = [d.due for d in ledger.every(world.database) if d.account == "x"]
    assert [due - dues[0] for due in dues] == [timedelta(minutes=n) for n in range(3)]
