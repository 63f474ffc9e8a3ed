"""dev.to keeps what the daemon relies on."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from outreach.channels import Secrets, devto
from outreach.channels._devto_text import body
from outreach.channels.devto import tags
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Rights, Summoned
from outreach.model.errors import Duplicate, Rejected, Unauthorized, Unavailable, Uncertain
from outreach.model.mention import Kind
from outreach.model.note import NoteKind
from outreach.model.post import Media
from outreach.sandbox.devto_text import shown

from ..sandbox.running import Sandbox, in_thread
from ..server import Server, ok, request, saying, serving
from .contract import (
    AMBIGUOUS,
    ORIGINAL,
    Both,
    DeleterContract,
    EditorContract,
    FinderContract,
    ListenerContract,
    PublisherContract,
    new_key,
    note,
    now,
    numbers,
)
from .reading import everything
from .secrecy import SecrecyContract

NO_COMMENTS = "no interface to write comments"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """One for each test: a canonical URL is unique on all of dev.to."""
    with in_thread(tmp_path / "ledger.jsonl") as running:
        yield running


class TestDevTo(
    PublisherContract,
    FinderContract,
    ListenerContract,
    EditorContract,
    DeleterContract,
    SecrecyContract,
):
    kind = "devto"
    settings: ClassVar = {"api_key": "$DEVTO_KEY"}

    def test_an_answer_is_a_note_with_a_parent(self, sandbox: Sandbox, channel: Both) -> None:
        """There is no way to write one."""
        first = channel.publish(note(), new_key())
        with pytest.raises(Rejected, match=NO_COMMENTS):
            channel.publish(note(in_reply_to=first.id), new_key())
        assert len(self.ledger(sandbox)) == 1

    @pytest.mark.parametrize(
        "text", ["Hello & <b>", "Two\n\nparts\nhere", f"See {ORIGINAL}, it's #new @bob"]
    )
    def test_what_has_no_link_is_found_by_its_words(self, channel: Both, text: str) -> None:
        channel.publish(note(f"{text}\n\nand more"), new_key())
        channel.publish(note(text, title="Another title"), new_key())
        article, key = note(text), new_key()
        receipt = channel.publish(article, key)
        self.same(channel.find(article, key, self.since()), receipt)

    def test_the_same_words_under_another_note_are_not_it(self, channel: Both) -> None:
        """Nothing of ours stands below an article; another address is another article."""
        channel.publish(note("Thank you!", original=ORIGINAL, title="One"), new_key())
        thanks = note("Thank you!", original=f"{ORIGINAL}-again", title="One")
        assert list(channel.find(thanks, new_key(), self.since())) == []

    def test_the_refusal_of_a_copy_is_a_duplicate(self, sandbox: Sandbox, channel: Both) -> None:
        for words in ("First", "Second"):
            article = note(words, original=ORIGINAL, title=words)
            if words == "First":
                channel.publish(article, new_key())
            else:
                with pytest.raises(Duplicate, match="Canonical url has already been taken"):
                    channel.publish(article, new_key())
        same = note("Words", title="Title")
        channel.publish(same, new_key())
        with pytest.raises(Duplicate, match="Body markdown"):
            channel.publish(same, new_key())
        assert len(self.ledger(sandbox)) == 2

    @pytest.mark.parametrize("mode", AMBIGUOUS)
    def test_what_is_refused_as_a_copy_is_found(
        self, sandbox: Sandbox, channel: Both, mode: str
    ) -> None:
        article, key = note("Hello", original=ORIGINAL), new_key()
        sandbox.fail(mode, self.kind)
        with pytest.raises(Uncertain):
            channel.publish(article, key)
        with pytest.raises(Duplicate):
            channel.publish(article, key)
        (receipt,) = channel.find(article, key, self.since())
        assert receipt.id == self.ledger(sandbox)[0]["id"]

    def test_what_was_taken_back_is_not_found_and_may_be_said_again(
        self, sandbox: Sandbox, channel: Both
    ) -> None:
        article = note("Hello", original=ORIGINAL, title="One")
        receipt = channel.publish(article, new_key())
        assert isinstance(channel, devto.DevTo)
        channel.delete(receipt)
        assert list(channel.find(article, new_key(), self.since())) == []
        again = channel.publish(note("Hello again", original=ORIGINAL, title="One"), new_key())
        assert again.id != receipt.id
        assert (
            sandbox.call("GET", receipt.url.removeprefix(sandbox.url), token="").status_code == 404
        )

    @pytest.mark.parametrize("told", [b"<html>proxy</html>", b"{}", b"[]", b'{"id": 1', b""])
    def test_a_broken_2xx_is_uncertain(self, told: bytes) -> None:
        with serving(saying(ok(told))) as server, pytest.raises(Uncertain):
            self.open(server.url).publish(note(), new_key())

    @pytest.mark.parametrize("told", [b"<html>proxy</html>", b"{}", b"[1]", b'{"id": 1', b""])
    def test_a_broken_listing_is_unavailable(self, told: bytes) -> None:
        with serving(saying(ok(told))) as server:
            channel = self.open(server.url)
            with pytest.raises(Unavailable):
                channel.collect(None)
            with pytest.raises(Unavailable):
                channel.find(note(), new_key(), self.since())


def somebody() -> str:
    """An account that nobody else has."""
    return f"writer{next(numbers)}"


def opened(url: str, key: str = "writer", **more: Any) -> devto.DevTo:
    settings = devto.Settings.model_validate(
        {"kind": "devto", "api_key": "$K", "base_url": url, **more}
    )
    fetch = Fetch(guard=loopback_only, deadline=5)
    return devto.open(settings, Secrets(named=lambda name: key), fetch, now)


def answered(sandbox: Sandbox, identifier: str, name: str, text: str) -> str:
    form = {"note": identifier, "name": name, "text": text}
    sandbox.call("POST", "/devto/reply", token="", data=form, allow_redirects=False)
    return str(sandbox.ledger("devto")[-1]["id"])


# An article


def test_an_article_is_whole(sandbox: Sandbox) -> None:
    me = somebody()
    article = note(
        "## Head\n\nA *paragraph*.",
        kind=NoteKind.ARTICLE,
        title="Hello",
        original=ORIGINAL,
        media=(Media(path="a.png", url="https://blog.example/media/a.png"),),
        tags=("Open Source", "python", "C++", "über", "python", "fifth"),
        series="Lanterns",
    )
    channel = opened(sandbox.url, me, organization_id=7)
    receipt = channel.publish(article, new_key())
    (entry,) = sandbox.ledger("devto", me)
    told = {name: entry["extra"][name] for name in entry["extra"]}
    assert told == {
        "title": "Hello",
        "body_markdown": "## Head\n\nA *paragraph*.",
        "canonical_url": ORIGINAL,
        "tags": ["opensource", "python", "c", "über"],
        "published": True,
        "series": "Lanterns",
        "main_image": "https://blog.example/media/a.png",
        "organization_id": 7,
    }
    channel.edit(receipt, note("Changed", title="Hello again", original=ORIGINAL))
    last = sandbox.ledger("devto", me)[-1]
    assert (last["text"], last["extra"]["title"]) == ("Changed", "Hello again")
    assert last["extra"]["series"] == "Lanterns"


def test_a_title_is_how_a_note_begins_and_fits(sandbox: Sandbox) -> None:
    me = somebody()
    opened(sandbox.url, me).publish(note("First line\n\nmore"), new_key())
    opened(sandbox.url, me).publish(note("word " * 100), new_key())
    first, second = (entry["extra"]["title"] for entry in sandbox.ledger("devto", me))
    assert first == "First line"
    assert len(second) <= 128
    assert second.startswith("word word")


def test_tags_are_letters_and_digits() -> None:
    assert tags(("#a-b", "!?", "a" * 40)) == ["ab", "a" * 30]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("One\ntwo\nthree\n\nfour", "One two three\n\nfour"),
        ("One  \ntwo\\\nthree", None),
        ("# Head\ntext\nmore", "# Head\ntext more"),
        ("- one\n  more\n- two\n1. three", "- one more\n- two\n1. three"),
        ("> a\n> b", None),
        ("| a | b |\n|---|---|\n| c | d |", None),
        ("<div>\ntext\n</div>", "<div>\ntext\n</div>"),
        ("[a]: b\n[c]: d", None),
        ("Head\n====\n\nHead\n----", None),
        ("```\na\nb\n```\ntext\nmore", "```\na\nb\n```\ntext more"),
        ("~~~~\n```\na\nb\n~~~~", None),
        ("---\n\nText\n\n---", "***\n\nText\n\n---"),
        ("\n- - -\ntitle: x", "\n***\ntitle: x"),
        ("Use `{{ a }}` and\n```\n{% b %}\n```", None),
    ],
)
def test_forem_shows_what_was_meant(written: str, told: str | None) -> None:
    assert body(written) == (written if told is None else told)


def test_braces_are_no_liquid() -> None:
    text = "Write {{ name }} or {% tag %}, `{{ code }}`\n\n    {{ indented }}"
    assert shown(body(text)) == text


# Comments


def test_comments_are_a_tree(sandbox: Sandbox) -> None:
    me = somebody()
    channel = opened(sandbox.url, me)
    article = channel.publish(note("Hello", original=ORIGINAL), new_key())
    other = channel.publish(note("Nobody says anything to this"), new_key())
    top = answered(sandbox, article.id, "Grace", "A question?\nOn two lines.")
    below = answered(sandbox, top, "Ada", f"See {ORIGINAL}")
    deeper = answered(sandbox, below, "Grace", "Thanks")
    found, cursor = everything(channel)
    assert {id: (each.in_reply_to, each.text) for id, each in found.items()} == {
        top: (article.id, "A question?\nOn two lines."),
        below: (top, f"See {ORIGINAL}"),
        deeper: (below, "Thanks"),
    }
    assert all(each.kind is Kind.REPLY for each in found.values())
    assert json.loads(found[top].raw)["children"] == []
    assert other.id not in {each.in_reply_to for each in found.values()}
    again = answered(sandbox, below, "Bob", "Late")
    assert list(everything(channel, cursor)[0]) == [again]


def test_what_we_said_there_ourselves_answers_what_it_stands_below() -> None:
    """Forem lets nobody write a comment by its API, so this one is a recorded tree."""

    def comment(code: str, who: str, *children: object) -> dict[str, object]:
        return {
            "type_of": "comment",
            "id_code": code,
            "created_at": now().isoformat(),
            "body_html": "<p>Hm</p>",
            "user": {"username": who, "name": who, "user_id": 1} if who else {},
            "children": children,
        }

    listed = {"id": 7, "comments_count": 3, "last_comment_at": now().isoformat()}
    tree = [comment("a", "grace", comment("b", "me")), comment("c", "", comment("d", "ada"))]
    answers: dict[bytes, object] = {
        b"users/me": {"username": "me"},
        b"articles?": [listed],
        b"comments?": tree,
    }
    with serving(told_by_path(answers)) as server:
        page = opened(server.url).collect(None)
    assert [(each.id, each.in_reply_to) for each in page.mentions] == [
        ("comment-a", "7"),
        ("comment-d", "comment-c"),
    ]
    assert page.answered == ("comment-a",)


def told_by_path(answers: dict[bytes, object]) -> Callable[[Server, socket.socket], None]:
    """A server that answers by what stands in the path, and has nothing else."""

    def answer(server: Server, connection: socket.socket) -> None:
        asked = request(connection).split(b" ", 2)[1]
        told = [value for part, value in answers.items() if part in asked]
        missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        connection.sendall(ok(json.dumps(told[0]).encode()) if told else missing)

    return answer


def test_only_articles_that_are_talked_about_are_asked_for_comments() -> None:
    """However many there are; and one that is unpublished meanwhile has none."""

    def article(id: int, days: int, comments: int = 1) -> dict[str, object]:
        at = (now() - timedelta(days=days)).isoformat()
        return {"id": id, "comments_count": comments, "last_comment_at": at}

    said = {
        "id_code": "x",
        "created_at": now().isoformat(),
        "body_html": "<p>Hm</p>",
        "user": {"username": "ada"},
    }
    answers: dict[bytes, object] = {
        b"users/me": {"username": "me"},
        b"&page=1": [article(id, days=100) for id in range(99)] + [article(99, days=1)],
        b"&page=2": [article(100, days=1), article(101, days=1, comments=0)],
        b"a_id=100": [said],
    }
    with serving(told_by_path(answers)) as server:
        (mention,) = opened(server.url).collect(None).mentions
        assert server.seen == len(("me", "page 1", "gone", "page 2", "comments"))
    assert (mention.id, mention.in_reply_to) == ("comment-x", "100")


def test_comments_of_last_week_are_read_first_and_older_ones_never(sandbox: Sandbox) -> None:
    me = somebody()
    channel = opened(sandbox.url, me)
    sandbox.shift(-9 * 86400)
    article = channel.publish(note("Hello"), new_key())
    answered(sandbox, article.id, "Grace", "Old")
    sandbox.shift(0)
    new = answered(sandbox, article.id, "Grace", "New")
    assert list(everything(channel)[0]) == [new]


def test_no_answer_can_be_written_and_it_says_so(sandbox: Sandbox) -> None:
    channel = opened(sandbox.url)
    article = channel.publish(note("Hello"), new_key())
    answered(sandbox, article.id, "Grace", "Why?")
    ((_, mention),) = everything(channel)[0].items()
    assert isinstance(channel, Summoned)
    assert NO_COMMENTS in channel.unanswerable(mention)


# The account


def test_an_account_says_who_it_is(sandbox: Sandbox) -> None:
    assert opened(sandbox.url, "grace").handle() == "@grace"
    assert opened(sandbox.url, "grace").rights() == Rights(handle="@grace")


def test_a_key_is_copied_and_kept_once_it_works(sandbox: Sandbox) -> None:
    settings = devto.Settings(kind="devto", base_url=sandbox.url)
    tokens: dict[str, str] = {}
    given = (Secrets(named=str, tokens=tokens), Fetch(guard=loopback_only, deadline=5), now)
    form = devto.sign_in(settings, *given)
    assert "API Key" in form.fields[0].hint
    with pytest.raises(Unauthorized):
        form.submit({"token": " "})
    assert tokens == {}
    assert form.submit({"token": " grace "}) == "@grace"
    assert devto.open(settings, *given).handle() == "@grace"


def test_where_nobody_signed_in_the_account_waits(sandbox: Sandbox) -> None:
    settings = devto.Settings(kind="devto", base_url=sandbox.url)
    channel = devto.open(settings, Secrets(named=str), Fetch(guard=loopback_only), now)
    with pytest.raises(Unauthorized, match="nobody has signed in"):
        channel.publish(note(), new_key())
