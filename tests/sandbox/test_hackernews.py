"""The sandbox's Hacker News answers as Algolia's documentation of it says."""

from typing import Any

import pytest

from .running import Sandbox


def put(sandbox: Sandbox, form: str, **sent: str) -> str:
    answer = sandbox.call("POST", f"/hackernews/{form}", token="", data=sent, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("#hackernews-")[2])


def search(sandbox: Sandbox, **query: str) -> Any:
    return sandbox.get("/hackernews/api/v1/search_by_date", token="", params=query)


def ids(sandbox: Sandbox, **query: str) -> list[str]:
    return [hit["objectID"] for hit in search(sandbox, **query)["hits"]]


@pytest.fixture
def thread(sandbox: Sandbox) -> tuple[str, str, str]:
    """A story with a link, a comment, and a comment below it."""
    story = put(sandbox, "post", name="Bob", title="A lantern", url="https://a.example/1", text="")
    first = put(sandbox, "reply", note=story, name="Grace", text="It's <bright> and *good*\n\nYes")
    second = put(sandbox, "reply", note=first, name="Ada", text="Thanks")
    return story, first, second


def test_stories_and_comments_have_their_fields(
    sandbox: Sandbox, thread: tuple[str, str, str]
) -> None:
    second, first, story = search(sandbox)["hits"]
    assert story["_tags"] == ["story", "author_bob", f"story_{thread[0]}"]
    assert (story["title"], story["url"]) == ("A lantern", "https://a.example/1")
    assert (story["num_comments"], "parent_id" in story) == (2, False)
    assert first["_tags"] == ["comment", "author_grace", f"story_{thread[0]}"]
    assert first["comment_text"] == "It&#x27;s &lt;bright&gt; and <i>good</i><p>Yes"
    assert (first["parent_id"], second["parent_id"]) == (int(thread[0]), int(thread[1]))
    assert {hit["story_url"] for hit in (first, second)} == {"https://a.example/1"}
    assert {hit["story_id"] for hit in (story, first, second)} == {int(thread[0])}


def test_tags_and_numbers_narrow_a_search(sandbox: Sandbox, thread: tuple[str, str, str]) -> None:
    story, first, second = thread
    assert ids(sandbox, tags="comment") == [second, first]
    assert ids(sandbox, tags=f"comment,(story_1,story_{story})") == [second, first]
    assert ids(sandbox, tags="(story,comment),author_ada") == [second]
    at = search(sandbox)["hits"][0]["created_at_i"]
    assert len(ids(sandbox, numericFilters=f"created_at_i>={at - 60},created_at_i<={at}")) == 3
    assert ids(sandbox, numericFilters=f"created_at_i>{at}") == []
    wrong = {"numericFilters": "colour>1"}
    answer = sandbox.call("GET", "/hackernews/api/v1/search_by_date", "", params=wrong)
    assert answer.status_code == 400


def test_words_are_found_with_typos_unless_none_are_wanted(
    sandbox: Sandbox, thread: tuple[str, str, str]
) -> None:
    story, first, _ = thread
    assert ids(sandbox, query="lantren") == []
    assert ids(sandbox, query="lanterm") == [story]
    assert ids(sandbox, query="lanterm", typoTolerance="false") == []
    assert ids(sandbox, query="bright lantern") == []
    assert ids(sandbox, query="brigh", typoTolerance="false") == [first]
    assert ids(sandbox, query="brightand", typoTolerance="false") == []
    assert ids(sandbox, query="brightand") == [first]
    assert ids(sandbox, query="a.example", restrictSearchableAttributes="url") == [story]


def test_pages(sandbox: Sandbox, thread: tuple[str, str, str]) -> None:
    pages = [search(sandbox, hitsPerPage="2", page=str(page)) for page in range(3)]
    assert [len(page["hits"]) for page in pages] == [2, 1, 0]
    assert {(page["nbHits"], page["nbPages"]) for page in pages} == {(3, 2)}


def test_an_item_has_all_below_it(sandbox: Sandbox, thread: tuple[str, str, str]) -> None:
    story, first, second = thread
    item = sandbox.get(f"/hackernews/api/v1/items/{story}", token="")
    (child,) = item["children"]
    assert (str(child["id"]), str(child["children"][0]["id"])) == (first, second)
    assert sandbox.call("GET", "/hackernews/api/v1/items/7", "").status_code == 404


def test_long_links_are_shown_short(sandbox: Sandbox) -> None:
    url = "https://a.example/" + "x" * 80
    put(sandbox, "post", name="Bob", title="T", url="", text=f"See {url}")
    (hit,) = search(sandbox)["hits"]
    assert hit["story_text"].endswith("x...</a>")
    assert 'href="https:&#x2F;&#x2F;a.example&#x2F;' + "x" * 80 in hit["story_text"]


def test_people_find_it_on_the_site(sandbox: Sandbox, thread: tuple[str, str, str]) -> None:
    page = sandbox.call("GET", f"/hackernews/item?id={thread[0]}", "")
    assert (page.status_code, "A lantern" in page.text) == (200, True)
    assert sandbox.call("GET", "/hackernews/item?id=1", "").status_code == 404
    assert sandbox.call("GET", "/hackernews/user?id=bob", "").status_code == 200
