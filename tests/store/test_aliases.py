"""A renamed post keeps all that belongs to it, and its old addresses."""

from collections.abc import Callable

import pytest

from outreach.model.errors import Refused
from outreach.store import aliases, ledger, mentions, posts
from outreach.store.database import Database

from .rows import MINUTE, NOW, create, mention, post, queue

OLD, NEW = "2026/hello", "2026/better"


@pytest.fixture
def shown(database: Database) -> Database:
    """A database with a post that readers see."""
    posts.accept(database, post(OLD), "text", "hash", NOW)
    posts.show(database, [OLD], NOW)
    return database


def rename(database: Database, old: str, new: str) -> None:
    """Rename a post, and accept it with its new address."""
    with database.atomic():
        aliases.rename(database, posts.one(database, old), new)
        posts.accept(database, post(new), "text", "hash", NOW, has_new_words=False)


def test_all_that_belongs_to_a_post_goes_along(shown: Database) -> None:
    queue(shown, create("a", source=OLD), create("b", source=f"{OLD}#answer-1"))
    queue(shown, create("c", source=f"{OLD}-too"), create("d", source=f"{OLD}/x"))
    said = mention("1", original=f"https://lantern.example/{OLD}")
    mentions.log(shown, [said], NOW)
    rename(shown, OLD, NEW)
    assert [row.source for row in ledger.every(shown)] == [
        NEW,
        f"{NEW}#answer-1",
        f"{OLD}-too",
        f"{OLD}/x",
    ]
    assert mentions.one(shown, "1").post == NEW
    row = posts.one(shown, NEW)
    assert (row.shown, row.first_seen) == (NOW, NOW)
    assert (row.url, row.entry_id) == tuple(f"https://lantern.example/{it}" for it in (NEW, OLD))
    with pytest.raises(Refused):
        posts.one(shown, OLD)


def test_a_rename_alone_leaves_no_mark_to_revise(shown: Database) -> None:
    posts.revised(shown, OLD)
    rename(shown, OLD, NEW)
    assert posts.to_revise(shown) == []
    posts.accept(shown, post(NEW), "new words", "other", NOW)
    assert posts.to_revise(shown) == [NEW]
    rename(shown, NEW, OLD)
    assert posts.to_revise(shown) == [OLD]


def test_old_addresses_lead_to_where_the_post_is_now(shown: Database) -> None:
    rename(shown, OLD, NEW)
    rename(shown, NEW, "2026/best")
    assert aliases.every(shown) == {"2026/best": (NEW, OLD)}
    rename(shown, "2026/best", OLD)
    assert aliases.every(shown) == {OLD: ("2026/best", NEW)}
    aliases.take_back(shown, NEW)
    assert aliases.every(shown) == {OLD: ("2026/best",)}


def test_what_nobody_has_seen_leaves_no_old_address(database: Database) -> None:
    posts.accept(database, post(OLD), "text", "hash", NOW)
    rename(database, OLD, NEW)
    assert aliases.every(database) == {}
    assert posts.one(database, NEW).entry_id == f"https://lantern.example/{NEW}"


def test_a_post_is_found_at_every_address_that_it_had(shown: Database) -> None:
    rename(shown, OLD, NEW)
    for path in (OLD, NEW):
        found = posts.at(shown, f"https://lantern.example/{path}")
        assert (found and found.slug) == NEW
    posts.accept(shown, post(OLD, title="Another"), "text", "hash", NOW)
    posts.show(shown, [OLD], NOW)
    found = posts.at(shown, f"https://lantern.example/{OLD}")
    assert (found and found.slug) == OLD


def test_a_post_at_the_first_address_of_another_has_an_id_of_its_own(shown: Database) -> None:
    rename(shown, OLD, NEW)
    posts.accept(shown, post(OLD, title="Another"), "text", "hash", NOW + MINUTE)
    first = f"https://lantern.example/{OLD}"
    assert posts.one(shown, NEW).entry_id == first
    assert posts.one(shown, OLD).entry_id == f"{first}#2026-11-24T09:01:00.000000Z"


def test_what_changed_since_is_told_once(shown: Database) -> None:
    number, rows = posts.since(shown, -1)
    assert [row.slug for row in rows] == [OLD]
    assert posts.since(shown, number) == (number, [])
    changes: list[Callable[[], None]] = [
        lambda: posts.accept(shown, post("other"), "", "", NOW),
        lambda: posts.show(shown, ["other"], NOW),
        lambda: posts.withdraw(shown, "other", "wrong"),
        lambda: rename(shown, "other", "another"),
    ]
    for change in changes:
        before = number
        change()
        number, rows = posts.since(shown, before)
        assert number > before
        assert len(rows) == 1
    posts.accept(shown, post("late"), "", "", NOW)
    number, _ = posts.since(shown, number)
    posts.unschedule(shown, "late")
    assert [row.published for row in posts.since(shown, number)[1]] == [None]
    posts.proved(shown, OLD, NOW)
    assert posts.since(shown, number + 1)[1] == []
