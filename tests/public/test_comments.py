"""A visitor comments and likes without an account: looked over, bounded, and read by a person."""

import re
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from outreach.channels.comments import Comments as Channel
from outreach.flows.moderate import moderate
from outreach.flows.receive import receive
from outreach.model.mention import Kind
from outreach.model.post import Post
from outreach.public.app import app
from outreach.public.comments import Comments
from outreach.rules.keys import Tids
from outreach.store import accounts, mentions, posts, received
from outreach.store.mentions import Logged
from outreach.workspace import Workspace, open_workspace

from ..asgi import Answer, ask, get
from ..folder import Folder

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HEAD = "---\ntitle: x\ndate: 2026-11-01\n{}---\nText\n"
OPEN = {"post": "2026/hello", "text": "Nice & <b>", "name": " Grace  Müller "}
FORM = "application/x-www-form-urlencoded"


@dataclass
class Visit:
    """Somebody at our door, whose clock the test moves."""

    workspace: Workspace
    now: datetime = NOW
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        door = Comments(self.workspace, lambda: self.now, Tids(lambda: self.now, 0))
        self.served: Starlette = app(self.workspace.site, *door.routes)
        self.url = f"{self.workspace.config.site.url}/2026/hello/"

    def post(self, path: str, **form: str) -> Answer:
        ours = self.workspace.config.site.url
        headers = {"host": "h", "origin": ours, "content-type": FORM, **self.headers}
        return ask(self.served, "POST", path, headers, urlencode(form).encode())

    def look(self, **form: str) -> str:
        """The stamp of the form that shows the words once more."""
        status, _, body = self.post("/comment", **OPEN | form)
        assert status == 200
        found = re.search(r'name="stamp" value="([^"]+)"', body)
        assert found, body
        return found[1]

    def comment(self, wait: float = 3, **form: str) -> str:
        """Both steps; the address of the visitor's own page."""
        stamp = self.look(**form)
        self.now += timedelta(seconds=wait)
        status, headers, body = self.post("/comment", **OPEN | form, stamp=stamp)
        assert status == 303, body
        return headers["location"]

    def arrive(self) -> None:
        """The account reads what waits."""
        with closing(self.workspace.connect()) as database:
            while received.due(database, "here", self.now):
                receive(database, "here", Channel(lambda: self.now), now=lambda: self.now)

    def logged(self) -> list[Logged]:
        self.arrive()
        with closing(self.workspace.read()) as database:
            return mentions.every(database)

    def queued(self) -> int:
        with closing(self.workspace.read()) as database:
            rows = database.query("SELECT COUNT(*) AS n FROM received")
        return int(rows[0]["n"])


@pytest.fixture
def workspace(folder: Folder) -> Workspace:
    folder.change("accounts:\n", "accounts:\n  here:\n    kind: comments\n")
    opened = open_workspace(folder.root, folder.environ())
    site = opened.config.site.url
    with closing(opened.create()) as database:
        accounts.meet(database, "here", "comments", NOW)
        for slug, path, more, withdrawn in (
            ("2026/hello", "posts/hello.md", "", ""),
            ("2026/closed", "posts/closed.md", "comments: false\n", ""),
            ("2026/gone", "posts/gone.md", "", "wrong"),
            ("2026/hidden", "posts/hidden.md", "", ""),
            ("about", "pages/about.md", "", ""),
            ("theirs", "https://else.example/feed", "", ""),
        ):
            url = f"{site}/{slug}/"
            post = Post(slug=slug, title=slug, body="", url=url, path=path, withdrawn=withdrawn)
            posts.accept(database, post, HEAD.format(more), "", NOW)
        shown = ["2026/hello", "2026/closed", "2026/gone", "about", "theirs"]
        posts.show(database, shown, NOW)
    return opened


@pytest.fixture
def visit(workspace: Workspace) -> Visit:
    return Visit(workspace)


def test_a_comment_is_looked_over_sent_and_waits(visit: Visit) -> None:
    yours = visit.comment()
    (logged,) = visit.logged()
    mention = logged.mention
    assert (mention.text, mention.author.name, mention.kind) == (
        "Nice & <b>", "Grace Müller", Kind.REPLY,
    )  # fmt: skip
    assert (logged.post, logged.moderation) == ("2026/hello", "pending")
    assert mention.url.startswith(f"{visit.url}#comment-")
    status, headers, body = get(visit.served, yours)
    assert (status, "reads your comment first" in body) == (200, True)
    assert headers["cache-control"] == "no-store"


def test_the_words_are_shown_once_more_as_words(visit: Visit) -> None:
    status, headers, body = visit.post("/comment", **OPEN | {"text": "<script>x</script>"})
    assert (status, "<script" in body, body.count("&lt;script&gt;x")) == (200, False, 2)
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert visit.queued() == 0, "nothing is kept before it is sent"


@pytest.mark.parametrize("wait", [0, 1, 3 * 3600])
def test_too_soon_and_too_late_is_asked_again(visit: Visit, wait: float) -> None:
    stamp = visit.look()
    visit.now += timedelta(seconds=wait)
    status, _, body = visit.post("/comment", **OPEN, stamp=stamp)
    assert (status, 'name="stamp"' in body) == (200, True)
    assert visit.queued() == 0


@pytest.mark.parametrize("change", ["", "x", "1.2.3", "{0}0", "9{0}", "\u0661.a.b"])
def test_a_stamp_is_ours_or_none(visit: Visit, change: str) -> None:
    stamp = visit.look()
    visit.now += timedelta(seconds=3)
    assert visit.post("/comment", **OPEN, stamp=change.format(stamp))[0] == 200
    assert visit.queued() == 0
    assert visit.post("/comment", **OPEN, stamp=stamp)[0] == 303


def test_a_stamp_is_for_one_page(visit: Visit) -> None:
    with closing(visit.workspace.connect()) as database:
        posts.show(database, ["2026/hidden"], NOW)
    stamp = visit.look(post="2026/hidden")
    visit.now += timedelta(seconds=3)
    assert visit.post("/comment", **OPEN, stamp=stamp)[0] == 200
    assert visit.queued() == 0


def test_nobody_changes_what_was_let_in(visit: Visit) -> None:
    """The same stamp again, with other words, is the comment that is there already."""
    stamp = visit.look()
    visit.now += timedelta(seconds=3)
    visit.post("/comment", **OPEN, stamp=stamp)
    visit.post("/comment", **OPEN | {"text": "before it was read"}, stamp=stamp)
    (logged,) = visit.logged()
    with closing(visit.workspace.connect()) as database:
        moderate(database, logged, accept=True)
    assert visit.post("/comment", **OPEN | {"text": "Buy"}, stamp=stamp)[0] == 303
    (logged,) = visit.logged()
    assert (logged.mention.text, logged.moderation) == ("Nice & <b>", "")


def test_who_was_let_in_vouches_for_no_namesake(visit: Visit) -> None:
    visit.comment()
    with closing(visit.workspace.connect()) as database:
        moderate(database, visit.logged()[0], accept=True, all_of_author=True)
    visit.comment(text="Buy clocks")
    assert sorted(it.moderation for it in visit.logged()) == ["", "pending"]


def test_a_robot_fills_in_what_nobody_sees(visit: Visit) -> None:
    stamp = visit.look()
    visit.now += timedelta(seconds=3)
    status, _, body = visit.post("/comment", **OPEN, stamp=stamp, website="https://buy.example")
    assert (status, "Thank you" in body) == (200, True)
    assert visit.post("/comment/like", post="2026/hello", website="x")[0] == 303
    assert visit.queued() == 0


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"text": " \n"}, "Write something"),
        ({"text": "a" * 5_003}, "too long by 3"),
        ({"name": "a" * 61}, "at most 60"),
        ({"site": "javascript:alert(1)"}, "no address"),
        ({"site": "ftp://a.example"}, "no address"),
        ({"site": "https://u:p@a.example"}, "no address"),
        ({"site": "nonsense"}, "no address"),
        ({"site": "https://["}, "no address"),
        ({"site": "https://a.example/" + "x" * 200}, "no address"),
    ],
    ids=lambda it: str(it)[:30],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    visit: Visit, form: dict[str, str], fault: str
) -> None:
    status, _, body = visit.post("/comment", **OPEN | form)
    assert (status, fault in body) == (400, True)
    assert "Grace Müller" in body or "name" in form
    assert visit.queued() == 0


def test_a_long_comment_in_any_script_fits(visit: Visit) -> None:
    visit.comment(text="灯" * 5_000)
    assert len(visit.logged()[0].mention.text) == 5_000
    assert visit.post("/comment", **OPEN | {"text": "a" * 70_000})[0] == 413


def test_a_name_and_a_site_may_be_left_out(visit: Visit) -> None:
    visit.comment(name="", site="grace.example")
    author = visit.logged()[0].mention.author
    assert (author.name, author.url) == ("A reader", "https://grace.example")


@pytest.mark.parametrize("slug", ["2026/closed", "2026/gone", "2026/hidden", "about", "theirs", ""])
def test_only_a_page_that_takes_comments_gets_some(visit: Visit, slug: str) -> None:
    for path in ("/comment", "/comment/like"):
        assert visit.post(path, **OPEN | {"post": slug})[0] == 404
    assert visit.queued() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "", "referer": "https://evil.example/x"},
    ],
    ids=str,
)
def test_a_form_of_another_site_says_nothing(visit: Visit, headers: dict[str, str]) -> None:
    visit.headers = headers
    for path in ("/comment", "/comment/like", "/comment/yours"):
        assert visit.post(path, **OPEN)[0] == 403
    assert visit.queued() == 0


def test_a_page_that_lies_elsewhere_is_ours_all_the_same(visit: Visit) -> None:
    """Its own address says so, or where its form leads."""
    visit.headers = {"host": "door.example", "origin": "https://door.example"}
    assert visit.post("/comment", **OPEN)[0] == 200
    visit.headers = {"origin": "", "referer": visit.url}
    assert visit.post("/comment", **OPEN)[0] == 200


def test_a_visitor_writes_a_few_times_an_hour(visit: Visit) -> None:
    for _ in range(5):
        visit.comment(wait=2)
    stamp = visit.look()
    visit.now += timedelta(seconds=2)
    assert visit.post("/comment", **OPEN, stamp=stamp)[0] == 429
    visit.headers = {"user-agent": "another name"}
    stamp = visit.look()
    visit.now += timedelta(seconds=2)
    assert visit.post("/comment", **OPEN, stamp=stamp)[0] == 429, "the browser makes no difference"
    assert visit.queued() == 5


def test_a_like_counts_once_a_browser_a_day(visit: Visit) -> None:
    for agent in ("a", "a", "b"):
        visit.headers = {"user-agent": agent}
        status, headers, _ = visit.post("/comment/like", post="2026/hello")
        assert (status, headers["location"]) == (303, "/comment/liked?post=2026%2Fhello")
    assert "It is counted" in get(visit.served, "/comment/liked?post=2026%2Fhello")[2]
    assert [(it.mention.kind, it.moderation, it.post) for it in visit.logged()] == [
        (Kind.LIKE, "", "2026/hello")
    ] * 2
    visit.now += timedelta(days=1)
    visit.post("/comment/like", post="2026/hello")
    assert len(visit.logged()) == 3


def test_nothing_of_a_visitor_but_their_words_is_kept(visit: Visit) -> None:
    visit.headers = {"user-agent": "Lynx of Grace"}
    visit.comment()
    visit.post("/comment/like", post="2026/hello")
    visit.arrive()
    with closing(visit.workspace.read()) as database:
        kept = str([*database.query("SELECT * FROM received"),
                    *database.query("SELECT * FROM mention")])  # fmt: skip
    assert "Lynx" not in kept
    assert "Nice" in kept


def test_who_wrote_it_takes_it_back(visit: Visit) -> None:
    yours = visit.comment()
    visit.arrive()
    token = yours.partition("token=")[2]
    assert token not in str(visit.logged())
    assert "Take it back" in get(visit.served, yours)[2]
    status, _, body = visit.post("/comment/yours", token=token)
    assert (status, "taken back" in body) == (200, True)
    (logged,) = visit.logged()
    assert (logged.mention.withdrawn, logged.mention.text) == (True, "")
    assert "Grace" not in str(logged)
    assert "taken back" in get(visit.served, yours)[2]


def test_a_comment_on_the_page_is_led_to(visit: Visit) -> None:
    yours = visit.comment()
    (logged,) = visit.logged()
    with closing(visit.workspace.connect()) as database:
        moderate(database, logged, accept=True)
    body = get(visit.served, yours)[2]
    assert f'href="{logged.mention.url}"' in body
    assert "on the page" in body


@pytest.mark.parametrize("token", ["", "x", "%", "a" * 3_000])
def test_nobody_elses_comment_is_taken_back(visit: Visit, token: str) -> None:
    visit.comment()
    visit.arrive()
    name = visit.logged()[0].mention.id.rpartition("-")[2]
    for it in (token, name):
        assert visit.post("/comment/yours", token=it)[0] == 404
        assert get(visit.served, f"/comment/yours?{urlencode({'token': it})}")[0] == 404
    assert not visit.logged()[0].mention.withdrawn


def test_no_cookie_is_set_and_none_is_read(visit: Visit) -> None:
    visit.headers = {"cookie": "a=b"}
    _, headers, _ = visit.post("/comment", **OPEN)
    assert "set-cookie" not in headers


def test_a_folder_without_the_account_has_no_such_page(folder: Folder) -> None:
    workspace = open_workspace(folder.root, folder.environ())
    assert Comments(workspace, lambda: NOW, Tids(lambda: NOW, 0)).routes == []
    assert not workspace.layout.comments
