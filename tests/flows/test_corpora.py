"""Nine hundred posts of others, imported: they are built without an error, their links lead
somewhere, and nobody is told of any."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from outreach.flows.bring import bring
from outreach.site.proof import prove
from outreach.site.slugs import page_file
from outreach.store import ledger, mistakes
from tests.flows.world import World
from tests.sandbox.running import in_thread
from tests.shared import needs_shared
from tests.site.test_corpora import linkerd, rust

SITE = "https://blog.example"

pytestmark = needs_shared


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both corpora in one folder, after its first pass."""
    root = tmp_path_factory.mktemp("corpora")
    with in_thread(root / "ledger.jsonl") as town:
        made = World(root / "folder", town, "mastodon", "x")
        for blog in (linkerd(), rust()):
            assert bring(blog, made.root, made.clock()).placed.left == ()
        publish = made.publisher(SITE)
        assert publish() == []
        yield made
        made.database.close()


def test_nothing_is_announced(world: World) -> None:
    assert list(ledger.every(world.database)) == []


def test_every_post_has_its_page_and_nothing_is_wrong(world: World) -> None:
    told = {it.what for it in mistakes.every(world.database)}
    assert told == {"the link “./rust-vision-doc.md” leads to nothing on the site"}  # nor there
    shown = world.live()
    assert len(shown) == 903
    for post in shown:
        html = (world.root / "site" / page_file(post.slug)).read_text("utf-8")
        assert prove(html, post) is None
        assert not re.search(r"\{\{(<|&lt;)\s*/?(youtube|x|note)\b", html), post.path


def test_no_link_to_what_was_imported_is_dead(world: World) -> None:
    """What was imported are the posts, whose addresses begin with a year, and their section; the
    rest of those sites (their docs, their images) was not."""
    site = world.root / "site"
    links = [
        (post.path, path)
        for post in world.live()
        for link in re.findall(
            r'<a [^>]*href="([^"]+)"', article((site / page_file(post.slug)).read_text("utf-8"))
        )
        if (path := inside(urljoin(post.url, link)))
    ]
    assert len(links) > 200
    assert [it for it in links if not exists(site, it[1])] == []


def article(html: str) -> str:
    """The post's own words on its page."""
    return html.partition("<article")[2].partition("</article>")[0]


def inside(url: str) -> str:
    """The path of a link to what was imported, "" of any other."""
    parts = urlsplit(url)
    if parts.netloc and f"{parts.scheme}://{parts.netloc}" != SITE:
        return ""
    path = unquote(parts.path).strip("/")
    is_page = re.match(r"(inside-rust/)?\d{4}/\d\d/\d\d/[^/]+$", path)
    return path if is_page and not re.search(r"\.(svg|png|jpe?g|gif|pdf)$", path) else ""


def exists(site: Path, path: str) -> bool:
    return (site / path).is_file() or (site / path / "index.html").is_file()
