"""The door takes a webmention at once, and only what can be one; it is read later."""

import time
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from starlette.applications import Starlette

from outreach.model.post import Post
from outreach.public.app import app
from outreach.public.webmention import Webmentions
from outreach.rules.keys import Tids
from outreach.store import accounts, posts, received
from outreach.workspace import Workspace, open_workspace

from ..asgi import Answer, ask, get
from ..folder import Folder

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
SOURCE = "https://them.example/1"


@pytest.fixture
def workspace(folder: Folder) -> Workspace:
    folder.change("accounts:\n", "accounts:\n  web:\n    kind: webmention\n")
    opened = open_workspace(folder.root, folder.environ())
    site = opened.config.site.url
    with closing(opened.create()) as database:
        accounts.meet(database, "web", "webmention", NOW)
        for slug, withdrawn in (("hello", ""), ("gone", "wrong"), ("hidden", "")):
            url, path = f"{site}/2026/{slug}/", f"posts/{slug}.md"
            post = Post(slug=slug, title=slug, body="", url=url, path=path, withdrawn=withdrawn)
            posts.accept(database, post, "", "", NOW)
        posts.show(database, ["hello", "gone"], NOW)
    return opened


@pytest.fixture
def ours(workspace: Workspace) -> str:
    return f"{workspace.config.site.url}/2026/hello/"


@pytest.fixture
def served(workspace: Workspace) -> Starlette:
    door = Webmentions(workspace, lambda: NOW, Tids(lambda: NOW, 0))
    return app(workspace.site, *door.routes, headers=door.headers)


def send(served: Starlette, kind: str = FORM, **form: str) -> Answer:
    headers = {"host": "blog.example", "content-type": kind}
    return ask(served, "POST", "/webmention", headers, urlencode(form).encode())


def queued(workspace: Workspace) -> list[dict[str, str]]:
    with closing(workspace.read()) as database:
        found = received.due(database, "web", NOW)
    return [dict(parse_qsl(one.request.body)) for one in found]


def test_a_webmention_is_taken_and_kept(workspace: Workspace, served: Starlette, ours: str) -> None:
    status, _, body = send(served, source=SOURCE, target=ours)
    assert (status, "Thank you" in body) == (202, True)
    assert queued(workspace) == [{"source": SOURCE, "target": ours, "page": ours}]


def test_the_page_is_meant_whatever_part_of_it(
    workspace: Workspace, served: Starlette, ours: str
) -> None:
    for number, target in enumerate(
        (f"{ours}#comments", f"{ours}?utm_source=x", ours.rstrip("/"), f"{ours}?a#b")
    ):
        assert send(served, source=f"https://{number}.example/", target=target)[0] == 202
    assert {told["page"] for told in queued(workspace)} == {ours}
    assert len(queued(workspace)) == 4
    home = workspace.config.site.url
    assert send(served, source="https://home.example/", target=home)[0] == 202


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("", "{ours}"),
        (SOURCE, ""),
        ("mailto:a@b.example", "{ours}"),
        ("javascript:alert(1)", "{ours}"),
        ("ftp://a.example/", "{ours}"),
        ("/relative", "{ours}"),
        ("https://", "{ours}"),
        ("https://[", "{ours}"),
        ("https://a.example:99999/", "{ours}"),
        ("https://a.example/ b", "{ours}"),
        ("https://user:word@a.example/", "{ours}"),
        ("https://a.example/" + "x" * 2000, "{ours}"),
        ("{ours}", "{ours}"),
        ("{ours}#a", "{ours}#b"),
        ("{site}/2026/other/", "{ours}"),
        ("{site}", "{ours}"),
        (SOURCE, "mailto:a@b.example"),
        (SOURCE, "https://else.example/2026/hello/"),
        (SOURCE, "{site}.else.example/2026/hello/"),
        (SOURCE, "{site}/2026/missing/"),
        (SOURCE, "{site}/2026/gone/"),
        (SOURCE, "{site}/2026/hidden/"),
        (SOURCE, "{site}/atom.xml"),
    ],
)
def test_what_can_be_none_is_refused_with_words(
    workspace: Workspace, served: Starlette, ours: str, source: str, target: str
) -> None:
    site = workspace.config.site.url
    form = {"source": source.format(ours=ours, site=site)}
    form["target"] = target.format(ours=ours, site=site)
    status, _, body = send(served, **form)
    assert status == 400
    assert "target" in body or "source" in body
    assert queued(workspace) == []


def test_a_page_does_not_mention_itself(served: Starlette, ours: str) -> None:
    for page in (ours, "https://else.example/"):
        status, _, body = send(served, source=f"{page}#a", target=f"{page}#b")
        assert (status, "the same page" in body) == (400, True)


def test_it_takes_a_form_and_nothing_else(
    workspace: Workspace, served: Starlette, ours: str
) -> None:
    assert send(served, "application/json", source=SOURCE, target=ours)[0] == 400
    assert send(served, source=SOURCE, target=ours, page="https://evil.example/")[0] == 202
    assert queued(workspace) == [{"source": SOURCE, "target": ours, "page": ours}]
    assert send(served, source=SOURCE, target=ours, more="x" * 20_000)[0] == 413
    assert send(served, **{str(number): "x" for number in range(30)})[0] == 400


def test_no_cookie_and_no_header_matters(served: Starlette, ours: str) -> None:
    """Nothing can be forged in somebody's name, for nobody has one here (4.4)."""
    form = urlencode({"source": SOURCE, "target": ours}).encode()
    headers = {"host": "h", "content-type": f"{FORM}; charset=utf-8", "cookie": "a=b"}
    headers |= {"authorization": "Bearer x", "origin": "https://evil.example"}
    status, answered, _ = ask(served, "POST", "/webmention", headers, form)
    assert (status, "set-cookie" in answered) == (202, False)


def test_a_flood_is_stopped(
    workspace: Workspace, served: Starlette, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "MOST", 4)
    monkeypatch.setattr(received, "MOST_OF_ONE", 3)
    statuses = [send(served, source=f"{SOURCE}{n}", target=ours)[0] for n in range(4)]
    assert statuses == [202, 202, 202, 429]
    assert send(served, source=f"{SOURCE}1", target=ours)[0] == 202, "it waits already"
    assert send(served, source="https://other.example/", target=ours)[0] == 202
    status, headers, _ = send(served, source="https://third.example/", target=ours)
    assert (status, headers["retry-after"]) == (429, "600")


def test_it_answers_at_once_also_when_much_waits(
    workspace: Workspace, served: Starlette, ours: str
) -> None:
    with closing(workspace.connect()) as database, database.atomic():
        database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
            " INSERT INTO received (id, account, content_type, body, host, at, due)"
            " SELECT i, 'web', '', i, i % 500, '2026', '2026' FROM n"
        )
    began = time.perf_counter()
    for number in range(20):
        assert send(served, source=f"{SOURCE}{number}", target=ours)[0] == 202
    assert (time.perf_counter() - began) / 20 < 0.05


def test_every_page_says_where(workspace: Workspace, served: Starlette) -> None:
    """Also those that are no HTML, in a header; pages say it themselves, too."""
    _, headers, _ = get(served, "/atom.xml")
    where = f"{workspace.config.site.url}/webmention"
    assert headers["link"] == f'<{where}>; rel="webmention"'
    assert workspace.layout.webmention


def test_a_folder_without_the_account_takes_none(folder: Folder) -> None:
    workspace = open_workspace(folder.root, folder.environ())
    door = Webmentions(workspace, lambda: NOW, Tids(lambda: NOW, 0))
    served = app(workspace.site, *door.routes, headers=door.headers)
    _, headers, _ = get(served, "/")
    assert (door.routes, "link" in headers, workspace.layout.webmention) == ([], False, False)
