"""A whole post for readers elsewhere: as HTML and as Markdown, every address absolute."""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from outreach.model.post import Media, Post
from outreach.site import batch
from outreach.site.article import whole
from outreach.site.build import Build, Site

PAGE = "https://blog.example/news/2026/hello/"
MakePost = Callable[..., Post]


def nowhere(post: Post, target: str) -> str:
    return ""


@pytest.fixture
def markdown(post: MakePost, site: Site, tmp_path: Path) -> Callable[[str], str]:
    """The Markdown of a body in posts/2026/hello.md, beside it one picture."""
    picture = tmp_path / "lantern.PNG"
    picture.write_bytes(b"light")
    media = {"posts/2026/a lantern.PNG": picture}

    def written(body: str) -> str:
        made = post(body=body, path="posts/2026/hello.md")
        return whole(made, site, tmp_path, media, nowhere).markdown

    return written


LANTERN = "https://blog.example/news/media/99a7026172d42714.png"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("See [this](../other/).", "See [this](https://blog.example/news/2026/other/)."),
        ("[up](#top) [root](/about)", f"[up]({PAGE}#top) [root](https://blog.example/about)"),
        ('[a](b "A (title)") [c](<d>)', f'[a]({PAGE}b "A (title)") [c]({PAGE}d)'),
        ("[a](https://x.example/(y)_z) <https://q.example>", None),
        ("![A lantern](a%20lantern.PNG)", f"![A lantern]({LANTERN})"),
        ("![A lantern](<a lantern.PNG>)", f"![A lantern]({LANTERN})"),
        ("[![A](a%20lantern.PNG)](big)", f"[![A]({LANTERN})]({PAGE}big)"),
        ("[a][b]\n\n[b]: c 'T'", f"[a][b]\n\n[b]: {PAGE}c 'T'"),
        ("Text[^1]\n\n[^1]: a (note)", None),
        (
            '<img alt="x" src="a%20lantern.PNG"> <a href=\'b\'>c</a>',
            f'<img alt="x" src="{LANTERN}"> <a href=\'{PAGE}b\'>c</a>',
        ),
        (
            '<video src="a" poster="b"></video>',
            f'<video src="{PAGE}a" poster="{PAGE}b"></video>',
        ),
        ("[mail](mailto:a@x.example) [?](http://[)", None),
        ("Use `[a](b)` and `` `[c](d)` ``", None),
        (
            "```md\n[a](b)\n{{< ref a >}}\n```\n\n[a](b)",
            f"```md\n[a](b)\n{{{{< ref a >}}}}\n```\n\n[a]({PAGE}b)",
        ),
        ("~~~\n```\n[a](b)\n~~~\n[a](b)", f"~~~\n```\n[a](b)\n~~~\n[a]({PAGE}b)"),
        ("````\n```\n[a](b)\n````\n[a](b)", f"````\n```\n[a](b)\n````\n[a]({PAGE}b)"),
        ("Code:\n\n    [a](b)\n\n[a](b)", f"Code:\n\n    [a](b)\n\n[a]({PAGE}b)"),
        ("- One\n\n    [a](b)", f"- One\n\n    [a]({PAGE}b)"),
        (
            "- One\n\n  ```\n  [a](b)\n  ```\n\nEnd [a](b)",
            f"- One\n\n  ```\n  [a](b)\n  ```\n\nEnd [a]({PAGE}b)",
        ),
        (
            "{{< youtube abc >}}",
            "[Watch the video on YouTube](https://www.youtube.com/watch?v=abc)",
        ),
        ('{{< figure src="b.png" alt="A" >}}', f"![A]({PAGE}b.png)"),
        ('{{< figure src="b.png" caption="C" >}}', f'![C]({PAGE}b.png "C")'),
    ],
)
def test_every_address_leads_there_from_anywhere(
    markdown: Callable[[str], str], body: str, expected: str | None
) -> None:
    assert markdown(body) == (body if expected is None else expected)


def test_what_is_shown_is_what_the_site_serves(
    post: MakePost, site: Site, make: Callable[..., Build], tmp_path: Path
) -> None:
    cover, inside = tmp_path / "cover.png", tmp_path / "inside.jpg"
    cover.write_bytes(b"cover")
    inside.write_bytes(b"inside")
    files = {"posts/2026/cover.png": cover, "posts/2026/inside.jpg": inside}
    made = post(
        body="![In](inside.jpg) & [on](next) `a<b`",
        path="posts/2026/hello.md",
        media=(
            Media(path="posts/2026/cover.png", alt="A"),
            Media(path="https://x.example/away.png"),
            Media(path="posts/2026/missing.png"),
        ),
        correction="It was <Tuesday>.",
    )
    found = whole(made, site, tmp_path / "cache", files, nowhere)
    build = make(made, media=files)
    first, away, missing = (media.url for media in found.media)
    assert (build.path / first.removeprefix("https://blog.example/news/")).read_bytes() == b"cover"
    assert (away, missing) == ("https://x.example/away.png", "")
    feed = (build.path / "atom.xml").read_text("utf-8")
    for part in (f'href="{PAGE}next"', "media/", "Corrected:", "&lt;Tuesday&gt;"):
        assert part in found.html
    assert found.html.strip() in unescape(feed)
    assert found.markdown.startswith("**Corrected:** It was <Tuesday>.\n\n![In](https://blog.")


def test_a_body_that_cannot_be_rendered_is_markdown_all_the_same(
    post: MakePost, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "render_many", lambda bodies, **_: dict.fromkeys(bodies))
    found = whole(post(body="[a](b)"), site, None, {}, nowhere)
    assert (found.html, found.markdown) == ("", f"[a]({PAGE}b)")
