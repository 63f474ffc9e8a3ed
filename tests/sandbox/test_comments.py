"""The sandbox's visitor fills in a form as a browser does, and looks before they send."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ..channels.strangers import Site, site
from .running import Sandbox, in_thread

FORM = (
    '<form method="post" action="/search"><input name="text"></form>'
    '<form method="post" action="/news/comment"><input type="hidden" name="post" value="2026/a">'
    '<textarea name="text"></textarea><input name="name" value=""><input name="website"></form>'
    '<form method="post" action="/news/comment/like"><input name="post" value="2026/a"></form>'
)
AGAIN = (
    '<form method="post" action="/news/comment"><input name="stamp" value="s">'
    '<textarea name="text">Nice &amp; good</textarea></form>'
)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """One in which nobody looks for long."""
    with in_thread(tmp_path / "ledger.jsonl", time_scale=100) as running:
        yield running


@pytest.fixture
def blog() -> Iterator[Site]:
    """A site whose page has the forms."""
    with site() as found:
        found.put("/page", FORM)
        yield found


def write(sandbox: Sandbox, url: str, text: str = "Nice & good") -> requests.Response:
    form = {"url": url, "name": "Grace", "text": text}
    return sandbox.call("POST", "/comments/write", token="", data=form, allow_redirects=False)


def test_a_visitor_writes_looks_and_sends(sandbox: Sandbox, blog: Site) -> None:
    blog.put("/news/comment", AGAIN, "Location: /news/comment/yours")
    answer = write(sandbox, f"{blog.url}/page")
    assert (answer.status_code, answer.headers["Location"]) == (
        303, f"{blog.url}/news/comment/yours",
    )  # fmt: skip
    assert blog.posted == [
        ("/news/comment", {"post": "2026/a", "text": "Nice & good", "name": "Grace"}),
        ("/news/comment", {"stamp": "s", "text": "Nice & good"}),
    ]


def test_without_words_a_visitor_likes_it(sandbox: Sandbox, blog: Site) -> None:
    blog.put("/news/comment/like", "", "Location: http://127.0.0.1/liked", status=303)
    answer = write(sandbox, f"{blog.url}/page", "")
    assert answer.headers["Location"] == "http://127.0.0.1/liked"
    assert blog.posted == [("/news/comment/like", {"post": "2026/a"})]


def test_what_does_not_go_is_said(sandbox: Sandbox, blog: Site) -> None:
    blog.put("/empty", "")
    blog.put("/news/comment", "No", status=403)
    for url, why in [
        (f"{blog.url}/missing", "answers 404"),
        (f"{blog.url}/empty", "there is no form"),
        (f"{blog.url}/page", "there is no form"),
        ("https://blog.example/", "is not on this machine"),
        ("http://127.0.0.1:9/", "OSError"),
    ]:
        answer = write(sandbox, url)
        assert answer.status_code == 502
        assert why in answer.text or "Error" in answer.text


def test_the_form_is_a_page(sandbox: Sandbox) -> None:
    assert '<form class="reply"' in sandbox.call("GET", "/comments/write", token="").text
