"""docs/reference/markdown.md says what is so."""

import re
from pathlib import Path

import pytest

from outreach.site.render import render
from outreach.site.shortcodes import KNOWN
from tests.site.test_links import HEAD, Blog

PAGE = (Path(__file__).parents[2] / "docs/reference/markdown.md").read_text("utf-8")
EXAMPLES = re.findall(r"````markdown\n(.*?)````\n\n```html\n(.*?)```", PAGE, re.DOTALL)
PLACES = re.findall(r"\| `(.*?)` \| `(/.*?)` \|", PAGE)
FILES = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_is_tried() -> None:
    assert len(EXAMPLES) == PAGE.count("````markdown") > 10
    assert len(PLACES) > 10


@pytest.mark.parametrize(("body", "html"), EXAMPLES)
def test_an_example_makes_what_stands_below_it(body: str, html: str) -> None:
    rendered = render(body)
    for line in html.splitlines():
        assert line in rendered
    assert "<script" not in rendered
    assert "alert(1)" not in rendered


def test_links_lead_where_the_table_says(tmp_path: Path) -> None:
    assert FILES is not None
    blog = Blog(tmp_path)
    blog.write(dict.fromkeys(FILES[1].split(), f"{HEAD}---\n"))
    text = "".join(f"[x]({written})\n" for written, _ in PLACES)
    blog.write({"posts/2016/here.md": f"{HEAD}---\n{text}"})
    blog.build()
    assert blog.hrefs("2016/here") == [leads for _, leads in PLACES]
    assert [leads for _, leads in PLACES if not _is_there(blog, leads[1:])] == ["/2016/hello/"]
    assert [re.findall("“(.*)”", it.what)[0] for it in blog.dead()] == ["../hello/"]


def _is_there(blog: Blog, address: str) -> bool:
    path = address.partition("#")[0]
    return path in blog.files() or f"{path}index.html" in blog.files()


def test_every_shortcode_is_named() -> None:
    named = PAGE.partition("## Shortcodes")[2]
    kinds = PAGE.partition("## Notes")[2].partition("## ")[0]
    assert all(f"`{name}`" in named + kinds for name in KNOWN)
