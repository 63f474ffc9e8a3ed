"""The week's posts as the draft of a letter, which nobody overwrites and nothing sends."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from outreach.flows.roundup import WEEK, Roundup
from outreach.site.build import Site
from outreach.site.posts import read_post
from outreach.store import posts, sqlite
from outreach.store.database import Database

from ..store.rows import HOUR, NOW

SITE = Site(title="Lantern: works", url="https://lantern.example")
DAY = timedelta(days=1)


@pytest.fixture
def database() -> Database:
    return sqlite.memory()


@pytest.fixture
def roundup(database: Database, tmp_path: Path) -> Roundup:
    return Roundup(database=database, site=SITE, folder=tmp_path / "letters", cache=None)


def publish(database: Database, name: str, head: str = "", age: timedelta = DAY) -> None:
    """A post of that age, accepted."""
    head = f"title: {name}\ndate: {(NOW - age).isoformat()}\n{head}"
    source = f"---\n{head}---\nIt *begins* so.\n\nMore.\n"
    post = read_post(
        source,
        path=f"posts/{name}.md",
        site_url=SITE.url,
        author="",
        language="en",
        voices=None,
        first_seen=NOW,
    )
    posts.accept(database, post, source, name, NOW)


def test_the_posts_of_a_week_are_a_draft_of_the_oldest_first(
    database: Database, roundup: Roundup, tmp_path: Path
) -> None:
    publish(database, "newer", "summary: What is *new*.\n", HOUR)
    publish(database, "older", age=6 * DAY)
    publish(database, "too-old", age=WEEK + HOUR)
    publish(database, "to-come", age=-HOUR)
    publish(database, "gone", "withdrawn: it was wrong\n")
    publish(database, "letter", "email: only\n")
    (path,) = roundup(NOW - WEEK, NOW)
    assert path == tmp_path / "letters/2026-W48.md"
    draft = path.read_text("utf-8")
    assert draft.partition("---\n\n")[2].splitlines() == [
        "## [older](<https://lantern.example/older/>)",
        "",
        "It begins so.",
        "",
        "## [newer](<https://lantern.example/newer/>)",
        "",
        r"What is \*new\*.",
    ]
    post = read_post(
        draft,
        path="letters/2026-W48.md",
        site_url=SITE.url,
        author="",
        language="de",
        voices=None,
        first_seen=NOW,
    )
    assert (post.title, post.language, post.draft) == ("Lantern: works: week 48", "en", True)


def test_what_is_there_is_never_overwritten(
    database: Database, roundup: Roundup, tmp_path: Path
) -> None:
    publish(database, "one", "summary: One.\n")
    (path,) = roundup(NOW - WEEK, NOW)
    path.write_text("my own words")
    assert roundup(NOW - WEEK, NOW) == []
    assert path.read_text() == "my own words"


def test_a_week_without_posts_is_no_letter(roundup: Roundup, tmp_path: Path) -> None:
    assert roundup(NOW - WEEK, NOW) == []
    assert not (tmp_path / "letters").exists()


def test_each_language_is_a_letter_of_its_own(database: Database, roundup: Roundup) -> None:
    publish(database, "one", "summary: One.\n")
    publish(database, "eins", "language: de\nsummary: Eins.\n")
    english, german = sorted(roundup(NOW - WEEK, NOW), reverse=True)
    assert (english.name, german.name) == ("2026-W48.md", "2026-W48-de.md")
    assert "eins" in german.read_text()
    assert 'language: "de"' in german.read_text()
    assert "eins" not in english.read_text()


def test_the_week_is_that_of_the_schedules_time_zone(database: Database, roundup: Roundup) -> None:
    publish(database, "one", "summary: One.\n")
    monday = (NOW - DAY).replace(hour=5).astimezone(ZoneInfo("America/Los_Angeles"))  # Sunday there
    publish(database, "before", "summary: Two.\n", age=2 * DAY)
    assert roundup(monday - WEEK, monday)[0].name == "2026-W47.md"
