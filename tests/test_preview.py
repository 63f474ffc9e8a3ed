"""`outreach preview`: drafts on the site, what networks would get, a page that follows."""

import http.client
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from outreach.preview.app import app, is_loopback
from outreach.preview.changes import Changes
from outreach.preview.folder import Folder

from .asgi import ask, get
from .ports import free_port
from .wait import until

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = """\
site:
  title: Lanternworks
  url: https://lanternworks.example/blog
  author: Ada Moreau
"""
ACCOUNTS = """\
accounts:
  x: {kind: x, consumer_key: $A, consumer_secret: $B, access_token: $C, access_token_secret: $D}
  linkedin: {kind: linkedin, organisation: 1234, token: $L}
"""
DRAFT = "---\ntitle: The hum\ndraft: true\nsummary: A table hums.\n{head}---\n{body}\n"


class Looked:
    """A folder and its preview, looked at whenever something was written."""

    def __init__(self, root: Path, *, is_shared: bool = False) -> None:
        self.root = root
        state = root / ".outreach" / "preview"
        self.folder = Folder(root, state, NOW, is_shared=is_shared)
        self.app = app(self.folder, Changes(1), lambda: NOW, is_shared=is_shared)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        self.folder.look(NOW)

    def page(self, path: str, status: int = 200) -> str:
        got, _, body = get(self.app, path)
        assert got == status, body
        return re.sub(r"\s+", " ", body)


@pytest.fixture
def looked(tmp_path: Path) -> Iterator[Looked]:
    (tmp_path / "config.yaml").write_text(CONFIG + ACCOUNTS, "utf-8")
    found = Looked(tmp_path)
    yield found
    found.folder.close()


def draft(head: str = "", body: str = "What hums is the table.") -> str:
    return DRAFT.format(head=head, body=body)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("draft: true", "Draft"),
        ("date: 2026-12-03T09:00:00Z", "Scheduled for 3 December 2026, 09:00 UTC"),
        (
            "date: 2026-12-03\nembargo: 2026-12-04T07:00:00Z",
            "Under embargo until 4 December 2026, 07:00 UTC",
        ),
        ("date: 2026-11-20", "Published 20 November 2026, 00:00 UTC"),
    ],
)
def test_each_page_is_there_and_says_how_far_it_has_come(
    looked: Looked, head: str, said: str
) -> None:
    looked.write("posts/hum.md", f"---\ntitle: The hum\n{head}\n---\nThe table hums.\n")
    page = looked.page("/blog/hum/")
    assert "The table hums." in page
    assert f">{said}</span>" in page
    assert page.index("</main>") < page.index('id="outreach-preview"') < page.index("</body>")


def test_a_page_inside_another_has_no_bar_of_its_own(looked: Looked) -> None:
    looked.write("posts/hum.md", draft())
    scripts = [looked.page("/blog/hum/").count("live.js")]
    bar = looked.folder.seen.pages["hum/index.html"]
    assert bar == "posts/hum.md"
    _, _, inside = ask(
        looked.app, "GET", "/blog/hum/", {"host": "127.0.0.1", "sec-fetch-dest": "iframe"}
    )
    scripts.append(inside.count("live.js"))
    assert scripts == [1, 1]
    assert "outreach-preview" not in inside
    assert "data-inside" in inside


def test_beside_a_text_is_what_each_account_would_get_and_how_long_it_is(looked: Looked) -> None:
    long = "\n\n".join(f"Paragraph {number} is about a table that hums." for number in range(12))
    looked.write("posts/hum.md", draft("thread: true\n", long))
    page = looked.page("/_preview/posts/hum.md")
    x, linkedin = re.findall(r'<section class="account.*?</section>', page)
    assert "thread of" in x and "thread of" not in linkedin
    counts = [int(it) for it in re.findall(r"(\d+) of 280", x)]
    assert len(counts) > 1 and all(0 < it <= 280 for it in counts)
    assert "of 3,000" in linkedin
    assert '<span class="link">https://lanternworks.example/blog/hum/</span>' in x + linkedin


def test_an_image_without_words_is_shown_and_named_by_file_and_line(looked: Looked) -> None:
    looked.root.joinpath("posts").mkdir()
    Image.new("RGB", (40, 20)).save(looked.root / "posts" / "lamp.png")
    looked.write("posts/hum.md", draft("image: {src: lamp.png}\n"))
    page = looked.page("/_preview/posts/hum.md")
    assert "<code>posts/hum.md:5</code> <span>the image posts/lamp.png has no alt text" in page
    assert "Nobody has described this image" in page
    (address,) = set(re.findall(r'src="(/_preview/media/[^"]+)"', page))
    assert answer_head(looked, address) == (200, "image/png")
    assert answer_head(looked, address.replace("/media/", "/media/0"))[0] == 404
    assert "posts/hum.md:5" in looked.page("/_preview/")
    looked.write("posts/hum.md", draft('image: {src: lamp.png, alt: "A lamp"}\n'))
    assert "Nobody has described" not in looked.page("/_preview/posts/hum.md")


def answer_head(looked: Looked, path: str) -> tuple[int, str]:
    """Status and type of what is no text."""
    status, headers, _ = ask(looked.app, "HEAD", path, {"host": "127.0.0.1"})
    return status, headers["content-type"]


def test_a_mistake_is_shown_on_the_page_as_it_was_before(looked: Looked) -> None:
    looked.write("posts/hum.md", draft())
    looked.write("posts/hum.md", "---\ntitle: The hum\ndate: soon\n---\nLost words.\n")
    page = looked.page("/blog/hum/")
    assert "What hums is the table." in page
    assert "<code>posts/hum.md:3</code> <span>`date` is not a date: `soon`</span>" in page
    assert "posts/hum.md:3" in looked.page("/_preview/posts/hum.md")
    looked.write("posts/hum.md", draft(body="It hums again."))
    page = looked.page("/blog/hum/")
    assert "It hums again." in page and "posts/hum.md:3" not in page


def test_a_fault_of_the_theme_leaves_the_site_and_says_where(looked: Looked) -> None:
    looked.write("posts/hum.md", draft())
    looked.write("theme/post.html", "{{ entri.title }}")
    looked.write("config.yaml", CONFIG + "  theme: theme\n")
    page = looked.page("/blog/hum/")
    assert "What hums is the table." in page
    assert "<code>theme/post.html:1</code>" in page


def test_a_wrong_config_is_said_and_ends_when_it_is_put_right(looked: Looked) -> None:
    looked.write("config.yaml", "site:\n  titel: Lanternworks\n")
    for path in ("/", "/_preview/", "/_preview/posts/hum.md"):
        assert "config.yaml:2" in looked.page(path)
    looked.write("config.yaml", CONFIG)
    looked.write("posts/hum.md", draft())
    assert "No account is set up yet" in looked.page("/_preview/posts/hum.md")
    looked.write("config.yaml", CONFIG + "  titel: again\n")
    page = looked.page("/blog/hum/")
    assert "What hums is the table." in page and "config.yaml:5" in page


def test_what_others_can_reach_has_nothing_that_is_under_embargo(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    looked = Looked(tmp_path, is_shared=True)
    looked.write("posts/secret.md", draft("embargo: 2026-12-01\n", "We join Nightjar."))
    looked.write("posts/torn.md", "---\ntitle: Nightjar\nembargo: soon\n---\nx\n")
    looked.folder.close()
    assert looked.page("/_preview/posts/secret.md", 404)
    listed = looked.page("/_preview/")
    assert "2 texts under embargo left out" in listed
    assert "secret.md" not in listed and "torn.md" not in listed
    built = [it for it in looked.folder.site.rglob("*") if it.is_file()]
    assert built and not any(b"Nightjar" in it.read_bytes() for it in built)


def test_only_its_own_folder_is_written(looked: Looked) -> None:
    looked.write("posts/hum.md", draft())
    looked.page("/_preview/posts/hum.md")
    found = {it.relative_to(looked.root).parts[:2] for it in looked.root.rglob("*")}
    ours = {(".outreach",), (".outreach", "preview")}
    assert found == {("config.yaml",), ("posts",), ("posts", "hum.md")} | ours


def test_another_name_than_this_machines_is_refused(looked: Looked) -> None:
    looked.write("posts/hum.md", draft())
    assert get(looked.app, "/_preview/", host="evil.example")[0] == 400
    assert get(looked.app, "/_preview/")[0] == 200


@pytest.mark.parametrize(
    ("listen", "near"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("0.0.0.0:1", False)],
)
def test_what_only_this_machine_reaches(listen: str, near: bool) -> None:
    assert is_loopback(listen) is near


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "hum.md").write_text(draft(), "utf-8")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", "preview", str(tmp_path), "--listen",
         f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: "hums is the table" in fetched(port, "/blog/hum/"))
        yield tmp_path, port
    finally:
        process.terminate()
        assert process.wait(10) == 0


def fetched(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except ConnectionRefusedError:
        return ""
    finally:
        connection.close()


def test_a_save_is_told_and_the_page_has_it(served: tuple[Path, int]) -> None:
    root, port = served
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/_preview/changes")
    events = connection.getresponse()
    next_event = _events(events)
    before = next_event()
    assert f'data-version="{before}"' in fetched(port, "/blog/hum/")
    (root / "posts" / "hum.md").write_text(draft(body="Felt feet stop it."), "utf-8")
    while "Felt feet stop it." not in fetched(port, "/blog/hum/"):
        assert next_event() != before
    connection.close()


def _events(answer: http.client.HTTPResponse) -> Callable[[], str]:
    """Reads one event after another."""

    def read() -> str:
        while line := answer.readline().decode():
            if line.startswith("data: "):
                return line.removeprefix("data: ").strip()
        raise AssertionError("the stream has ended")

    return read
