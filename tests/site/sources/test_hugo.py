"""A Hugo site comes in at its own addresses, with its bundles, translations and shortcodes."""

from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site import sources

from .blogs import a_blog, addresses, by_file, read, wrong

TOML = """\
baseURL = "https://blog.example/"
title = "Lanternworks"
[permalinks]
posts = "/:year/:month/:slug/"
"""
YAML = """\
baseURL: https://blog.example/
title: Lanternworks
permalinks:
  page:
    posts: /:year/:month/:slug/
"""
JSON = """\
{"baseURL": "https://blog.example/", "title": "Lanternworks",
 "permalinks": {"posts": "/:year/:month/:slug/"}}
"""
HELLO = "---\ntitle: Hello, Wörld & all!\ndate: 2026-05-01T10:00:00+02:00\n---\nWords.\n"


@pytest.mark.parametrize(
    ("name", "text"), [("hugo.toml", TOML), ("hugo.yaml", YAML), ("config.json", JSON)]
)
def test_settings_of_every_format(tmp_path: Path, name: str, text: str) -> None:
    blog = read("hugo", tmp_path, {name: text, "content/posts/hello.md": HELLO})
    assert addresses(blog) == {"posts/hello.md": "2026/05/hello-wörld-all"}
    assert blog.site["title"] == "Lanternworks"
    assert blog.site["url"] == "https://blog.example"
    assert blog.site["feeds"] == {"index.xml": "rss", "posts/index.xml": "rss"}


def test_a_folder_of_settings(tmp_path: Path) -> None:
    files = {
        "config/_default/hugo.yaml": "baseURL: https://blog.example/",
        "config/_default/permalinks.yaml": "page:\n  blog: /:year/:slug/",
        "content/blog/hello.md": HELLO,
    }
    assert addresses(read("hugo", tmp_path, files)) == {
        "posts/blog/hello.md": "2026/hello-wörld-all"
    }


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("", "posts/my-first-post"),
        ("slug: Second One", "posts/second-one"),
        ("url: /old/place.html", "old/place.html"),
        ("url: /:year/:month/kept/", "2026/05/kept"),
    ],
)
def test_where_a_page_is_without_a_pattern(tmp_path: Path, head: str, path: str) -> None:
    text = f"---\ntitle: T\ndate: 2026-05-01\n{head}\n---\n"
    blog = read("hugo", tmp_path, {"hugo.toml": "", "content/posts/My First Post.md": text})
    assert list(addresses(blog).values()) == [path]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:section/:filename/", "tech/hello"),
        ("/:sections/:contentbasename/", "tech/deep/hello"),
        ("/:sections[1:]/:slugorfilename/", "deep/hello"),
        ("/:yearday/:monthname/:weekdayname/:title", "121/May/Friday/t"),
        ("/:2006/:01/:filename.html", "2026/05/hello.html"),
    ],
)
def test_the_tokens_of_a_pattern(tmp_path: Path, pattern: str, path: str) -> None:
    files = {
        "hugo.toml": f'[permalinks]\ntech = "{pattern}"',
        "content/tech/deep/_index.md": "",
        "content/tech/deep/no-section/hello.md": "---\ntitle: T\ndate: 2026-05-01\n---\n",
    }
    blog = read("hugo", tmp_path, files)
    assert (list(addresses(blog).values()), wrong(blog)) == ([path], [])


def test_a_token_that_is_not_known_is_told(tmp_path: Path) -> None:
    files = {
        "hugo.toml": '[permalinks]\nposts = "/:moon/:slug/"',
        "content/posts/hello.md": HELLO,
    }
    blog = read("hugo", tmp_path, files)
    assert addresses(blog) == {"posts/hello.md": "posts/hello"}
    assert ":moon in the address" in wrong(blog)[0]


def test_names_are_written_as_hugo_writes_them(tmp_path: Path) -> None:
    """As Hugo 0.168 does with these very titles, slugs and files."""
    titles = {
        "It's 5 o'clock – again": "its-5-oclock-again",
        "ICYMI 👉 July": "icymi-july",
        "C++ & C#": "c-c",
        "2.3: Wow": "2.3-wow",
        "A/B test": "a-b-test",
        "under_score  two": "under_score-two",
    }
    files = {
        f"content/posts/{number}.md": f'---\ntitle: "{title}"\ndate: 2026-05-01\n---\n'
        for number, title in enumerate(titles)
    }
    files["content/misc/Größe  - b.md"] = "---\ntitle: T\n---\n"
    files["content/misc/s.md"] = "---\ntitle: T\nslug: -a+b-\n---\n"
    files["hugo.toml"] = '[permalinks]\nposts = "/:slug/"'
    found = addresses(read("hugo", tmp_path, files))
    assert list(found.values()) == ["misc/größe----b", "misc/a+b", *titles.values()]


def test_what_is_dated_is_a_post_and_the_rest_are_pages(tmp_path: Path) -> None:
    files = {
        "hugo.toml": TOML,
        "content/about.md": "+++\ntitle = 'About'\ndate = 2026-01-01\n"
        "[menu.main]\nweight = 3\n+++\n",
        "content/docs/install.md": "---\ntitle: Install\n---\n",
        "content/posts/draft.md": '{"title": "Draft", "date": "2026-05-01", "draft": true}\nText.',
        "content/posts/_index.md": "---\ntitle: All posts\n---\nAll that we wrote.\n",
    }
    blog = read("hugo", tmp_path, files)
    documents = by_file(blog)
    assert wrong(blog) == [
        "content/posts/_index.md:4: the text of a list is left out "
        "(expected a page of its own in pages/)"
    ]
    assert set(documents) == {"pages/about.md", "pages/docs/install.md", "posts/draft.md"}
    assert documents["pages/about.md"].front["menu"] == 3
    draft = documents["posts/draft.md"]
    assert (draft.front["draft"], draft.published, draft.body) == (True, None, "Text.")


def test_the_head_in_our_words(tmp_path: Path) -> None:
    head = """\
title: Hello
date: 2026-05-01
lastmod: 2026-06-01
description: What it is
tags: [one, two]
categories: [News]
params:
  author: {name: Ada Moreau}
aliases: [/old/, older.html, /tags/x/]
series: [Lamps]
"""
    blog = read("hugo", tmp_path, {"hugo.toml": TOML, "content/posts/a.md": f"---\n{head}---\n"})
    front = blog.documents[0].front
    assert {key: front[key] for key in ("summary", "authors", "tags", "aliases", "series")} == {
        "summary": "What it is",
        "authors": ["Ada Moreau"],
        "tags": ["one", "two", "News"],
        "aliases": ["/old/", "/2026/05/older.html"],
        "series": "Lamps",
    }
    assert str(front["updated"])[:10] == "2026-06-01"
    assert wrong(blog) == [
        "content/posts/a.md:10: /tags/x/ cannot lead here: `tags` is a name of the site's own "
        "(expected `redirects:` in config.yaml)"
    ]
    assert blog.site["redirects"] == {"/posts/": "/", "/categories/news/": "/tags/news/"}


def test_bundles_and_static_come_along(tmp_path: Path) -> None:
    files = {
        "hugo.toml": TOML,
        "content/posts/trip/index.md": "---\ntitle: Trip\ndate: 2026-05-01\n"
        "images: [img/a.png]\n---\n",
        "content/posts/trip/img/a.png": "a",
        "content/posts/trip/notes.md": "part of the bundle",
        "content/posts/shared.pdf": "b",
        "static/favicon.ico": "c",
        "static/.secret": "d",
        "static/.well-known/security.txt": "e",
    }
    blog = read("hugo", tmp_path, files)
    (trip,) = blog.documents
    assert trip.file == "posts/trip/index.md"
    assert trip.files == {"posts/trip/img/a.png": tmp_path / "content/posts/trip/img/a.png"}
    assert trip.front["image"] == "img/a.png"
    assert set(blog.static) == {"favicon.ico", ".well-known/security.txt", "posts/shared.pdf"}


def test_translations_by_name_by_folder_and_by_key(tmp_path: Path) -> None:
    files = {
        "hugo.yaml": "defaultContentLanguage: en\nlanguages:\n  en: {weight: 1}\n"
        "  de: {title: Laternen}\n  fr: {contentDir: content.fr}\n",
        "content/posts/hello.md": "---\ntitle: Hello\ndate: 2026-05-01\ntranslationKey: hi\n---\n",
        "content/posts/hello.de.md": "---\ntitle: Hallo\ndate: 2026-05-01\n---\n",
        "content.fr/posts/salut.md": "---\ntitle: Salut\ndate: 2026-05-01\n"
        "translationKey: hi\n---\n",
    }
    blog = read("hugo", tmp_path, files)
    assert addresses(blog) == {
        "posts/hello.md": "posts/hello",
        "posts/hello.de.md": "de/posts/hello",
        "posts/hello.fr.md": "fr/posts/salut",
    }
    assert blog.site["languages"] == {"de": {"title": "Laternen"}, "fr": {"title": ""}}


SHORTCODES = """\
See [it]({{< ref "other.md#part" >}}) and {{% relref "/posts/nowhere" %}}.

{{< figure
  src="a.png"
  alt="A lamp" >}}

{{< highlight go "linenos=true" >}}
fmt.Println("`hi`")
{{< /highlight >}}

{{< mystery id="1" >}}
inner
{{< /mystery >}}

{{< details summary="More" >}}
Hidden.
{{< /details >}}

    ```
    {{</* youtube abc */>}}
    ```

`{{< mystery >}}` and {{< youtube abc >}} and [plain](other.md) and [gone](gone.md).
"""


def test_shortcodes_are_written_out_or_told_with_their_line(tmp_path: Path) -> None:
    files = {
        "hugo.toml": TOML,
        "content/posts/one.md": f"---\ntitle: One\ndate: 2026-05-01\n---\n{SHORTCODES}",
        "content/posts/other.md": "---\ntitle: Other\ndate: 2026-05-01\n---\n",
    }
    blog = read("hugo", tmp_path, files)
    body = by_file(blog)["posts/one.md"].body
    assert "See [it](/2026/05/other/#part) and /posts/nowhere." in body
    assert '{{< figure src="a.png" alt="A lamp" >}}' in body
    assert '```go\nfmt.Println("`hi`")\n```' in body
    assert "<details>\n<summary>More</summary>\n\n\nHidden.\n\n</details>" in body
    assert "{{< youtube abc >}}\n    ```" in body
    assert "[plain](/2026/05/other/) and [gone](gone.md)" in body
    assert [it.partition(" (")[0] for it in wrong(blog)] == [
        'content/posts/one.md:5: the shortcode relref "/posts/nowhere" is not known here; it stays,'
        " and shows nothing",
        "content/posts/one.md:15: the shortcode mystery is not known here; it stays, and shows"
        " nothing",
    ]


def test_a_file_that_cannot_be_read_is_told_and_the_others_come(tmp_path: Path) -> None:
    files = {
        "hugo.toml": TOML,
        "content/posts/a.md": "---\ntitle: [\n---\n",
        "content/posts/b.md": "no head",
        "content/posts/c.rst": "Title\n=====\n",
        "content/posts/hello.md": HELLO,
    }
    (tmp_path / "content" / "posts").mkdir(parents=True)
    (tmp_path / "content" / "posts" / "d.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (tmp_path / "content" / "posts" / "e.md").symlink_to("/etc/passwd")
    blog = read("hugo", tmp_path, files)
    assert list(by_file(blog)) == ["posts/hello.md"]
    places = [it.partition(": ")[0] for it in wrong(blog)]
    assert places == [
        "content/posts/a.md:3", "content/posts/b.md:1", "content/posts/d.md", "content/posts/c.rst",
    ]  # fmt: skip


def test_two_files_of_one_name_here_and_an_address_that_is_ours(tmp_path: Path) -> None:
    files = {
        "hugo.toml": "",
        "content/post/hello.md": HELLO,
        "content/posts/Hello.md": HELLO,
        "content/search.md": "---\ntitle: Search\n---\n",
    }
    blog = read("hugo", tmp_path, files)
    assert addresses(blog) == {
        "posts/hello.md": "post/hello",
        "posts/posts/hello.md": "posts/hello",
    }
    assert wrong(blog) == [
        "content/search.md:4: its address /search/ is left out: `search` is a name of the site's "
        "own (expected a page of another name)"
    ]


def test_a_folder_of_texts_alone(tmp_path: Path) -> None:
    blog = read(
        "hugo",
        tmp_path,
        {"2026/hello/index.md": HELLO},
        url="https://blog.example",
        permalink="/:year/:slug/",
    )
    assert addresses(blog) == {"posts/2026/hello/index.md": "2026/hello-wörld-all"}
    inside = a_blog(tmp_path / "site", {"hugo.toml": TOML, "content/posts/hello.md": HELLO})
    blog = sources.read("hugo", inside / "content" / "posts")
    assert addresses(blog) == {"posts/hello.md": "2026/05/hello-wörld-all"}


def test_what_is_no_hugo_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no Markdown with front matter"):
        sources.read("hugo", a_blog(tmp_path, {"notes.txt": "x"}))
    with pytest.raises(Refused, match=r"hugo\.toml cannot be read"):
        sources.read("hugo", a_blog(tmp_path, {"hugo.toml": "a = "}))
    with pytest.raises(Refused, match=r"there are: .*hugo"):
        sources.read("gatsby", tmp_path)
