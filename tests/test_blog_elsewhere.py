"""A leader whose blog is elsewhere: its posts go out, its comments come in, our hub hears of us."""

import html
from contextlib import closing

import pytest

from outreach.store import meta, sqlite

from .folder import Folder
from .sandbox.running import Sandbox, eventually

SITE = """\
site:
  feed: https://blog.example/feed/
  hub: https://hub.example/
"""
COMMENTS = """\
accounts:
  comments:
    kind: feed
    url: https://blog.example/comments/feed/
"""


@pytest.fixture
def sandbox(folder: Folder) -> Sandbox:
    text = (folder.root / "config.yaml").read_text("utf-8")
    listen = text.partition("sandbox:\n  listen: ")[2].partition("\n")[0]
    return Sandbox(url=f"http://{listen}")


def digest(folder: Folder) -> str:
    return "".join(path.read_text("utf-8") for path in (folder.root / "digests").glob("*.md"))


def words(page: str) -> set[str]:
    """Which of our words the digest has, as a reader sees them."""
    plain = html.unescape(page.replace("\\", ""))
    return {it for it in ("Elsewhere & new", "Well said.") if it in plain}


def is_followed(folder: Folder) -> bool:
    """Whether the feed was read once, so that what comes is new."""
    path = folder.root / "outreach.sandbox.db"
    if not path.exists():
        return False
    with closing(sqlite.read(path)) as database:
        return bool(meta.names(database, "follow:"))


def test_from_a_post_there_to_its_comment_here(folder: Folder, sandbox: Sandbox) -> None:
    folder.change("site:\n", SITE)
    folder.change("accounts:\n", COMMENTS)
    folder.post("ours", "One of our own")
    with folder.daemon():
        eventually(lambda: "pinged" in folder.said)
        topics = {it["topic"].rpartition("/")[2] for it in sandbox.get("/feed/hub", token="")}
        assert topics == {"atom.xml", "feed.json", "rss.xml"}
        eventually(lambda: is_followed(folder))
        begun = {"name": "Ada", "title": "Elsewhere & new", "url": "", "text": "A paragraph."}
        assert sandbox.call("POST", "/feed/post", token="", data=begun).ok
        post = sandbox.ledger("feed")[-1]["id"]
        page = f"{sandbox.url}/feed/posts/{post}"
        eventually(lambda: any(page in it["text"] for it in sandbox.ledger("mastodon")), 20)
        said = {"note": post, "name": "Grace", "text": "Well said."}
        assert sandbox.call("POST", "/feed/reply", token="", data=said).ok
        eventually(lambda: "Well said." in folder.call("replies")[1], 20)
        eventually(lambda: {"Elsewhere & new", "Well said."} <= words(digest(folder)))
    (reply,) = [it for it in folder.json("replies") if it["text"] == "Well said."]
    assert reply["post"].startswith("feed/")
