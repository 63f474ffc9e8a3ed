"""What is wrong with a post is told before a network tells it."""

from typing import Any

import pytest

from outreach.model.note import Limits
from outreach.model.post import Media, Post
from outreach.rules import measure
from outreach.rules.preflight import wrong

MASTODON = Limits(length=500, measure=measure.mastodon, images=4, alt_length=1500, warnings=True)


def told(limits: Limits = MASTODON, **changes: Any) -> list[str]:
    values = {"slug": "s", "title": "T", "body": "", "url": "", "path": "posts/s.md"}
    found = wrong(Post(**{**values, **changes}), {"masto": limits})
    assert {mistake.path for mistake in found} <= {"posts/s.md"}
    assert all(mistake.expected for mistake in found)
    return [f"{mistake.what}: {mistake.expected}" for mistake in found]


def image(alt: str | None, sha256: str = "1") -> Media:
    return Media(path="posts/a.png", alt=alt, sha256=sha256)


def test_an_image_that_nobody_described() -> None:
    (mistake,) = told(media=(image(None), image(""), image("A view"), image(None, sha256="")))
    assert "posts/a.png has no alt text" in mistake
    post = Post(slug="s", title="T", body="", url="", path="p", media=(image(None),))
    assert len(wrong(post, {})) == 1, "whatever accounts there are"


def test_an_alt_text_that_the_network_refuses() -> None:
    (mistake,) = told(media=(image("a" * 1500), image("a" * 1501)))
    assert "has 1,501 characters, which is too long for masto" in mistake
    assert mistake.endswith("1,500 characters at most")


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ({"images": 2, "alt_length": 9}, 1),
        ({"images": 1, "alt_length": 9}, 0),
        ({"cards": True, "alt_length": 9}, 0),
        ({"cards": True, "alt_length": 4}, 1),
        ({"alt_length": 4}, 0),
        ({"images": 2}, 0),
    ],
)
def test_only_what_goes_out_is_too_long(bounds: dict[str, Any], found: int) -> None:
    limits = Limits(length=500, measure=len, **bounds)
    assert len(told(limits, media=(image("short"), image("long " * 10)))) == found


def test_a_warning_that_leaves_no_room() -> None:
    assert told(warning="w" * 250) == []
    (mistake,) = told(warning="w" * 251)
    assert "the content warning takes 251 of the 500 characters of masto" in mistake
    assert mistake.endswith("250 characters at most")
    assert told(Limits(length=500, measure=len), warning="w" * 600) == [], "it shows none"
