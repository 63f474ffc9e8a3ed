"""A post whose page was never right, seen and resumed from the command line."""

from contextlib import closing
from datetime import UTC, datetime

from outreach.model.post import Post
from outreach.store import posts
from outreach.workspace import open_workspace
from tests.folder import Folder


def test_a_held_post_is_shown_and_resumed(folder: Folder) -> None:
    now = datetime.now(UTC)
    post = Post(slug="2026/hello", title="Hello", body="", url="", path="posts/hello.md")
    with closing(open_workspace(folder.root, folder.environ()).create()) as database:
        posts.accept(database, post, "", "", now)
        posts.not_proved(database, "2026/hello", "answers 404", now)
        posts.hold(database, "2026/hello", "its page was not right: answers 404")
    (line,) = folder.json("status")["needs_you"]
    assert line == (
        "2026/hello is held, and nobody is told of it: its page was not right: answers 404; "
        "put that right, and then: outreach resume 2026/hello"
    )
    code, said = folder.call("resume", "2026/hello", "--folder")
    assert (code, said) == (0, "2026/hello goes on once its page is right.\n")
    assert "is held" not in str(folder.json("status")["needs_you"])
    code, said = folder.call("resume", "2026/hello", "--folder")
    assert (code, "there is no account or held post '2026/hello'" in said) == (1, True)
