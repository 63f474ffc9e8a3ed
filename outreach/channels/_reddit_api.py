"""Reddit's data API (reddit.com/dev/api): requests, refusals, listings."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import refusal
from outreach.channels._reddit_access import Access, Token
from outreach.fetch import SAFE_METHODS, Answer, Fetch
from outreach.model.errors import (
    Duplicate,
    OutreachError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

PAGE = 100
SHOWN = 1000
"""How many things Reddit shows of one listing at most."""

Thing = Mapping[str, Any]
"""The `data` of a comment (t1), a submission (t3) or a message (t4)."""

_BREAK = re.compile(r"(\d+) (millisecond|second|minute|hour)")
_QUOTA = timedelta(hours=1)


class Api:
    """One account's requests. `base` is where the API is."""

    def __init__(
        self, access: Access, base: str, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self.access = access
        self.now = now
        self._base = base
        self._fetch = fetch

    def get(self, path: str, **query: object) -> Any:
        """Raises Unavailable also for what cannot be read."""
        given = {name: value for name, value in query.items() if value is not None}
        asked = urlencode({**given, "raw_json": 1})
        return self._asked("GET", f"{path}?{asked}", b"")

    def post(self, path: str, **form: object) -> Thing:
        """The `data` of an answer with `api_type=json`, whose errors come with a 200.

        Where it names a thing, that thing is there, whatever error stands beside it: Reddit says
        RATELIMIT of what it took.
        """
        sent = urlencode({**form, "api_type": "json", "raw_json": 1}).encode()
        told = self._asked("POST", path, sent)
        with legible(Uncertain):
            answer = told.get("json", {})
            data: Thing = answer.get("data") or {}
            there = data.get("name") or data.get("things")
            errors = [] if there else list(answer.get("errors") or ())
            error = _named(answer, errors[0], self.now()) if errors else None
        if error is not None:
            raise error
        return data

    def listing(self, path: str, **query: object) -> Iterator[Thing]:
        """The things of a listing, page by page, as far as Reddit shows them."""
        after = None
        while True:
            page = self.get(path, **query, limit=PAGE, after=after)
            yield from (data for _, data in children(page))
            after = page["data"].get("after")
            if not after:
                return

    def _asked(self, method: str, path: str, content: bytes) -> Any:
        token = self.access.current()
        try:
            return self._once(token, method, path, content)
        except Unauthorized:
            newer = self.access.renewed(token)
        return self._once(newer, method, path, content)

    def _once(self, token: Token, method: str, path: str, content: bytes) -> Any:
        headers = {
            "authorization": f"Bearer {token.access}",
            "user-agent": self.access.app.user_agent,
        }
        if content:
            headers["content-type"] = "application/x-www-form-urlencoded"
        answer = self._fetch(method, f"{self._base}{path}", headers=headers, content=content)
        error = _meaning(refusal(method, answer, self.now()), answer)
        if error is not None:
            raise error
        try:
            return json.loads(answer.body)
        except ValueError as broken:
            what = f"the answer of {path.partition('?')[0]} cannot be read: {broken}"
            raise (Unavailable if method in SAFE_METHODS else Uncertain)(what) from broken


@contextmanager
def legible(broken: type[OutreachError]) -> Iterator[None]:
    """Around the reading of an answer: what is not as Reddit documents it is `broken`."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise broken(f"an answer of Reddit cannot be read: {error!r}") from error


def children(listing: Any) -> Iterator[tuple[str, Thing]]:
    """Kind and data of what a listing holds. Raises Unavailable where it is none."""
    with legible(Unavailable):
        things = [(str(each["kind"]), each["data"]) for each in listing["data"]["children"]]
    yield from things


def _meaning(error: OutreachError | None, answer: Answer) -> OutreachError | None:
    """A 403 is the account's where it names the scope that the sign-in lacks."""
    why = answer.headers.get("www-authenticate", "")
    if isinstance(error, Rejected) and "insufficient_scope" in why:
        return Unauthorized(f"{error}: the sign-in does not grant this; sign in again")
    return error


def _named(answer: Thing, error: list[Any], now: datetime) -> OutreachError:
    """What one of `json.errors` means: its name, its words, the field it is about."""
    name, words = str(error[0]), str(error[1])
    what = f"{name}: {words}"
    if name == "ALREADY_SUB":
        return Duplicate(f"{what}: this link is in that subreddit, by us or by somebody else")
    if name == "QUOTA_FILLED":
        return RateLimited(what, now + _QUOTA)
    if name == "RATELIMIT":
        return RateLimited(what, now + _break(answer.get("ratelimit"), words))
    return Rejected(what, 400, json.dumps(error))


def _break(seconds: object, words: str) -> timedelta:
    """How long Reddit wants us to wait: by its number, or else by its words; ten minutes where it
    says neither."""
    if isinstance(seconds, int | float) and seconds > 0:
        return timedelta(seconds=float(seconds))
    found = _BREAK.search(words)
    return timedelta(**{f"{found[2]}s": int(found[1])}) if found else timedelta(minutes=10)
