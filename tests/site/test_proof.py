from collections.abc import Callable

import pytest

from outreach.model.post import Post
from outreach.site.proof import card_of, place, prove, prove_elsewhere

CANONICAL = '<link rel="canonical" href="https://blog.example/news/2026/hello/">'


def page(
    head: str = "<title>Title of 2026/hello · Blog</title>", body: str = "", link: str = CANONICAL
) -> str:
    return f"<!doctype html><html><head>{head}{link}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "html",
    [
        page(),
        page(
            head="<title>Blog</title>",
            body='<h1 class="big p-name"><bdi>Title  of<br> <i>2026/hello</i></bdi></h1>',
        ),
        page(link=CANONICAL.replace("canonical", "Canonical")),
        page(head="<title>Title of 2026&#x2F;hello</title>"),
    ],
)
def test_a_proven_page(post: Callable[..., Post], html: str) -> None:
    assert prove(html, post()) is None


@pytest.mark.parametrize(
    ("html", "word"),
    [
        ("", "no title"),
        (page(head="<title>404 Not found</title>"), "“404 Not found”"),
        (page(head="", body='<p class="p-name">Other</p>'), "“Other”"),
        (page(head="", body="<h1>Title of 2026/hello</h1>"), "no title"),
        (page(link=""), "canonical link is missing"),
        (page(link=CANONICAL.replace("hello/", "hello")), "https://blog.example/news/2026/hello,"),
        (page(link=CANONICAL.replace("https", "http")), "http://blog.example"),
        (page(link=CANONICAL * 2), "hello/ and https"),
        (page(link="<link rel=canonical>"), "canonical link is "),
    ],
)
def test_another_page_says_what_it_has_instead(
    post: Callable[..., Post], html: str, word: str
) -> None:
    assert word in (prove(html, post()) or "")


@pytest.mark.parametrize(
    "html",
    [
        page(link=""),
        page(head="<title>TITLE of “2026/hello” | Blog</title>", link=""),
        page(head="<title>Blog</title>", link=CANONICAL.replace("https", "http")),
        page(head="", link=CANONICAL.replace("hello/", "hello")),
        page(head="", link=CANONICAL * 2),
    ],
)
def test_a_page_elsewhere_needs_its_title_or_its_canonical_link(
    post: Callable[..., Post], html: str
) -> None:
    assert prove_elsewhere(html, post()) is None


@pytest.mark.parametrize(
    "html",
    ["", page(head="<title>Subtitle of 2026/hellos</title>", link=""), page(head="", link="")],
)
def test_another_page_elsewhere_is_none(post: Callable[..., Post], html: str) -> None:
    assert "Title of 2026/hello" in (prove_elsewhere(html, post()) or "")


def test_a_title_without_letters_proves_nothing(post: Callable[..., Post]) -> None:
    assert prove_elsewhere(page("<title>…</title>", link=""), post(title="!?")) is not None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x/", "http://A.example/x#top", True),
        ("https://a.example/?p=1", "https://a.example/?p=2", False),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://[", "https://[", True),
    ],
)
def test_where_a_page_is(one: str, other: str, same: bool) -> None:
    assert (place(one) == place(other)) is same


@pytest.mark.parametrize(
    ("head", "card"),
    [
        ('<meta property="og:image" content="https://a.example/c.png">', "https://a.example/c.png"),
        ('<meta content=" /c.png?a=1&amp;b=2 " property="og:image" />', "/c.png?a=1&b=2"),
        ('<meta property="og:image" content="a"><meta property="og:image" content="b">', "a"),
        ('<meta property="og:image:alt" content="a"><meta name="og:image" content="b">', ""),
        ('<meta property="og:image">', ""),
    ],
)
def test_the_card_that_a_page_names(head: str, card: str) -> None:
    assert card_of(page(head)) == card
