"""A post becomes a text that its network takes, with the link whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model.note import Limits
from outreach.model.post import Media, Post, Thread
from outreach.rules import measure
from outreach.rules.compose import Compose
from outreach.sandbox import x_text

from .texts import texts

URL = "https://blog.example/2026/hello"
X = Limits(length=280, measure=measure.x)
compose = Compose()
MASTODON = Limits(length=500, measure=measure.mastodon)


def text(limits: Limits = MASTODON, **changes: Any) -> str:
    values = {"slug": "hello", "title": "Hello", "body": "", "url": URL, "path": "hello.md"}
    (note,) = compose(Post(**{**values, **changes}), "account", limits)
    return note.text


def test_title_summary_link() -> None:
    assert text(summary="A greeting.") == f"Hello\n\nA greeting.\n\n{URL}"
    assert text() == text(summary="Hello") == f"Hello\n\n{URL}"


def test_the_authors_own_words_come_first() -> None:
    own = {"account": " Read this ", "other": "Not this"}
    assert text(summary="A greeting.", overrides=own) == f"Read this\n\n{URL}"
    assert text(overrides={"account": "  "}) == f"Hello\n\n{URL}"


def test_a_link_that_the_author_placed_stays_there() -> None:
    assert text(overrides={"account": f"At {URL}, read"}) == f"At {URL}, read"


def test_a_longer_link_is_not_the_link() -> None:
    own = f"After {URL}-again"
    assert text(overrides={"account": own}) == f"{own}\n\n{URL}"


def test_where_the_authors_text_is_too_long_the_link_moves_to_the_end() -> None:
    made = text(X, overrides={"account": f"{URL} " + "word " * 100})
    assert made.endswith(f"word…\n\n{URL}")
    assert made.count(URL) == 1


def test_a_summary_is_cut_at_a_word() -> None:
    made = text(X, summary="word " * 100)
    assert made.startswith("Hello\n\nword word")
    assert made.endswith(f"word…\n\n{URL}")
    assert 275 <= measure.x(made) <= 280


def test_the_note_carries_what_it_announces() -> None:
    media = tuple(Media(path=f"{n}.png", sha256=str(n)) for n in range(3))
    elsewhere = Media(path="https://pictures.example/1.png")
    post = Post(
        slug="s",
        title="Hello",
        body="",
        url=URL,
        path="p",
        media=(elsewhere, *media),
        language="de",
        tags=("a",),
    )
    limits = Limits(length=500, measure=len, images=2)
    (note,) = compose(post, "account", limits)
    assert (note.original, note.title, note.language, note.tags) == (URL, "Hello", "de", ("a",))
    assert note.media == media[:2]


@pytest.mark.parametrize("limits", [X, MASTODON], ids=["x", "mastodon"])
@given(title=texts(40), summary=texts(60), own=st.one_of(st.just(""), texts(90)))
def test_never_too_long_and_the_link_always_whole(
    limits: Limits, title: str, summary: str, own: str
) -> None:
    made = text(limits, title=title, summary=summary, overrides={"account": own})
    assert limits.measure(made) <= limits.length
    assert URL in measure.URL.findall(made)
    if limits is X:
        assert x_text.weight(made) <= 280, "the sandbox counts by itself, and disagrees"


def test_a_content_warning_counts_where_the_network_shows_it() -> None:
    body = {"summary": "word " * 200, "warning": "w" * 100}
    shown = Limits(length=500, measure=len, warnings=True)
    assert len(text(shown, **body)) <= 400
    assert len(text(Limits(length=500, measure=len), **body)) > 480


MARKED = f"{URL}?utm_source=account&utm_medium=social&utm_campaign=hello"


def parts(limits: Limits = MASTODON, utm: bool = False, **changes: Any) -> list[str]:
    values = {"slug": "hello", "title": "Hello", "body": "", "url": URL, "path": "hello.md"}
    notes = Compose(utm=utm)(Post(**{**values, **changes}), "account", limits)
    return [note.text for note in notes]


@pytest.mark.parametrize("thread", [Thread.NO, Thread.PLAIN])
def test_a_plain_link_of_the_authors_is_marked_and_is_the_only_one(thread: Thread) -> None:
    own = {"account": f"At {URL}, read"}
    assert parts(utm=True, overrides=own, thread=thread) == [f"At {MARKED}, read"]
    longer = {"account": f"At {URL}-again, read"}
    assert parts(utm=True, overrides=longer) == [f"At {URL}-again, read\n\n{MARKED}"]


def test_a_first_reply_with_the_page_in_it_has_the_link() -> None:
    assert parts(first_reply=f"More: {URL}") == ["Hello", f"More: {URL}"]
    for reply in (f"More: {URL}", "More: {url}"):
        assert parts(utm=True, first_reply=reply) == ["Hello", f"More: {MARKED}"]
    longer = f"More: {URL}-again"
    assert parts(first_reply=longer) == [f"Hello\n\n{URL}", longer]


@pytest.mark.parametrize("size", [500, 700])
@pytest.mark.parametrize("thread", list(Thread))
def test_a_warning_that_leaves_nothing_is_not_counted(size: int, thread: Thread) -> None:
    limits = Limits(length=500, measure=len, warnings=True)
    body: dict[str, Any] = {
        "title": "",
        "text": "word " * 200,
        "warning": "w" * size,
        "thread": thread,
    }
    made = parts(limits, **body)
    assert made[0].startswith("word word")
    assert all(400 < len(part) <= 500 for part in made[:-1])


@pytest.mark.parametrize("thread", list(Thread))
@pytest.mark.parametrize("text", ["https://e.org/" + "a" * 400, " ", ""])
def test_there_is_always_a_note(text: str, thread: Thread) -> None:
    limits = Limits(length=300, measure=measure.bluesky)
    (note,) = parts(limits, title="", url="", text=text, thread=thread, tags=("a",))
    assert note.startswith(text.strip() if thread else "")
