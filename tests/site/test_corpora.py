"""Nine hundred posts that people wrote for Hugo and Zola, read and built as they are."""

import re
from pathlib import Path

import feedparser
import pytest

from outreach.model.post import Post
from outreach.rules.voices import Voices
from outreach.site.build import Site, build
from outreach.site.posts import read_post, scan
from outreach.site.proof import prove

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora"

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the corpora lie in shared/ beside the project, which is not here"
)


def read(name: str) -> list[Post]:
    folder = CORPORA / name
    paths, mistakes = scan(folder)
    assert mistakes == []
    return [
        read_post(
            path.read_text("utf-8"),
            path=f"posts/{name}/{path.relative_to(folder).as_posix()}",
            site_url="https://blog.example",
            author="",
            language="en",
            voices=Voices(accounts=()),
            first_seen=None,
        )
        for path in paths
    ]


def test_every_post_is_read_and_built(tmp_path: Path) -> None:
    linkerd, rust = read("linkerd-blog"), read("rust-blog")
    assert (len(linkerd), len(rust)) == (157, 746)
    posts = [post for post in (*linkerd, *rust) if not post.draft]
    assert len(posts) == len({post.slug for post in posts}) == 902
    for post in posts:
        assert post.title, post.path
        assert post.author, post.path
    built = build(
        [*linkerd, *rust],
        site=Site(title="Blog", url="https://blog.example"),
        out=tmp_path / "out",
        cache=tmp_path / "cache",
        syndication={},
        media={},
        deadline=10.0,
    )
    assert (built.pages, built.failed) == (902, ())
    for post in posts:
        html = (built.path / post.slug / "index.html").read_text("utf-8")
        assert prove(html, post) is None
        assert not re.search(r"\{\{(<|&lt;)\s*/?(youtube|x|note)\b", html), post.path
    assert feedparser.parse((built.path / "atom.xml").read_bytes()).bozo == 0
