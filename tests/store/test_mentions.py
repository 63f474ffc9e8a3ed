"""The log of what came back: each thing once, at its post, and who still waits."""

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.model.delivery import Activity
from outreach.model.errors import Refused
from outreach.model.mention import Author, Kind, Mention
from outreach.store import mentions
from outreach.store.database import Database

from .rows import HOUR, NOW, change, claimed, create, mention, queue, send


def log(database: Database, *found: Mention) -> list[str]:
    with database.atomic():
        return [new.id for new in mentions.log(database, found, NOW)]


def placed(database: Database) -> dict[str, str]:
    return {row.mention.id: row.post for row in mentions.every(database)}


def waiting(database: Database) -> list[str]:
    return [row.mention.id for row in mentions.waiting(database)]


def announce(database: Database, name: str) -> None:
    """A post that is out as `n-NAME`."""
    queue(database, create(name))
    send(database, claimed(database))


def test_each_thing_is_logged_once_and_as_it_was(database: Database) -> None:
    whole = mention("1", raw='{"a": "%s :b"}', text="Grüße\n🦊", withdrawn=True, kind=Kind.QUOTE)
    assert log(database, whole, whole, mention("2")) == ["1", "2"]
    assert log(database, mention("1", text="other"), mention("1", account="x")) == ["1"]
    rows = mentions.every(database)
    assert [(row.mention.account, row.mention.id) for row in rows] == [
        ("mastodon", "1"),
        ("mastodon", "2"),
        ("x", "1"),
    ]
    assert rows[0].mention == whole
    assert mentions.counts(database) == {"mastodon": 2, "x": 1}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\udfffb"])
def test_hostile_text_stops_nobody(database: Database, text: str) -> None:
    """What a database cannot hold comes in its place marked, and the page it came with is in."""
    assert log(database, mention("1", text=text), mention("2")) == ["1", "2"]
    assert [row.mention.text for row in mentions.every(database)] == ["a\ufffdb", "Words of 2"]


def test_a_surrogate_pair_is_one_character(database: Database) -> None:
    log(database, mention("1", text="\ud83e\udd8a"))
    assert mentions.every(database)[0].mention.text == "🦊"


def test_a_reply_belongs_to_the_post_of_its_parent(database: Database) -> None:
    announce(database, "a")
    log(database, mention("1", in_reply_to="n-a"), mention("2", in_reply_to="n-b"), mention("3"))
    assert placed(database) == {"1": "2026/a", "2": "", "3": ""}


def test_a_reply_on_another_account_belongs_to_nothing(database: Database) -> None:
    announce(database, "a")
    log(database, mention("1", account="x", in_reply_to="n-a"))
    assert placed(database) == {"1": ""}


def test_a_reply_to_a_note_that_was_edited_belongs_to_its_post(database: Database) -> None:
    """Note and edit have the same receipt."""
    first = create("a")
    queue(database, first, change("b", first, Activity.UPDATE))
    send(database, claimed(database))
    send(database, claimed(database))
    database.execute("UPDATE delivery SET receipt_id = 'n-a'")
    log(database, mention("1", in_reply_to="n-a"))
    assert placed(database) == {"1": "2026/a"}


CHAIN = {"1": "n-a", "2": "1", "3": "2", "4": "3", "5": "4", "6": "nothing", "7": "6", "8": None}
"""Who answers whom: five in a row below the post, and three elsewhere."""

PLACED = {name: "2026/a" if name in "12345" else "" for name in CHAIN}


@given(order=st.permutations(list(CHAIN)), cuts=st.sets(st.integers(1, len(CHAIN) - 1)))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_of_arrival_gives_the_same_placement(
    database: Database, order: Sequence[str], cuts: set[int]
) -> None:
    """Also in pages of any size, each logged by itself."""
    database.execute("DELETE FROM mention")
    if not database.query("SELECT 1 FROM delivery"):
        announce(database, "a")
    edges = [0, *sorted(cuts), len(order)]
    for start, end in pairwise(edges):
        log(database, *(mention(name, in_reply_to=CHAIN[name]) for name in order[start:end]))
    assert placed(database) == PLACED


def test_a_ring_of_replies_comes_to_an_end(database: Database) -> None:
    for order in permutations("12"):
        database.execute("DELETE FROM mention")
        ring = {"1": "2", "2": "1"}
        log(database, *(mention(name, in_reply_to=ring[name]) for name in order))
        assert placed(database) == {"1": "", "2": ""}


def test_who_waits_longest_is_first(database: Database) -> None:
    log(database, *(mention(name, published=NOW + at * HOUR) for at, name in enumerate("cab")))
    assert waiting(database) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({"kind": Kind.REPLY}, True),
        ({"kind": Kind.MENTION}, True),
        ({"kind": Kind.QUOTE}, True),
        ({"kind": Kind.MESSAGE}, True),
        ({"kind": Kind.LIKE}, False),
        ({"kind": Kind.REPOST}, False),
        ({"withdrawn": True}, False),
        ({"published": NOW}, True),
        ({"published": NOW - HOUR}, False),
        ({"published": NOW - HOUR, "in_reply_to": "n-a"}, True),
    ],
    ids=str,
)
def test_who_waits(database: Database, fields: dict[str, Any], waits: bool) -> None:
    """Words to us; what is older than the account here waits only if it belongs to a post."""
    announce(database, "a")
    log(database, mention("1", **fields))
    assert waiting(database) == ["1"] * waits


@pytest.mark.parametrize("state", ["snoozed", "answered", "closed"])
def test_what_is_done_waits_no_more(database: Database, state: str) -> None:
    log(database, mention("1"), mention("2"))
    database.execute("UPDATE mention SET state = :state WHERE id = '1'", state=state)
    database.execute("UPDATE mention SET state = 'assigned' WHERE id = '2'")
    assert waiting(database) == ["2"]
    assert {row.mention.id: row.state for row in mentions.every(database)}["1"] == state


def test_a_long_id_is_found_by_the_end_that_a_table_shows(database: Database) -> None:
    uri = "at://did:plc:bob/app.bsky.feed.post/3n32yg327rj23"
    with database.atomic():
        mentions.log(database, [mention(uri), mention("42")], NOW)
    assert mentions.end_of(uri) == "…n32yg327rj23"
    assert mentions.end_of("42") == "42"
    assert mentions.one(database, mentions.end_of(uri)).mention.id == uri
    with pytest.raises(Refused, match="there is no reply"):
        mentions.one(database, "…n32yg327rj24")


EVE = Author(id="eve", handle="@eve", name="Ada", url="https://eve.example/")


def told(database: Database, **fields: Any) -> mentions.Logged:
    """Mention 1 as it stands, when it was sent so."""
    log(database, mention("1", moderate=True, **fields))
    return mentions.one(database, "1", "mastodon")


@pytest.mark.parametrize("text", ["Words of 1", "Buy"])
def test_who_speaks_in_anothers_place_waits(database: Database, text: str) -> None:
    told(database)
    mentions.moderate(database, "mastodon", "1", "")
    assert told(database, text="Changed").moderation == ""
    logged = told(database, author=EVE, text=text)
    assert (logged.mention.author, logged.mention.text) == (EVE, text)
    assert (logged.moderation, waiting(database)) == ("pending", [])


def test_whom_we_know_may_take_anothers_place(database: Database) -> None:
    log(database, mention("2", author=EVE))
    told(database)
    mentions.moderate(database, "mastodon", "1", "")
    logged = told(database, author=EVE)
    assert (logged.mention.author, logged.moderation) == (EVE, "")


@pytest.mark.parametrize("word", ["pending", "spam"])
@pytest.mark.parametrize("known", [False, True])
def test_another_author_changes_no_other_word(database: Database, word: str, known: bool) -> None:
    log(database, *[mention("2", author=EVE)] * known)
    told(database)
    mentions.moderate(database, "mastodon", "1", word)
    assert told(database, author=EVE).moderation == word
