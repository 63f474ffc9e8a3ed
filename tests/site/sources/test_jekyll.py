"""A Jekyll site comes in at its own addresses and with its entry ids; its Liquid is written out."""

from pathlib import Path

import pytest

from outreach.model.errors import Refused
from outreach.site import sources

from .blogs import addresses, by_file, read, wrong

CONFIG = """\
title: Lanternworks
url: https://blog.example
baseurl: /b
timezone: Europe/Berlin
plugins: [jekyll-feed]
collections:
  recipes:
    output: true
"""
POSTS = {
    "_posts/2026-05-01-Hello_World.x.md": "---\ntitle: Hi\ncategories: [Some News, Two]\n---\n",
    "cat/_posts/2026-05-03-late.md": "---\ndate: 2026-05-03 23:30:00 +0000\ntags: a b\n---\n",
    "_posts/2026-05-04-perm.md": "---\nslug: My Slug\npermalink: /x/:slug/:title/\n---\n",
    "about.md": "---\ntitle: About\n---\n",
    "docs/in.md": "---\ntitle: In\n---\n",
    "_recipes/soup.md": "---\ntitle: Soup\n---\n",
}
# What Jekyll 4.3 makes of these files.
BUILT = {
    "date": "some news/two/2026/05/01/Hello_World.x.html | cat/2026/05/04/late.html | about.html"
    " | docs/in.html | recipes/soup.html",
    "pretty": "some news/two/2026/05/01/Hello_World.x | cat/2026/05/04/late | about | docs/in"
    " | recipes/soup",
    "ordinal": "some news/two/2026/121/Hello_World.x.html | cat/2026/124/late.html | about.html"
    " | docs/in.html | recipes/soup.html",
    "weekdate": "some news/two/2026/W18/Fri/Hello_World.x.html | cat/2026/W19/Mon/late.html"
    " | about.html | docs/in.html | recipes/soup.html",
    "none": "some news/two/Hello_World.x.html | cat/late.html | about.html | docs/in.html"
    " | recipes/soup.html",
    "/blog/:title": "blog/Hello_World.x | blog/late | about.html | docs/in.html"
    " | recipes/soup.html",
    "/:categories/:short_year/:i_month/:i_day/:slug/": "some news/two/26/5/1/hello-world-x"
    " | cat/26/5/4/late | about | docs/in | recipes/soup",
}


@pytest.mark.parametrize("style", BUILT)
def test_every_style_of_addresses(tmp_path: Path, style: str) -> None:
    blog = read("jekyll", tmp_path, {"_config.yml": f"{CONFIG}permalink: {style}\n", **POSTS})
    built = {*BUILT[style].split(" | "), "x/my-slug/My-Slug"}
    assert set(addresses(blog).values()) == built


def test_ids_are_those_of_its_feed(tmp_path: Path) -> None:
    blog = read("jekyll", tmp_path, {"_config.yml": CONFIG, **POSTS})
    ids = {it.file: it.front.get("id") for it in blog.documents}
    assert ids == {
        "posts/2026-05-01-Hello_World.x.md": "https://blog.example/b/some%20news/two/2026/05/01"
        "/Hello_World.x",
        "posts/cat/2026-05-03-late.md": "https://blog.example/b/cat/2026/05/04/late",
        "posts/2026-05-04-perm.md": "https://blog.example/b/x/my-slug/My%20Slug",
        "pages/about.md": None,
        "pages/docs/in.md": None,
        "pages/recipes/soup.md": None,
    }
    assert by_file(blog)["posts/cat/2026-05-03-late.md"].front["tags"] == ["a", "b"]
    assert blog.site["url"] == "https://blog.example/b"
    assert blog.site["feeds"] == {"feed.xml": "atom"}


LIQUID = """\
[one]({% post_url 2026-05-01-one %}) [two]({% link about.md %}) ![]({% link a.png %})
{{ site.baseurl }}/x {{ "/y" | relative_url }} {{ '/z' | absolute_url }}
{% comment %}hidden{% endcomment %}

{% highlight ruby linenos %}
puts "{{ 1 }}"
{% endhighlight %}

```
{% raw %}{{ kept }}{% endraw %}
```

{% gist ada/123 %} {% youtube abc %}

{% include figure.html src="x" %}
{{ page.author.name }}
{% post_url 2020-01-01-gone %}
"""


def test_liquid_is_written_out_or_told_with_its_line(tmp_path: Path) -> None:
    files = {
        "_config.yml": CONFIG,
        "_posts/2026-05-01-one.md": "---\ntitle: One\n---\n",
        "_posts/2026-05-02-two.md": f"---\ntitle: Two\n---\n{LIQUID}",
        "about.md": "---\ntitle: About\n---\n",
        "a.png": "a",
    }
    blog = read("jekyll", tmp_path, files)
    body = by_file(blog)["posts/2026-05-02-two.md"].body
    assert body.startswith(
        "[one](/b/2026/05/01/one.html) [two](/b/about.html) ![](/b/a.png)\n"
        "/b/x /b/y https://blog.example/b/z\n\n"
    )
    assert '```ruby\nputs "{{ 1 }}"\n```' in body
    assert "```\n{{ kept }}\n```" in body
    assert "[Gist on GitHub](https://gist.github.com/ada/123) {{< youtube abc >}}" in body
    assert [it.partition(" is not")[0] for it in wrong(blog)] == [
        "_posts/2026-05-02-two.md:18: the Liquid `include`",
        "_posts/2026-05-02-two.md:19: the Liquid `page.author.name`",
        "_posts/2026-05-02-two.md:20: the Liquid `post_url`",
    ]


def test_heads_with_the_settings_defaults(tmp_path: Path) -> None:
    defaults = """\
defaults:
  - scope: {path: "", type: posts}
    values: {author: ada, permalink: "/:title/"}
"""
    head = """\
last_modified_at: 2026-06-01
excerpt: What it is
redirect_from: [/old, /older/]
image: {path: /img/a.png, alt: A lamp}
published: false
"""
    files = {
        "_config.yml": CONFIG + defaults,
        "_data/authors.yml": "ada: {name: Ada Moreau}\n",
        "_posts/2026-05-01-hello-you.md": f"---\n{head}---\n",
        "_drafts/idea.md": "---\ntitle: Idea\n---\n",
        "moved.md": "---\nredirect_to: https://elsewhere.example/\n---\n",
        "img/a.png": "a",
    }
    blog = read("jekyll", tmp_path, files)
    documents = by_file(blog)
    assert set(documents) == {"posts/2026-05-01-hello-you.md", "posts/idea.md"}
    front = dict(documents["posts/2026-05-01-hello-you.md"].front)
    assert (front["title"], front["authors"], front["path"]) == (
        "Hello you",
        ["Ada Moreau"],
        "hello-you",
    )
    assert front["image"] == {"src": "https://blog.example/b/img/a.png", "alt": "A lamp"}
    assert (front["aliases"], front["draft"], front["summary"]) == (
        ["/old", "/older/"],
        True,
        "What it is",
    )
    assert "date" not in documents["posts/idea.md"].front
    assert blog.site["redirects"] == {"/moved.html": "https://elsewhere.example/"}


def test_what_is_no_page_of_its_own(tmp_path: Path) -> None:
    files = {
        "_config.yml": f"{CONFIG}exclude: [tools]\n",
        "_posts/2026-05-01-one.html": "---\ntitle: One\n---\n<p>It is <b>so</b></p>\n",
        "index.html": "---\n---\n{% for post in site.posts %}{% endfor %}",
        "archive.html": "---\n---\n{% for post in site.posts %}{% endfor %}",
        "rss.xml": "---\n---\n<rss>{{ x }}</rss>",
        "news.xml": "---\n---\n",
        "CNAME": "blog.example",
        "css/main.scss": "---\n---\n",
        "css/plain.css": "a {}",
        "tools/x.md": "---\n---\n",
        "_site/index.html": "x",
        "Gemfile": "x",
        "node_modules/a/b.md": "x",
    }
    blog = read("jekyll", tmp_path, files)
    assert {it.file: it.body for it in blog.documents} == {
        "posts/2026-05-01-one.md": "It is **so**\n"
    }
    assert set(blog.static) == {"CNAME", "css/plain.css"}
    assert wrong(blog) == [
        "archive.html:3: a page that Liquid computes is left out (expected nothing, or a page of "
        "its own in pages/)",
        "index.html:3: the home page is made here; this one is left out (expected nothing, or a "
        "page of its own in pages/)",
    ]


def test_what_is_no_jekyll_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no _posts/"):
        sources.read("jekyll", tmp_path)
