"""What is under embargo is seen by nobody, and never lies in a public repository."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from outreach.fetch import Fetch, loopback_only
from outreach.flows.embargo import exposed, remotes, web_address
from outreach.model.post import Post
from outreach.store import ledger
from tests.flows.world import World
from tests.sandbox.test_mastodon_media import png

FETCH = Fetch(guard=loopback_only, deadline=5.0)
PUBLIC = (200, "application/x-git-upload-pack-advertisement")


class Host:
    """A host of repositories: what it answers to whoever has no name, by path."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[tuple[str, str | None]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append((self.path, self.headers["authorization"]))
                path = self.path.partition("/info/refs?service=git-upload-pack")[0]
                status, kind = host.answers.get(path, (401, "text/plain"))
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join(10)
        self.server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A leader's folder inside a repository, with a post under embargo."""
    root = tmp_path / "company" / "blog"
    (root / "posts").mkdir(parents=True)
    text = "---\ntitle: Secret\ndate: 2026-05-01\nembargo: 2099-01-01\n---\nSh!\n"
    (root / "posts/secret.md").write_text(text, "utf-8")
    git(root.parent, "init", "-q")
    return root


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


SECRET = Post(
    slug="secret",
    title="Secret",
    body="",
    url="",
    path="posts/secret.md",
    embargo=datetime(2099, 1, 1, tzinfo=UTC),
)


def told(root: Path) -> list[str]:
    return [str(mistake) for mistake in exposed(root, [SECRET], FETCH)]


def test_a_public_repository_is_told_by_file_and_line(host: Host, repository: Path) -> None:
    host.answers["/acme/blog.git"] = PUBLIC
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog.git")
    (said,) = told(repository)
    where = f"everybody can read {host.url}/acme/blog.git"
    assert said.startswith(f"posts/secret.md:4: it is under embargo, and {where}")


@pytest.mark.parametrize("answer", [(401, "text/plain"), (404, "text/html"), (200, "text/html")])
def test_a_repository_that_asks_for_a_name_is_private(
    host: Host, repository: Path, answer: tuple[int, str]
) -> None:
    host.answers["/acme/blog"] = answer
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog")
    assert told(repository) == []
    assert host.asked == [("/acme/blog/info/refs?service=git-upload-pack", None)]


def test_nobodys_name_goes_along(host: Host, repository: Path) -> None:
    url = host.url.replace("http://", "http://ada:secret@")
    git(repository, "remote", "add", "origin", f"{url}/acme/blog")
    assert told(repository) == []
    assert [name for _, name in host.asked] == [None]


def test_every_remote_is_asked(host: Host, repository: Path) -> None:
    host.answers["/mirror"] = PUBLIC
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog")
    git(repository, "remote", "add", "mirror", f"{host.url}/mirror")
    assert len(told(repository)) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_host_that_does_not_say_is_no_safety(host: Host, repository: Path, status: int) -> None:
    host.answers["/acme/blog"] = (status, "text/plain")
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog")
    (said,) = told(repository)
    assert f"it cannot be told who reads its repository: {host.url}/acme/blog answers" in said
    assert "outreach check --offline" in said


def test_a_host_that_is_not_there_is_no_safety(host: Host, repository: Path) -> None:
    host.close()
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog")
    (said,) = told(repository)
    assert "it cannot be told" in said


def test_what_git_ignores_is_in_no_repository(host: Host, repository: Path) -> None:
    host.answers["/acme/blog"] = PUBLIC
    git(repository, "remote", "add", "origin", f"{host.url}/acme/blog")
    (repository / ".gitignore").write_text("posts/secret.md\n")
    assert told(repository) == []


def test_a_folder_on_this_machine_is_not_public(repository: Path, tmp_path: Path) -> None:
    assert told(repository) == []
    git(repository, "remote", "add", "origin", str(tmp_path / "bare.git"))
    assert remotes(repository) == [str(tmp_path / "bare.git")]
    assert told(repository) == []
    assert remotes(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("git@github.com:acme/blog.git", "https://github.com/acme/blog.git"),
        ("codeberg.org:acme/blog", "https://codeberg.org/acme/blog"),
        ("ssh://git@git.acme.org:2222/blog.git", "https://git.acme.org/blog.git"),
        ("git://git.acme.org/blog", "https://git.acme.org/blog"),
        ("https://ada:pw@acme.org:8443/blog.git/", "https://acme.org:8443/blog.git"),
        ("http://[::1]:80/blog", "http://[::1]:80/blog"),
        ("/srv/blog.git", ""),
        ("../blog", ""),
        ("file:///srv/blog.git", ""),
    ],
)
def test_where_the_web_has_a_repository(url: str, address: str) -> None:
    assert web_address(url) == address


def test_nobody_sees_a_post_before_its_embargo(world: World, site: str) -> None:
    until = world.clock() + timedelta(hours=2)
    image = world.root / "posts/secret.png"
    image.write_bytes(png())
    world.write("secret", body="Sesame ![x](secret.png)", embargo=until.isoformat(), tags="[hush]")
    world.write("other", title="Other")
    publish = world.publisher(site)
    assert [post.slug for post in publish()] == ["other"]
    assert {delivery.source for delivery in ledger.every(world.database)} == {"other"}
    for path in (world.root / "site").resolve().rglob("*"):
        if path.is_file():
            assert b"secret" not in path.read_bytes(), path
            assert b"hush" not in path.read_bytes(), path
    world.clock.move(hours=3)
    assert [post.slug for post in publish()] == ["secret"]
    assert "Sesame" in requests.get(f"{site}/secret/", timeout=5).text


def test_a_post_that_gets_an_embargo_leaves_the_site_and_tells_nobody_its_new_words(
    world: World, site: str
) -> None:
    world.write("hello", body="Old words.")
    publish = world.publisher(site)
    publish()
    world.drain("mastodon")
    until = world.clock() + timedelta(hours=2)
    world.write("hello", summary="Sesame.", embargo=until.isoformat())
    publish()
    assert requests.get(f"{site}/hello/", timeout=5).status_code == 404
    assert all("Sesame" not in row.note.text for row in ledger.every(world.database))
    world.clock.move(hours=3)
    publish()
    assert "Sesame" in requests.get(f"{site}/hello/", timeout=5).text
    assert "Sesame" in ledger.every(world.database)[-1].note.text
