"""A post and a site to build, without a file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.model.post import Post
from outreach.site.build import Build, Site, build
from outreach.site.slugs import page_url

URL = "https://blog.example/news"


@pytest.fixture
def site() -> Site:
    return Site(title="Blog & Co", url=URL, description="What we do.", author="Ada")


@pytest.fixture
def post() -> Callable[..., Post]:
    def make(slug: str = "2026/hello", **changes: Any) -> Post:
        values: dict[str, Any] = {
            "slug": slug,
            "title": f"Title of {slug}",
            "body": f"The body of *{slug}*.",
            "url": page_url(URL, slug),
            "path": f"{slug}.md",
            "published": datetime(2026, 5, 1, 10, tzinfo=UTC),
            "author": "Ada",
        }
        return Post(**values | changes)

    return make


@pytest.fixture
def make(tmp_path: Path, site: Site) -> Callable[..., Build]:
    """Build the posts into `tmp_path/out`."""

    def run(*posts: Post, **changes: Any) -> Build:
        values: dict[str, Any] = {
            "site": site,
            "out": tmp_path / "out",
            "cache": tmp_path / "cache",
            "syndication": {},
            "media": {},
        }
        return build(posts, **values | changes)

    return run


@pytest.fixture(scope="session")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for tests that only look at pages, so that an equal text is rendered once."""
    return tmp_path_factory.mktemp("bodies")
