"""The body of a post as plain text."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outreach.model.post import Post
from outreach.site.render import render
from outreach.site.words import spoken, words


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Fails what takes longer."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(seconds)
    try:
        yield
    except KeyboardInterrupt:
        raise TimeoutError(seconds) from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def said(markdown: str) -> str:
    return words(render(markdown))


def test_paragraphs_stand_apart_and_lines_are_joined() -> None:
    assert said("# Head\n\nOne\n*two*.\n\n> Three") == "Head\n\nOne two.\n\nThree"


def test_a_link_stands_behind_its_words_once() -> None:
    assert said("See [this](https://x.example/a), or <https://y.example>.") == (
        "See this https://x.example/a, or https://y.example."
    )
    assert said("[up](#top) and [mail](mailto:a@x.example)") == "up and mail"


def test_a_list_is_a_paragraph_of_lines() -> None:
    assert said("Here:\n\n- one\n- two\n\n  more\n\nEnd") == "Here:\n\n• one\n• two more\n\nEnd"


def test_footnotes_and_images_are_left_out() -> None:
    assert said("Text[^1] ![graph](g.png).\n\n[^1]: note") == "Text ."


def test_notes_terms_and_captions_are_said() -> None:
    assert said("[toc]\n\n> [!TIP]\n> a\n\nb\n: c\n\n## d") == "Tip\n\na\n\nb\n\nc\n\nd"
    assert said('![x](y.png "z")\n\n```py title="a.py"\nb\n```') == "z\n\na.py\n\nb"


def test_what_is_left_out_ends_where_it_ends() -> None:
    html = '<div class="footnote"><div>a</div>b</div><p>c <video>d</video>e</p><pre>f\ng</pre>h\ni'
    assert words(html) == "c e\n\nf\ng\n\nh i"
    assert words("<ul><li><p>a</p><p>b</p></li></ul><p>c</p>") == "• ab\n\nc"


def test_what_is_deep_is_not_slow() -> None:
    """A hundred thousand elements inside each other would take minutes, were each looked at."""
    deep = 100_000
    with deadline(20):
        assert words("<div>a" * deep + "</div>" * deep) == "\n\n".join("a" * deep)


def test_code_keeps_its_lines() -> None:
    assert said("```\na = 1\nb = 2\n```") == "a = 1\nb = 2"


def test_a_note_is_its_own_text_and_a_post_is_rendered_once(tmp_path: Path) -> None:
    note = Post(slug="n", title="", body="*a*\nb", text="*a*\nb", url="", path="notes/n.md")
    assert spoken(note, tmp_path) is note
    post = Post(slug="p", title="P", body="*a*\nb", url="", path="posts/p.md")
    assert spoken(post, tmp_path).text == "a b"
    assert len(list(tmp_path.glob("*.json"))) == 1
