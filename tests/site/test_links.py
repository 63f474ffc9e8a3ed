"""Links between posts and to the files beside them, from the folder to the page."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest

from outreach.model.errors import Mistake
from outreach.model.post import Post
from outreach.site import folder, links, paths, posts, trees
from outreach.site.article import whole
from outreach.site.batch import html_of
from outreach.site.build import Around, Build, Builder, Site
from outreach.site.leads import Leads
from outreach.site.views import Entry, Language

URL = "https://blog.example/news"
HEAD = "---\ntitle: T\ndate: 2026-05-01\n"


class Blog:
    """A leader's folder, and the site that is built of it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "blog"
        languages = (Language(code="de", title="Blog"),)
        self.site = Site(title="Blog", url=URL, author="Ada", languages=languages)
        self.builder = Builder(site=self.site, out=root / "out", cache=root / "cache")

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text, "utf-8")

    def read(self, path: str) -> Post:
        return posts.read_post(
            (self.root / path).read_text("utf-8"),
            path=path,
            site_url=URL,
            author="Ada",
            language="en",
            languages=("de",),
            voices=None,
            first_seen=None,
        )

    def build(self) -> Build:
        """Build what is due on the second of May, 2026."""
        now = datetime(2026, 5, 2, tzinfo=UTC)
        read = map(self.read, folder.scan_all(self.root)[0])
        due = [post for post in read if post.published and post.published <= now]
        media = folder.media_of(self.root)
        return self.builder(due, around=Around(), media=media, static={})

    def hrefs(self, page: str) -> list[str]:
        """Where the links and the sources in the text of a page lead."""
        html = (self.tree() / page / "index.html").read_text("utf-8")
        text = html.partition('class="e-content"')[2].partition("</article>")[0]
        found = re.findall(r'(?:href|src|poster)="([^"]*)"', text.partition("<footer>")[0])
        return [urljoin(f"{URL}/{page}/", it).removeprefix(URL) for it in found]

    def dead(self) -> list[Mistake]:
        """The links that lead nowhere, as a check of the folder finds them."""
        media = folder.media_of(self.root)
        read = map(self.read, folder.scan_all(self.root)[0])
        due = [post for post in read if post.published and post.published.year < 2027]
        made, _ = self.builder.make(due, media)
        entries = [it.entry for it in made.values() if it.entry]
        settled = links.Places(entries, media).settle(entries)

        def body(entry: Entry) -> str:
            return html_of(self.root.parent / "cache", entry.body)

        return list(links.dead(settled, self.files(), site=self.site, body=body, root=self.root))

    def tree(self) -> Path:
        tree = trees.current(self.root.parent / "out")
        assert tree is not None
        return tree

    def files(self) -> set[str]:
        return set(trees.manifest(self.tree()))


@pytest.fixture
def blog(tmp_path: Path) -> Blog:
    return Blog(tmp_path)


FILES = {
    "posts/2016/here.md": f"{HEAD}---\n",
    "posts/2016/other.md": f"{HEAD}---\n## Part\n",
    "posts/2016/moved.md": f"{HEAD}slug: elsewhere\n---\n",
    "posts/old.md": f"{HEAD}path: blog/old.html\n---\n",
    "posts/bundle/index.md": f"{HEAD}---\n",
    "posts/bundle/report.pdf": "pdf",
    "posts/bundle/data/a b.csv": "csv",
    "posts/bundle/part/index.md": f"{HEAD}---\n",
    "posts/bundle/part/part.zip": "zip",
    "posts/draft/index.md": "---\ntitle: T\ndraft: true\n---\n",
    "posts/draft/secret.pdf": "secret",
    "posts/later/index.md": "---\ntitle: T\ndate: 2027-01-01\n---\n",
    "posts/later/secret.pdf": "secret",
    "posts/2016/loose.pdf": "pdf",
    "posts/files/clip.mp4": "mp4",
    "posts/files/.hidden.txt": "hidden",
    "pages/about.md": "---\ntitle: About\n---\n",
    "secret.txt": "secret",
}


LEADS = [
    ("other.md", "/2016/other/"),
    ("other.md#part", "/2016/other/#part"),
    ("./other.md?a=b&c=d#e", "/2016/other/?a=b&amp;c=d#e"),
    ("moved.md", "/2016/elsewhere/"),
    ("../old.md", "/blog/old.html"),
    ("../bundle/index.md", "/bundle/"),
    ("../bundle.md", "/bundle/"),
    ("/posts/2016/other.md", "/2016/other/"),
    ("/2016/other.md", "/2016/other/"),
    ("@/2016/other.md#part", "/2016/other/#part"),
    ("../../pages/about.md", "/about/"),
    ("../other/", "/2016/other/"),
    ("../bundle/report.pdf", "/bundle/report.pdf"),
    ("../bundle/data/a%20b.csv", "/bundle/data/a%20b.csv"),
    ("../bundle/part/part.zip", "/bundle/part/part.zip"),
    ("loose.pdf", "/2016/here/loose.pdf"),
    ("../files/clip.mp4", "/2016/here/files/clip.mp4"),
]
"""A link in posts/2016/here.md, and where it leads from the site's root."""

NOWHERE = [
    "gone.md",
    "../draft/index.md",
    "../later/index.md",
    "../draft/secret.pdf",
    "../later/secret.pdf",
    "../files/.hidden.txt",
    "../../secret.txt",
    "../../etc/passwd",
    "/news/gone/",
    f"{URL}/gone/",
]


def test_where_links_lead(blog: Blog) -> None:
    text = "".join(f"[x](<{link}>)\n" for link, _ in LEADS)
    blog.write(FILES | {"posts/2016/here.md": f"{HEAD}---\n{text}"})
    build = blog.build()
    assert build.dead == ()
    assert blog.hrefs("2016/here") == [leads for _, leads in LEADS]
    feed = unescape((build.path / "atom.xml").read_text("utf-8"))
    for _, leads in LEADS:
        file = unquote(re.split("[#?]", leads)[0][1:])
        assert {file, f"{file}index.html"} & blog.files(), leads
        assert f'href="{URL}{leads}"' in feed


def test_what_nobody_may_see_is_no_place(blog: Blog) -> None:
    text = "".join(f"[x]({link})\n" for link in NOWHERE)
    blog.write(FILES | {"posts/2016/here.md": f"{HEAD}---\n{text}"})
    build = blog.build()
    shown = [path.read_text("utf-8", "replace") for path in build.path.rglob("*.*")]
    assert not {"secret", "hidden"} & set(shown)
    here = "posts/2016/here.md"
    assert build.dead == tuple((here, link) for link in NOWHERE if link.endswith(".md"))
    found = blog.dead()
    assert found == [links.mistake(blog.root, here, link) for link in NOWHERE]
    assert [it.line for it in found] == [number + 5 for number in range(len(NOWHERE))]
    assert "“gone.md”" in found[0].what


def test_links_of_others_and_to_what_is_there_are_not_dead(blog: Blog) -> None:
    text = "[a](#x) [b](https://x.example/gone) [c](mailto:a@b.c) [d](//x.example) [e](?q) [f](.)"
    blog.write(FILES | {"posts/2016/here.md": f"{HEAD}---\n{text} [g]({URL}) [h](/) ![i](h:[)\n"})
    blog.build()
    assert blog.dead() == []


def test_a_file_is_shown_as_long_as_its_post(blog: Blog) -> None:
    blog.write(FILES)
    blog.build()
    ours = {"bundle/report.pdf", "bundle/data/a b.csv", "bundle/part/part.zip"}
    assert ours <= blog.files()
    assert not [path for path in blog.files() if path.endswith(".md")]
    text = f"{HEAD}withdrawn: It was wrong.\n---\n[x](../2016/loose.pdf)\n"
    blog.write({"posts/bundle/index.md": text})
    blog.build()
    assert {path for path in blog.files() if "bundle" in path and ".gone" not in path} == {
        "bundle/index.html",
        "bundle/part/index.html",
        "bundle/part/part.zip",
    }


def test_a_page_at_a_file_of_its_own_has_its_files_in_a_folder(blog: Blog) -> None:
    index = (
        f"{HEAD}path: blog/hello.html\n---\n[x](a.pdf) <video src='b.mp4' poster='c.png'></video>"
    )
    blog.write({"posts/h/index.md": index})
    blog.write({"posts/h/a.pdf": "a", "posts/h/b.mp4": "b", "posts/h/c.png": "c"})
    build = blog.build()
    html = (build.path / "blog/hello.html").read_text("utf-8")
    for address in ("blog/hello/a.pdf", "blog/hello/b.mp4", "blog/hello/c.png"):
        assert f'="/news/{address}"' in html
        assert address in blog.files()


def test_two_files_cannot_be_at_one_address(blog: Blog) -> None:
    here = f"{HEAD}---\n[x](a.pdf) [y](../a.pdf)\n"
    blog.write({"posts/2016/here.md": here, "posts/2016/a.pdf": "one", "posts/a.pdf": "two"})
    build = blog.build()
    assert (build.path / "2016/here/a.pdf").read_text("utf-8") == "one"
    assert [it.line for it in blog.dead()] == [5]


def test_a_translation_leads_to_translations(blog: Blog) -> None:
    blog.write(
        {
            "posts/a.md": f"{HEAD}---\n[b](b.md) [c](c.md) [d](b.de.md)\n",
            "posts/a.de.md": f"{HEAD}---\n[b](b.md) [c](c.md)\n",
            "posts/b.md": f"{HEAD}---\n",
            "posts/b.de.md": f"{HEAD}---\n",
            "posts/c.md": f"{HEAD}---\n",
            "posts/e/index.de.md": "---\ntitle: T\ndate: 2026-05-02\n---\n[f](f.pdf)\n",
            "posts/e/index.md": f"{HEAD}---\n",
            "posts/e/f.pdf": "pdf",
        }
    )
    blog.build()
    assert blog.hrefs("a") == ["/b/", "/c/", "/de/b/"]
    assert blog.hrefs("de/a") == ["/de/b/", "/c/"]
    assert blog.hrefs("de/e") == ["/e/f.pdf"]


def test_only_the_pages_that_link_to_a_moved_post_are_written_anew(blog: Blog) -> None:
    here = "---\ntitle: T\ndate: 2019-01-01\n---\n[x](other.md)\n"
    blog.write(FILES | {"posts/2016/here.md": here})
    blog.write({"posts/next.md": "---\ntitle: T\ndate: 2019-01-02\n---\n"})
    pages = ("2016/here", "next", "bundle")
    build = blog.build()
    before = {page: _inode(build, page) for page in pages}
    blog.write({"posts/2016/other.md": f"{HEAD}slug: renamed\n---\n"})
    build = blog.build()
    assert [page for page in pages if _inode(build, page) != before[page]] == ["2016/here"]
    assert blog.hrefs("2016/here") == ["/2016/renamed/"]


def _inode(build: Build, page: str) -> int:
    return (build.path / page / "index.html").stat().st_ino


COPIED = [
    ("other.md#part", "/2016/other/#part"),
    ("../bundle.md", ""),
    ("/2016/other.md", "/2016/other/"),
    ("../bundle/data/a%20b.csv", "/bundle/data/a%20b.csv"),
    ("../files/clip.mp4", "/2016/here/files/clip.mp4"),
    ("../draft/secret.pdf", ""),
    ("../draft/index.md", ""),
    ("embargoed.md", ""),
    ("broken.md", ""),
    ("gone.md", ""),
]


def test_a_copy_elsewhere_leads_to_our_site(blog: Blog) -> None:
    text = "".join(f"[x]({link})\n" for link, _ in COPIED)
    blog.write(FILES | {"posts/2016/here.md": f"{HEAD}---\n{text}"})
    blog.write({"posts/2016/embargoed.md": f"{HEAD}embargo: 2026-06-01\n---\n"})
    blog.write({"posts/2016/broken.md": "---\ndate: never\n---\n"})
    media = folder.media_of(blog.root)

    def read(path: str) -> str | None:
        file = blog.root / path
        return file.read_text("utf-8") if file.is_file() else None

    post = blog.read("posts/2016/here.md")
    found = whole(post, blog.site, None, media, Leads(blog.site, media, read))
    expected = [
        f"{URL}{leads}" if leads else urljoin(f"{URL}/2016/here/", link) for link, leads in COPIED
    ]
    assert re.findall(r"\((.*)\)", found.markdown) == expected
    assert re.findall(r'href="(.*?)"', found.html) == expected


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("a.md", "posts/2016/a.md"),
        ("a%20b.png?x=1#c", "posts/2016/a b.png"),
        ("a&amp;b.png", "posts/2016/a&b.png"),
        ("../../../x", ""),
        ("../..", ""),
        ("/x", ""),
        ("//x/y.md", ""),
        ("#a.md", ""),
        ("", ""),
        ("mailto:a.md", ""),
        ("@/x/y.md#z", "x/y.md"),
        ("@/../x.md", ""),
    ],
)
def test_what_a_link_means(link: str, target: str) -> None:
    assert paths.target(link, "posts/2016/here.md") == target
