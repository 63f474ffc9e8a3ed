"""X's way to count, held against the examples that its own library is tested with."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from outreach.sandbox.x_text import weight

EXAMPLES = Path(__file__).parents[2].parent / "shared/conformance/twitter-text/validate.yml"


@cache
def examples(group: str) -> list[dict[str, Any]]:
    if not EXAMPLES.exists():
        pytest.skip("no twitter-text examples beside the project")
    found: list[dict[str, Any]] = yaml.safe_load(EXAMPLES.read_text())["tests"][group]
    return found


def test_texts_are_weighed_as_x_weighs_them() -> None:
    group = examples("WeightedTweetsWithDiscountedEmojiCounterTest")
    wrong = {
        example["description"]: (weight(example["text"]), example["expected"]["weightedLength"])
        for example in group
        if weight(example["text"]) != example["expected"]["weightedLength"]
    }
    assert len(group) > 20
    assert wrong == {}
