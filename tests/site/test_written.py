"""What we write as front matter is read back as it was, by us and by the YAML of others."""

from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from outreach.site import frontmatter
from outreach.site.characters import clean
from outreach.site.written import block, write

TEXTS = st.text(max_size=40).map(lambda it: " ".join(clean(it).split())).filter(bool)


@given(title=TEXTS, tags=st.lists(TEXTS, max_size=3), body=st.text("ab \n-#", max_size=20))
def test_a_file_is_read_back(title: str, tags: list[str], body: str) -> None:
    text = write({"title": title, "tags": tags, "image": {"src": title, "alt": title}}, body)
    found = frontmatter.parse(text, path="a.md")
    assert found.values["title"] == title
    assert found.values.get("tags", []) == tags
    assert found.values["image"] == {"src": title, "alt": title}
    assert found.body.strip("\n") == body.strip("\n")


@pytest.mark.parametrize("word", ["no", "Yes", "12:30", "2026-05-01", "1e3", "~", "null", "a: b"])
def test_a_text_stays_a_text_for_every_reader(word: str) -> None:
    head = write({"title": word, "tags": [word]}, "").split("---\n")[1]
    assert yaml.safe_load(head) == {"title": word, "tags": [word]}


def test_values_of_every_kind() -> None:
    values = {
        "date": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "day": datetime(2026, 5, 1, tzinfo=UTC),
        "draft": True,
        "menu": 3,
        "gone": None,
        "empty": [],
        "none": (),
        "deep": {"index.xml": "rss", "inner": {"a": ["b", "c"]}, "bare": {"title": ""}},
    }
    assert list(block(values)) == [
        "date: 2026-05-01T10:00:00+00:00",
        "day: 2026-05-01",
        "draft: true",
        "menu: 3",
        '"none": []',
        "deep:",
        "  index.xml: rss",
        "  inner:",
        "    a: [b, c]",
        "  bare: {}",
    ]
