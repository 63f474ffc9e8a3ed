"""A folder goes to Hugo or Jekyll and comes back: the same addresses, the same words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.flows.bring import bring
from outreach.flows.export import export
from outreach.flows.place import place
from outreach.model.errors import Refused
from outreach.model.post import Post
from outreach.site import sources
from outreach.site.folder import scan_all
from outreach.site.posts import read_post
from outreach.site.views import Language, Site

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SITE = Site(
    title="Lanternworks",
    url="https://blog.example/b",
    author="Ada Moreau",
    languages=(Language(code="de", title="Laternen"),),
)
FILES = {
    "posts/hello.md": "---\ntitle: 'Hello: you'\ndate: 2026-05-01 10:00\ntags: [One, two]\n"
    "aliases: [/old/, /older.html]\nupdated: 2026-05-02\nsummary: What it is\n---\n"
    "Words, {{ braces }}.\n\n```\n{% code %}\n```\n",
    "posts/hello.de.md": "---\ntitle: Hallo\ndate: 2026-05-01\n---\nWörter.\n",
    "posts/2026/Trip To X/index.md": "---\ntitle: Trip\ndate: 2026-05-03\nimage: a.png\n---\n"
    "![A lamp](a.png)\n",
    "posts/2026/Trip To X/a.png": "png",
    "posts/kept.md": "---\ntitle: Kept\ndate: 2026-05-04\npath: 2019/kept.html\n---\nStill.\n",
    "posts/idea.md": "---\ntitle: Idea\n---\nNot yet.\n",
    "pages/about.md": "---\ntitle: About\nmenu: 2\n---\nUs.\n",
    "static/robots.txt": "r",
}
STAYS = {
    "posts/secret.md": "---\ntitle: S\ndate: 2026-05-01\nembargo: 2026-07-01\n---\nS\n",
    "letters/l.md": "---\ntitle: L\ndate: 2026-05-01\n---\nL\n",
    "notes/n.md": "---\ndate: 2026-05-01\n---\nN\n",
    "posts/taken.md": "---\ntitle: T\ndate: 2026-05-01\nwithdrawn: why\n---\nT\n",
    "posts/broken.md": "---\ntitle: [\n---\n",
}


def a_folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def posts(root: Path) -> list[Post]:
    return [
        read_post(
            (root / name).read_text("utf-8"),
            path=name,
            site_url=SITE.url,
            author=SITE.author,
            language="en",
            languages=["de"],
            voices=None,
            first_seen=None,
        )
        for name in scan_all(root)[0]
    ]


def said(root: Path) -> dict[str, tuple[object, ...]]:
    """What readers see of each page, by its address."""
    return {
        it.url: (it.title, it.body.strip(), it.published, it.updated, it.tags, it.summary,
                 it.author, it.language, it.is_page, set(it.aliases))
        for it in posts(root)
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["hugo", "jekyll"])
def test_there_and_back(tmp_path: Path, kind: str) -> None:
    ours = a_folder(tmp_path / "ours", FILES)
    out, back = tmp_path / kind, tmp_path / "back"
    exported = export(ours, SITE, kind, NOW)
    assert exported.mistakes == ()
    place(exported.files, out)
    blog = sources.read(kind, out)
    assert blog.mistakes == ()
    brought = bring(blog, back, NOW)
    assert brought.mistakes == ()
    assert said(back) == said(ours)
    assert (back / "static" / "robots.txt").read_text("utf-8") == "r"
    assert blog.site["url"] == SITE.url
    assert blog.site["title"] == SITE.title


@pytest.mark.parametrize("kind", ["hugo", "jekyll"])
def test_the_image_of_a_bundle_is_where_its_page_looks(tmp_path: Path, kind: str) -> None:
    files = export(a_folder(tmp_path, FILES), SITE, kind, NOW).files
    name = {
        "hugo": "content/posts/2026/Trip To X/a.png",
        "jekyll": "2026/Trip To X/a.png",
    }
    assert files[name[kind]] == tmp_path / "posts/2026/Trip To X/a.png"


@pytest.mark.parametrize("kind", ["hugo", "jekyll"])
def test_an_image_beside_a_plain_post_is_linked_from_the_root(tmp_path: Path, kind: str) -> None:
    files = {
        "posts/a.md": "---\ntitle: A\ndate: 2026-05-01\n---\n![x](img/a.png) [b](b.pdf)\n",
        "posts/img/a.png": "png",
    }
    found = export(a_folder(tmp_path, files), SITE, kind, NOW).files
    name = {"hugo": "content/posts/a.md", "jekyll": "_posts/2026-05-01-a.md"}[kind]
    text = found[name]
    assert isinstance(text, bytes)
    assert text.endswith(b"![x](/b/posts/img/a.png) [b](b.pdf)\n")
    folder = "static/" if kind == "hugo" else ""
    assert found[f"{folder}posts/img/a.png"] == tmp_path / "posts/img/a.png"


def test_what_may_not_be_seen_stays_here(tmp_path: Path) -> None:
    exported = export(a_folder(tmp_path, {**FILES, **STAYS}), SITE, "hugo", NOW)
    names = {it.path for it in exported.mistakes}
    assert names == set(STAYS)
    assert not any(name.removeprefix("content/") in STAYS for name in exported.files)
    later = export(tmp_path, SITE, "hugo", datetime(2026, 8, 1, tzinfo=UTC))
    assert "content/posts/secret.md" in later.files


def test_jekyll_gets_our_shortcodes_written_out(tmp_path: Path) -> None:
    text = "---\ntitle: A\ndate: 2026-05-01\n---\n{{< youtube abc >}}\n\n`{{< x >}}`\n"
    found = export(a_folder(tmp_path, {"posts/a.md": text}), SITE, "jekyll", NOW).files
    body = found["_posts/2026-05-01-a.md"]
    assert isinstance(body, bytes)
    assert b"{% raw %}[Watch the video on YouTube](https://www.youtube.com/watch?v=abc)" in body
    assert b"`{{< x >}}`\n{% endraw %}" in body


def test_no_other_tool(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there are: hugo, jekyll"):
        export(tmp_path, SITE, "gatsby", NOW)
