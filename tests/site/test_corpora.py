"""Nine hundred posts that people wrote for Hugo and Zola come in at their own addresses."""

import re
import tomllib
from functools import cache

import pytest

from outreach.site import sources
from outreach.site.sources import Blog
from tests.shared import SHARED, needs_shared

CORPORA = SHARED / "corpora"

pytestmark = needs_shared


@cache
def linkerd() -> Blog:
    """content/blog of a Hugo site whose settings, elsewhere, say this of it."""
    return sources.read(
        "hugo",
        CORPORA / "linkerd-blog",
        url="https://linkerd.io",
        permalink="/:year/:month/:day/:slug/",
    )


@cache
def rust() -> Blog:
    """content/ of a Zola site."""
    return sources.read("zola", CORPORA / "rust-blog", url="https://blog.rust-lang.org")


def paths(blog: Blog) -> set[str]:
    """Every address, with those that lead to it."""
    aliases = (it.front.get("aliases") for it in blog.documents)
    old = {str(path).strip("/") for some in aliases if isinstance(some, list) for path in some}
    return {str(it.front["path"]) for it in blog.documents} | old


def test_linkerds_links_to_itself_lead_to_its_posts() -> None:
    """The posts were written against the addresses of the site; so these are right."""
    found = paths(linkerd())
    links = {
        link.strip("/")
        for it in linkerd().documents
        for link in re.findall(r"\]\((?:https://linkerd\.io)?(/\d{4}/\d\d/\d\d/[^)#\s]+)", it.body)
        if not re.search(r"\.\w{3,4}$", link)
    }
    assert len(links) > 50
    assert links - found == set()
    assert len(linkerd().documents) == 157


def test_rusts_paths_are_kept_to_the_letter() -> None:
    documents = {it.source: it for it in rust().documents}
    assert len(documents) == 746
    for name, document in documents.items():
        head = tomllib.loads((CORPORA / "rust-blog" / name).read_text("utf-8").split("+++")[1])
        assert document.front["path"] == head.get("path", "releases/latest")
        old = document.front["aliases"]
        assert isinstance(old, list)
        assert [it.strip("/") for it in old] == [it.strip("/") for it in head.get("aliases", [])]


@pytest.mark.parametrize("blog", [linkerd, rust])
def test_what_could_not_come_is_told_by_file_and_line(blog: object) -> None:
    assert callable(blog)
    for mistake in blog().mistakes:
        assert "the image" in mistake.what or "a feed of its own" in mistake.what
        if "the image" in mistake.what:  # the corpora have none
            lines = (CORPORA / "linkerd-blog" / mistake.path).read_text("utf-8").split("\n")
            assert re.search(r"images|thumbnail", lines[mistake.line - 1])


def test_what_only_hugo_knows_is_gone_or_is_known_here() -> None:
    for document in linkerd().documents:
        names = set(re.findall(r"\{\{[<%]\s*/?(\w+)", document.body))
        assert names <= {"youtube", "x", "note"}, document.source
        assert "relref" not in document.body
    assert not any("](@/" in it.body for it in rust().documents)
