"""What is said about a post comes under it: who may be shown, in threads, with our answers."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.flows.converse import SHOWN, Converse
from outreach.flows.moderate import moderate, put_on_page
from outreach.model.mention import Author, Kind, Mention
from outreach.model.note import Note
from outreach.rules.house import HouseRules
from outreach.site.talk import DEEPEST, LONGEST, Said, Talk
from outreach.store import accounts, mentions, posts, sqlite
from outreach.store.database import Database

from ..store.rows import MINUTE, NOW, claimed, create, mention, post, queue, send

HELLO = post()
KINDS = {
    "mastodon": "mastodon",
    "ceo": "mastodon",
    "x": "x",
    "letters": "email",
    "web": "webmention",
    "here": "comments",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite.create(tmp_path / "outreach.db")) as made:
        for name, kind in KINDS.items():
            accounts.meet(made, name, kind, NOW)
        posts.accept(made, HELLO, "", "", NOW)
        yield made


def converse(
    database: Database, policy: str = "show", block: tuple[str, ...] = (), **policies: str
) -> Converse:
    rules = HouseRules(kinds=KINDS, policy=policy, accounts=policies, block=block)
    return Converse(database=database, rules=rules, voices=dict.fromkeys(KINDS, "Acme"))


def talk(database: Database, *args: Any, **policies: Any) -> Talk:
    return converse(database, *args, **policies)(HELLO.slug)


def log(database: Database, *found: Mention) -> None:
    with database.atomic():
        mentions.log(database, found, NOW)


def said(identifier: str, parent: str | None = None, **more: Any) -> Mention:
    at = NOW + MINUTE * len(identifier) + timedelta(microseconds=ord(identifier[-1]))
    fields = {"published": at, "in_reply_to": parent, "original": HELLO.url}
    return mention(identifier, **fields | more)


def answer(database: Database, to: str, text: str, account: str = "mastodon") -> None:
    note = Note(text=text, in_reply_to=to)
    source = f"{HELLO.slug}#answer-{to}"
    queue(database, create(f"to-{to}", note=note, source=source, written_by="Bo", account=account))
    send(database, claimed(database))


def words(shown: Talk) -> list[tuple[int, str]]:
    return [(it.depth, " / ".join(it.paragraphs)) for it in shown.said]


def one(database: Database, **more: Any) -> Said:
    log(database, said("1", **more))
    (shown,) = talk(database).said
    return shown


def test_answers_stand_below_what_they_answer_oldest_first(database: Database) -> None:
    log(database, said("b"), said("a"), said("a1", "a"), said("a12", "a1"), said("a0", "a"))
    answer(database, "a1", "@ada@lantern.example Ours")
    log(database, said("thanks", "n-to-a1"))
    assert words(talk(database)) == [
        (0, "Words of a"),
        (1, "Words of a0"),
        (1, "Words of a1"),
        (2, "Ours"),
        (3, "Words of thanks"),
        (2, "Words of a12"),
        (0, "Words of b"),
    ]
    ours = talk(database).said[3]
    assert (ours.is_ours, ours.author, ours.url) == (
        True,
        "Acme",
        "https://mastodon.example/n-to-a1",
    )
    assert talk(database).replies == 7


def test_who_said_it_and_where(database: Database) -> None:
    shown = one(database, text="@us@lantern.example @bob One.\r\n\r\nTwo\nthree ")
    assert (shown.author, shown.network, shown.url) == (
        "Ada", "Mastodon", "https://mastodon.example/1",
    )  # fmt: skip
    assert shown.paragraphs == ("One.", "Two\nthree")
    assert shown.at == NOW + MINUTE + timedelta(microseconds=ord("1"))
    assert not shown.is_ours


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.example/", "//a", "https://[", ""])
def test_no_address_of_a_stranger_is_more_than_a_link(database: Database, url: str) -> None:
    shown = one(database, url=url, author=Author(id="e", handle="eve", url=url))
    assert (shown.url, shown.author_url, shown.author) == ("", "", "eve")


def test_nobody_turns_the_page_around_or_fills_it(database: Database) -> None:
    author = Author(id="e", handle="", name="Eve\u202e\n" + "x" * 500)
    shown = one(database, text="\u202eabc\x07 " + "word " * 2_000, author=author)
    assert "\u202e" not in shown.author + shown.paragraphs[0]
    assert len(shown.author) <= 80
    assert len(shown.paragraphs[0]) <= SHOWN
    assert shown.paragraphs[0].endswith("…")


def test_an_answer_of_nothing_but_a_name_keeps_it(database: Database) -> None:
    assert one(database, text="@us@lantern.example").paragraphs == ("@us@lantern.example",)


def test_a_page_that_speaks_of_ours_says_which(database: Database) -> None:
    url = "https://notes.example/1"
    shown = one(database, account="web", kind=Kind.MENTION, url=url)
    assert (shown.verb, shown.network, shown.url) == ("mentioned this", "notes.example", url)


def test_a_comment_of_our_own_page_has_its_own_name_there(database: Database) -> None:
    where = f"{HELLO.url}#comment-0123"
    log(database, said(where, account="here", url=where))
    answer_at = f"{HELLO.url}#comment-key"
    note = Note(text="Thanks", in_reply_to=where)
    source = f"{HELLO.slug}#answer-{where}"
    queue(database, create("k", note=note, source=source, written_by="Bo", account="here"))
    database.execute(
        "UPDATE delivery SET state = 'sent', receipt_id = :at, receipt_url = :at, sent = due",
        at=answer_at,
    )
    theirs, ours = talk(database).said
    assert (theirs.anchor, theirs.network, theirs.url) == ("comment-0123", "", "")
    assert (ours.anchor, ours.network, ours.depth) == ("comment-key", "", 1)


def test_what_two_accounts_saw_stands_there_once(database: Database) -> None:
    """But nobody stands in for somebody else by saying their address."""
    url, eve = "https://mastodon.example/1", Author(id="e", handle="eve")
    log(database, said("1"), said("1", account="ceo", url=url))
    log(database, said("12", "1", account="ceo", url="https://mastodon.example/12"))
    log(database, said("133", author=eve, url=url), said("1444", account="x", url=url))
    assert words(talk(database)) == [
        (0, "Words of 1"), (1, "Words of 12"), (0, "Words of 133"), (0, "Words of 1444"),
    ]  # fmt: skip


def test_without_words_they_are_counted(database: Database) -> None:
    likes = [said(f"l{n}", kind=Kind.LIKE) for n in range(3)]
    log(database, *likes, said("r", kind=Kind.REPOST), said("x", kind=Kind.LIKE, account="x"))
    log(database, said("c", kind=Kind.LIKE, account="here"), said("e", account="letters"))
    tallies = [(it.number, it.verb, it.network) for it in talk(database).tallies]
    assert tallies == [
        (3, "liked", "Mastodon"), (1, "liked", ""), (1, "liked", "X"), (1, "shared", "Mastodon"),
    ]  # fmt: skip
    assert talk(database).said == ()
    assert talk(database, "hide").tallies == ()
    assert [it.network for it in talk(database, "hide", x="hold").tallies] == ["X"]


def test_messages_letters_and_strangers_are_never_shown(database: Database) -> None:
    stranger = Author(id="new", handle="new")
    log(
        database,
        said("1", kind=Kind.MESSAGE),
        said("2", account="letters"),
        said("3", moderate=True, author=stranger),
        said("4", withdrawn=True),
    )
    for it in mentions.every(database):
        put_on_page(database, it, "show")
    assert talk(database, letters="show").said == ()
    moderate(database, mentions.one(database, "3"), accept=True)
    assert words(talk(database)) == [(0, "Words of 3")]


def test_a_person_lets_each_in(database: Database) -> None:
    log(database, said("1"), said("2"), said("12", "1"))
    assert talk(database, "hold").said == ()
    put_on_page(database, mentions.one(database, "12"), "show")
    assert words(talk(database, "hold")) == [(0, "Words of 12")]
    put_on_page(database, mentions.one(database, "1"), "show", all_of_author=True)
    assert len(talk(database, "hold").said) == 3
    put_on_page(database, mentions.one(database, "2"), "hide")
    assert words(talk(database, "show")) == [(0, "Words of 1"), (1, "Words of 12")]


def test_no_answer_of_ours_stands_without_what_it_answers(database: Database) -> None:
    log(database, said("1"))
    answer(database, "1", "Ours")
    assert talk(database).replies == 2
    assert talk(database, block=("@ada@lantern.example",)) == Talk(
        said=(), tallies=(), replies=0, more=0
    )
    assert talk(database, mastodon="hide").said == ()


def test_what_is_shown_differs_where_its_state_does(database: Database) -> None:
    """The number is what the page is built anew by."""
    assert converse(database).states() == {}
    log(database, said("1"))
    first = converse(database).states()
    assert first.keys() == {HELLO.slug}
    assert converse(database).states() == first
    assert converse(database, "hold").states() != first
    assert converse(database, block=("bob",)).states() != first
    put_on_page(database, mentions.one(database, "1"), "hide")
    assert converse(database).states() != first


def test_a_page_has_its_length_and_threads_their_depth(database: Database) -> None:
    ids = [f"{n:04}" for n in range(LONGEST + 30)]
    chain = zip(ids, [None, *ids], strict=False)
    at = {it: NOW + MINUTE * number for number, it in enumerate(ids)}
    log(database, *(said(it, parent, published=at[it]) for it, parent in chain))
    shown = talk(database)
    assert (len(shown.said), shown.replies, shown.more) == (LONGEST, LONGEST + 30, 30)
    assert {it.depth for it in shown.said} == set(range(DEEPEST + 1))
    assert len({it.anchor for it in shown.said}) == LONGEST
