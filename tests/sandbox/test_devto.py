"""dev.to's twin keeps Forem's rules."""

from typing import Any

import pytest
import requests

from outreach.sandbox.devto_text import Broken, shown

from .running import Sandbox
from .spec import official

URL = "https://blog.example/2026/hello"


def call(
    sandbox: Sandbox, method: str, path: str, key: str = "acme", **more: Any
) -> requests.Response:
    return sandbox.call(method, f"/api{path}", token="", headers={"api-key": key}, **more)


def post(sandbox: Sandbox, key: str = "acme", **article: Any) -> requests.Response:
    said = {"title": "Hello", "body_markdown": "World", "published": True} | article
    return call(sandbox, "POST", "/articles", key, json={"article": said})


def put(sandbox: Sandbox, id: int, key: str = "acme", **article: Any) -> requests.Response:
    return call(sandbox, "PUT", f"/articles/{id}", key, json={"article": article})


def reply(sandbox: Sandbox, note: str, text: str) -> str:
    form = {"note": note, "name": "Ada", "text": text}
    sandbox.call("POST", "/devto/reply", data=form, allow_redirects=False)
    return str(sandbox.ledger("devto")[-1]["id"])


def test_the_answers_are_as_described(sandbox: Sandbox) -> None:
    spec = official("devto")
    article = post(sandbox, canonical_url=URL, tags=["a", "b"]).json()
    spec.check(article, "ArticleIndex")
    reply(sandbox, str(article["id"]), "Hm")
    for path in (
        "/articles/me/all?per_page=30&page=1",
        "/articles?username=acme&per_page=9&page=1",
    ):
        (listed,) = call(sandbox, "GET", path).json()
        spec.check(listed, "ArticleIndex")
    (comment,) = call(sandbox, "GET", f"/comments?a_id={article['id']}").json()
    spec.check(comment, "Comment")
    assert {"username", "page", "per_page"} <= spec.parameters("get", "/articles")
    assert {"page", "per_page"} <= spec.parameters("get", "/articles/me/all")
    told = {"title": "a", "body_markdown": "b", "published": True, "canonical_url": URL}
    told |= {"main_image": URL, "series": "c", "organization_id": 7}
    # Of tags the description says that they are a text; Forem's controllers take a list only.
    spec.check_request({"article": told}, "post", "/articles")


def test_without_a_key_nobody_comes_in(sandbox: Sandbox) -> None:
    answer = call(sandbox, "GET", "/users/me", key="")
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized", "status": 401})
    assert call(sandbox, "GET", "/users/me").json()["username"] == "acme"


def test_an_address_is_taken_once_and_by_published_articles_only(sandbox: Sandbox) -> None:
    first = post(sandbox, canonical_url=URL).json()
    for key in ("acme", "eve"):
        answer = post(sandbox, key, title="Other", body_markdown="Words", canonical_url=URL)
        assert (answer.status_code, "Canonical url has already" in answer.json()["error"]) == (
            422,
            True,
        )
    assert put(sandbox, first["id"], title="New title").ok
    assert put(sandbox, first["id"], published=False).ok
    assert post(sandbox, "eve", canonical_url=URL).status_code == 201


def test_the_same_words_under_the_same_title_are_taken_once_an_author(sandbox: Sandbox) -> None:
    assert post(sandbox).status_code == 201
    assert "Body markdown has already" in post(sandbox).json()["error"]
    assert post(sandbox, title="Other").status_code == 201
    assert post(sandbox, "eve").status_code == 201


@pytest.mark.parametrize(
    ("article", "why"),
    [
        ({"title": "t" * 129}, "Title is too long"),
        ({"title": ""}, "Title can't be blank"),
        ({"body_markdown": "ü" * 400_001}, "Body markdown is too long"),
        ({"tags": list("abcde")}, "maximum of 4 tags"),
        ({"tags": ["open source"]}, "non-alphanumeric"),
        ({"tags": ["a" * 31]}, "is too long"),
        ({"canonical_url": "hello"}, "not a valid URL"),
        ({"body_markdown": "{% shout %}"}, "Unknown tag 'shout'"),
        ({"body_markdown": "{{ name }}"}, "Liquid variables"),
        ({"body_markdown": "---\na: b\n---\n"}, "front matter"),
    ],
)
def test_what_is_not_valid_is_refused(sandbox: Sandbox, article: Any, why: str) -> None:
    answer = post(sandbox, **article)
    assert (answer.status_code, why in answer.json()["error"]) == (422, True), answer.text
    assert sandbox.ledger("devto") == []


@pytest.mark.parametrize("sent", [b"", b"[]", b'{"article": {}}', b'{"article": "x"}', b"{}"])
def test_what_is_no_article_is_refused(sandbox: Sandbox, sent: bytes) -> None:
    assert call(sandbox, "POST", "/articles", data=sent).status_code == 422


def test_code_and_raw_are_left_alone() -> None:
    text = "`{{ a }}`\n\n```\n{% b %}\n```\n\n{% raw %}{{ c }}{% endraw %}"
    assert shown(text) == "`{{ a }}`\n\n```\n{% b %}\n```\n\n{{ c }}"
    with pytest.raises(Broken):
        shown("`{{ a }}` {{ b }}")


def test_only_its_author_changes_an_article_and_a_draft_is_seen_by_nobody(sandbox: Sandbox) -> None:
    article = post(sandbox).json()
    assert put(sandbox, article["id"], "eve", title="Mine").status_code == 404
    assert put(sandbox, 99, title="Mine").status_code == 404
    edited = put(sandbox, article["id"], title="Other").json()
    assert (edited["title"], edited["body_markdown"], bool(edited["edited_at"])) == (
        "Other",
        "World",
        True,
    )
    for _ in range(2):
        assert put(sandbox, article["id"], published=False).json()["published"] is False
    assert call(sandbox, "GET", "/articles?username=acme").json() == []
    assert [each["published"] for each in call(sandbox, "GET", "/articles/me/all").json()] == [
        False
    ]
    assert call(sandbox, "GET", f"/comments?a_id={article['id']}").status_code == 404


def test_lists_are_newest_first_in_pages(sandbox: Sandbox) -> None:
    for title in "abc":
        post(sandbox, title=title)
    draft = post(sandbox, title="d").json()["id"]
    put(sandbox, draft, published=False)
    for path, titles in (("/articles/me/all?", "dcba"), ("/articles?username=acme&", "cba")):
        pages = [
            [each["title"] for each in call(sandbox, "GET", f"{path}per_page=2&page={n}").json()]
            for n in (1, 2)
        ]
        assert pages == [list(titles[:2]), list(titles[2:])]


def test_comments_are_a_tree_with_pages(sandbox: Sandbox) -> None:
    article = post(sandbox).json()
    top = reply(sandbox, str(article["id"]), f"One\ntwo {URL}\n\nthree")
    below = reply(sandbox, top, "Below")
    (comment,) = call(sandbox, "GET", f"/comments?a_id={article['id']}").json()
    assert (
        comment["body_html"] == f'<p>One<br>\ntwo <a href="{URL}">{URL}</a></p>\n\n<p>three</p>\n\n'
    )
    assert f"comment-{comment['children'][0]['id_code']}" == below
    page = sandbox.call("GET", f"/ada/comment/{comment['id_code']}")
    assert (page.status_code, "three" in page.text) == (200, True)
    (listed,) = call(sandbox, "GET", "/articles?username=acme").json()
    assert listed["comments_count"] == 2
    assert listed["last_comment_at"] >= article["published_at"]
    assert sandbox.call("GET", "/ada/comment/99").status_code == 404


@pytest.mark.parametrize(
    ("mode", "status"), [("401", 401), ("422", 422), ("429", 429), ("500", 500)]
)
def test_a_fault_is_said_as_forem_says_it(sandbox: Sandbox, mode: str, status: int) -> None:
    sandbox.fail(mode, "devto", seconds=7)
    assert call(sandbox, "GET", "/users/me").ok
    answer = post(sandbox)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("7" if mode == "429" else None)
