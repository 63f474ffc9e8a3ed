"""A post to one's own Mastodon server, which only its reader knows."""

from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from outreach.model.post import Post
from outreach.public.app import app
from outreach.public.share import Share
from outreach.store import posts
from outreach.workspace import open_workspace

from ..asgi import Answer, get, post
from ..folder import Folder

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HELLO = {"post": "2026/hello"}


@pytest.fixture
def url(folder: Folder) -> str:
    folder.change("site:\n", "site:\n  share: [mastodon, email]\n")
    workspace = open_workspace(folder.root, folder.environ())
    url = f"{workspace.config.site.url}/2026/hello/"
    it = Post(slug="2026/hello", title="Hello & more", body="", url=url, path="posts/hello.md")
    with closing(workspace.create()) as database:
        posts.accept(database, it, "---\ntitle: x\n---\n", "", NOW)
        posts.show(database, ["2026/hello"], NOW)
    return url


@pytest.fixture
def served(folder: Folder, url: str) -> Starlette:
    workspace = open_workspace(folder.root, folder.environ())
    return app(workspace.site, *Share(workspace).routes)


def lead(served: Starlette, server: str, **form: str) -> Answer:
    return post(served, "/share", {**HELLO, "server": server, **form})


def test_it_asks_for_the_server(served: Starlette) -> None:
    status, headers, body = get(served, "/share?post=2026%2Fhello")
    assert (status, "Hello &amp; more" in body) == (200, True)
    assert "form-action" not in headers["content-security-policy"]
    assert get(served, "/share?post=2026%2Fother")[0] == 404


@pytest.mark.parametrize(
    "server",
    [
        "mastodon.social",
        "https://mastodon.social/home",
        "@ada@Mastodon.Social",
        " mastodon.social ",
    ],
)
def test_it_leads_to_the_server_that_somebody_means(
    served: Starlette, url: str, server: str
) -> None:
    status, headers, _ = lead(served, server)
    to = urlsplit(headers["location"])
    assert (status, to.scheme, to.netloc, to.path) == (303, "https", "mastodon.social", "/share")
    assert parse_qs(to.query)["text"] == [f"Hello & more {url}"]


@pytest.mark.parametrize(
    "server",
    ["", "localhost", "127.0.0.1", "a.example:80", "a b.example", "javascript:alert(1)",
     "a..example", "evil.example\\@a", "x" * 300 + ".example"],
)  # fmt: skip
def test_what_is_no_server_is_asked_again(served: Starlette, server: str) -> None:
    status, headers, body = lead(served, server)
    assert (status, "location" in headers, "This is no server" in body) == (400, False, True)


def test_only_our_own_form_leads_anywhere(served: Starlette) -> None:
    form = {**HELLO, "server": "evil.example"}
    status, headers, _ = post(served, "/share", form, origin="https://evil.example")
    assert (status, "location" in headers) == (200, False)
    assert "location" not in lead(served, "a.example", post="2026/other")[1]


def test_a_folder_that_shares_nothing_there_has_no_such_page(folder: Folder) -> None:
    assert Share(open_workspace(folder.root, folder.environ())).routes == []
