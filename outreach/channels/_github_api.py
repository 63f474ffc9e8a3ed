"""GitHub's two interfaces: GraphQL, and REST where GraphQL cannot list what is new.

docs.github.com/graphql and docs.github.com/rest.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import not_public_yet, refusal, until
from outreach.fetch import Answer, Fetch
from outreach.model.errors import (
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

API = "https://api.github.com"
PAGE = 100
A_MINUTE = timedelta(minutes=1)
"""How long GitHub wants to be left alone where it is asked too much and does not say how long."""

_STATUS = {"NOT_FOUND": 404, "UNPROCESSABLE": 422, "FORBIDDEN": 403}
_TOKEN = ("not accessible by", "required scopes", "SAML enforcement", "Must have admin rights")
"""The words of a refusal that is about the token, and not about what was asked."""

Json = dict[str, Any]


class Forbidden(Unauthorized):
    """The token is good, and may not do this."""


class Api:
    """One account's calls. `token` is asked for at each of them.

    Raises Unauthorized where the token is none, Forbidden where it may not.
    """

    def __init__(
        self,
        base_url: str | None,
        token: Callable[[], str],
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self._base = (base_url or API).rstrip("/")
        self._token = token
        self._fetch = fetch
        self._now = now

    def ask(self, query: str, **variables: object) -> Json:
        """The data of a GraphQL query. Raises what `change` does, and nothing is ever in doubt."""
        with not_public_yet():
            found, errors = self._graphql(query, variables)
        if errors:
            raise self._meant(errors, Unavailable)
        return found

    def change(self, name: str, fields: str, **given: object) -> Json:
        """What a mutation answers with: the `fields` of its payload.

        Raises Rejected with the status that REST would have: 404, 403, 422.
        """
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} }} }}"
        found, errors = self._graphql(query, {"input": given})
        done = found.get(name)
        if isinstance(done, dict):
            return done
        raise self._meant(errors, Uncertain)

    def listed(self, path: str, since: datetime, **asked: str) -> Iterator[Json]:
        """What was changed at or after `since`, oldest change first, each once.

        The next page is asked for by the time of the last change, not by its number: what changes
        meanwhile moves to the end, and would push another thing over the edge of a page.
        """
        at, page, seen = stamp(since), 1, set[int]()
        while True:
            query = {**asked, "since": at, "sort": "updated", "direction": "asc"}
            found = self.get(f"{path}?{urlencode(query | {'per_page': PAGE, 'page': page})}")
            with legible(Unavailable):
                fresh = [each for each in found if each["id"] not in seen]
                seen.update(each["id"] for each in fresh)
                yield from fresh
                if len(found) < PAGE:
                    return
                last = str(found[-1]["updated_at"])
            page = page + 1 if last == at else 1
            at = last

    def get(self, path: str) -> Any:
        """The JSON of one REST call."""
        answer = self._send("GET", path, b"")
        return _read(answer, Unavailable)

    def _graphql(self, query: str, variables: Mapping[str, object]) -> tuple[Json, list[Json]]:
        content = json.dumps({"query": query, "variables": variables}).encode()
        answer = self._send("POST", "/graphql", content)
        found = _read(answer, Uncertain)
        if not isinstance(found, dict):
            raise Uncertain("the answer is no object")
        errors = [error for error in found.get("errors") or [] if isinstance(error, dict)]
        if any(error.get("type") == "RATE_LIMITED" for error in errors):
            raise RateLimited(_told(errors), self._until(answer))
        return found.get("data") or {}, errors

    def _send(self, method: str, path: str, content: bytes) -> Answer:
        headers = {
            "accept": "application/vnd.github+json",
            "authorization": f"Bearer {self._token()}",
            "x-github-api-version": "2022-11-28",
            "x-github-next-global-id": "1",
        }
        answer = self._fetch(method, self._base + path, headers=headers, content=content)
        error = refusal(method, answer, self._now())
        if error is None:
            return answer
        if answer.status in (403, 429) and _is_limit(answer):
            raise RateLimited(str(error), self._until(answer))
        if answer.status == 403 and any(words in answer.text for words in _TOKEN):
            raise Forbidden(str(error))
        raise error

    def _until(self, answer: Answer) -> datetime | None:
        """Of the many that GitHub sends along, the header that holds here."""
        names = ["retry-after"]
        if answer.headers.get("x-ratelimit-remaining") == "0":
            names.append("x-ratelimit-reset")
        holds = {name: answer.headers[name] for name in names if name in answer.headers}
        return until(holds, self._now()) or self._now() + A_MINUTE

    def _meant(self, errors: list[Json], unknown: type[OutreachError]) -> OutreachError:
        """What GraphQL's errors say; they come with status 200."""
        what = _told(errors)
        if any(words in what for words in _TOKEN):
            return Forbidden(what)
        kinds = [str(error.get("type", "")) for error in errors]
        status = next((_STATUS[kind] for kind in kinds if kind in _STATUS), 0)
        return Rejected(what, status, json.dumps(errors)) if status else unknown(what)


@contextmanager
def legible(broken: type[OutreachError]) -> Iterator[None]:
    """Around the reading of an answer: one that lacks what GitHub documents is `broken`."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise broken(f"the answer cannot be read: {type(error).__name__}: {error}") from error


def stamp(at: datetime) -> str:
    """A time as GitHub writes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _is_limit(answer: Answer) -> bool:
    """Whether a refusal is for having asked too much. GitHub does not always say so in a header."""
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in answer.headers or "rate limit" in answer.text.lower()


def _read(answer: Answer, broken: type[OutreachError]) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise broken(f"the answer cannot be read: {error}") from error


def _told(errors: list[Json]) -> str:
    """What went wrong, on one line."""
    messages = (str(error.get("message", "")) for error in errors)
    return " ".join("; ".join(messages).split())[:300] or "GitHub says neither yes nor no"
