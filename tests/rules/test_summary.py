"""The digest as Markdown: everything is said, and nothing that somebody wrote acts."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import markdown as python_markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model.digest import Coverage, Digest, PostReport
from outreach.model.mention import Author, Kind, Mention
from outreach.rules import summary

UNTIL = datetime(2026, 3, 2, 8, tzinfo=UTC)


def mention(text: str = "Nice!", url: str = "https://m.example/1", name: str = "Bob") -> Mention:
    return Mention(
        account="mastodon",
        id="1",
        kind=Kind.REPLY,
        author=Author(id="7", handle="@bob", name=name),
        text=text,
        url=url,
        published=UNTIL - timedelta(hours=3, minutes=10),
    )


def digest(**changes: Any) -> str:
    values: dict[str, Any] = {
        "since": UNTIL - timedelta(days=1),
        "until": UNTIL,
        "posts": (),
        "waiting": (),
        "failures": (),
        "coverage": (),
    }
    return summary.markdown(Digest(**values | changes))


def post(title: str = "Hello", mentions: tuple[Mention, ...] = ()) -> PostReport:
    return PostReport(
        slug="hello",
        title=title,
        url="https://blog.example/hello",
        syndication=(("mastodon", "https://m.example/0"),),
        mentions=mentions,
    )


def test_everything_is_said() -> None:
    one = mention()
    made = digest(
        posts=(post(mentions=(one,)),),
        waiting=(one,),
        failures=("hello on x is failed: 400",),
        coverage=(
            Coverage(account="mastodon", polled=UNTIL, replies=1),
            Coverage(account="x", polled=None, replies=0),
            Coverage(account="y", polled=UNTIL, replies=0, error="401 Unauthorized"),
        ),
    )
    assert made == (
        "# Digest of Monday, 02 March 2026\n\n"
        "1 reply in 24 hours · 1 waiting for an answer\n\n"
        "## Needs a human\n\n"
        "- hello on x is failed: 400\n\n"
        "## Waiting for an answer, longest first\n\n"
        "- **3 h 10 min** · Bob (@bob) on [mastodon](<https://m.example/1>): Nice!\n\n"
        "## What came back, by post\n\n"
        "### [Hello](<https://blog.example/hello>)\n\n"
        "Copies: [mastodon](<https://m.example/0>)\n\n"
        "- Bob (@bob) on [mastodon](<https://m.example/1>): Nice!\n\n"
        "## Coverage\n\n"
        "- **mastodon**: 1 reply here, read at 08:00 UTC\n"
        "- **x**: not looked at yet\n"
        "- **y**: could not be read: 401 Unauthorized\n"
    )


def test_an_empty_day_says_so() -> None:
    made = digest()
    assert "0 replies in 24 hours" in made
    assert "Nobody waits." in made
    assert "Nothing has been announced yet." in made
    assert "Needs a human" not in made


class Tags(HTMLParser):
    """The tags of a page, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]


def tags(made: str) -> Tags:
    return Tags(python_markdown.markdown(made, extensions=["extra", "nl2br", "sane_lists"]))


CALM = tags(digest(posts=(post(mentions=(mention(),)),), waiting=(mention(),), failures=("no",)))
HOSTILE = [
    "# heading",
    "\n\n# heading\n\n- list\n",
    "a\n===",
    "- list",
    "1. list",
    "> quote",
    "```\ncode\n```",
    "    code",
    "`code`",
    "**bold** __bold__ *em* _em_ ~~gone~~",
    "[link](https://evil.example)",
    "![image](https://evil.example/a.png)",
    "[ref]: https://evil.example",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &#60;b&#62;",
    "a | b\n--|--\nc | d",
    "[^1]\n\n[^1]: note",
    "\\*escaped\\* \\",
    "***",
    "---",
    "{: .class }",
    "\x1b[31mred\x1b[0m \x07\x9b31m",
    "\u202egnp.exe",
    "half a pair \ud83d",
    "\u2028# line\u2029# paragraph\x0b# tab\x0c# feed\x85# next",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_of_others_start_a_construct(text: str) -> None:
    one = mention(text=text, name=text)
    made = digest(posts=(post(text, (one,)),), waiting=(one,), failures=(text,))
    page = tags(made)
    assert (page.tags, page.targets) == (CALM.tags, CALM.targets)
    assert len(made.splitlines()) == len(made.split("\n")) - 1
    assert not [c for c in made if c in "\x1b\x07\x9b\u202e" or 0xD800 <= ord(c) < 0xE000]


@given(st.text())
def test_no_words_at_all_start_a_construct(text: str) -> None:
    one = mention(text=text, name=text)
    page = tags(digest(posts=(post(text, (one,)),), waiting=(one,), failures=(text,)))
    assert (page.tags, page.targets) == (CALM.tags, CALM.targets)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,hello",
        "//evil.example",
        "",
        " https://m.example/1",
        "\njavascript:alert(1)",
    ],
)
def test_a_url_that_is_none_is_no_link(url: str) -> None:
    made = digest(waiting=(mention(url=url),))
    assert "on mastodon: Nice" in made
    assert tags(made).targets == []


@pytest.mark.parametrize(
    "url",
    [
        "https://m.example/>) <b>",
        "https://m.example/\n# heading",
        "https://m.example/a b",
        "https://m.example/\\",
        "https://m.example/\ud83d",
    ],
)
def test_a_url_stays_one_link(url: str) -> None:
    page = tags(digest(waiting=(mention(url=url),)))
    assert page.tags.count("a") == 1
    assert "b" not in page.tags
    assert page.targets[0].startswith("https://m.example/")
