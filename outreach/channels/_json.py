"""An answer in JSON, which may be none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from outreach.fetch import SAFE_METHODS, Answer
from outreach.model.errors import OutreachError, Unavailable, Uncertain


@contextmanager
def legible(error: type[OutreachError]) -> Iterator[None]:
    """Around the reading of an answer: `error` where it lacks what the network documents."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as broken:
        raise error(f"the answer cannot be read: {broken!r}") from broken


def parsed(method: str, what: str, answer: Answer) -> Any:
    """The answer to `what`. Raises Unavailable for a reading call that is no JSON, Uncertain for a
    writing one."""
    try:
        return json.loads(answer.body) if answer.body else None
    except ValueError as broken:
        error = Unavailable if method in SAFE_METHODS else Uncertain
        raise error(f"the answer of {what} cannot be read: {broken}") from broken
