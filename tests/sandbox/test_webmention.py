"""The sandbox's pages take webmentions as the recommendation says, and its people send them."""

from collections.abc import Iterator

import pytest
import requests

from outreach.sandbox.webmention_pages import SHAPES

from ..channels.strangers import Site, site
from .running import Sandbox, eventually

SOURCE = "https://blog.example/2026/hello/"


@pytest.fixture
def blog() -> Iterator[Site]:
    """A site that people link to."""
    with site() as found:
        found.put("/post", "", 'Link: </take?a=b>; rel="webmention"')
        found.put("/take?a=b", "")
        yield found


def send(
    sandbox: Sandbox, source: str = SOURCE, target: str = "", to: str = "/webmention/endpoint"
) -> requests.Response:
    target = target or f"{sandbox.url}/webmention/page/1"
    return sandbox.call("POST", to, token="", data={"source": source, "target": target})


def test_a_webmention_is_in_the_ledger_once(sandbox: Sandbox) -> None:
    first = send(sandbox)
    assert (first.status_code, send(sandbox).status_code) == (201, 201)
    assert requests.get(first.headers["Location"], timeout=5).text.count(SOURCE) == 2
    made, again = sandbox.ledger("webmention")
    assert (made["effect"], again["effect"]) == ("create", "update")
    assert (made["text"], made["by"], made["in_reply_to"]) == (SOURCE, "blog.example", None)
    assert made["extra"]["target"] == f"{sandbox.url}/webmention/page/1"
    send(sandbox, SOURCE + "2")
    assert [e["effect"] for e in sandbox.ledger("webmention")][2:] == ["create"]


def test_a_page_says_where_and_lists_what_it_got(sandbox: Sandbox) -> None:
    send(sandbox)
    page = sandbox.call("GET", "/webmention/page/1")
    assert page.headers["Link"] == "</webmention/endpoint>; rel=webmention"
    assert f'href="{SOURCE}"' in page.text
    assert SOURCE not in sandbox.call("GET", "/webmention/page/2").text
    assert SOURCE in sandbox.call("GET", "/").text


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mailto:a@b.example", ""),
        ("", ""),
        (SOURCE, "ftp://a.example/"),
        (SOURCE, "https://else.example/webmention/page/1"),
        (SOURCE, "{url}/somewhere"),
        ("{url}/webmention/page/1", "{url}/webmention/page/1"),
    ],
)
def test_what_is_none_is_refused(sandbox: Sandbox, source: str, target: str) -> None:
    answer = send(sandbox, source.format(url=sandbox.url), target.format(url=sandbox.url))
    assert answer.status_code == 400
    assert sandbox.ledger("webmention") == []


def test_it_takes_forms_only_and_none_of_another_site(sandbox: Sandbox) -> None:
    told = {"source": SOURCE, "target": f"{sandbox.url}/webmention/page/1"}
    assert sandbox.call("POST", "/webmention/endpoint", json=told).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    answer = sandbox.call("POST", "/webmention/endpoint", data=told, headers=foreign)
    assert answer.status_code == 403
    assert sandbox.ledger("webmention") == []


def test_the_shapes_are_what_they_say(sandbox: Sandbox) -> None:
    for number, shape in SHAPES.items():
        page = sandbox.call("GET", f"/webmention/discover/{number}")
        assert page.status_code == 200
        assert len(page.raw.headers.getlist("Link")) == len(shape.headers)
        assert "BASE" not in page.text + str(page.headers)
    assert sandbox.call("GET", "/webmention/discover/24").status_code == 404
    wrong = sandbox.call("POST", "/webmention/discover/11/wrong", data={"source": SOURCE})
    assert wrong.status_code in (404, 405)
    target = f"{sandbox.url}/webmention/discover/21"
    for query, status in (("", 400), ("?query=yes", 202)):
        there = f"/webmention/discover/21/endpoint{query}"
        assert send(sandbox, target=target, to=there).status_code == status


def write(sandbox: Sandbox, blog: Site, kind: str = "reply", text: str = "Hi <b>") -> str:
    """Somebody writes about the blog's post; gives back the path of their page."""
    form = {"name": "Grace", "url": f"{blog.url}/post", "kind": kind, "text": text}
    answer = sandbox.call("POST", "/webmention/write", token="", data=form, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix(sandbox.url)


def test_people_write_on_their_own_pages_and_tell_whom_they_link_to(
    sandbox: Sandbox, blog: Site
) -> None:
    path = write(sandbox, blog)
    ((there, told),) = eventually(lambda: blog.posted)
    assert there == "/take?a=b"
    assert told == {"source": sandbox.url + path, "target": f"{blog.url}/post"}
    page = sandbox.call("GET", path).text
    assert f'class="u-in-reply-to" href="{blog.url}/post"' in page
    assert "Hi &lt;b&gt;" in page
    assert "Write on your own site" in sandbox.call("GET", "/webmention/write").text


def test_they_change_their_minds(sandbox: Sandbox, blog: Site) -> None:
    path = write(sandbox, blog)
    eventually(lambda: len(blog.posted) == 1)
    form = {"url": f"{blog.url}/post", "kind": "like", "text": ""}
    sandbox.call("POST", path, token="", data=form, allow_redirects=False)
    eventually(lambda: len(blog.posted) == 2)
    assert "u-like-of" in sandbox.call("GET", path).text
    assert sandbox.call("DELETE", path, token="").status_code == 204
    eventually(lambda: len(blog.posted) == 3)
    assert sandbox.call("GET", path).status_code == 410
    assert len({tuple(told.items()) for _, told in blog.posted}) == 1


def test_a_page_names_its_endpoint_in_html(sandbox: Sandbox, blog: Site) -> None:
    blog.put("/post", '<link rel="webmention" href="/take?a=b">')
    write(sandbox, blog)
    assert eventually(lambda: blog.posted)[0][0] == "/take?a=b"


def test_nothing_leaves_this_machine(sandbox: Sandbox, blog: Site) -> None:
    form = {"name": "Grace", "kind": "reply", "text": "Hi"}
    for url in ("http://192.0.2.1/", "javascript:alert(1)"):
        sandbox.call(
            "POST", "/webmention/write", token="", data={**form, "url": url}, allow_redirects=False
        )
    write(sandbox, blog)
    eventually(lambda: blog.posted)
    assert len(sandbox.ledger("webmention")) == 2


def test_faults_strike_the_endpoint_and_not_the_pages(sandbox: Sandbox) -> None:
    sandbox.fail("429", "webmention", seconds=7)
    assert sandbox.call("GET", "/webmention/page/1").status_code == 200
    answer = send(sandbox)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    sandbox.fail("apply+reset", "webmention")
    with pytest.raises(requests.ConnectionError):
        send(sandbox)
    assert len(sandbox.ledger("webmention")) == 1


def test_it_has_its_place_on_the_square(sandbox: Sandbox) -> None:
    send(sandbox)
    square = sandbox.call("GET", "/").text
    assert "/webmention/@blog.example/" in square
    where = sandbox.ledger("webmention")[0]["url"].removeprefix(sandbox.url)
    assert sandbox.call("GET", where).status_code == 200
