"""Forem's REST interface, version 1: developers.forem.com/api/v1."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from outreach.channels._http import refusal
from outreach.fetch import SAFE_METHODS, Fetch
from outreach.model.errors import OutreachError, Unavailable, Uncertain

SITE = "https://dev.to"


class Api:
    """One account's calls. `key` is asked for at each of them."""

    def __init__(
        self,
        base_url: str | None,
        key: Callable[[], str],
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self.site = (base_url or SITE).rstrip("/")
        self._key = key
        self._fetch = fetch
        self._now = now

    def get(self, path: str) -> Any:
        """The JSON of a reading call."""
        return self._call("GET", path, b"")

    def listed(self, path: str) -> list[Any]:
        """The JSON of a reading call that lists."""
        found = self.get(path)
        if not isinstance(found, list):
            raise Unavailable("the answer cannot be read: it is no list")
        return found

    def put(self, method: str, path: str, article: Mapping[str, object]) -> Any:
        """The JSON of what an article has become, by POST or PUT."""
        return self._call(method, path, json.dumps({"article": article}).encode())

    def _call(self, method: str, path: str, content: bytes) -> Any:
        headers = {"accept": "application/vnd.forem.api-v1+json", "api-key": self._key()}
        if content:
            headers["content-type"] = "application/json"
        url = f"{self.site}/api{path}"
        answer = self._fetch(method, url, headers=headers, content=content)
        error = refusal(method, answer, self._now())
        if error is not None:
            raise error
        try:
            return json.loads(answer.body)
        except ValueError as broken:
            what = f"the answer cannot be read: {broken}"
            raise (Unavailable if method in SAFE_METHODS else Uncertain)(what) from broken


@contextmanager
def legible(broken: type[OutreachError]) -> Iterator[None]:
    """Around the reading of an answer: one that lacks what Forem documents is `broken`."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise broken(f"the answer cannot be read: {type(error).__name__}: {error}") from error


def moment(text: str) -> datetime:
    """A time as Forem writes it, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
