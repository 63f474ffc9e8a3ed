"""One edit in a site of many posts costs a small part of the whole build."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from outreach.model.post import Post
from outreach.site.build import Site, build

POSTS = 500


def run() -> dict[str, object]:
    """The times of an unchanged build and of one edit, as parts of the cold build."""
    site = Site(title="Bench", url="https://bench.example", author="Ada Moreau")
    with TemporaryDirectory() as folder:
        posts = [_post(number) for number in range(POSTS)]
        cold = _timed(posts, site, Path(folder))
        unchanged = _timed(posts, site, Path(folder))
        posts[POSTS // 2] = replace(posts[POSTS // 2], body="Edited.\n")
        edited = _timed(posts, site, Path(folder))
    return {
        "bench": "rebuild",
        "posts": POSTS,
        "unchanged_of_cold": round(unchanged / cold, 3),
        "edit_of_cold": round(edited / cold, 3),
    }


def _post(number: int) -> Post:
    slug = f"post-{number}"
    body = f"# Part {number}\n\nA paragraph with `code` and **words**.\n\n" * 12
    return Post(
        slug=slug,
        title=f"Post {number}",
        body=body,
        url=f"https://bench.example/{slug}/",
        path=f"{slug}.md",
        published=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
        tags=("bench",),
    )


def _timed(posts: list[Post], site: Site, folder: Path) -> float:
    start = time.perf_counter()
    build(posts, site=site, out=folder / "site", cache=folder / "cache", syndication={}, media={})
    return time.perf_counter() - start
