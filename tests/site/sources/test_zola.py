"""A Zola site comes in at its own addresses; its dates may be in its paths."""

from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site import sources

from .blogs import addresses, by_file, read, wrong

CONFIG = """\
base_url = "https://blog.example"
title = "Lanternworks"
generate_feeds = true
feed_filenames = ["feed.xml", "atom.xml", "releases.json"]
[languages.de]
title = "Laternen"
"""
HELLO = '+++\ntitle = "Hello"\ndate = 2026-05-01\n+++\n'


def test_where_pages_are(tmp_path: Path) -> None:
    files = {
        "config.toml": CONFIG,
        "content/_index.md": "+++\n+++\n",
        "content/Über uns.md": '+++\ntitle = "Us"\n+++\n',
        "content/blog/2026-04-01-First Post.md": '+++\ntitle = "First"\n+++\n',
        "content/blog/hello/index.md": HELLO,
        "content/blog/hello/img/a.png": "a",
        "content/blog/b.pdf": "b",
        "content/blog/own.md": '+++\ntitle = "P"\npath = "2014/12/12/1.0-Own"\n+++\n',
        "content/blog/slug.md": '+++\ntitle = "S"\nslug = "other"\ndate = 2026-05-01\n+++\n',
        "content/blog/own.de.md": '+++\ntitle = "P"\ndate = 2026-05-01\n+++\n',
        "content/blog/draft.md": '+++\ntitle = "D"\ndraft = true\ndate = 2026-05-01\n+++\n',
        "static/x.txt": "x",
    }
    blog = read("zola", tmp_path, files)
    assert addresses(blog) == {
        "pages/Über uns.md": "uber-uns",
        "posts/blog/2026-04-01-First Post.md": "blog/first-post",
        "posts/blog/hello/index.md": "blog/hello",
        "posts/blog/own.md": "2014/12/12/1.0-Own",
        "posts/blog/own.de.md": "de/blog/own",
        "posts/blog/slug.md": "blog/other",
        "posts/blog/draft.md": "blog/draft",
    }
    documents = by_file(blog)
    assert str(documents["posts/blog/own.md"].published)[:10] == "2014-12-12"
    assert documents["posts/blog/draft.md"].published is None
    assert list(documents["posts/blog/hello/index.md"].files) == ["posts/blog/hello/img/a.png"]
    assert list(blog.static) == ["x.txt", "blog/b.pdf"]
    assert blog.site["feeds"] == {"feed.xml": "atom"}
    assert blog.site["languages"] == {"de": {"title": "Laternen"}}


def test_links_and_shortcodes(tmp_path: Path) -> None:
    body = """\
[it](@/blog/hello.md#part) `@/blog/hello.md` [gone](@/gone.md)

```
[code](@/blog/hello.md)
```
{{ youtube(id="abc") }}

{% quote(author="Ada") %}
Words
{% end %}

`{{ code() }}` and {{rust-src-base}}
"""
    files = {
        "config.toml": CONFIG,
        "content/blog/hello.md": HELLO,
        "content/blog/a.md": HELLO + body,
    }
    blog = read("zola", tmp_path, files)
    found = by_file(blog)["posts/blog/a.md"].body
    assert "[it](/blog/hello/#part)" in found
    assert "[code](@/blog/hello.md)" in found
    assert "{{< youtube abc >}}" in found
    assert "`{{ code() }}` and {{rust-src-base}}" in found
    assert wrong(blog) == [
        "content/blog/a.md:5: the link @/gone.md leads to no page (expected a file in content/)",
        "content/blog/a.md:12: the shortcode quote is not known here; it stays as it is written "
        "(expected Markdown in its place)",
    ]


def test_a_feed_of_a_section_is_told(tmp_path: Path) -> None:
    section = "+++\ngenerate_feeds = true\n+++\n"
    files = {"content/news/_index.md": section, "content/news/a.md": HELLO}
    blog = read("zola", tmp_path, files)
    assert blog.site["redirects"] == {"/news/": "/"}
    assert wrong(blog) == [
        "content/news/_index.md: /news/ had a feed of its own, with its posts alone "
        "(expected a tag for its posts: each tag has a feed)"
    ]


def test_what_is_no_zola_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no Markdown with front matter"):
        sources.read("zola", tmp_path)
    with pytest.raises(Refused, match="--permalink means nothing to zola"):
        sources.read("zola", tmp_path, permalink="/:year/")
