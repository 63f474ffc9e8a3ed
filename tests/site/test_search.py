"""The index of the search: small, a file a year, in every script."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outreach.model.post import Post
from outreach.site.build import Build

Make = Callable[..., Build]
MakePost = Callable[..., Post]


@pytest.fixture
def make(make: Make, bodies: Path) -> Make:
    return partial(make, cache=bodies)


def index(built: Build, year: int) -> Any:
    return json.loads((built.path / f"search/{year}.json").read_bytes())


def test_the_index_has_what_a_reader_looks_for(make: Make, post: MakePost) -> None:
    it = post(title="Über Öfen", summary="Ein <b>Ofen</b>.", tags=("Öfen",), language="de")
    assert index(make(it), 2026) == [
        ["/news/2026/hello/", "Über Öfen", "Ein <b>Ofen</b>.", ["Öfen", "Ada"], "2026-05-01", "de"]
    ]


def test_a_note_is_found_by_its_words(make: Make, post: MakePost) -> None:
    ((_, title, summary, *_),) = index(make(post(title="", text="A note.", body="A note.")), 2026)
    assert (title, summary) == ("", "A note.")


def test_what_is_no_post_or_taken_back_is_not_found(make: Make, post: MakePost) -> None:
    built = make(
        post(), post("about", title="About", is_page=True), post("gone", withdrawn="It was wrong.")
    )
    assert [row[0] for row in index(built, 2026)] == ["/news/2026/hello/"]


def test_the_page_names_a_file_for_each_year(make: Make, post: MakePost) -> None:
    built = make(post(), post("old", published=datetime(2016, 1, 1, tzinfo=UTC)))
    html = (built.path / "search/index.html").read_text("utf-8")
    assert 'data-index="/news/search/2026.json /news/search/2016.json"' in html
    assert '<form class="ask row" role="search" action="/news/search/">' in html
    assert "<noscript>" in html
    assert (built.path / "search.js").exists()
    assert [row[0] for row in index(built, 2016)] == ["/news/old/"]
