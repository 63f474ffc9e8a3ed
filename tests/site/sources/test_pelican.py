"""A Pelican site comes in at its own addresses and with its entry ids; its settings never run."""

from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site import sources

from .blogs import addresses, by_file, read, wrong

CONF = """\
import os
AUTHOR = "Ada Moreau"
SITENAME = "Lanternworks"
SITEURL = ""
TIMEZONE = "Europe/Berlin"
STATIC_PATHS = ["images", "extra/robots.txt", "../secret"]
EXTRA_PATH_METADATA = {"extra/robots.txt": {"path": "robots.txt"}}
SECRET = os.environ["NOBODY_SET_THIS"]
open("ran", "w").close()
"""
PUBLISH = 'from pelicanconf import *\nSITEURL = "https://blog.example/b"\n'
FIRST = """\
Title: It's — Ünï & C++ / a
Date: 2026-05-01 23:30
Modified: 2026-05-02
Tags: One Two, b
Authors: Ada; Bob
Summary: What it is

See [x]({filename}../other.md#p) ![i]({static}/images/a.png) [t]({tag}One Two) [h]({index})
and [gone]({filename}gone.md).
"""
FILES = {
    "pelicanconf.py": CONF,
    "publishconf.py": PUBLISH,
    "content/News/first.md": FIRST,
    "content/other.md": "Title: Other\nDate: 2026-05-02\nSlug: My_Slug\n\nx\n",
    "content/other-de.md": "Title: Andere\nDate: 2026-05-02\nSlug: My_Slug\nLang: de\n\nx\n",
    "content/draft.md": "Title: Draft\nDate: 2026-05-02\nStatus: draft\n\nx\n",
    "content/hid.md": "---\ntitle: Hid\ndate: 2026-05-02\nstatus: hidden\n---\nx\n",
    "content/2026-04-01-dated-name.md": "Title: Dated name\n\nx\n",
    "content/pages/about.md": "Title: About us\n\nx\n",
    "content/old.rst": "Title\n=====\n",
    "content/images/a.png": "a",
    "content/extra/robots.txt": "r",
    "secret/x.png": "s",
}
# What Pelican 4 makes of these files.
BUILT = {
    "posts/News/first.md": "its-uni-c-a.html",
    "posts/other.md": "My_Slug.html",
    "posts/other.de.md": "My_Slug-de.html",
    "posts/draft.md": "draft.html",
    "pages/hid.md": "hid.html",
    "posts/2026-04-01-dated-name.md": "dated-name.html",
    "pages/about.md": "pages/about-us.html",
}


def test_where_pages_are(tmp_path: Path) -> None:
    blog = read("pelican", tmp_path, FILES)
    assert addresses(blog) == BUILT
    assert not Path("ran").exists()
    assert not (tmp_path / "ran").exists()
    assert {it.front.get("id") for it in blog.documents if it.published} == {
        "tag:blog.example,2026-05-02:/b/My_Slug.html",
        "tag:blog.example,2026-05-02:/b/My_Slug-de.html",
        "tag:blog.example,2026-05-01:/b/its-uni-c-a.html",
        "tag:blog.example,2026-04-01:/b/dated-name.html",
        None,
    }
    assert set(blog.static) == {"images/a.png", "robots.txt"}
    assert blog.site["feeds"] == {"feeds/all.atom.xml": "atom"}
    redirects = blog.site["redirects"]
    assert isinstance(redirects, dict)
    assert redirects["/tag/one-two.html"] == "/tags/one-two/"
    assert redirects["/category/news.html"] == "/tags/news/"
    assert redirects["/author/bob.html"] == "/authors/bob/"


def test_other_patterns(tmp_path: Path) -> None:
    more = "ARTICLE_URL = '{category}/{date:%Y}/{slug}/'\nSLUGIFY_SOURCE = 'basename'\n"
    blog = read("pelican", tmp_path, {**FILES, "publishconf.py": PUBLISH + more})
    assert addresses(blog) == BUILT | {
        "posts/News/first.md": "news/2026/first",
        "posts/other.md": "misc/2026/My_Slug",
        "posts/draft.md": "misc/2026/draft",
        "pages/hid.md": "misc/2026/hid",
        "posts/2026-04-01-dated-name.md": "misc/2026/2026-04-01-dated-name",
        "pages/about.md": "pages/about.html",
    }


def test_heads_and_links(tmp_path: Path) -> None:
    blog = read("pelican", tmp_path, FILES)
    first = by_file(blog)["posts/News/first.md"]
    assert first.front["tags"] == ["One Two", "b", "News"]
    assert first.front["authors"] == ["Ada", "Bob"]
    assert first.front["summary"] == "What it is"
    assert str(first.published) == "2026-05-01 23:30:00+02:00"
    assert first.body.strip().startswith(
        "See [x](/b/My_Slug.html#p) ![i](/b/images/a.png) [t](/b/tags/one-two/) [h](/b/)"
    )
    assert by_file(blog)["posts/draft.md"].published is None
    assert wrong(blog) == [
        "content/News/first.md:9: the link {filename}gone.md leads to no file "
        "(expected a file in content/)",
        "content/old.rst: reStructuredText is not read here "
        "(expected Markdown, as pandoc makes it)",
    ]


def test_what_is_no_pelican_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no Markdown with metadata"):
        sources.read("pelican", tmp_path)
    (tmp_path / "pelicanconf.py").write_text("A = (", "utf-8")
    with pytest.raises(Refused, match="cannot be read"):
        sources.read("pelican", tmp_path)
