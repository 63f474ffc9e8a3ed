"""Single calls of Mastodon's REST API, for what its SDK has no words for."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from outreach.channels._http import refusal
from outreach.fetch import SAFE_METHODS, Fetch
from outreach.model.errors import Rejected, Unauthorized, Unavailable, Uncertain

Fields = Mapping[str, str | list[str]]

_ACCOUNT = ("outside the authorized scopes", "Your login is ", "Your account requires ")
"""The words of a 403 that is the account's, not the note's: a token that may not, and a user who
is disabled, suspended, unconfirmed, not approved, or lacks a second factor. They are no part of a
translation: Mastodon says them in English on every server (its API controllers)."""


class Api:
    """`api(method, path, token, fields)` is the JSON that one call answers with.

    Fields go as a form, which every server of this API takes. Raises what `refusal` says, and
    where the answer is no JSON, Unavailable for a reading call, Uncertain for a writing one.
    """

    def __init__(self, base: str, fetch: Fetch, now: Callable[[], datetime]) -> None:
        self.base = base.rstrip("/")
        self._fetch = fetch
        self._now = now

    def __call__(
        self, method: str, path: str, token: str = "", fields: Fields | None = None
    ) -> Any:
        headers = {"accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        content = b""
        if fields is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(fields, doseq=True).encode()
        answer = self._fetch(method, self.base + path, headers=headers, content=content)
        error = refusal(method, answer, self._now())
        if error is not None:
            raise error
        try:
            return json.loads(answer.body)
        except ValueError as broken:
            what = f"the answer of {method} {path} cannot be read: {broken}"
            raise (Unavailable if method in SAFE_METHODS else Uncertain)(what) from broken


def having(answer: Any, *names: str) -> Mapping[str, Any]:
    """An object with these members, none of them empty. Raises Unavailable."""
    if not isinstance(answer, dict) or not all(answer.get(name) for name in names):
        raise Unavailable(f"the answer cannot be read: it lacks one of {', '.join(names)}")
    return answer


@contextmanager
def meaning() -> Iterator[None]:
    """What some of the refusals are about: the account, and not the note."""
    try:
        yield
    except Rejected as error:
        if error.status == 403 and any(words in error.body for words in _ACCOUNT):
            raise Unauthorized(f"{error}: see the account on its server, then sign in") from error
        raise


def verified(api: Api, token: str) -> Mapping[str, Any]:
    """The account that a token is for: at least its id and acct."""
    answer = api("GET", "/api/v1/accounts/verify_credentials", token)
    return having(answer, "id", "acct")


def handle(account: Mapping[str, Any], instance: str) -> str:
    """How the fediverse writes an account of this instance: @ada@mastodon.example."""
    return f"@{account['acct']}@{urlsplit(instance).hostname}"
