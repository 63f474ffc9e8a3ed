"""What stands under a post: it is counted anew whenever it may look otherwise."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from outreach.model.delivery import Activity, State
from outreach.model.mention import Author, Kind, Mention, Request
from outreach.model.note import Note
from outreach.model.post import Post
from outreach.store import conversation, ledger, mentions, posts, received, sqlite
from outreach.store.conversation import Standing
from outreach.store.database import Database

from .rows import HOUR, NOW, change, claimed, create, mention, post, queue, receipt, send, step

HELLO = post()
BOB = Author(id="b", handle="@bob")


@pytest.fixture(autouse=True)
def there(database: Database) -> None:
    for it in (HELLO, post("2026/other")):
        posts.accept(database, it, "", "", NOW)


def log(database: Database, *found: Mention) -> None:
    with database.atomic():
        mentions.log(database, found, NOW)


def said(identifier: str = "1", about: Post = HELLO, **more: Any) -> Mention:
    return mention(identifier, original=about.url, **more)


class Counter:
    """Whether the conversation under HELLO was stirred since it was last asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before = self._states().get(HELLO.slug, 0)

    def _states(self) -> dict[str, int]:
        states = conversation.states(self._database)
        assert "2026/other" not in states, "the other post has nothing to do with it"
        return states

    def __call__(self) -> bool:
        now = self._states().get(HELLO.slug, 0)
        stirred, self._before = now > self._before, now
        return stirred


@pytest.fixture
def stirred(database: Database) -> Counter:
    return Counter(database)


def answer(database: Database, identifier: str, to: str, **more: Any) -> None:
    """An answer of ours to a mention, which is out."""
    fields = {"source": f"{HELLO.slug}#answer-{to}", "written_by": "Ada"}
    note = Note(text=f"Answer {identifier}", in_reply_to=to)
    queue(database, create(identifier, note=note, **fields | more))
    send(database, claimed(database))


def test_what_is_new_stirs_the_post_it_is_about(database: Database, stirred: Counter) -> None:
    assert conversation.states(database) == {}
    log(database, said("1"))
    assert stirred()
    log(database, said("1"), mention("2"))
    assert not stirred(), "it was there already, and the other is about nothing"


def test_an_answer_to_our_note_stirs_and_so_does_the_one_below(
    database: Database, stirred: Counter
) -> None:
    queue(database, create("a", source=HELLO.slug))
    send(database, claimed(database))
    log(database, mention("3", in_reply_to="2"))
    assert not stirred()
    log(database, mention("1", in_reply_to="n-a"))
    assert stirred()
    log(database, mention("2", in_reply_to="1"))
    assert stirred()
    assert [it.id for it in conversation.heard(database, HELLO.slug)] == ["1", "2", "3"]


def test_each_word_of_a_person_stirs(database: Database, stirred: Counter) -> None:
    log(database, said("1", moderate=True), said("2", moderate=True), said("3"))
    stirred()
    mentions.moderate(database, "mastodon", "1", "")
    assert stirred()
    assert mentions.moderate_author(database, "mastodon", "7", "spam") == 1
    assert stirred()
    conversation.put_on_page(database, "mastodon", "3", "hide")
    assert stirred()
    assert conversation.put_author_on_page(database, "mastodon", "7", "show") == 3
    assert stirred()
    assert {row.mention.id: row.page for row in mentions.every(database)} == {
        "1": "show", "2": "show", "3": "show",
    }  # fmt: skip


def test_what_is_taken_back_stirs(database: Database, stirred: Counter) -> None:
    log(database, said("1"))
    stirred()
    log(database, said("1", withdrawn=True))
    assert stirred()
    assert conversation.heard(database, HELLO.slug) == []


def test_our_answer_stirs_once_it_is_out_and_once_it_is_taken_back(
    database: Database, stirred: Counter
) -> None:
    log(database, said("1"))
    note = Note(text="Thanks", in_reply_to="1")
    out = create("a", source=f"{HELLO.slug}#answer-1", note=note, written_by="Ada")
    queue(database, out)
    stirred()
    assert conversation.answers(database, HELLO.slug) == []
    send(database, claimed(database))
    assert stirred()
    (shown,) = conversation.answers(database, HELLO.slug)
    assert (shown.to, shown.id, shown.text, shown.at) == ("1", "n-a", "Thanks", NOW)
    queue(database, change("b", out, Activity.DELETE, note=note))
    taken = claimed(database)
    ledger.move(database, taken, step(State.SENT, receipt=receipt("a")), NOW)
    assert stirred()
    assert conversation.answers(database, HELLO.slug) == []


def test_an_answer_that_was_given_before_the_post_was_known_is_below_it(
    database: Database,
) -> None:
    log(database, said("1"))
    answer(database, "a", "1", source="#answer-1")
    answer(database, "b", "2", source="2026/other#answer-2")
    assert [it.id for it in conversation.answers(database, HELLO.slug)] == ["n-a"]


def test_only_what_may_be_seen_is_heard(database: Database) -> None:
    log(
        database,
        said("3", published=NOW + HOUR, kind=Kind.QUOTE),
        said("1", author=BOB),
        said("2", moderate=True, author=Author(id="new", handle="new")),
        said("4", kind=Kind.LIKE),
        said("5", kind=Kind.LIKE, account="x"),
        said("6", kind=Kind.REPOST),
        said("7", kind=Kind.LIKE),
        said("8", kind=Kind.LIKE, withdrawn=True),
        said("9", about=post("2026/other")),
    )
    conversation.put_on_page(database, "mastodon", "7", "hide")
    heard = conversation.heard(database, HELLO.slug)
    assert [it.id for it in heard] == ["1", "3"]
    assert (heard[0].author, heard[0].text, heard[0].published) == (BOB, "Words of 1", NOW)
    assert conversation.counts(database, HELLO.slug) == [
        ("mastodon", Kind.LIKE, 1),
        ("mastodon", Kind.REPOST, 1),
        ("x", Kind.LIKE, 1),
    ]


def test_what_nobody_decided_waits_for_the_page(database: Database) -> None:
    log(
        database,
        said("2", published=NOW + HOUR),
        said("1"),
        said("3", account="x"),
        said("4", kind=Kind.LIKE),
        said("5", kind=Kind.MESSAGE),
        mention("6"),
    )
    conversation.put_on_page(database, "mastodon", "2", "show")
    assert [it.id for it in conversation.undecided(database, ["mastodon"])] == ["1"]
    assert [it.id for it in conversation.undecided(database, ["mastodon", "x"])] == ["1", "3"]
    assert conversation.undecided(database, []) == []
    conversation.put_on_page(database, "x", "3", "hide")
    assert [it.id for it in conversation.latest(database, 5)] == ["2", "1"]
    assert len(conversation.latest(database, 1)) == 1


def test_how_a_comment_stands(database: Database) -> None:
    where = f"{HELLO.url}#comment-abc"
    comment = mention(where, original=HELLO.url, moderate=True, author=Author(id="c", handle="c"))

    def stands() -> tuple[str, Standing | None]:
        return conversation.standing(database, "mastodon", "abc")

    assert stands() == ("", None)
    with database.atomic():
        body = "what=comment&id=https%3A%2F%2Flantern.example%2F2026%2Fhello%23comment-abc&text=a"
        request = Request(id="1", content_type="", body=body)
        received.add(database, request, "mastodon", "h", NOW)
    assert stands() == (where, Standing.COMING)
    log(database, comment)
    assert stands() == (where, Standing.WAITING)
    mentions.moderate(database, "mastodon", where, "spam")
    assert stands() == (where, Standing.WAITING), "nobody is told that they are spam"
    mentions.moderate(database, "mastodon", where, "")
    assert stands() == (where, Standing.SHOWN)
    conversation.put_on_page(database, "mastodon", where, "hide")
    assert stands() == (where, Standing.WAITING)
    database.execute("UPDATE mention SET withdrawn = 1")
    assert stands() == (where, Standing.GONE)
    assert conversation.standing(database, "x", "abc") == ("", None)
    assert conversation.standing(database, "mastodon", "bc") == ("", None)


def test_a_look_at_all_states_reads_an_index_alone(tmp_path: Path) -> None:
    """It is asked each second, with ten thousand posts in place."""
    with closing(sqlite.create(tmp_path / "db")) as made:
        (plan,) = made.query(f"EXPLAIN QUERY PLAN {conversation.STATES}")
    assert "USING COVERING INDEX post_talk" in plan["detail"]
