"""The daemon and a real sender and receiver of webmentions tell each other, over real sockets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from outreach.config import load

from ..cli.running import piped
from ..folder import Folder
from ..wait import until
from .webmentions import server

ENTRY = """\
<article class="h-entry"><a class="p-author h-card" href="/">Grace</a>
<a class="{kind}" href="{ours}">Hello</a><p class="e-content">{words}</p></article>"""


class Them:
    """The other site, and what it knows of ours."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, name: str, page: str) -> str:
        requests.put(f"{self.url}/page/{name}", page.encode(), timeout=5).raise_for_status()
        return f"{self.url}/page/{name}"

    def tell(self, name: str) -> None:
        requests.post(f"{self.url}/tell/{name}", timeout=10).raise_for_status()

    def delete(self, name: str) -> None:
        requests.delete(f"{self.url}/page/{name}", timeout=5).raise_for_status()
        self.tell(name)

    def heard(self, page: str) -> list[dict[str, Any]]:
        asked = {"resource": page, "direction": "incoming"}
        answer = requests.get(f"{self.url}/webmentions", asked, timeout=5)
        found: list[dict[str, Any]] = answer.json()
        return found


@pytest.fixture
def them() -> Iterator[Them]:
    with server() as url:
        yield Them(url)


@pytest.fixture
def running(folder: Folder, them: Them) -> Iterator[Folder]:
    """A daemon that may talk to them, and to nobody else on this machine."""
    account = f"accounts:\n  web:\n    kind: webmention\n    base_url: {them.url}\n"
    folder.change("accounts:\n", account)
    with folder.daemon():
        yield folder


def page(folder: Folder, slug: str) -> str:
    return f"{load(folder.root).site.url}/{slug}/"


def status(url: str) -> int:
    """What a page answers; 0 where nobody does."""
    try:
        return requests.get(url, timeout=5).status_code
    except requests.ConnectionError:
        return 0


def strangers(folder: Folder) -> list[dict[str, Any]]:
    code, said = piped(folder, "", "moderate", "--json")
    found: list[dict[str, Any]] = json.loads(said) if code == 0 else []
    return found


def test_a_page_hears_of_our_post_of_its_edit_and_of_its_end(running: Folder, them: Them) -> None:
    """They read our page, and take us for who we are by its microformats."""
    theirs = them.put("theirs", "<p>A page</p>")
    post = running.post("hello", title="Hello there")
    text = post.read_text("utf-8")
    post.write_text(f"{text}\nSee [their page]({theirs}).\n", "utf-8")
    (heard,) = until(lambda: them.heard(theirs), 20)
    ours = page(running, "hello")
    assert (heard["source"], heard["target"]) == (ours, theirs)
    assert (heard["author_name"], "Hello there" in str(heard)) == ("Ada Moreau", True)
    changed = post.read_text("utf-8").replace("Hello there", "Hello again")
    post.write_text(changed, "utf-8")
    until(lambda: "Hello again" in str(them.heard(theirs)), 20)
    code, said = piped(running, "", "withdraw", "hello", "--reason", "wrong", "--yes")
    assert code == 0, said
    until(lambda: them.heard(theirs) == [], 20)
    assert status(ours) == 410


def test_their_page_comes_to_us_changes_and_goes(running: Folder, them: Them) -> None:
    running.post("hello")
    ours = page(running, "hello")
    until(lambda: status(ours) == 200, 20)
    source = them.put("one", ENTRY.format(kind="u-in-reply-to", ours=ours, words="Does it?"))
    them.tell("one")
    (stranger,) = until(lambda: strangers(running), 20)
    assert (stranger["kind"], stranger["text"], stranger["url"]) == ("reply", "Does it?", source)
    assert (stranger["name"], stranger["post"]) == ("Grace", "hello")
    assert stranger["author"] == them.url.removeprefix("http://")
    assert "Does it?" not in running.said
    code, said = piped(running, "", "moderate", stranger["id"], "--accept")
    assert code == 0, said
    them.put("two", ENTRY.format(kind="u-in-reply-to", ours=ours, words="And this?"))
    them.tell("two")
    until(lambda: "And this?" in running.said, 20)
    them.put("two", ENTRY.format(kind="u-in-reply-to", ours=ours, words="I see."))
    them.tell("two")
    until(lambda: [row["text"] for row in running.json("replies")] == ["Does it?", "I see."], 20)
    them.delete("one")
    until(lambda: [row["withdrawn"] for row in running.json("replies")] == [True, False], 20)
