"""The description is read as strictly as it is written, or its checks would prove nothing."""

from typing import Any

import pytest

from .spec import official

TIME = "2026-01-01T00:00:00.000Z"
WRONG: list[tuple[str, str, Any]] = [
    ("mastodon", "Status", {"id": "7"}),
    ("mastodon", "StatusTag", {"name": "a", "url": "no address"}),
    ("mastodon", "Error", {"error": 7}),
    ("x", "Post", {"id": 7}),
    ("x", "Post", {"id": "7", "created_at": "yesterday"}),
    ("x", "Post", {"id": "7", "public_metrics": {"like_count": 1}}),
    ("x", "CreatePostsRequest", {"text": "a", "reply": {"in_reply_to_tweet_id": "x"}}),
]


@pytest.mark.parametrize(("network", "schema", "value"), WRONG)
def test_what_is_wrong_is_found(network: str, schema: str, value: Any) -> None:
    spec = official(network)
    with pytest.raises(AssertionError, match=r"\$"):
        spec.check(value, schema)


def test_what_is_right_is_taken() -> None:
    official("x").check({"id": "7", "created_at": TIME}, "Post")
